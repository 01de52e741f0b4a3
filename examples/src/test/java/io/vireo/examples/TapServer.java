// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
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
final class TapServer implements AutoCloseable {
  static final String TAP = "vireo0";
  static final String KERNEL = "10.77.0.1";
  static final String ADDRESS = "10.77.0.2";
  static final int PORT = 80;
  static final InetSocketAddress REMOTE = new InetSocketAddress(ADDRESS, PORT);

  private static final TcpSettings SETTINGS = TcpSettings.defaults().withConnections(2_048);

  private static final int LONGEST_END_MS = 10_000;

  final TcpStack stack;
  private final Nic nic;
  private final PollLoop loop;
  private final Thread thread;
  private volatile Throwable failure;

  TapServer(TcpHandler<?> handler) throws IOException {
    this(handler, nic -> nic);
  }

  /** Spoils what passes the NIC. */
  TapServer(TcpHandler<?> handler, UnaryOperator<Nic> wrap) throws IOException {
    this(wrap, stack -> listen(stack, handler));
  }

  /** With whatever shall live on the stack. */
  TapServer(UnaryOperator<Nic> wrap, Consumer<TcpStack> endpoints) throws IOException {
    nic = wrap.apply(TapNic.open(TAP));
    TapHost.address(TAP, KERNEL + "/24");
    TapHost.up(TAP);
    stack = new TcpStack(nic, StackSettings.of(ADDRESS + "/24"));
    loop = new PollLoop(stack, IdleMode.PARK);
    endpoints.accept(stack);
    thread = new Thread(this::poll, "tap-server");
    thread.setDaemon(true);
    thread.start();
  }

  private static <C> void listen(TcpStack stack, TcpHandler<C> handler) {
    new TcpServer<>(stack, SETTINGS, handler).listen(PORT);
  }

  /** Carries connections to these ports of ours on to the same ports of the kernel's side. */
  static TapServer relay(UnaryOperator<Nic> wrap, int... ports) throws IOException {
    return new TapServer(wrap, stack -> Relay.listen(stack, SETTINGS, KERNEL, ports));
  }

  private void poll() {
    try {
      while (loop.turn()) {}
      stack.close();
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      loop.close();
      nic.close();
    }
  }

  /** Waits until every connection accepted has ended, so that each end is known to be in order. */
  void awaitEndOfConnections() throws InterruptedException {
    long start = System.nanoTime();
    while (stack.counter(Counter.CONNECTIONS_CLOSED)
        < stack.counter(Counter.CONNECTIONS_ACCEPTED) + stack.counter(Counter.CONNECTIONS_OPENED)) {
      assertFalse(
          System.nanoTime() - start > LONGEST_END_MS * 1_000_000L, "connections do not end");
      Thread.onSpinWait();
      thread.join(1);
    }
  }

  @Override
  public void close() {
    loop.stop();
    try {
      thread.join(LONGEST_END_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    assertFalse(thread.isAlive(), "the server does not end");
    assertNull(failure);
  }
}
