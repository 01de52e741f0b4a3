// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of a connection whose peer knows SACK. Segments are of 1,000 bytes; ten are under way, sent at once. */
class SelectiveFiguresTest {
  private static final int MSS = 1_000;
  private static final long MS = 1_000_000;

  private final Counters counters = new Counters();
  private final SegmentArrival arrival =
      new SegmentArrival(Limits.defaults(), counters, new ConnectionEvents());
  private final ByteBuffer options = ByteBuffer.allocateDirect(64);
  private final PieceStore store =
      new PieceStore(TcpSettings.defaults(), Limits.defaults(), new BufferArena(1 << 20), 0);
  private final Connection c = new Connection(0, TcpSettings.defaults(), Limits.defaults(), store);

  @BeforeEach
  void tenUnderWay() {
    store.begin(c, null);
    c.open(1, 7_000, 5_000, 0, 0);
    c.onSyn(0, MSS, Handshake.NO_SCALE, 0, MSS);
    c.establish(ack(1), MSS, 0);
    c.recovery.onEstablished(true, 0);
    c.sender.buffer.append(ByteBuffer.allocateDirect(10 * MSS), 0, 10 * MSS);
    for (int i = 0; i < 10; i++) {
      c.sender.onSent(MSS, 0);
      c.recovery.onSent(c.sender.sndNxt(), false, 0);
    }
  }

  /** {@code blocks}: first and last but one of each SACK block. */
  private Segment ack(int ack, int... blocks) {
    Segment segment = new Segment();
    segment.flags = TcpHeader.ACK;
    segment.seq = 1;
    segment.ack = ack;
    segment.window = 60_000;
    segment.memory = options;
    segment.sackBlocks = blocks.length / 2;
    for (int i = 0; i < blocks.length; i++) {
      options.putInt(4 * i, blocks[i]);
    }
    return segment;
  }

  private void receive(Segment segment, long nowNs) {
    arrival.onSegment(c, segment, MSS, nowNs);
  }

  private void sendLostAgain(long nowNs) {
    while (c.recovery.retransmitDue()) {
      c.recovery.onSentAgain(c.recovery.cuts.firstLost(), nowNs);
    }
  }

  @Test
  void saysWhatThePeerHoldsAndWhatIsLost() {
    assertTrue(ConnectionFigures.usesSelectiveAcks(c));
    receive(ack(1, 4_001, 10_001), 100 * MS);
    assertEquals(6 * MSS, ConnectionFigures.sackedBytes(c));
    assertEquals(4 * MSS, ConnectionFigures.lostBytes(c));
    assertEquals(0, ConnectionFigures.inFlightBytes(c));
    assertEquals(10 * MSS, ConnectionFigures.unacknowledgedBytes(c));
    assertEquals(1, ConnectionFigures.recoveries(c));
    assertEquals(0, ConnectionFigures.reorderingWindowNs(c));
    assertFalse(ConnectionFigures.sawReordering(c));
  }

  // RFC 3708, RFC 8985 §6.2 step 4
  @Test
  void countsARecoveryThatWasForNothing() {
    receive(ack(1, 4_001, 10_001), 100 * MS);
    sendLostAgain(100 * MS);
    receive(ack(10_001, 1, 4_001), 200 * MS);
    assertEquals(1, ConnectionFigures.recoveries(c));
    assertEquals(1, ConnectionFigures.undoneRecoveries(c));
    assertEquals(1, counters.get(Counter.RECOVERIES_UNDONE));
    // Two quarters of the shortest round trip.
    assertEquals(50 * MS, ConnectionFigures.reorderingWindowNs(c));
  }

  // RFC 8985 §6.2 step 3
  @Test
  void seesSegmentsOvertakeEachOther() {
    receive(ack(1, 1_001, 2_001), 100 * MS);
    receive(ack(2_001), 101 * MS);
    assertTrue(ConnectionFigures.sawReordering(c));
    assertEquals(25 * MS, ConnectionFigures.reorderingWindowNs(c));
  }

  // RFC 8985 §7
  @Test
  void countsTailLossProbesOfTheWholeConnection() {
    c.recovery.tailProbe.onSent(c.sender.sndNxt(), true);
    receive(ack(1, 4_001, 10_001), 100 * MS);
    c.recovery.tailProbe.onSent(c.sender.sndNxt(), true);
    assertEquals(2, ConnectionFigures.tailLossProbes(c));
    c.recovery.reset(1);
    assertEquals(0, ConnectionFigures.tailLossProbes(c));
    assertEquals(0, ConnectionFigures.recoveries(c));
  }
}
