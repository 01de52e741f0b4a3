// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** Two stacks on a wire in memory under one manual clock: the client's on the left, the server's on the right. */
final class TwoStacks {
  static final long MS = 1_000_000L;
  static final long SECOND = 1_000 * MS;
  static final int PORT = 7;
  static final InetSocketAddress SERVER = new InetSocketAddress("10.0.0.2", PORT);

  /** The defaults, but with buffers that are soon full. */
  static final TcpSettings SETTINGS =
      TcpSettings.defaults().withSendBufferBytes(64 << 10).withReceiveBufferBytes(64 << 10);

  /** 10.0.0.2 as the stack packs it. */
  static final int SERVER_IPV4 = 0x0A000002;

  final ManualClock clock;
  final MemoryWire wire;
  final FilterNic leftNic;
  final FilterNic rightNic;
  final TcpStack left;
  final TcpStack right;
  final Simulation simulation;

  TwoStacks() {
    this(settings -> settings);
  }

  /** Both stacks with these settings. */
  TwoStacks(UnaryOperator<StackSettings> settings) {
    this(new ManualClock(), WireSettings.defaults().withDelayNs(50_000), settings, settings);
  }

  TwoStacks(
      ManualClock clock,
      WireSettings wireSettings,
      UnaryOperator<StackSettings> leftSettings,
      UnaryOperator<StackSettings> rightSettings) {
    this.clock = clock;
    wire = new MemoryWire(clock, wireSettings);
    leftNic = new FilterNic(wire.left());
    rightNic = new FilterNic(wire.right());
    left = new TcpStack(
        leftNic,
        leftSettings.apply(StackSettings.of("10.0.0.1/24").withClock(clock).withSeed(1)));
    right = new TcpStack(
        rightNic,
        rightSettings.apply(StackSettings.of("10.0.0.2/24").withClock(clock).withSeed(2)));
    simulation = new Simulation(clock, left, right);
  }

  /** Runs until done; fails after limitNs of virtual time. */
  void runUntil(BooleanSupplier done, long limitNs) {
    assertTrue(simulation.run(done, limitNs), "not done in time");
  }

  /** Runs until done; fails after a virtual minute. */
  void runUntil(BooleanSupplier done) {
    runUntil(done, 60 * SECOND);
  }

  void runFor(long ns) {
    simulation.run(() -> false, ns);
  }

  /** A listening server on the right. */
  <C> TcpServer<C> server(TcpHandler<C> handler) {
    return server(SETTINGS, handler);
  }

  <C> TcpServer<C> server(TcpSettings settings, TcpHandler<C> handler) {
    TcpServer<C> server = new TcpServer<>(right, settings, handler);
    server.listen(PORT);
    return server;
  }

  /** A client on the left. */
  <C> TcpClient<C> client(TcpHandler<C> handler) {
    return client(SETTINGS, handler);
  }

  <C> TcpClient<C> client(TcpSettings settings, TcpHandler<C> handler) {
    return new TcpClient<>(left, settings, handler);
  }

  /** All memory is back, and no frame is held. */
  void assertNothingHeld() {
    assertEquals(0, left.arena().usedBytes(), "bytes of the left arena");
    assertEquals(0, right.arena().usedBytes(), "bytes of the right arena");
    assertEquals(0, left.arena().promisedBytes(), "bytes that the left arena has promised");
    assertEquals(0, right.arena().promisedBytes(), "bytes that the right arena has promised");
    assertEquals(0, leftNic.held(), "frames of the left NIC");
    assertEquals(0, rightNic.held(), "frames of the right NIC");
  }
}
