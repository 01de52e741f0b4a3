// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.Simulation;
import io.vireo.TcpClient;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A server under test and its clients: two stacks on a wire in memory, under virtual time. */
final class MemoryNetwork {
  private static final long SECOND = 1_000_000_000L;
  private static final int PORT = 80;

  final ManualClock clock = new ManualClock();
  private final MemoryWire wire = new MemoryWire(clock, 50_000);
  final TcpStack clientStack = new TcpStack(wire.left(), settings("10.0.0.1/24", 1));
  final TcpStack serverStack = new TcpStack(wire.right(), settings("10.0.0.2/24", 2));
  private final Simulation simulation = new Simulation(clock, clientStack, serverStack);
  final TcpServer<?> server;

  MemoryNetwork(TcpHandler<?> handler) {
    server = listen(handler);
  }

  /** With a handler that wants to know the network. */
  MemoryNetwork(Function<MemoryNetwork, TcpHandler<?>> make) {
    server = listen(make.apply(this));
  }

  private StackSettings settings(String address, long seed) {
    return StackSettings.of(address).withClock(clock).withSeed(seed);
  }

  private <C> TcpServer<C> listen(TcpHandler<C> handler) {
    TcpServer<C> made = new TcpServer<>(serverStack, TcpSettings.defaults(), handler);
    made.listen(PORT);
    return made;
  }

  /** Opens a connection to the server. */
  void connect(TcpHandler<Void> client) {
    new TcpClient<>(clientStack, TcpSettings.defaults().withConnections(1), client)
        .connect(new InetSocketAddress("10.0.0.2", PORT), null);
  }

  /** Opens a connection to the server. */
  ScriptedClient connect() {
    ScriptedClient client = new ScriptedClient(this);
    connect(client);
    run(client::established, "connected");
    return client;
  }

  /** Lets virtual time pass until this is so; it has to be within 100 seconds. */
  void run(BooleanSupplier done, String what) {
    assertTrue(simulation.run(done, 100 * SECOND), () -> "not within 100 s: " + what);
  }

  /** Lets virtual time pass. */
  void pass(long ns) {
    simulation.run(() -> false, ns);
  }
}
