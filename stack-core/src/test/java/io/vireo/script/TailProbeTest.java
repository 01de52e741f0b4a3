// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** Tail loss probes, RFC 8985 §7: what no later segment shows to be lost. The round trip is 100 ms, so a probe is due after 200 ms and the RTO is 300 ms. */
class TailProbeTest extends TcpScript {
  /** The peer knows SACK, and one byte went there and back: our stream goes on at 2. */
  private void measured() {
    settings(tcp -> tcp.withSelectiveAcks(true));
    established("mss 1460,sackok", "win 65535");
    user.sends(1);
    stack.answers("ACK PSH seq 1 ack 1 len 1");
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 2");
    stack.isSilent();
  }

  private void fiveSegments() {
    measured();
    user.sends(7300);
    assertEquals(5, stack.sent().size());
  }

  // RK-01; RFC 8985 §7.2, §7.3: the last of all that was lost
  @Test
  void afterTwoRoundTripsTheLastSegmentIsSentAgain() {
    fiveSegments();
    stack.isSilentFor("199 ms");
    stack.answersAfter("1 ms", "ACK PSH seq 5842 ack 1 len 1460");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
    peer.sends("ACK seq 1 ack 7302");
    stack.isSilentFor("2 min");
  }

  // RFC 3708 §2: what the peer had twice was the probe's, and the first of the five was lost
  @Test
  void theProbesDuplicateDoesNotUndoTheRecoveryBehindIt() {
    fiveSegments();
    stack.answersAfter("200 ms", "ACK PSH seq 5842 ack 1 len 1460");
    time.passes("10 ms");
    peer.sends("ACK seq 1 ack 2 <sack 1462-7302>");
    stack.answers("ACK seq 2 ack 1 len 1460");
    time.passes("90 ms");
    peer.sends("ACK seq 1 ack 2 <sack 5842-7302 1462-7302>");
    stack.isSilent();
    stack.counts(Counter.RECOVERIES_UNDONE, 0);
    peer.sends("ACK seq 1 ack 7302");
    stack.counts(Counter.RECOVERIES_UNDONE, 0);
  }

  // RFC 3708 §2: the network had doubled the third, and the first was lost
  @Test
  void aDoubledSegmentDoesNotUndoTheRecoveryOfAnother() {
    fiveSegments();
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 2 <sack 1462-7302>");
    stack.answers("ACK seq 2 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 2 <sack 2922-4382 1462-7302>");
    stack.counts(Counter.RECOVERIES_UNDONE, 0);
    // And this is the proof that RFC 3708 wants.
    peer.sends("ACK seq 1 ack 7302", "ACK seq 1 ack 7302 <sack 2-1462>");
    stack.isSilent();
    stack.counts(Counter.RECOVERIES_UNDONE, 1);
  }

  // RFC 8985 §6.2 step 4: three segments are three, however short
  @Test
  void threeSmallMessagesBehindAHoleShowThatItIsLost() {
    measured();
    for (int i = 0; i < 5; i++) {
      user.sends(100);
    }
    assertEquals(5, stack.sent().size());
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 2 <sack 102-202>");
    peer.sends("ACK seq 1 ack 2 <sack 102-302>");
    stack.isSilent();
    peer.sends("ACK seq 1 ack 2 <sack 102-402>");
    stack.answers("ACK seq 2 ack 1 len 100");
  }

  // RK-02; RFC 8985 §7.4.1: its SACK shows that the others are lost, and no timer expires
  @Test
  void theAnswerToTheProbeBeginsTheRecovery() {
    fiveSegments();
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 2922");
    stack.answersAfter("200 ms", "ACK PSH seq 5842 ack 1 len 1460");
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 2922 <sack 5842-7302>");
    stack.answers("ACK seq 2922 ack 1 len 1460");
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 4382 <sack 5842-7302>");
    stack.answers("ACK seq 4382 ack 1 len 1460");
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 7302");
    stack.isSilentFor("2 min");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
  }

  // FR-15; RFC 8985 §7.2: a flow of three segments that loses its last one. The probe waits for a
  // delayed ACK, too, but not beyond the RTO
  @Test
  void aShortFlowIsRepairedByTheProbe() {
    measured();
    user.sends(3000);
    assertEquals(3, stack.sent().size());
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 2922");
    stack.answersAfter("250 ms", "ACK PSH seq 2922 ack 1 len 80");
    peer.sends("ACK seq 1 ack 3002");
    stack.isSilentFor("2 min");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
  }

  // RK-03; RFC 8985 §7.3: whatever the congestion window says
  @Test
  void theProbeIsNewDataIfThereIsSome() {
    measured();
    user.sends(20_000);
    assertEquals(10, stack.sent().size());
    stack.answersAfter("200 ms", "ACK seq 14602 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 16062");
    stack.answers(
        "ACK seq 16062 ack 1 len 1460",
        "ACK seq 17522 ack 1 len 1460",
        "ACK PSH seq 18982 ack 1 len 1020");
    peer.sends("ACK seq 1 ack 20002");
    stack.isSilentFor("2 min");
  }

  // RK-05; RFC 8985 §7.3: one probe, then the timer
  @Test
  void whenNobodyAnswersTheProbeTheTimerExpires() {
    fiveSegments();
    stack.answersAfter("200 ms", "ACK PSH seq 5842 ack 1 len 1460");
    stack.answersAfter("300 ms", "ACK seq 2 ack 1 len 1460");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 1);
    peer.sends("ACK seq 1 ack 7302");
    stack.isSilentFor("2 min");
  }

  // RK-13: a FIN alone
  @Test
  void aFinIsProbedToo() {
    measured();
    user.finishes();
    stack.answers("FIN ACK seq 2 ack 1");
    stack.answersAfter("300 ms", "FIN ACK seq 2 ack 1");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
    peer.sends("FIN ACK seq 1 ack 3");
    user.hears("fin", "closed CLOSED");
    stack.answers("ACK seq 3 ack 2");
  }
}
