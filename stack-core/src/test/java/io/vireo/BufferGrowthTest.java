// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers of both ends grow with the path, and for those only who make use of them. */
class BufferGrowthTest {
  private static final int FIRST = 64 << 10;
  private static final TcpSettings DEFAULTS = TcpSettings.defaults()
      .withTimestamps(false)
      .withCongestionAlgorithm(CongestionAlgorithm.NEWRENO);

  /** A path with this round trip, slots enough for its windows, and a receiver that acknowledges every second segment, as if they came one by one. */
  private static TwoStacks path(long rttNs, long bufferMemoryBytes) {
    WireSettings wire = WireSettings.defaults().withDelayNs(rttNs / 2).withSlots(8_192);
    return new TwoStacks(
        new ManualClock(),
        wire,
        settings -> settings,
        settings -> settings.withBufferMemoryBytes(bufferMemoryBytes).withFramesPerPoll(2));
  }

  /** Sends whatever is taken. */
  private static final class Filling implements TcpHandler<Void> {
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(8 << 20);
    int mostQueued;

    private void fill(TcpConnection<Void> c) {
      c.send(bytes, 0, bytes.limit());
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      fill(c);
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      mostQueued = Math.max(mostQueued, c.sendable());
      fill(c);
    }
  }

  /** Counts, and consumes at once, unless told to pause. */
  private static final class Counting implements TcpHandler<Void> {
    final List<TcpConnection<Void>> connections = new ArrayList<>();
    long received;
    boolean pauses;

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      connections.add(c);
      if (pauses) {
        c.pause();
      }
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      received += length;
      return 0;
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      connections.remove(c);
    }
  }

  // DA-14: a fast reader over a long round trip: in the end the buffers of both are the only limit
  @ParameterizedTest
  @ValueSource(longs = {10 * MS, 100 * MS, 600 * MS})
  void aLongPathIsFilledUpToTheBuffer(long rttNs) {
    TwoStacks net = path(rttNs, 256 << 20);
    Counting counting = new Counting();
    net.server(DEFAULTS, counting);
    net.client(DEFAULTS, new Filling()).connect(SERVER, null);
    net.runFor(20 * rttNs);
    long before = counting.received;
    net.runFor(10 * rttNs);
    long perRoundTrip = (counting.received - before) / 10;
    assertTrue(perRoundTrip >= 1_900_000, () -> perRoundTrip + " bytes in a round trip");
    assertTrue(perRoundTrip <= 4 << 20, () -> perRoundTrip + " bytes in a round trip");
    counting.connections.get(0).abort();
    net.runFor(2 * rttNs);
    net.assertNothingHeld();
  }

  // DA-14: within the round trips that slow start takes, not later
  @Test
  void growthKeepsUpWithSlowStart() {
    TwoStacks net = path(100 * MS, 256 << 20);
    Counting counting = new Counting();
    net.server(DEFAULTS, counting);
    net.client(DEFAULTS, new Filling()).connect(SERVER, null);
    net.runUntil(() -> counting.received > 0);
    net.runFor(MS);
    // The first window is acknowledged in one piece, which counts little (RFC 3465).
    net.runFor(200 * MS);
    for (int window = 35_040; window < 2 << 20; window *= 2) {
      long before = counting.received;
      net.runFor(100 * MS);
      long got = counting.received - before;
      assertTrue(Math.abs(got - window) <= 1_460, got + " in a round trip, not " + window);
    }
  }

  // DA-12, DA-14
  @Test
  void nobodyWhoPausesIsSentMoreThanAtFirst() {
    TwoStacks net = path(10 * MS, 256 << 20);
    Counting counting = new Counting();
    counting.pauses = true;
    net.server(DEFAULTS, counting);
    net.client(DEFAULTS, new Filling()).connect(SERVER, null);
    net.runFor(60 * SECOND);
    assertTrue(net.right.arena().usedBytes() <= FIRST, "the buffer is as small as it was");
    assertEquals(0, counting.received);
    counting.connections.get(0).resume();
    net.runFor(SECOND);
    assertTrue(counting.received > 1 << 20, counting.received + " bytes received");
  }

  /** A thousand fast readers, and an arena of a few MiB: what they are offered beyond the first bytes is half of it at most; all get on. */
  @Test
  void aThousandConnectionsAreOfferedWhatASmallArenaCanHold() {
    TwoStacks net = path(20 * MS, 8 << 20);
    Counting counting = new Counting();
    TcpSettings many = DEFAULTS.withConnections(1_000);
    net.server(many, counting);
    TcpClient<Void> client = net.client(many.withSendBufferBytes(256 << 10), new Filling());
    for (int i = 0; i < 1_000; i++) {
      client.connect(SERVER, null);
    }
    long most = 0;
    for (int i = 0; i < 50; i++) {
      net.runFor(5 * MS);
      most = Math.max(most, net.right.arena().promisedBytes());
    }
    assertTrue(most <= 4 << 20, most + " bytes promised");
    assertTrue(most > 3 << 20, most + " bytes promised");
    assertTrue(counting.received > 20 << 20, counting.received + " bytes received");

    // Now nobody reads any more, and all memory fills: nothing is lost, and nothing grows.
    counting.pauses = true;
    counting.connections.forEach(TcpConnection::pause);
    net.runFor(100 * MS);
    long before = counting.received;
    assertTrue(net.right.arena().usedBytes() <= 8 << 20);
    counting.connections.forEach(TcpConnection::resume);
    net.runFor(300 * MS);
    assertTrue(counting.received > before + (20 << 20), "it goes on");
    List.copyOf(counting.connections).forEach(TcpConnection::abort);
    net.runFor(SECOND);
    net.assertNothingHeld();
  }

  /** A greedy writer on a slow path queues no more than twice what the path takes in a round trip. */
  @Test
  void theSendBufferFollowsTheCongestionWindow() {
    TwoStacks net = path(100 * MS, 256 << 20);
    net.server(DEFAULTS, new Counting());
    Filling filling = new Filling();
    TcpConnection<Void> c = net.client(DEFAULTS, filling).connect(SERVER, null);
    assertEquals(FIRST, c.sendable());
    net.runFor(250 * MS);
    assertEquals(0, c.sendable());
    // And an eighth at most for the records of segments under way.
    assertTrue(net.left.arena().usedBytes() <= FIRST + (FIRST >> 3));
    net.runFor(3 * SECOND);
    assertTrue(net.left.arena().usedBytes() > 2 << 20, "of a fast path, more");
    assertTrue(net.left.arena().usedBytes() <= (4 << 20) + (4 << 17));
  }

  /** What is encoded in one piece need not wait for the path to prove itself. */
  @Test
  void aClaimMayBeAsLongAsTheBufferEverGets() {
    TwoStacks net = path(10 * MS, 256 << 20);
    Counting counting = new Counting();
    net.server(DEFAULTS, counting);
    TcpConnection<Void> c = net.client(DEFAULTS, new Counting()).connect(SERVER, null);
    assertTrue(c.claim(4 << 20) >= 0);
    c.commit(4 << 20);
    assertEquals(0, c.sendable());
    assertEquals(-1, c.claim(1));
    net.runFor(2 * SECOND);
    assertEquals(4 << 20, counting.received);
    assertTrue(c.sendable() > FIRST, "it has proved itself");
  }
}
