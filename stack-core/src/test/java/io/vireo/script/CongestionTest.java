// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The congestion window: RFC 5681 §3.1, §4.1, RFC 6928, RFC 3465. With nothing queued, it is what could be sent at once. */
class CongestionTest extends TcpScript {
  private static final int MSS = 1460;

  private int acked;
  private int sent;

  /** What could be sent at once; cwnd, if nothing is queued. */
  private int cwnd() {
    return user.connection().immediatelySendable();
  }

  /** 500 segments are queued: from now on whatever the congestion window allows is in flight. */
  private void bulk() {
    settings(tcp -> tcp.withSendBufferBytes(1 << 20));
    established("mss 1460,wscale 7", "win 65535");
    user.sends(500 * MSS);
    count();
  }

  private void count() {
    stack
        .sent()
        .forEach(segment ->
            sent = Math.max(sent, segment.seq() - peer.stackIss() - 1 + segment.payload().length));
  }

  private void ack(int bytes) {
    acked += bytes;
    peer.sends("ACK seq 1 ack " + (1 + acked));
    count();
  }

  private int segmentsInFlight() {
    return (sent - acked) / MSS;
  }

  /** Acknowledges what is in flight now, so many segments at a time. */
  private void round(int segmentsPerAck) {
    int end = sent;
    while (acked < end) {
      ack(Math.min(end - acked, segmentsPerAck * MSS));
    }
  }

  // CC-01; RFC 6928 §2
  @ParameterizedTest
  @CsvSource({"536, 5360", "1000, 10000", "1460, 14600"})
  void initialWindowIsTenSegments(int mss, int window) {
    established("mss " + mss, "win 65535");
    assertEquals(window, cwnd());
    user.sends(60_000);
    assertEquals(10, stack.sent().size());
    stack.isSilentFor("900 ms");
  }

  // CC-01; RFC 6928 §2: or 14,600 bytes, or two segments
  @ParameterizedTest
  @CsvSource({"2000, 14600", "7300, 14600", "8960, 17920"})
  void initialWindowOfLargeSegmentsIsSmaller(int mss, int window) {
    world.mtu = 9000;
    established("mss " + mss, "win 65535");
    assertEquals(window, cwnd());
  }

  // CC-02; RFC 5681 §3.1: a SYN-ACK was lost
  @Test
  void initialWindowAfterALostSynAckIsOneSegment() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    stack.answersAfter("1 s", "SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    assertEquals(MSS, cwnd());
  }

  // CC-02; RFC 5681 §3.1: a SYN was lost
  @Test
  void initialWindowAfterALostSynIsOneSegment() {
    user.connects();
    stack.answers("SYN seq 0");
    stack.answersAfter("1 s", "SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
    assertEquals(MSS, cwnd());
    user.sends(5000);
    stack.answers("ACK seq 1 ack 1 len 1460");
  }

  // CC-03; RFC 5681 §3.1, RFC 3465 §2.2: each ACK counts for two segments at most
  @ParameterizedTest
  @CsvSource({"1, 20, 40", "2, 20, 40", "4, 16, 24", "10, 12, 16"})
  void slowStartGrowsByWhatIsAcknowledged(int segmentsPerAck, int afterOne, int afterTwo) {
    bulk();
    assertEquals(10, segmentsInFlight());
    round(segmentsPerAck);
    assertEquals(afterOne, segmentsInFlight());
    round(segmentsPerAck);
    assertEquals(afterTwo, segmentsInFlight());
  }

  // CC-04; RFC 5681 §4.1, RFC 7661 §4
  @Test
  void windowThatIsNotUsedDoesNotGrow() {
    established();
    user.sends(4 * MSS);
    stack.sent();
    ack(2 * MSS);
    ack(2 * MSS);
    assertEquals(10 * MSS, cwnd());
    user.sends(5 * MSS);
    stack.sent();
    ack(2 * MSS);
    // Half of it was used; the rest of the flight is less.
    assertEquals(12 * MSS - 3 * MSS, cwnd());
    ack(3 * MSS);
    assertEquals(12 * MSS, cwnd());
  }

  /** Slow start to 20 segments; then a loss, repaired at once, makes ten of ssthresh, and avoidance begins. */
  private void inAvoidance() {
    bulk();
    round(1);
    String before = "ACK seq 1 ack " + (1 + acked);
    peer.sends(before, before, before);
    count();
    round(40);
    while (segmentsInFlight() < 10) {
      round(1);
    }
  }

  // CC-05; RFC 5681 §3.1: about one segment per round trip
  @Test
  void avoidanceGrowsByOneSegmentPerRound() {
    inAvoidance();
    int before = segmentsInFlight();
    for (int rounds = 1; rounds <= 10; rounds++) {
      round(rounds % 2 + 1);
      assertEquals(before + rounds, segmentsInFlight(), 1);
    }
  }

  // CC-06, ACK-01; RFC 3465 §2: bytes count, not ACKs
  @Test
  void dividedAcksDoNotGrowTheWindowFaster() {
    bulk();
    for (int i = 0; i < 146; i++) {
      ack(100);
    }
    assertEquals(20, segmentsInFlight());
  }

  // CC-06 in avoidance
  @Test
  void dividedAcksDoNotGrowTheWindowFasterInAvoidance() {
    inAvoidance();
    int before = segmentsInFlight();
    int end = sent;
    while (acked < end) {
      ack(20);
    }
    assertEquals(before, segmentsInFlight(), 1);
  }

  // CC-08; RFC 5681 §4.1
  @Test
  void afterIdlenessSendingRestartsWithTheInitialWindow() {
    established("mss 1460,wscale 7", "win 65535");
    user.sends(40 * MSS);
    count();
    while (acked < 40 * MSS) {
      ack(MSS);
    }
    int grown = cwnd();
    assertEquals(true, grown > 20 * MSS);
    time.passes("200 ms");
    assertEquals(grown, cwnd());
    time.passes("1 ms");
    user.sends(40 * MSS);
    assertEquals(10, stack.sent().size());
  }

  // CC-08: not before a whole timeout has passed
  @Test
  void shortPausesDoNotRestart() {
    established("mss 1460,wscale 7", "win 65535");
    user.sends(40 * MSS);
    count();
    while (acked < 40 * MSS) {
      ack(MSS);
    }
    int grown = cwnd();
    time.passes("200 ms");
    user.sends(40 * MSS);
    assertEquals(Math.min(grown / MSS, 40), stack.sent().size());
  }

  // CC-09; RFC 5681 §4.1: what was idle before a closed window starts as after any other idleness
  @Test
  void afterALongClosedWindowSendingRestartsWithTheInitialWindow() {
    bulk();
    round(1);
    round(1);
    assertEquals(40, segmentsInFlight());
    acked = sent;
    peer.sends("ACK seq 1 ack " + (1 + acked) + " win 0");
    for (int minute = 0; minute < 10; minute++) {
      time.passes("60 s");
      stack.sent();
      peer.sends("ACK seq 1 ack " + (1 + acked) + " win 0");
    }
    peer.sends("ACK seq 1 ack " + (1 + acked) + " win 65535");
    assertEquals(10, stack.sent().size());
  }

  // CC-15; RFC 5681 §3.1: after any number of timeouts
  @Test
  void windowNeverFallsBelowOneSegment() {
    established();
    user.sends(10 * MSS);
    stack.sent();
    // So few that segments do not become smaller (PathMtuTest).
    time.passes("4 s");
    stack.sent();
    sent = MSS;
    ack(MSS);
    assertEquals(2, segmentsInFlight());
    time.passes("30 s");
    stack.sent();
    ack(9 * MSS);
    // Slow start to ssthresh, which is two segments at least.
    assertEquals(2 * MSS, cwnd(), MSS);
  }

  // CC-16; RFC 9293 §3.8.6.1: probes ask no congestion window, and what they probe for does not
  // shrink it
  @Test
  void probesLeaveTheCongestionWindowAlone() {
    established("mss 1460", "win 0");
    user.sends(20 * MSS);
    for (int i = 0; i < 8; i++) {
      time.passes("60 s");
      for (SeenSegment probe : stack.sent()) {
        assertEquals(1, probe.payload().length);
      }
      peer.sends("ACK seq 1 ack 1 win 0");
    }
    peer.sends("ACK seq 1 ack 1 win 65535");
    assertEquals(10, stack.sent().size());
  }
}
