// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import io.vireo.tcp.congestion.NewReno;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The timer alone: what a script sees only when two rules meet. */
class RetransmitTimerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long CLOSED_NS = 10 * SECOND;
  private static final ByteBuffer BYTES = ByteBuffer.allocateDirect(3_000);

  private final Deadlines deadlines = new Deadlines(0);
  private final Sender sender = new Sender(new BufferArena(1 << 20), 60_000);
  private final RttEstimator rtt = new RttEstimator();
  private final NewReno congestion = new NewReno(true);
  private final LossRecovery recovery = new LossRecovery(
      sender,
      congestion,
      rtt,
      new BufferArena(1 << 20),
      ByteBuffer.allocateDirect(Scoreboard.OWN_BYTES),
      0);

  private RetransmitTimer established(int window, long closedNs) {
    TcpSettings settings = TcpSettings.defaults().withZeroWindowTimeoutNs(closedNs);
    RetransmitTimer timer = new RetransmitTimer(deadlines, sender, rtt, recovery, settings);
    timer.reset();
    rtt.reset(settings.minRtoNs());
    recovery.reset(1);
    congestion.onEstablished(1_000, 10_000, 0);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, window, ack(1, window), 0);
    recovery.onEstablished(false, 0);
    return timer;
  }

  private void sends(int bytes, long nowNs) {
    sender.onSent(bytes, nowNs);
    recovery.onSent(sender.sndNxt(), false, nowNs);
  }

  private void sendsAgain(long nowNs) {
    recovery.onSentAgain(recovery.cuts.firstLost(), nowNs);
  }

  private void onAck(int ack, long nowNs) {
    sender.onAck(ack(ack, 10_000), nowNs);
    recovery.board.removeFirst();
  }

  private static Segment ack(int ack, int window) {
    Segment segment = new Segment();
    segment.flags = TcpHeader.ACK;
    segment.seq = 100;
    segment.ack = ack;
    segment.window = window;
    return segment;
  }

  @Test
  void theNextLifeBeginsWithoutTheTimeoutsOfTheLast() {
    RetransmitTimer timer = established(10_000, 0);
    sender.buffer.append(BYTES, 0, 1_000);
    sends(1_000, 0);
    assertTrue(timer.onExpired(SECOND));
    assertEquals(1, timer.timeouts());
    timer.reset();
    assertEquals(0, timer.timeouts());
  }

  // RFC 5681 §3.1 (4): ssthresh is half of what was under way; not again for the same bytes
  @Test
  void onlyTheFirstTimeoutHalvesTheThreshold() {
    RetransmitTimer timer = established(10_000, 0);
    sender.buffer.append(BYTES, 0, 3_000);
    for (int i = 0; i < 3; i++) {
      sends(1_000, 0);
    }
    onAck(1_001, 1);
    sender.buffer.append(BYTES, 0, 3_000);
    for (int i = 0; i < 3; i++) {
      sends(1_000, 1);
    }
    assertTrue(timer.onExpired(SECOND));
    assertEquals(2_500, congestion.slowStartThresholdBytes());
    sendsAgain(SECOND);
    assertTrue(timer.onExpired(3 * SECOND));
    assertEquals(2_500, congestion.slowStartThresholdBytes());
  }

  // RFC 9293 §3.8.6.1: the patience with a closed window ends at its time, not one look later
  @Test
  void aClosedWindowIsPutUpWithUpToItsTime() {
    RetransmitTimer timer = established(0, CLOSED_NS);
    sender.buffer.append(BYTES, 0, 10);
    timer.onBlocked(0);
    assertTrue(timer.onExpired(SECOND));
    timer.arm(SECOND);
    assertTrue(timer.onExpired(CLOSED_NS - 1));
    timer.arm(CLOSED_NS - 1);
    assertEquals(CLOSED_NS, deadlines.deadlineNs(Deadlines.RETRANSMIT));
    assertFalse(timer.onExpired(CLOSED_NS));
  }

  // RFC 6298 (5.1): the window has opened, and what is sent has the whole RTO
  @Test
  void aWindowThatWasClosedDoesNotHurryWhatIsSentLater() {
    RetransmitTimer timer = established(0, CLOSED_NS);
    sender.buffer.append(BYTES, 0, 10);
    timer.onBlocked(0);
    assertTrue(timer.onExpired(SECOND));
    sender.onAck(ack(1, 10_000), 60 * SECOND);
    sends(10, 60 * SECOND);
    timer.onDataSent(true, 60 * SECOND);
    assertEquals(
        60 * SECOND + rtt.retransmitTimeoutNs(), deadlines.deadlineNs(Deadlines.RETRANSMIT));
  }
}
