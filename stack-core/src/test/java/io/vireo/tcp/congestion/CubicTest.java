// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import static io.vireo.tcp.congestion.Driver.MS;
import static io.vireo.tcp.congestion.Driver.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9438: how CUBIC's window grows in congestion avoidance, and what a loss leaves of it. */
class CubicTest {
  private static final long SECOND = 1_000 * MS;

  private final Cubic cubic = new Cubic(false);
  private final Driver driver = new Driver(cubic);

  /** W_max 1,000 segments, the epoch begins with 700. */
  private void lossAtAThousand() {
    driver.slowStartTo(1_000);
    driver.fastRecovery();
    assertEquals(700, driver.segments());
  }

  /** CC-10: (1) and (2): K is 9.086 s; 0.4 (t - K)^3 + 1,000 segments, concave up to K and convex from there. */
  @ParameterizedTest
  @CsvSource({"1, 789", "2, 858", "4, 947", "6, 988", "9, 1000", "12, 1010", "14, 1047", "16, 1132"
  })
  void followsTheCurve(int seconds, int segments) {
    lossAtAThousand();
    driver.rounds(seconds * 10);
    assertEquals(segments, driver.segments(), 0.005 * segments);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 1_000, 3_000})
  void growthIsCountedInBytesNotInAcks(int bytesPerAck) {
    lossAtAThousand();
    for (int i = 0; i < 40; i++) {
      driver.round(bytesPerAck);
    }
    assertEquals(947, driver.segments(), 4);
  }

  /** §4.3: α is 9/17 until the window is what it was before the loss, then 1. */
  @Test
  void isNoSlowerThanRenoOnShortPaths() {
    driver.rttNs = MS;
    driver.slowStartTo(40);
    driver.fastRecovery();
    assertEquals(28, driver.segments());
    driver.rounds(10);
    assertEquals(28 + 10 * 9.0 / 17, cubic.windowBytes() / (double) MSS, 0.3);
    while (cubic.windowBytes() < 40 * MSS) {
      driver.acks(MSS);
    }
    driver.rounds(10);
    assertEquals(50, cubic.windowBytes() / (double) MSS, 0.3);
  }

  /** §4.7: the second loss comes before W_max is reached, and W_max becomes 17/20 of the window. */
  @Test
  void convergesFastWhenItLosesEarlier() {
    lossAtAThousand();
    driver.rounds(20);
    assertEquals(858, driver.segments(), 4);
    driver.fastRecovery();
    assertEquals(600, driver.segments(), 3);
    // K = cbrt((0.85 * 858 - 600.6) / 0.4) = 6.9 s; the plateau lies at 729.
    driver.rounds(69);
    assertEquals(729, driver.segments(), 4);
    driver.rounds(10);
    assertEquals(729, driver.segments(), 4);
  }

  @Test
  void remembersAWindowBeyondTheLastMaximumWhole() {
    lossAtAThousand();
    driver.rounds(140);
    assertEquals(1_047, driver.segments(), 5);
    driver.fastRecovery();
    driver.rounds(92);
    assertEquals(1_047, driver.segments(), 5);
  }

  /** §4.8: K is 0, and W_max is where congestion avoidance begins. */
  @Test
  void afterATimeoutTheCurveBeginsFlat() {
    driver.slowStartTo(1_000);
    cubic.onRetransmitTimeout(1_000 * MSS, 0, false, 0);
    driver.slowStartTo(700);
    driver.rounds(40);
    assertEquals(700 + 0.4 * 4 * 4 * 4, driver.segments(), 3);
    driver.rounds(40);
    assertEquals(700 + 0.4 * 8 * 8 * 8, driver.segments(), 10);
  }

  /** §4.2: target is no more than 1.5 cwnd, so an ACK adds no more than half of what it took. */
  @Test
  void growsByNoMoreThanHalfPerRound() {
    lossAtAThousand();
    driver.rounds(10);
    int before = cubic.windowBytes();
    driver.rttNs = 60 * SECOND;
    driver.acks(10 * MSS);
    assertEquals(before + 5 * MSS, cubic.windowBytes(), 1);
  }

  /** The curve lies below what a longer round trip had promised. */
  @Test
  void neverShrinksWhenAnAckComes() {
    lossAtAThousand();
    driver.rounds(10);
    driver.rttNs = 60 * SECOND;
    driver.acks(100 * MSS);
    int before = cubic.windowBytes();
    driver.rttNs = 0;
    for (int i = 0; i < 200; i++) {
      driver.acks(before);
      assertTrue(cubic.windowBytes() >= before, "also when W_est passes W_cubic from below");
      before = cubic.windowBytes();
    }
  }

  @Test
  void oneAckOfManyWindowsIsOneOfAWindow() {
    lossAtAThousand();
    driver.rounds(10);
    int before = cubic.windowBytes();
    driver.acks(1 << 30);
    assertEquals(before + 8 * MSS, cubic.windowBytes(), MSS);
  }

  /** Longer than any curve: still half of what is acknowledged. */
  @Test
  void anEpochMayLastForHours() {
    lossAtAThousand();
    driver.acks(1);
    for (int hours = 1; hours <= 3; hours++) {
      int before = cubic.windowBytes();
      driver.nowNs += 3_600 * SECOND;
      driver.acks(10 * MSS);
      assertEquals(before + 5 * MSS, cubic.windowBytes(), 1);
    }
  }

  /** Slow start after a window was given up leads beyond W_max: from there the curve is flat at first. */
  @Test
  void beyondTheLastMaximumTheCurveBeginsFlat() {
    lossAtAThousand();
    driver.rounds(250);
    assertEquals(2_610, driver.segments(), 20);
    driver.nowNs += 300 * SECOND;
    cubic.onIdle(300 * SECOND, SECOND, driver.nowNs);
    driver.slowStartTo(cubic.slowStartThresholdBytes() / MSS + 1);
    int begin = driver.segments();
    assertEquals(1_957, begin, 20);
    driver.rounds(40);
    assertEquals(begin + 40, driver.segments(), 5, "40 by Reno's W_est, 26 by the curve");
  }

  /** §4.10: HyStart++ ended slow start, nothing was lost. What the connection before had lost does not matter. */
  @Test
  void withoutALossAvoidanceBeginsFlatAndNoSlowerThanReno() {
    lossAtAThousand();
    cubic.onEstablished(MSS, 10 * MSS, driver.nowNs);
    driver.rttNs = 20 * MS;
    driver.rounds(2);
    driver.rttNs = 30 * MS;
    while (cubic.inSlowStart()) {
      driver.rounds(1);
    }
    int begin = driver.segments();
    driver.rounds(10);
    assertEquals(begin + 10, driver.segments(), 1);
  }

  @Test
  void aConnectionRunsAsOneOfANewObject() {
    lossAtAThousand();
    driver.rounds(3);
    driver.acks(777);
    cubic.onEstablished(MSS, 10 * MSS, driver.nowNs);
    Cubic other = new Cubic(false);
    Driver fresh = new Driver(other, driver.nowNs);
    driver.slowStartTo(1_000);
    driver.fastRecovery();
    fresh.slowStartTo(1_000);
    fresh.fastRecovery();
    for (int i = 0; i < 2_000; i++) {
      driver.nowNs += 100_000;
      fresh.nowNs += 100_000;
      driver.acks(MSS);
      fresh.acks(MSS);
      assertEquals(other.windowBytes(), cubic.windowBytes(), "ACK " + i);
    }
  }

  /** §5.8. */
  @Test
  void timeInWhichTheWindowIsNotUsedDoesNotCount() {
    lossAtAThousand();
    driver.rounds(10);
    for (int i = 0; i < 500; i++) {
      driver.nowNs += driver.rttNs;
      driver.acksUnlimited(MSS);
    }
    driver.rounds(10);
    assertEquals(858, driver.segments(), 5);
  }

  /** CC-11. */
  @Test
  void idlenessDoesNotCount() {
    lossAtAThousand();
    driver.rounds(10);
    driver.nowNs += 100 * SECOND;
    cubic.onIdle(100 * SECOND, SECOND, driver.nowNs);
    driver.rounds(10);
    assertEquals(858, driver.segments(), 5);
  }

  /** §4.9: as if nothing had been lost, but for the time it took. */
  @ParameterizedTest
  @ValueSource(strings = {"recovering", "recovered", "timeout"})
  void afterAnUndoTheCurveGoesOn(String when) {
    lossAtAThousand();
    driver.rounds(120);
    assertEquals(1_010, driver.segments(), 5);
    if (when.equals("timeout")) {
      cubic.onRetransmitTimeout(cubic.windowBytes(), 0, false, driver.nowNs);
      driver.rounds(3);
    } else {
      cubic.onLossDetected(cubic.windowBytes() / 2, driver.nowNs);
      driver.nowNs += SECOND;
    }
    if (when.equals("recovered")) {
      cubic.onRecovered(driver.nowNs);
      driver.rounds(10);
    }
    cubic.onSpuriousLoss(driver.nowNs);
    driver.rounds(20);
    assertEquals(1_047, driver.segments(), 5);
    driver.fastRecovery();
    driver.rounds(92);
    assertEquals(1_047, driver.segments(), 5);
  }

  @Test
  void afterAnUndoGrowthIsRenosAsBefore() {
    driver.rttNs = MS;
    driver.slowStartTo(40);
    driver.fastRecovery();
    driver.rounds(12);
    double before = cubic.windowBytes() / (double) MSS;
    driver.fastRecovery();
    driver.rounds(2);
    cubic.onSpuriousLoss(driver.nowNs);
    driver.rounds(8);
    assertEquals(before + 8 * 9.0 / 17, cubic.windowBytes() / (double) MSS, 0.3);
  }

  @Test
  void segmentsOfAnotherSizeBeginANewCurve() {
    lossAtAThousand();
    driver.rounds(10);
    int window = cubic.windowBytes();
    cubic.onMss(500);
    driver.acks(500);
    assertEquals(window, cubic.windowBytes(), 500);
    // In segments of 500, K = cbrt((2,000 - 1,578) / 0.4) = 10.2 s; after 3 s there are 1,852 of
    // them.
    driver.rounds(30);
    assertEquals(1_852 * 500, cubic.windowBytes(), 5 * MSS);
    driver.rounds(72);
    assertEquals(1_000 * MSS, cubic.windowBytes(), 5 * MSS);
  }

  @Test
  void anUndoOfWhatWasLostInSegmentsOfAnotherSizeBeginsANewCurve() {
    lossAtAThousand();
    driver.rounds(10);
    cubic.onLossDetected(cubic.windowBytes(), driver.nowNs);
    cubic.onMss(500);
    cubic.onSpuriousLoss(driver.nowNs);
    driver.rounds(30);
    assertEquals(1_852 * 500, cubic.windowBytes(), 5 * MSS);
  }

  /** W_max 2^30 bytes: K = cbrt(0.3 * 2^30 / 536 / 0.4) = 114.5 s. */
  @Test
  void followsTheCurveOfTheLargestWindow() {
    cubic.onEstablished(536, 1 << 30, 0);
    cubic.onLossDetected(1 << 30, 0);
    cubic.onRecovered(0);
    for (int i = 0; i < 1_145; i++) {
      driver.round(1 << 16);
      double t = (i + 1) * 0.1;
      double expected = 0.4 * Math.pow(t - 114.5, 3) * 536 + (1 << 30);
      assertEquals(expected, cubic.windowBytes(), 0.002 * expected);
    }
  }

  /** Nanoseconds that wrap on the way. */
  @Test
  void theClockMayWrap() {
    Cubic other = new Cubic(false);
    Driver wrapping = new Driver(other, Long.MAX_VALUE - 3 * SECOND);
    wrapping.slowStartTo(1_000);
    wrapping.fastRecovery();
    lossAtAThousand();
    for (int i = 0; i < 60; i++) {
      driver.rounds(1);
      wrapping.rounds(1);
      assertEquals(cubic.windowBytes(), other.windowBytes());
    }
    assertTrue(wrapping.nowNs < 0);
  }

  /** Random paths, ACKs, and losses, against {@link NaiveCubic}. */
  @Test
  void agreesWithTheEquations() {
    for (long seed = 1; seed <= 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Cubic any = new Cubic(false);
      Driver path = new Driver(any, random.nextLong());
      NaiveCubic naive = new NaiveCubic();
      long startNs = path.nowNs;
      path.rttNs = random.nextLong(MS, 300 * MS);
      path.slowStartTo(random.nextInt(10, 500));
      naive.cwnd = any.windowBytes() / (double) MSS;
      for (int loss = 0; loss < 4; loss++) {
        path.fastRecovery();
        naive.loss();
        int acks = random.nextInt(10, 20_000);
        for (int i = 0; i < acks; i++) {
          int bytes = random.nextInt(1, 3 * MSS);
          int before = any.windowBytes();
          path.nowNs += (long) (path.rttNs * (double) bytes / any.windowBytes());
          path.acks(bytes);
          naive.ack(bytes / (double) MSS, (path.nowNs - startNs) / 1e9, path.rttNs / 1e9);
          double window = any.windowBytes() / (double) MSS;
          String what = "seed " + seed + " loss " + loss + " ACK " + i;
          assertEquals(naive.cwnd, window, 0.01 + 0.0005 * naive.cwnd, what);
          assertTrue(any.windowBytes() >= before, what);
        }
      }
    }
  }
}
