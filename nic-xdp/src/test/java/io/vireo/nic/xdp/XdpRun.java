// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.PrivateNetwork;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** An echo server that shares the interface "near" with the kernel, as a program of its own, which a test can kill. */
final class XdpRun {
  static final int PORT = 80;
  static final String READY = "ready";

  private static final long LONGEST_SLEEP_NS = 1_000_000_000L;

  private XdpRun() {}

  /** Starts it in a network; it prints a line when it is ready, and ends when it is killed. */
  static Process start(PrivateNetwork network) throws Exception {
    return network.start(
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        XdpRun.class.getName());
  }

  private static final class Echo implements TcpHandler<Void> {
    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return length - c.send(memory, offset, length);
    }
  }

  public static void main(String[] args) throws Exception {
    try (Nic nic = XdpNic.open(NetworkPair.NEAR, 0)) {
      TcpStack stack = new TcpStack(nic, StackSettings.ofInterface());
      new TcpServer<>(stack, TcpSettings.defaults(), new Echo()).listen(PORT);
      System.out.println(READY);
      while (!Thread.currentThread().isInterrupted()) {
        if (stack.poll() == 0) {
          stack.await(LONGEST_SLEEP_NS);
        }
      }
    }
  }
}
