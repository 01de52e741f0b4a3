// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import io.vireo.Simulation;
import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.lab.FaultyNic;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Two stacks and a narrow link from the left one to the right one, under a clock of their own; the way back is wide and sound. */
final class Bottleneck {
  private static final InetSocketAddress RIGHT = new InetSocketAddress("10.0.0.2", 7);

  private final ManualClock clock = new ManualClock();
  private final FaultyNic link;
  private final TcpStack left;
  private final Simulation simulation;
  private final List<Bulk> flows = new ArrayList<>();

  Bottleneck(Path path, long seed) {
    this(path, seed, nic -> nic);
  }

  /** With something in front of the left stack's card, to look at what passes. */
  Bottleneck(Path path, long seed, UnaryOperator<Nic> watch) {
    WireSettings settings =
        WireSettings.defaults().withDelayNs(path.oneWayNs()).withSlots(path.slots());
    MemoryWire wire = new MemoryWire(clock, settings);
    link = new FaultyNic(wire.left(), clock, seed).rate(path.bitsPerSecond(), path.queueBytes());
    path.trouble().befall(link);
    left = new TcpStack(
        watch.apply(link), StackSettings.of("10.0.0.1/24").withClock(clock).withSeed(2 * seed));
    TcpStack right = new TcpStack(
        wire.right(), StackSettings.of("10.0.0.2/24").withClock(clock).withSeed(2 * seed + 1));
    simulation = new Simulation(clock, left, right);
    new TcpServer<>(right, Variant.CUBIC.settings(), new Sink()).listen(RIGHT.getPort());
  }

  ManualClock clock() {
    return clock;
  }

  /** A flow begins that sends for ever. */
  Bulk start(Variant variant) {
    Bulk bulk = new Bulk();
    TcpClient<Bulk> client = new TcpClient<>(left, variant.settings(), bulk);
    bulk.port = client.connect(RIGHT, bulk).localPort();
    flows.add(bulk);
    return bulk;
  }

  void run(long ns) {
    simulation.run(() -> false, ns);
    if (link.overflowed() > 0) {
      throw new IllegalStateException("frames were lost for want of memory");
    }
  }

  long retransmissions() {
    return left.counter(Counter.SEGMENTS_RETRANSMITTED);
  }

  long timeouts() {
    return left.counter(Counter.RETRANSMIT_TIMEOUTS);
  }

  /** A flow: its user on the left, who sends whatever fits. */
  static final class Bulk implements TcpHandler<Bulk> {
    private final ByteBuffer source = ByteBuffer.allocateDirect(64 << 10);
    private int port;
    private long receivedBytes;

    /** What its user on the right has been shown. */
    long receivedBytes() {
      return receivedBytes;
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Bulk> connection) {
      onMoreSendable(connection);
    }

    @Override
    public void onMoreSendable(TcpConnection<Bulk> connection) {
      while (connection.send(source, 0, source.capacity()) == source.capacity()) {}
    }
  }

  /** All users on the right. */
  private final class Sink implements TcpHandler<Bulk> {
    @Override
    public void onConnectionEstablished(TcpConnection<Bulk> connection) {
      for (Bulk flow : flows) {
        if (flow.port == connection.remotePort()) {
          connection.attach(flow);
        }
      }
    }

    @Override
    public int onData(TcpConnection<Bulk> connection, ByteBuffer memory, int offset, int length) {
      connection.attachment().receivedBytes += length;
      return 0;
    }
  }
}
