// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.Counter;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The retransmission timer: RFC 6298, with a least RTO of 200 ms. */
class RetransmitTest extends TcpScript {
  private int sent = 1;

  /** Sends a byte and has it acknowledged after the given time. */
  private void roundTrip(String rtt) {
    user.sends(1);
    stack.answers("ACK PSH seq " + sent + " ack 1 len 1");
    time.passes(rtt);
    sent++;
    peer.sends("ACK seq 1 ack " + sent);
  }

  private void lostFor(String timeout) {
    user.sends(1);
    String segment = "ACK PSH seq " + sent + " ack 1 len 1";
    stack.answers(segment);
    stack.answersAfter(timeout, segment);
    sent++;
    peer.sends("ACK seq 1 ack " + sent);
  }

  // RT-01; RFC 6298 (2.1)
  @Test
  void withoutASampleTheTimeoutIsOneSecond() {
    established();
    lostFor("1 s");
  }

  // RT-02; RFC 6298 (5.7): our SYN-ACK had to be repeated
  @Test
  void afterALostSynAckTheTimeoutForDataIsThreeSeconds() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    stack.answersAfter("1 s", "SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    lostFor("3 s");
  }

  // RT-02; RFC 6298 (5.7): our SYN had to be repeated
  @Test
  void afterALostSynTheTimeoutForDataIsThreeSeconds() {
    user.connects();
    stack.answers("SYN seq 0");
    stack.answersAfter("1 s", "SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
    lostFor("3 s");
  }

  // RT-03; RFC 6298 (2.2): R + 4 * R / 2
  @Test
  void firstSampleSetsTheTimeout() {
    established();
    roundTrip("100 ms");
    lostFor("300 ms");
  }

  // RT-03: the handshake is a sample, too
  @Test
  void handshakeOfAnActiveOpenIsTheFirstSample() {
    user.connects();
    stack.answers("SYN seq 0");
    time.passes("100 ms");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
    lostFor("300 ms");
  }

  // RT-03; RFC 6298 (2.3): SRTT 7/8 * 100 + 1/8 * 180 = 110, RTTVAR 3/4 * 50 + 1/4 * 80 = 57.5
  @Test
  void laterSamplesAreSmoothed() {
    established();
    roundTrip("100 ms");
    roundTrip("180 ms");
    lostFor("340 ms");
  }

  // RT-03; Deviation of ours from RFC 6298 (2.4): 200 ms
  @Test
  void timeoutHasALeastValue() {
    established();
    roundTrip("1 ms");
    lostFor("200 ms");
  }

  // RT-03: the least value is a setting
  @Test
  void leastTimeoutOfTheSettingsIsUsed() {
    settings(tcp -> tcp.withMinRtoNs(1_000_000_000L));
    established();
    roundTrip("1 ms");
    lostFor("1 s");
  }

  // RT-03; RFC 6298 (2.4), granularity: an RTT that never varies still leaves 1 ms of room
  @Test
  void timeoutStaysAboveASteadyRoundTrip() {
    established();
    for (int i = 0; i < 60; i++) {
      roundTrip("400 ms");
    }
    lostFor("401 ms");
  }

  // RT-04, ACK-13, MUST-19; RFC 6298 (5.4), (5.5), (2.5): only the oldest, intervals double to 60 s
  @Test
  void intervalsDoubleUpToAMinuteAndOnlyTheOldestIsRepeated() {
    // Too small for the path to be suspected of dropping what is large.
    established("mss 512", "win 65535");
    user.sends(2048);
    assertEquals(4, stack.sent().size());
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      stack.answersAfter(seconds + " s", "ACK seq 1 ack 1 len 512");
    }
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 9);
  }

  // RT-05, MUST-18; RFC 6298 (3), (5), Karn: backed off until something new is timed
  @Test
  void acknowledgedRetransmissionIsNoSample() {
    established();
    roundTrip("100 ms");
    lostFor("300 ms");
    lostFor("600 ms");
    roundTrip("100 ms");
    lostFor("250 ms");
  }

  // RT-07, ACK-18; RFC 6298 (5.2), (5.3)
  @Test
  void everyAckOfNewDataRestartsTheTimer() {
    established();
    user.sends(4 * 1460);
    stack.sent();
    for (int at = 1461; at < 5841; at += 1460) {
      time.passes("900 ms");
      peer.sends("ACK seq 1 ack " + at);
      stack.isSilent();
    }
    // Of all four the first was timed: 900 + 4 * 450 ms.
    stack.answersAfter("2700 ms", "ACK PSH seq 4381 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 5841");
    stack.isSilentFor("2 min");
  }

  // RT-07: an ACK of nothing new does not restart it
  @Test
  void duplicateAcksDoNotRestartTheTimer() {
    established();
    user.sends(1460);
    stack.answers("ACK PSH seq 1 ack 1 len 1460");
    time.passes("900 ms");
    peer.sends("ACK seq 1 ack 1", "ACK seq 1 ack 1 win 60000");
    stack.answersAfter("100 ms", "ACK PSH seq 1 ack 1 len 1460");
  }

  // ZW-13; RFC 6298 §5: nor do window updates, for ever
  @Test
  void windowUpdatesDoNotRestartTheTimer() {
    established("mss 1460", "win 1460");
    user.sends(20_000);
    stack.answers("ACK seq 1 ack 1 len 1460");
    for (int i = 1; i < 10; i++) {
      time.passes("100 ms");
      peer.sends("ACK seq 1 ack 1 win " + (1460 + i));
      stack.isSilent();
    }
    stack.answersAfter("100 ms", "ACK seq 1 ack 1 len 1460");
  }

  // RT-08, CC-13; RFC 5681 §3.1 (4): one segment, slow start to half the flight, then avoidance
  @Test
  void timeoutBeginsSlowStartWithOneSegment() {
    established();
    user.sends(40 * 1460);
    assertEquals(10, stack.sent().size());
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461");
    stack.answers("ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 4381");
    assertEquals(4, stack.sent().size());
    peer.sends("ACK seq 1 ack 10221");
    // ssthresh is 7,300: with 5 segments avoidance begins.
    assertEquals(6, stack.sent().size());
  }

  // RT-08: what the peer held all the time is not sent again
  @Test
  void goingBackSkipsWhatIsAcknowledged() {
    established();
    user.sends(10 * 1460);
    assertEquals(10, stack.sent().size());
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 11681");
    stack.answers(
        "ACK seq 11681 ack 1 len 1460",
        "ACK seq 13141 ack 1 len 1460".replace("ACK seq", "ACK PSH seq"));
    peer.sends("ACK seq 1 ack 14601");
    stack.isSilentFor("2 min");
  }

  // RT-09; RFC 5681 §3.1: ssthresh is half of the first flight, not of the retransmission's
  @Test
  void repeatedTimeoutDoesNotHalveAgain() {
    established();
    user.sends(40 * 1460);
    assertEquals(10, stack.sent().size());
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    stack.answersAfter("2 s", "ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461");
    assertEquals(2, stack.sent().size());
    peer.sends("ACK seq 1 ack 4381");
    assertEquals(4, stack.sent().size());
  }

  // RT-10, CLS-15, MUST-20, SHLD-11; RFC 9293 §3.8.3: 15 minutes by default
  @Test
  void silenceEndsTheConnectionAtTheUserTimeout() {
    established();
    user.sends(10);
    time.passes("899999 ms");
    stack.sent();
    user.hearsNothing();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 11 ack 1");
    peer.sends("ACK seq 1 ack 11");
    stack.answers("RST seq 11");
  }

  // UT-01, RT-10; RFC 9293 §3.8.3: each answer gives it new patience
  @Test
  void userTimeoutRunsFromTheLastProgress() {
    settings(tcp -> tcp.withUserTimeoutNs(5_000_000_000L));
    established();
    user.sends(3000);
    stack.sent();
    time.passes("4 s");
    stack.sent();
    peer.sends("ACK seq 1 ack 1461");
    stack.sent();
    time.passes("4999 ms");
    stack.sent();
    user.hearsNothing();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.sent();
  }

  // UT-01, UT-03, MUST-21: 0 is for ever
  @Test
  void withoutUserTimeoutItGoesOn() {
    settings(tcp -> tcp.withUserTimeoutNs(0));
    established();
    user.sends(10);
    time.passes("120 min");
    stack.sent();
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 11");
    stack.isSilentFor("10 min");
  }

  // RT-12; RFC 5681 §3.1
  @Test
  void dataWrittenAfterATimeoutWaitsForTheCongestionWindow() {
    established();
    user.sends(2000);
    assertEquals(2, stack.sent().size());
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    user.sends(5000);
    stack.isSilent();
    peer.sends("ACK seq 1 ack 1461");
    stack.answers("ACK seq 1461 ack 1 len 540", "ACK seq 2001 ack 1 len 1460");
  }

  // RT-13; RFC 9293 §3.7.1: small writes are sent again in larger segments, every byte once
  @Test
  void smallSegmentsAreRepeatedTogether() {
    established();
    for (int i = 0; i < 5; i++) {
      user.sends(100);
    }
    assertEquals(5, stack.sent().size());
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 500");
    peer.sends("ACK seq 1 ack 501");
    stack.isSilentFor("2 min");
  }

  // RT-16, CLK: input before timers
  @Test
  void stalledProcessReadsWhatCameBeforeItConcludesALoss() {
    established();
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 1 len 1000");
    time.passesWithoutAPoll("10 s");
    peer.sends("ACK seq 1 ack 1001");
    stack.isSilentFor("2 min");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
  }

  // RT-16: timers that are long overdue fire once
  @Test
  void stalledProcessRetransmitsOnce() {
    established();
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 1 len 1000");
    time.passesWithoutAPoll("10 s");
    world.settle();
    stack.answers("ACK PSH seq 1 ack 1 len 1000");
    stack.answersAfter("2 s", "ACK PSH seq 1 ack 1 len 1000");
  }

  // api.md setUserTimer: never early, at most 1 ms late, set again replaces, 0 cancels, ends with
  // the connection
  @Test
  void userTimersKeepTheirTime() {
    established();
    user.setsTimer(0, "5 s");
    user.setsTimer(1, "3 s");
    time.passes("2999 ms");
    user.hearsNothing();
    time.passes("1 ms");
    user.hears("timer 1");
    user.setsTimer(0, "10 s");
    time.passes("9999 ms");
    user.hearsNothing();
    time.passes("1 ms");
    user.hears("timer 0");
    user.setsTimer(0, "1 s");
    user.setsTimer(1, "1 s");
    user.setsTimer(0, "off");
    time.passes("1 s");
    user.hears("timer 1");
    user.setsTimer(1, "1 s");
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    time.passes("5 s");
  }

  // api.md: user timers also run while connecting
  @Test
  void userTimerRunsWhileConnecting() {
    user.connects();
    stack.answers("SYN seq 0");
    user.setsTimer(0, "500 ms");
    time.passes("500 ms");
    user.hears("timer 0");
  }

  // APP-09, APP-10: after a stall all that lies in the NIC's ring is read before anything is
  // concluded
  @Test
  void theAnswerBehindAFullRingIsReadBeforePatienceEnds() {
    settings(tcp -> tcp.withUserTimeoutNs(Time.ns("5 s")));
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    time.passesWithoutAPoll("60 s");
    String[] ring = new String[1_000];
    Arrays.fill(ring, "RST seq -100000");
    ring[ring.length - 1] = "ACK seq 1 ack 11";
    peer.sends(ring);
    stack.isSilent();
    user.hearsNothing();
  }

  /**
   * What a timeout has for lost may have grown longer than the window lets go, beside what is still under way: that may be lost as well, and the
   * timer runs on.
   */
  @Test
  void theTimerRunsOnWhenTheWindowHoldsBackWhatItWasFor() {
    settings(tcp -> tcp.withSelectiveAcks(true));
    established("mss 1460,sackok", "win 65535");
    stack.mtuIs(552);
    user.sends(1);
    stack.answers("ACK PSH seq 1 ack 1 len 1");
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 2");
    user.sends(1024);
    stack.answers("ACK seq 2 ack 1 len 512", "ACK PSH seq 514 ack 1 len 512");
    stack.answersAfter("200 ms", "ACK PSH seq 514 ack 1 len 512");
    time.passes("190 ms");
    user.sends(512);
    stack.answers("ACK PSH seq 1026 ack 1 len 512");
    world.nic.mtu(1500);
    world.mtu = 1500;
    stack.isSilentFor("110 ms");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 1);
    stack.answersAfter("600 ms", "ACK seq 2 ack 1 len 1460");
  }

  /** Segments of 216 bytes, from one position to another. */
  private String[] segments(int from, int to) {
    String[] lines = new String[to - from];
    for (int i = from; i < to; i++) {
      lines[i - from] = "ACK seq " + (1 + 216 * i) + " ack 1 len 216";
    }
    return lines;
  }

  /** The scoreboard has 64 records for 75 segments: the last one stands for twelve. */
  private void moreSegmentsUnderWayThanRecords() {
    settings(tcp -> tcp.withSendBufferBytes(16_384)
        .withCongestionAlgorithm(CongestionAlgorithm.NONE)
        .withUserTimeoutNs(0));
    established("mss 216", "win 65535");
    user.sends(75 * 216);
    stack.sent();
  }

  // RFC 3522 §3.2, step 2: the echo is that of the first time it was sent again, and not before it
  @Test
  void theAnswerToTheFirstOfTwoRetransmissionsProvesNothing() {
    settings(tcp -> tcp.withTimestamps(true));
    for (int i = 0; i < 2; i++) {
      peer.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero>");
      stack.answers("SYN ACK seq 0 ack 1");
    }
    peer.sends("ACK seq 1 ack 1 win 65535 <ts 100 0>");
    user.hears("established");
    user.sends(1448);
    stack.answers("ACK PSH seq 1 ack 1 len 1448 <ts 0 100>");
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 1448");
    stack.answersAfter("2 s", "ACK PSH seq 1 ack 1 len 1448");
    time.passes("50 ms");
    // A tick is 2^20 ns.
    peer.sends("ACK seq 1 ack 1449 <ts 110 954>");
    stack.isSilent();
    stack.counts(Counter.RECOVERIES_UNDONE, 0);
  }

  // RFC 6298 (5.4): what is lost with others in one record waits for an ACK, and not for the next
  // timeout
  @Test
  void recordOfSeveralLostSegmentsIsSentAgainAsAcksBringRoom() {
    moreSegmentsUnderWayThanRecords();
    stack.answersAfter("1 s", segments(0, 63));
    peer.sends("ACK seq 1 ack " + (1 + 216 * 63));
    String[] rest = segments(63, 75);
    rest[11] = rest[11].replace("ACK", "ACK PSH");
    stack.answers(rest);
    peer.sends("ACK seq 1 ack " + (1 + 216 * 75));
    stack.isSilentFor("10 min");
  }

  // RFC 6298 (5.4): in front of others that are lost, it leaves no gap
  @Test
  void recordOfSeveralLostSegmentsIsSentAgainWithoutAGap() {
    moreSegmentsUnderWayThanRecords();
    peer.sends("ACK seq 1 ack " + (1 + 216 * 60));
    user.sends(60 * 216);
    stack.sent();
    stack.answersAfter("200 ms", segments(60, 123));
    peer.sends("ACK seq 1 ack " + (1 + 216 * 123));
    String[] rest = segments(123, 135);
    rest[11] = rest[11].replace("ACK", "ACK PSH");
    stack.answers(rest);
  }
}
