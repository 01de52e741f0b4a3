// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/**
 * Losses found by duplicate ACKs: RFC 5681 §3.2, NewReno by RFC 6582, limited transmit by RFC 3042. Segments are of 1,460 bytes; ten make
 * the initial window.
 */
class FastRetransmitTest extends TcpScript {
  private static final int MSS = 1460;

  /** Ten segments are in flight; {@code segments} in all were queued. */
  private void tenInFlight(int segments) {
    established();
    user.sends(segments * MSS);
    assertEquals(Math.min(10, segments), stack.sent().size());
  }

  /** Where segment {@code number} begins, counted from 1. */
  private static int at(int number) {
    return 1 + (number - 1) * MSS;
  }

  private static String segment(int number) {
    return "ACK seq " + at(number) + " ack 1 len " + MSS;
  }

  private static String last(int number) {
    return "ACK PSH seq " + at(number) + " ack 1 len " + MSS;
  }

  /** All before segment {@code number} has come. */
  private static String ackBefore(int number) {
    return "ACK seq 1 ack " + at(number);
  }

  // FR-01; RFC 5681 §3.2
  @Test
  void thirdDuplicateAckRepeatsTheOldestSegment() {
    tenInFlight(10);
    peer.sends(ackBefore(1));
    peer.sends(ackBefore(1));
    stack.isSilent();
    peer.sends(ackBefore(1));
    stack.answers(segment(1));
    stack.counts(Counter.FAST_RETRANSMITS, 1);
    // All the rest had come.
    peer.sends(ackBefore(11));
    // RFC 6937 §3: cwnd is ssthresh.
    assertEquals(5 * MSS, user.connection().immediatelySendable());
    stack.isSilentFor("2 min");
  }

  // FR-01, DA-05: three in one batch
  @Test
  void threeDuplicatesInOneBatchAreThree() {
    tenInFlight(10);
    peer.sends(ackBefore(1), ackBefore(1), ackBefore(1), ackBefore(1));
    stack.answers(segment(1));
  }

  // FR-01: an ACK first, then the duplicates
  @Test
  void lossInTheMiddleOfAFlightIsRepaired() {
    tenInFlight(10);
    peer.sends(ackBefore(4));
    peer.sends(ackBefore(4), ackBefore(4));
    stack.isSilent();
    peer.sends(ackBefore(4));
    stack.answers(segment(4));
    peer.sends(ackBefore(11));
    stack.isSilentFor("2 min");
  }

  // FR-03, FR-16, ACK-15; RFC 5681 §3.2: reordering by one or two places
  @Test
  void twoDuplicatesRepeatNothing() {
    tenInFlight(10);
    peer.sends(ackBefore(1));
    peer.sends(ackBefore(1));
    peer.sends(ackBefore(4));
    peer.sends(ackBefore(4));
    peer.sends(ackBefore(4));
    peer.sends(ackBefore(11));
    stack.isSilentFor("2 min");
    stack.counts(Counter.SEGMENTS_RETRANSMITTED, 0);
    // Slow start went on: 3 segments and 7 in two ACKs, of which each counts for two at most.
    assertEquals(14 * MSS, user.connection().immediatelySendable());
  }

  // FR-04, AK-05; RFC 5681 §2: another window
  @Test
  void ackWithAnotherWindowIsNoDuplicate() {
    tenInFlight(10);
    for (int i = 0; i < 6; i++) {
      peer.sends("ACK seq 1 ack 1 win " + (50_000 + i));
    }
    stack.isSilent();
  }

  // FR-04; RFC 5681 §2: payload or FIN
  @Test
  void ackWithPayloadIsNoDuplicate() {
    tenInFlight(10);
    for (int i = 0; i < 6; i++) {
      peer.sends("ACK PSH seq " + (1 + 10 * i) + " ack 1 len 10");
      stack.sent();
    }
    time.passes("10 ms");
    stack.sent();
    user.forgets();
    stack.counts(Counter.SEGMENTS_RETRANSMITTED, 0);
  }

  // FR-04; RFC 5681 §2: nothing is in flight
  @Test
  void acksWithNothingInFlightAreNoDuplicates() {
    established();
    for (int i = 0; i < 5; i++) {
      peer.sends(ackBefore(1));
    }
    user.sends(2 * MSS);
    stack.answers(segment(1), last(2));
    stack.counts(Counter.FAST_RETRANSMITS, 0);
  }

  // FR-04; RFC 5681 §2: older than SND.UNA
  @Test
  void oldAcksAreNoDuplicates() {
    tenInFlight(10);
    peer.sends(ackBefore(4));
    for (int i = 0; i < 5; i++) {
      peer.sends(ackBefore(2));
    }
    stack.isSilent();
  }

  // FR-05, CC-19; RFC 3042 §2
  @Test
  void firstTwoDuplicatesLetNewSegmentsOut() {
    tenInFlight(20);
    peer.sends(ackBefore(1));
    stack.answers(segment(11));
    peer.sends(ackBefore(1));
    stack.answers(segment(12));
    peer.sends(ackBefore(3));
    // cwnd is as before, but for slow start: 10 + 2, and 10 are in flight.
    stack.answers(segment(13), segment(14));
  }

  // FR-05; RFC 3042 §2: only if the peer's window permits
  @Test
  void limitedTransmitKeepsToTheWindow() {
    established("mss 1460", "win " + 10 * MSS);
    user.sends(20 * MSS);
    assertEquals(10, stack.sent().size());
    peer.sends(ackBefore(1));
    peer.sends(ackBefore(1));
    stack.isSilent();
    peer.sends(ackBefore(1));
    stack.answers(segment(1));
  }

  // FR-06; RFC 5681 §3.2 (2): what limited transmit sent does not count in the flight that is
  // halved
  @Test
  void recoveryInflatesAndDeflates() {
    tenInFlight(40);
    peer.sends(ackBefore(1));
    stack.answers(segment(11));
    peer.sends(ackBefore(1));
    stack.answers(segment(12));
    peer.sends(ackBefore(1));
    stack.answers(segment(1));
    // ssthresh 5, cwnd 5 + 3; twelve are in flight.
    for (int duplicate = 4; duplicate <= 7; duplicate++) {
      peer.sends(ackBefore(1));
      stack.isSilent();
    }
    peer.sends(ackBefore(1));
    stack.answers(segment(13));
    peer.sends(ackBefore(1));
    stack.answers(segment(14));
    peer.sends(ackBefore(1));
    stack.answers(segment(15));
    peer.sends(ackBefore(1));
    stack.answers(segment(16));
    // All that had been sent when recovery began is there; 13 to 16 are under way, and cwnd is
    // ssthresh, 5.
    peer.sends(ackBefore(13));
    stack.answers(segment(17));
    peer.sends(ackBefore(14));
    stack.answers(segment(18));
  }

  // FR-06; RFC 6582 §3.2 step 3: a partial ACK shows the next hole
  @Test
  void partialAckRepeatsTheNextHole() {
    tenInFlight(10);
    peer.sends(ackBefore(1), ackBefore(1), ackBefore(1));
    stack.answers(segment(1));
    peer.sends(ackBefore(4));
    stack.answers(segment(4));
    peer.sends(ackBefore(7));
    stack.answers(segment(7));
    peer.sends(ackBefore(11));
    stack.isSilentFor("2 min");
    stack.counts(Counter.FAST_RETRANSMITS, 1);
    stack.counts(Counter.SEGMENTS_RETRANSMITTED, 3);
  }

  // FR-06; RFC 6582 §3.2 step 3: deflated by what was acknowledged, one segment added back
  @Test
  void partialAckDeflatesTheWindow() {
    tenInFlight(40);
    peer.sends(ackBefore(1), ackBefore(1), ackBefore(1));
    stack.answers(segment(11), segment(12), segment(1));
    for (int duplicate = 4; duplicate <= 9; duplicate++) {
      peer.sends(ackBefore(1));
      stack.sent();
    }
    // cwnd 8 + 6 = 14, and 12 + 2 are in flight. A partial ACK of four: 14 - 4 + 1 = 11, in flight
    // 10.
    peer.sends(ackBefore(5));
    stack.answers(segment(5), segment(15));
  }

  // FR-08; RFC 5681 §3.2: the retransmission was lost; duplicates do not repeat it, the timer does
  @Test
  void lostRetransmissionIsRepairedByTheTimer() {
    tenInFlight(10);
    time.passes("500 ms");
    peer.sends(ackBefore(1), ackBefore(1), ackBefore(1));
    stack.answers(segment(1));
    for (int i = 0; i < 6; i++) {
      peer.sends(ackBefore(1));
      stack.isSilent();
    }
    stack.answersAfter("500 ms", segment(1));
    peer.sends(ackBefore(11));
    stack.isSilentFor("2 min");
  }

  // RFC 6582 §3.2 step 1, §4.1: after a timeout, duplicates of what is sent again show no new loss
  @Test
  void duplicatesAfterATimeoutDoNotStartRecovery() {
    tenInFlight(10);
    stack.answersAfter("1 s", segment(1));
    peer.sends(ackBefore(1), ackBefore(1), ackBefore(1), ackBefore(1));
    stack.sent().forEach(sent -> assertEquals(false, sent.seq() == peer.stackIss() + 1));
    stack.counts(Counter.FAST_RETRANSMITS, 0);
  }

  // FR-13; RFC 9293 §3.8.6 SHLD-16: no new data beyond a window that shrank
  @Test
  void closedWindowInRecoveryLetsNoNewDataOut() {
    tenInFlight(20);
    peer.sends("ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK seq 1 ack 1");
    stack.answers(segment(11), segment(12), segment(1));
    peer.sends("ACK seq 1 ack 1 win " + 12 * MSS);
    for (int i = 0; i < 9; i++) {
      peer.sends("ACK seq 1 ack 1");
    }
    stack.isSilent();
    peer.sends("ACK seq 1 ack " + at(13) + " win " + MSS);
    stack.answers(segment(13));
  }

  // FR-14: the last segment of a flight, and of the queue
  @Test
  void lastSegmentIsRepairedByTheTimer() {
    tenInFlight(10);
    peer.sends(ackBefore(10));
    stack.answersAfter("200 ms", last(10));
    peer.sends(ackBefore(11));
    stack.isSilentFor("2 min");
  }

  // FR-14: the first of two losses is found, the second is the last segment, with the FIN
  @Test
  void finIsRepeatedInRecovery() {
    established();
    user.sends(5 * MSS);
    user.finishes();
    assertEquals(6, stack.sent().size());
    peer.sends(ackBefore(1), ackBefore(1), ackBefore(1));
    stack.answers(segment(1));
    peer.sends(ackBefore(5));
    stack.answers("FIN ACK PSH seq " + at(5) + " ack 1 len 1460");
    peer.sends("ACK seq 1 ack " + (at(6) + 1));
    stack.isSilentFor("30 s");
  }

  // ACK-02, CC-19; RFC 5681 §3.2: a liar's duplicates let out no more than what could have left the
  // network
  @Test
  void spoofedDuplicatesDoNotOpenTheWindowWithoutBound() {
    settings(tcp -> tcp.withSendBufferBytes(1 << 20));
    established("mss 1460,wscale 7", "win 65535");
    user.sends(500 * MSS);
    assertEquals(10, stack.sent().size());
    int segments = 0;
    for (int i = 0; i < 1000; i++) {
      peer.sends(ackBefore(1));
      segments += stack.sent().size();
    }
    // Two by limited transmit, and five of the twelve that were in flight when recovery began, the
    // one sent again included (RFC 6937); the last may be the one that a partial share rounds up
    // to.
    assertEquals(2 + 1 + 5, segments);
  }

  // CC-15; RFC 5681 §3.1 (4): a small flight
  @Test
  void halfOfASmallFlightIsTwoSegments() {
    established();
    user.sends(4 * MSS);
    stack.sent();
    peer.sends(ackBefore(1), ackBefore(1), ackBefore(1));
    stack.answers(segment(1));
    peer.sends(ackBefore(5));
    assertEquals(2 * MSS, user.connection().immediatelySendable());
  }

  // FR-09: what arrived is less than what is to be sent again in one segment, and nothing is on its
  // way
  @Test
  void smallSegmentsThatAreAllLostWaitForNoTimer() {
    settings(tcp -> tcp.withSelectiveAcks(true));
    established("mss 1460,sackok", "win 65535");
    user.sends(100);
    user.sends(100);
    assertEquals(2, stack.sent().size());
    time.passes("50 ms");
    user.sends(150);
    user.sends(160);
    assertEquals(2, stack.sent().size());
    time.passes("50 ms");
    peer.sends("ACK seq 1 ack 1 <sack 101-201>");
    stack.answersAfter("25 ms", "ACK seq 1 ack 1 len 100");
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack 201");
    stack.answers("ACK PSH seq 201 ack 1 len 310");
    peer.sends("ACK seq 1 ack 511");
    stack.isSilentFor("2 min");
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
  }
}
