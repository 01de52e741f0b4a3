// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import static io.vireo.tcp.congestion.Driver.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CongestionAlgorithm;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What CUBIC and NewReno have in common. A test's factor is that of multiplicative decrease. */
class LossBasedTest {
  private static final int LARGEST = 1 << 30;
  private static final long MINUTE = 60_000_000_000L;

  private static Driver driver(CongestionAlgorithm algorithm) {
    return new Driver(CongestionControl.of(algorithm, false));
  }

  private static Driver restarting(CongestionAlgorithm algorithm) {
    return new Driver(CongestionControl.of(algorithm, true));
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void beginsInSlowStartWithTheInitialWindow(CongestionAlgorithm algorithm) {
    CongestionControl control = driver(algorithm).control;
    assertEquals(10 * MSS, control.windowBytes());
    assertEquals(LARGEST, control.slowStartThresholdBytes());
    assertTrue(control.inSlowStart());
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void forgetsTheConnectionBefore(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.control.onRetransmitTimeout(100 * MSS, 0, false, 0);
    driver.control.onEstablished(MSS, 3 * MSS, 0);
    driver.control.onSpuriousLoss(0);
    driver.control.onRecovered(0);
    assertEquals(3 * MSS, driver.control.windowBytes());
    assertEquals(LARGEST, driver.control.slowStartThresholdBytes());
    driver.acks(2 * MSS);
    assertEquals(5 * MSS, driver.control.windowBytes(), "no limit as after a timeout");
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void doesNotGrowUnlessTheWindowIsUsed(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    for (int i = 0; i < 100; i++) {
      driver.acksUnlimited(MSS);
    }
    assertEquals(10 * MSS, driver.control.windowBytes(), "slow start");
    driver.fastRecovery();
    int window = driver.control.windowBytes();
    for (int i = 0; i < 100; i++) {
      driver.acksUnlimited(MSS);
    }
    assertEquals(window, driver.control.windowBytes(), "avoidance");
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void doesNotGrowDuringFastRecovery(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(40);
    driver.control.onLossDetected(40 * MSS, 0);
    int threshold = driver.control.slowStartThresholdBytes();
    for (int i = 0; i < 40; i++) {
      driver.acksRecovering(MSS);
    }
    assertEquals(threshold, driver.control.windowBytes());
    driver.control.onRecovered(0);
    assertEquals(threshold, driver.control.windowBytes());
    assertFalse(driver.control.inSlowStart());
  }

  /** RFC 5681 (4), RFC 9438 §4.6: of the flight, but of no more than cwnd, and two segments at least. */
  @ParameterizedTest
  @CsvSource({
    "CUBIC, 100, 70", "CUBIC, 60, 42", "CUBIC, 130, 70", "CUBIC, 2, 2", "CUBIC, 0, 2",
    "NEWRENO, 100, 50", "NEWRENO, 60, 30", "NEWRENO, 130, 50", "NEWRENO, 3, 2", "NEWRENO, 0, 2"
  })
  void aLossReducesToAFractionOfTheFlight(CongestionAlgorithm algorithm, int flight, int left) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.control.onLossDetected(flight * MSS, 0);
    assertEquals(left * MSS, driver.control.slowStartThresholdBytes());
    assertEquals(left * MSS, driver.control.windowBytes());
  }

  @ParameterizedTest
  @CsvSource({"CUBIC, 70", "NEWRENO, 50"})
  void aTimeoutReducesToOneSegmentMoreThanIsUnderWay(CongestionAlgorithm algorithm, int left) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.control.onRetransmitTimeout(100 * MSS, 7 * MSS, false, 0);
    assertEquals(8 * MSS, driver.control.windowBytes());
    assertEquals(left * MSS, driver.control.slowStartThresholdBytes());
    assertTrue(driver.control.inSlowStart());
    driver.control.onRecovered(0);
    assertEquals(8 * MSS, driver.control.windowBytes(), "slow start goes on");
    driver.control.onRetransmitTimeout(100 * MSS, 0, true, 0);
    assertEquals(MSS, driver.control.windowBytes());
    assertEquals(left * MSS, driver.control.slowStartThresholdBytes(), "once for the same bytes");
  }

  @ParameterizedTest
  @CsvSource({"CUBIC, 70", "NEWRENO, 50"})
  void aTimeoutDuringFastRecoveryReducesNoFurther(CongestionAlgorithm algorithm, int left) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.control.onLossDetected(100 * MSS, 0);
    driver.control.onRetransmitTimeout(60 * MSS, 0, false, 0);
    assertEquals(left * MSS, driver.control.slowStartThresholdBytes());
    driver.control.onRecovered(0);
    assertEquals(MSS, driver.control.windowBytes(), "fast recovery is over");
    driver.control.onSpuriousLoss(0);
    assertEquals(left * MSS, driver.control.windowBytes(), "the timeout alone was for nothing");
    assertEquals(left * MSS, driver.control.slowStartThresholdBytes());
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void undoesAFastRecoveryUnderWay(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.fastRecovery();
    driver.rounds(3);
    int window = driver.control.windowBytes();
    int threshold = driver.control.slowStartThresholdBytes();
    driver.control.onLossDetected(window, driver.nowNs);
    driver.control.onSpuriousLoss(driver.nowNs);
    driver.control.onRecovered(driver.nowNs);
    assertEquals(window, driver.control.windowBytes());
    assertEquals(threshold, driver.control.slowStartThresholdBytes());
    driver.control.onSpuriousLoss(driver.nowNs);
    assertEquals(window, driver.control.windowBytes(), "once");
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void undoesATimeoutAndItsRepetitions(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.control.onRetransmitTimeout(100 * MSS, 0, false, 0);
    driver.control.onRetransmitTimeout(100 * MSS, 0, true, 0);
    driver.acks(MSS);
    driver.control.onSpuriousLoss(0);
    assertEquals(100 * MSS, driver.control.windowBytes());
    assertTrue(driver.control.inSlowStart());
    driver.acks(2 * MSS);
    assertEquals(102 * MSS, driver.control.windowBytes(), "no limit as after a timeout");
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void undoesOnce(CongestionAlgorithm algorithm) {
    Driver driver = restarting(algorithm);
    driver.slowStartTo(100);
    driver.control.onLossDetected(100 * MSS, 0);
    driver.control.onSpuriousLoss(0);
    driver.control.onIdle(2, 1, 0);
    driver.control.onSpuriousLoss(0);
    assertEquals(10 * MSS, driver.control.windowBytes());
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void theLimitAfterATimeoutEndsWithSlowStart(CongestionAlgorithm algorithm) {
    Driver driver = restarting(algorithm);
    driver.slowStartTo(100);
    driver.control.onRetransmitTimeout(100 * MSS, 0, false, 0);
    driver.acks(3 * MSS);
    assertEquals(3 * MSS, driver.control.windowBytes());
    driver.slowStartTo(70);
    driver.acks(MSS);
    driver.control.onIdle(2, 1, 0);
    assertEquals(10 * MSS, driver.control.windowBytes());
    driver.acks(2 * MSS);
    assertEquals(12 * MSS, driver.control.windowBytes());
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void anUndoTakesNothingAwayThatWasGrownSince(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.fastRecovery();
    driver.rounds(60);
    int window = driver.control.windowBytes();
    assertTrue(window > 10 * MSS);
    driver.control.onSpuriousLoss(driver.nowNs);
    assertEquals(window, driver.control.windowBytes());
  }

  /** RFC 5681 §4.1. */
  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void restartsWithTheInitialWindowAfterMoreThanATimeoutOfIdleness(CongestionAlgorithm algorithm) {
    Driver driver = restarting(algorithm);
    driver.slowStartTo(100);
    driver.fastRecovery();
    int window = driver.control.windowBytes();
    driver.control.onIdle(200, 200, 0);
    assertEquals(window, driver.control.windowBytes());
    driver.control.onIdle(201, 200, 0);
    assertEquals(10 * MSS, driver.control.windowBytes());
    assertEquals(window, driver.control.slowStartThresholdBytes());
    driver.control.onRetransmitTimeout(10 * MSS, 0, false, 0);
    driver.control.onIdle(201, 200, 0);
    assertEquals(MSS, driver.control.windowBytes(), "no more than there was");
  }

  /** RFC 7661 §4.4.3: half, for each five minutes; three quarters of it by slow start. */
  @ParameterizedTest
  @CsvSource({"0, 160", "4, 160", "5, 80", "9, 80", "10, 40", "20, 10", "600000, 10"})
  void keepsTheWindowOfAnIdleConnectionForFiveMinutes(int minutes, int left) {
    Driver driver = driver(CongestionAlgorithm.NEWRENO);
    driver.slowStartTo(320);
    driver.fastRecovery();
    driver.acks(1);
    driver.control.onIdle(minutes * MINUTE, 200, driver.nowNs + minutes * MINUTE);
    assertEquals(left * MSS, driver.control.windowBytes());
    assertEquals(160 * MSS, driver.control.slowStartThresholdBytes());
  }

  @Test
  void whatIsHalvedComesBackToThreeQuartersBySlowStart() {
    Driver driver = driver(CongestionAlgorithm.NEWRENO);
    driver.slowStartTo(20);
    driver.fastRecovery();
    driver.rounds(30);
    int window = driver.control.windowBytes();
    driver.control.onIdle(5 * MINUTE, 200, driver.nowNs + 5 * MINUTE);
    assertEquals(window / 2, driver.control.windowBytes());
    assertEquals(window - window / 4, driver.control.slowStartThresholdBytes());
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void aWindowThatIsLittleUsedIsHalvedTowardsWhatIsUsed(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.ack.priorFlight = 30 * MSS;
    driver.ack.windowLimited = false;
    driver.control.onAck(driver.ack, 5 * MINUTE - 1);
    assertEquals(100 * MSS, driver.control.windowBytes());
    driver.control.onAck(driver.ack, 5 * MINUTE);
    assertEquals(50 * MSS, driver.control.windowBytes());
    driver.control.onAck(driver.ack, 10 * MINUTE);
    assertEquals(50 * MSS, driver.control.windowBytes(), "30 of 50 are used");
    driver.ack.priorFlight = 24 * MSS;
    driver.control.onAck(driver.ack, 15 * MINUTE);
    assertEquals(25 * MSS, driver.control.windowBytes());
    driver.ack.priorFlight = 12 * MSS;
    driver.control.onAck(driver.ack, 20 * MINUTE - 1);
    driver.control.onAck(driver.ack, 30 * MINUTE);
    assertEquals(12 * MSS, driver.control.windowBytes(), "no less than what is used");
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void aWindowThatStoppedTheSenderIsKept(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.slowStartTo(100);
    driver.ack.priorFlight = 0;
    driver.ack.ackedBytes = 0;
    driver.control.onAck(driver.ack, 5 * MINUTE);
    driver.control.onIdle(0, 200, 6 * MINUTE);
    assertEquals(100 * MSS, driver.control.windowBytes());
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void allowsASegmentOfAPathThatCarriesMoreThanBefore(CongestionAlgorithm algorithm) {
    Driver driver = restarting(algorithm);
    driver.control.onEstablished(256, 512, 0);
    driver.control.onLossDetected(512, 0);
    driver.control.onMss(9_000);
    assertEquals(9_000, driver.control.windowBytes());
    driver.control.onRecovered(0);
    assertEquals(18_000, driver.control.windowBytes());
    driver.control.onIdle(2, 1, 0);
    assertEquals(9_000, driver.control.windowBytes());
    driver.control.onSpuriousLoss(0);
    driver.control.onRetransmitTimeout(9_000, 0, false, 0);
    assertEquals(18_000, driver.control.slowStartThresholdBytes());
    assertEquals(9_000, driver.control.windowBytes());
  }

  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void staysWithinTheLargestWindow(CongestionAlgorithm algorithm) {
    Driver driver = driver(algorithm);
    driver.control.onEstablished(65_495, LARGEST - 1, 0);
    driver.acks(LARGEST);
    assertEquals(LARGEST, driver.control.windowBytes());
    for (int i = 0; i < 100; i++) {
      driver.nowNs += driver.rttNs;
      driver.acks(LARGEST);
    }
    assertEquals(LARGEST, driver.control.windowBytes());
    driver.control.onRetransmitTimeout(LARGEST, LARGEST, false, driver.nowNs);
    assertEquals(LARGEST, driver.control.windowBytes());
    int threshold = driver.control.slowStartThresholdBytes();
    double factor = algorithm == CongestionAlgorithm.CUBIC ? 0.7 : 0.5;
    assertEquals(factor * LARGEST, threshold, 1);
  }

  /** Whatever happens. */
  @ParameterizedTest
  @EnumSource(names = {"CUBIC", "NEWRENO"})
  void neverBelowOneSegmentNorSsthreshBelowTwo(CongestionAlgorithm algorithm) {
    for (long seed = 1; seed <= 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Driver driver =
          new Driver(CongestionControl.of(algorithm, random.nextBoolean()), random.nextLong());
      int mss = random.nextInt(216, 9_000);
      driver.control.onEstablished(mss, mss, driver.nowNs);
      for (int step = 0; step < 500; step++) {
        mss = anyEvent(driver, random, mss);
        int window = driver.control.windowBytes();
        int threshold = driver.control.slowStartThresholdBytes();
        String what =
            "seed " + seed + " step " + step + " cwnd " + window + " ssthresh " + threshold;
        assertTrue(window >= mss && window <= LARGEST && threshold >= 2 * mss, what);
      }
    }
  }

  private static int anyEvent(Driver driver, SplittableRandom random, int mss) {
    CongestionControl control = driver.control;
    int flight = random.nextInt(control.windowBytes() + 1);
    driver.nowNs += random.nextLong(1L << random.nextInt(1, 40));
    switch (random.nextInt(10)) {
      case 0 -> control.onLossDetected(flight, driver.nowNs);
      case 1 -> control.onRecovered(driver.nowNs);
      case 2 ->
        control.onRetransmitTimeout(
            flight, random.nextInt(flight + 1), random.nextBoolean(), driver.nowNs);
      case 3 -> control.onIdle(random.nextLong(400), 200, driver.nowNs);
      case 4 -> control.onSpuriousLoss(driver.nowNs);
      case 5 -> {
        int other = random.nextInt(216, 9_000);
        control.onMss(other);
        return other;
      }
      case 6 -> driver.acksUnlimited(flight);
      default -> {
        for (int i = 0; i < 20; i++) {
          driver.acks(1 + random.nextInt(control.windowBytes()));
        }
      }
    }
    return mss;
  }

  @Test
  void withoutCongestionControlThePeersWindowIsTheOnlyBound() {
    Driver driver = driver(CongestionAlgorithm.NONE);
    CongestionControl control = driver.control;
    control.onLossDetected(MSS, 0);
    control.onRetransmitTimeout(MSS, 0, false, 0);
    control.onIdle(Long.MAX_VALUE, 1, 0);
    assertEquals(LARGEST, control.windowBytes());
    assertTrue(control.governsRecovery());
    assertFalse(control.inSlowStart());
  }

  @Test
  void namesMakeAlgorithms() {
    assertEquals(
        Cubic.class, CongestionControl.of(CongestionAlgorithm.CUBIC, false).getClass());
    assertEquals(
        NewReno.class, CongestionControl.of(CongestionAlgorithm.NEWRENO, false).getClass());
    assertFalse(CongestionControl.of(CongestionAlgorithm.CUBIC, false).governsRecovery());
    assertEquals(0, CongestionControl.of(CongestionAlgorithm.CUBIC, false).pacingBytesPerSecond());
  }
}
