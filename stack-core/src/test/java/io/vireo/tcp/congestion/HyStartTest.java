// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import static io.vireo.tcp.congestion.Driver.MS;
import static io.vireo.tcp.congestion.Driver.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9406, seen at CUBIC's window. */
class HyStartTest {
  private static final long US = 1_000L;

  private final Cubic cubic = new Cubic(false);
  private final Driver driver = new Driver(cubic);
  private final AckSample ack = driver.ack;
  private int sndUna = Integer.MAX_VALUE - 5_000; // wraps on the way
  private int sndNxt = sndUna + 10 * MSS;
  private int roundEnd = sndNxt;
  private long nowNs;
  private long minRttNs;

  /** One ACK of a segment; what the window then allows is sent. */
  private int ack(long rttNs, boolean windowLimited) {
    int before = cubic.windowBytes();
    ack.clear();
    sndUna += MSS;
    ack.ackedBytes = MSS;
    ack.rttNs = rttNs;
    ack.windowLimited = windowLimited;
    ack.sndUna = sndUna;
    ack.sndNxt = sndNxt;
    ack.minRttNs = minRttNs;
    cubic.onAck(ack, nowNs);
    if (sndUna - roundEnd >= 0) {
      roundEnd = sndNxt;
    }
    sndNxt = sndUna + cubic.windowBytes();
    return cubic.windowBytes() - before;
  }

  /** What is left of a round, with one round trip time for all of its segments. */
  private void round(long rttNs) {
    int end = roundEnd;
    while (end - sndUna > 0) {
      ack(rttNs, true);
    }
  }

  @Test
  void equalRoundTripsLeaveSlowStartAlone() {
    for (int rounds = 1; rounds <= 10; rounds++) {
      round(20 * MS);
      assertEquals(MSS, ack(20 * MS, true));
    }
    assertTrue(cubic.inSlowStart());
  }

  /** CC-12: The threshold is an eighth of the round trip, 4 ms at least and 16 ms at most. */
  @ParameterizedTest
  @CsvSource({
    "1000, 4999, false", "1000, 5000, true",
    "80000, 89999, false", "80000, 90000, true",
    "400000, 415999, false", "400000, 416000, true",
    "1000, 4294968296, true"
  })
  void slowsDownOnceRoundTripsAreLongerByTheThreshold(long lastUs, long currentUs, boolean slower) {
    round(lastUs * US);
    for (int i = 0; i < 8; i++) {
      assertEquals(MSS, ack(currentUs * US, true), "the eighth sample decides");
    }
    assertEquals(slower ? MSS / 4 : MSS, ack(currentUs * US, true));
  }

  @Test
  void oneShortRoundTripOfARoundIsEnoughToGoOn() {
    round(20 * MS);
    ack(20 * MS, true);
    for (int i = 0; i < 10; i++) {
      assertEquals(MSS, ack(90 * MS, true));
    }
  }

  /** The round in which it begins is the first of five. */
  @Test
  void fiveSlowRoundsEndSlowStart() {
    round(20 * MS);
    for (int rounds = 1; rounds <= 5; rounds++) {
      assertTrue(cubic.inSlowStart(), "round " + rounds);
      round(30 * MS);
    }
    assertFalse(cubic.inSlowStart());
    assertEquals(cubic.windowBytes(), cubic.slowStartThresholdBytes(), MSS);
  }

  @Test
  void slowRoundsGrowByAQuarter() {
    round(20 * MS);
    round(30 * MS);
    int before = cubic.windowBytes();
    round(30 * MS);
    assertEquals(before * 1.25, cubic.windowBytes(), MSS);
  }

  @Test
  void returnsToSlowStartWhenRoundTripsFallBack() {
    round(20 * MS);
    round(30 * MS);
    round(30 * MS);
    for (int i = 0; i < 8; i++) {
      assertEquals(MSS / 4, ack(29 * MS, true), "the eighth sample decides");
    }
    assertEquals(MSS, ack(29 * MS, true));
    // And its five rounds begin anew.
    round(29 * MS);
    for (int rounds = 1; rounds <= 5; rounds++) {
      assertTrue(cubic.inSlowStart(), "round " + rounds);
      round(40 * MS);
    }
    assertFalse(cubic.inSlowStart());
  }

  @Test
  void anAckWithoutASampleIsNone() {
    round(20 * MS);
    for (int i = 0; i < 7; i++) {
      ack(30 * MS, true);
    }
    ack(0, true);
    assertEquals(MSS, ack(30 * MS, true));
    assertEquals(MSS / 4, ack(30 * MS, true));
  }

  /** ACKs every {@code gapNs}, and by how much the window grew with the last one; the path's least round trip is 80 ms. */
  private int train(int acks, long gapNs, boolean windowLimited) {
    int grown = 0;
    for (int i = 0; i < acks; i++) {
      nowNs += gapNs;
      minRttNs = 80 * MS;
      grown = ack(80 * MS, windowLimited);
    }
    return grown;
  }

  private void seeTrain() {
    round(80 * MS);
    round(80 * MS);
    round(80 * MS);
    nowNs += 11 * MS;
    train(42, MS, true);
  }

  /** CC-12: with an ACK per millisecond the path is half full after forty. */
  @Test
  void aTrainOfMoreThanHalfARoundTripSlowsDown() {
    train(1, 11 * MS, true);
    assertEquals(MSS, train(41, MS, true), "the last one makes it 41 ms, for those after it");
    assertEquals(MSS / 4, train(1, MS, true));
  }

  /** CC-12 */
  @Test
  void aRoundOfLongRoundTripsAfterATrainEndsSlowStart() {
    seeTrain();
    round(80 * MS);
    round(89_999 * US);
    assertTrue(cubic.inSlowStart(), "not longer by an eighth");
    for (int i = 0; i < 8; i++) {
      assertEquals(MSS / 4, ack(90 * MS, true), "the eighth sample decides");
    }
    assertEquals(0, ack(90 * MS, true));
    assertTrue(cubic.inSlowStart(), "the round's end does");
    round(90 * MS);
    assertFalse(cubic.inSlowStart());
    assertEquals(cubic.windowBytes(), cubic.slowStartThresholdBytes(), MSS);
  }

  @Test
  void aRoundWithAShortRoundTripAfterATrainGoesOn() {
    seeTrain();
    round(80 * MS);
    for (int i = 0; i < 10; i++) {
      ack(90 * MS, true);
    }
    assertEquals(0, ack(85 * MS, true));
    assertEquals(MSS / 4, ack(90 * MS, true));
    round(90 * MS);
    assertTrue(cubic.inSlowStart());
  }

  @Test
  void aTrainAloneDoesNotEndSlowStart() {
    seeTrain();
    for (int rounds = 1; rounds <= 10; rounds++) {
      round(80 * MS);
      assertTrue(cubic.inSlowStart(), "round " + rounds);
    }
  }

  /** A user who writes a little at a time makes one, whatever the path takes. */
  @Test
  void aTrainBehindWhichNothingQueuesIsForgottenAfterFiveRounds() {
    seeTrain();
    for (int rounds = 1; rounds <= 5; rounds++) {
      nowNs += 11 * MS;
      assertEquals(MSS / 4, ack(80 * MS, true), "round " + rounds);
      round(80 * MS);
    }
    nowNs += 11 * MS;
    assertEquals(MSS, ack(80 * MS, true));
  }

  @Test
  void aFullRoundOfTheConnectionBeforeIsForgotten() {
    seeTrain();
    round(80 * MS);
    for (int i = 0; i < 9; i++) {
      ack(90 * MS, true);
    }
    assertEquals(0, ack(90 * MS, true));
    cubic.onEstablished(MSS, 10 * MSS, nowNs);
    assertEquals(MSS, ack(80 * MS, true));
  }

  /** Round trips were longer before: five slow rounds would come, the train wants one that is full. */
  @Test
  void aTrainInConservativeSlowStartGoesByItsOwnRule() {
    round(70 * MS);
    round(80 * MS);
    round(80 * MS);
    nowNs += 11 * MS;
    train(42, MS, true);
    for (int rounds = 1; rounds <= 6; rounds++) {
      round(80 * MS);
      assertTrue(cubic.inSlowStart(), "round " + rounds);
    }
    round(90 * MS);
    assertFalse(cubic.inSlowStart());
  }

  @Test
  void aGapOfMoreThanAnEighthOfARoundTripBeginsANewTrain() {
    for (int i = 0; i < 20; i++) {
      assertEquals(MSS, train(1, 10 * MS + 1, true), "no train");
      assertEquals(MSS, train(30, MS, true), "too short");
    }
    assertEquals(MSS, train(1, 10 * MS + 1, true));
    assertEquals(MSS, train(4, 10 * MS, true), "four gaps of an eighth are half");
    assertEquals(MSS, train(1, 1, true), "more than half, for those after it");
    assertEquals(MSS / 4, train(1, 1, true));
  }

  @Test
  void acksOfAWindowThatIsNotUsedAreNoTrain() {
    train(100, MS, false);
    assertEquals(MSS, train(40, MS, true));
  }

  @Test
  void aConnectionWithoutARoundTripTimeHasNoTrain() {
    for (int i = 0; i < 100; i++) {
      nowNs += MS;
      assertEquals(MSS, ack(0, true));
    }
  }

  /** The next connection's first ACK comes soon after the last one's. */
  @Test
  void anotherConnectionBeginsATrainOfItsOwn() {
    train(41, MS, true);
    cubic.onEstablished(MSS, 10 * MSS, nowNs);
    assertEquals(MSS, train(41, MS, true));
    train(1, MS, true);
    assertEquals(MSS / 4, train(1, MS, true));
  }

  /** RFC 5681 §4.1: the window is the first one again, and what the path takes now is not known. */
  @Test
  void slowStartAfterIdlenessDoublesAgain() {
    Cubic restarting = new Cubic(true);
    Driver idling = new Driver(restarting);
    for (int i = 0; i < 100; i++) {
      idling.nowNs += MS;
      idling.acks(MSS);
    }
    int window = restarting.windowBytes();
    idling.acks(MSS);
    assertEquals(window + MSS / 4, restarting.windowBytes(), "a train was seen");
    restarting.onIdle(Driver.MS * 2_000, Driver.MS * 200, idling.nowNs);
    assertEquals(10 * MSS, restarting.windowBytes());
    idling.nowNs += 2_000 * MS;
    idling.acks(MSS);
    assertEquals(11 * MSS, restarting.windowBytes());
  }

  /** Small requests on a path that others fill: the window has not shown yet what it takes. */
  @Test
  void aWindowThatIsNotUsedDoesNotEndSlowStart() {
    round(20 * MS);
    int window = cubic.windowBytes();
    for (int i = 0; i < 1_000; i++) {
      ack(90 * MS, false);
    }
    assertTrue(cubic.inSlowStart());
    assertEquals(window, cubic.windowBytes());
    assertEquals(MSS, ack(90 * MS, true));
  }

  @Test
  void roundsThatMeasureNothingDoNotEndSlowStart() {
    round(20 * MS);
    round(30 * MS);
    for (int rounds = 0; rounds < 10; rounds++) {
      round(0);
    }
    assertTrue(cubic.inSlowStart());
  }

  /** §4.3: MUST, only while ssthresh has its first value. */
  @Test
  void theNextSlowStartIsTheStandardOne() {
    driver.slowStartTo(400);
    cubic.onRetransmitTimeout(400 * MSS, 0, false, 0);
    sndUna = 0;
    sndNxt = MSS;
    for (int i = 0; i < 270; i++) {
      assertEquals(MSS, ack((20 + i) * MS, true));
    }
  }

  /** L is 8 without pacing, 1 after a timeout. */
  @Test
  void anAckAddsEightSegmentsAtMost() {
    driver.acks(9 * MSS);
    assertEquals(18, driver.segments());
    cubic.onRetransmitTimeout(18 * MSS, 0, false, 0);
    driver.acks(9 * MSS);
    assertEquals(3, driver.segments());
  }

  /** ACKs of a byte each. */
  @Test
  void slowStartEndsWithNoLessThanTwoSegments() {
    cubic.onEstablished(MSS, MSS, 0);
    ack.clear();
    ack.ackedBytes = 1;
    ack.windowLimited = true;
    for (int i = 0; i < 60; i++) {
      ack.rttNs = i < 9 ? 20 * MS : 30 * MS;
      ack.sndUna++;
      ack.sndNxt = ack.sndUna + 8;
      cubic.onAck(ack, 0);
    }
    assertEquals(2 * MSS, cubic.slowStartThresholdBytes());
    assertTrue(cubic.inSlowStart());
  }

  @Test
  void slowRoundsCountBytesNotAcks() {
    round(20 * MS);
    round(30 * MS);
    int before = cubic.windowBytes();
    ack.rttNs = 30 * MS;
    ack.ackedBytes = 1;
    for (int i = 0; i < 4 * MSS; i++) {
      cubic.onAck(ack, 0);
    }
    assertEquals(before + MSS, cubic.windowBytes());
  }

  @Test
  void anotherConnectionBeginsAnew() {
    round(20 * MS);
    round(30 * MS);
    assertEquals(MSS / 4, ack(30 * MS, true));
    cubic.onEstablished(MSS, 10 * MSS, 0);
    assertEquals(MSS, ack(30 * MS, true));
    for (int i = 0; i < 30; i++) {
      assertEquals(MSS, ack(60 * MS, true), "no round before this one");
    }
  }

  @Test
  void anotherConnectionHasOtherSequenceNumbers() {
    round(20 * MS);
    cubic.onEstablished(MSS, 10 * MSS, 0);
    sndUna -= 1 << 30;
    sndNxt = sndUna + 10 * MSS;
    roundEnd = sndNxt;
    round(20 * MS);
    round(30 * MS);
    assertEquals(MSS / 4, ack(30 * MS, true));
  }

  @Test
  void anUndoneLossBeginsAnew() {
    round(20 * MS);
    round(30 * MS);
    cubic.onLossDetected(cubic.windowBytes(), 0);
    cubic.onSpuriousLoss(0);
    assertEquals(MSS, ack(30 * MS, true));
  }
}
