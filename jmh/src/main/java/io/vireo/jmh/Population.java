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
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Many connections between two stacks on one thread, a client's and a server's, joined by a wire in memory without delay; checksums are left to the wire. The clock stands still, except where something waits for it. */
final class Population {
  private static final int PORT = 7;
  private static final int FIRST_PEER_PORT = 40_000;
  private static final int PER_SERVER_ADDRESS = 20_000;
  private static final int PEER_ADDRESSES = 1_000;
  private static final int UNDER_WAY = 32;
  private static final long STEP_NS = 1_000_000;
  private static final int MOST_TURNS = 10_000_000;

  private final ManualClock clock = new ManualClock();

  final TcpStack left;
  final TcpStack right;
  final TcpClient<Void> client;
  final TcpServer<Void> server;

  private final boolean onePort;

  /** The client's ends, in the order in which they were opened. */
  final List<TcpConnection<Void>> connections;

  /**
   * Opens none yet.
   *
   * @param most how many connections there will be
   * @param onePort all from one source port, which takes as many addresses as the stack may have, 1,000, and a listening port of the server for each thousand; else from one
   *     address and many ports, to an address of the server for each 20,000
   */
  Population(
      int most, boolean onePort, TcpHandler<Void> clientHandler, TcpHandler<Void> serverHandler) {
    this.onePort = onePort;
    connections = new ArrayList<>(most);
    MemoryWire wire = new MemoryWire(clock, WireSettings.defaults().withChecksumOffload(true));
    left = new TcpStack(
        wire.left(),
        StackSettings.of(addresses("10.0.", onePort ? Math.min(most, PEER_ADDRESSES) : 1))
            .withClock(clock));
    right = new TcpStack(
        wire.right(),
        StackSettings.of(addresses("10.1.", onePort ? 1 : 1 + (most - 1) / PER_SERVER_ADDRESS))
            .withClock(clock));
    TcpSettings settings = TcpSettings.defaults().withConnections(most).withBacklog(1 << 16);
    client = new TcpClient<>(left, settings, clientHandler);
    server = new TcpServer<>(right, settings, serverHandler);
    for (int port = PORT; port <= PORT + (onePort ? (most - 1) / PEER_ADDRESSES : 0); port++) {
      server.listen(port);
    }
  }

  private static String[] addresses(String network, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> address(network, i) + "/8")
        .toArray(String[]::new);
  }

  private static String address(String network, int index) {
    return network + index / 250 + "." + (1 + index % 250);
  }

  /** Opens so many more, a few at a time, and waits until they are established. */
  void open(int count) {
    int end = connections.size() + count;
    while (connections.size() < end) {
      connections.add(connect(connections.size()));
      await(connections.size() - UNDER_WAY);
    }
    await(end);
    while (poll()) {
      // until the last ACK has come
    }
  }

  private void await(int established) {
    for (int turns = 0; server.connectionCount() < established; turns++) {
      pollOrWait();
      if (turns == MOST_TURNS) {
        throw new IllegalStateException("no more than " + server.connectionCount() + " open");
      }
    }
  }

  /** One turn of each side; if there is no work, time passes: something may wait for it, as questions by ARP do that were not answered. */
  void pollOrWait() {
    if (!poll()) {
      clock.advance(STEP_NS);
    }
  }

  private TcpConnection<Void> connect(int index) {
    if (onePort) {
      return client.connect(
          new InetSocketAddress(address("10.0.", index % PEER_ADDRESSES), FIRST_PEER_PORT),
          new InetSocketAddress(address("10.1.", 0), PORT + index / PEER_ADDRESSES),
          null);
    }
    String server = address("10.1.", index / PER_SERVER_ADDRESS);
    return client.connect(new InetSocketAddress(server, PORT), null);
  }

  /** One turn of each side; whether there was work. */
  boolean poll() {
    return left.poll() + right.poll() > 0;
  }
}
