// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A server on Vireo in a thread of its own, on a TAP whose other side is the kernel of this thread's network. */
final class TapServer extends StackThread {
  static final String TAP = "vireo0";
  static final String KERNEL = "10.77.0.1";
  static final String ADDRESS = "10.77.0.2";
  static final int PORT = 80;
  static final InetSocketAddress REMOTE = new InetSocketAddress(ADDRESS, PORT);

  static final TcpSettings SETTINGS = TcpSettings.defaults().withConnections(2_048);

  TapServer(TcpHandler<?> handler) throws IOException {
    this(handler, nic -> nic);
  }

  /** Spoils what passes the NIC. */
  TapServer(TcpHandler<?> handler, UnaryOperator<Nic> wrap) throws IOException {
    this(wrap, stack -> listen(stack, handler));
  }

  /** With whatever shall live on the stack. */
  TapServer(UnaryOperator<Nic> wrap, Consumer<TcpStack> endpoints) throws IOException {
    super(open(wrap), StackSettings.of(ADDRESS + "/24"), endpoints);
  }

  private static Nic open(UnaryOperator<Nic> wrap) throws IOException {
    Nic nic = wrap.apply(TapNic.open(TAP));
    TapHost.address(TAP, KERNEL + "/24");
    TapHost.up(TAP);
    return nic;
  }

  private static <C> void listen(TcpStack stack, TcpHandler<C> handler) {
    new TcpServer<>(stack, SETTINGS, handler).listen(PORT);
  }

  /** Carries connections to these ports of ours on to the same ports of the kernel's side. */
  static TapServer relay(UnaryOperator<Nic> wrap, int... ports) throws IOException {
    return new TapServer(wrap, stack -> Relay.listen(stack, SETTINGS, KERNEL, ports));
  }
}
