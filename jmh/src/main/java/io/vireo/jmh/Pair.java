// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import io.vireo.time.NanoClock;
import java.net.InetSocketAddress;

/** Two stacks on one thread, a client and a server, joined by a wire in memory without delay. */
final class Pair {
  private static final int PORT = 7;
  private static final InetSocketAddress SERVER = new InetSocketAddress("10.0.0.2", PORT);

  private final ManualClock manual = new ManualClock();
  final TcpStack left;
  final TcpStack right;
  final TcpClient<Void> client;
  final TcpServer<Void> server;

  /**
   * @param realClock System.nanoTime; else a clock that only {@link #advance} moves
   * @param checksums computed and verified in software; else left to the wire, as to a card that offloads them
   */
  Pair(
      boolean realClock,
      boolean checksums,
      StackSettings settings,
      TcpSettings tcpSettings,
      TcpHandler<Void> clientHandler,
      TcpHandler<Void> serverHandler) {
    NanoClock clock = realClock ? System::nanoTime : manual;
    MemoryWire wire =
        new MemoryWire(clock, WireSettings.defaults().withChecksumOffload(!checksums));
    StackSettings common = settings.withClock(clock);
    left = new TcpStack(wire.left(), at(common, "10.0.0.1/24"));
    right = new TcpStack(wire.right(), at(common, "10.0.0.2/24"));
    client = new TcpClient<>(left, tcpSettings, clientHandler);
    server = new TcpServer<>(right, tcpSettings, serverHandler);
    server.listen(PORT);
  }

  private static StackSettings at(StackSettings common, String address) {
    StackSettings own = StackSettings.of(address);
    return own.withClock(common.clock())
        .withTimeWaitConnections(common.timeWaitConnections())
        .withBufferMemoryBytes(common.bufferMemoryBytes());
  }

  TcpConnection<Void> connect() {
    return client.connect(SERVER, null);
  }

  /** One turn of each side; whether there was work. */
  boolean poll() {
    return left.poll() + right.poll() > 0;
  }

  void advance(long ns) {
    manual.advance(ns);
  }
}
