// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The formulas of RFC 6298 in floating point beside the estimator, and its edges (TSW-11). */
class RttEstimatorTest {
  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;
  private static final long MIN_RTO = 200 * MS;

  private final RttEstimator rtt = new RttEstimator();

  /** RFC 6298 (2.2) to (2.5), with G one millisecond. */
  private static final class Model {
    double srtt;
    double rttvar;
    double rto = (double) SECOND;

    void sample(double r, double minRto) {
      if (srtt == 0) {
        srtt = r;
        rttvar = r / 2;
      } else {
        rttvar = 0.75 * rttvar + 0.25 * Math.abs(srtt - r);
        srtt = 0.875 * srtt + 0.125 * r;
      }
      rto = Math.max(minRto, Math.min(srtt + Math.max((double) MS, 4 * rttvar), 60.0 * SECOND));
    }

    void timeout() {
      rto = Math.min(2 * rto, 60.0 * SECOND);
    }
  }

  // MUST-18
  @Test
  void followsTheFormulas() {
    Seeded.forSeeds(500, random -> {
      long minRto = random.nextBoolean() ? MIN_RTO : MS;
      RttEstimator estimator = new RttEstimator();
      estimator.reset(minRto);
      Model model = new Model();
      long around = 1 + random.nextLong(20 * SECOND);
      for (int step = 0; step < 100; step++) {
        if (random.nextInt(10) == 0) {
          estimator.onTimeout();
          model.timeout();
        } else {
          long sample = Math.max(1, around / 2 + random.nextLong(around));
          estimator.sample(sample);
          model.sample((double) sample, (double) minRto);
        }
        assertEquals(model.srtt, (double) estimator.smoothedNs(), 20 + model.srtt * 1e-6);
        double rto = (double) estimator.retransmitTimeoutNs();
        assertEquals(model.rto, rto, 200 + model.rto * 1e-6);
      }
    });
  }

  /** Row TSW-11: 0 ns, 1 µs, 60 s, a step up, a step down: RTO inside its bounds, nothing overflows. */
  @ParameterizedTest
  @ValueSource(longs = {1, MS, MIN_RTO, SECOND})
  void staysInsideItsBounds(long minRto) {
    long[] telling = {
      0,
      1,
      999,
      1_000,
      MS,
      SECOND,
      59 * SECOND,
      60 * SECOND,
      61 * SECOND,
      Long.MAX_VALUE / 2,
      Long.MAX_VALUE
    };
    SplittableRandom random = new SplittableRandom(11);
    for (int round = 0; round < 2_000; round++) {
      rtt.reset(minRto);
      for (int i = 0; i < 30; i++) {
        if (random.nextInt(4) == 0) {
          rtt.onTimeout();
        } else {
          rtt.sample(telling[random.nextInt(telling.length)]);
        }
        long rto = rtt.retransmitTimeoutNs();
        assertTrue(rto >= minRto && rto <= 60 * SECOND, () -> "RTO " + rto);
        assertTrue(rtt.smoothedNs() <= 60 * SECOND && rtt.smoothedNs() >= 0, "SRTT");
      }
    }
  }

  // CLK-04
  @Test
  void aClockThatStoodStillOrLeaptIsASample() {
    SplittableRandom random = new SplittableRandom(1);
    rtt.reset(MIN_RTO);
    rtt.onSent(100, 5_000);
    rtt.onAck(100, 5_000);
    assertEquals(1, rtt.smoothedNs());
    assertEquals(MIN_RTO, rtt.retransmitTimeoutNs());
    rtt.onSent(200, 5_000);
    rtt.onAck(200, 5_000 + 365L * 86_400 * SECOND);
    assertEquals(60 * SECOND, rtt.retransmitTimeoutNs());
    long nearTheWrap = Long.MAX_VALUE - random.nextInt(10);
    rtt.onSent(300, nearTheWrap);
    rtt.onAck(300, nearTheWrap + MS);
    assertTrue(rtt.retransmitTimeoutNs() <= 60 * SECOND);
  }

  @Test
  void aStepUpIsFollowedAndAStepDownIsForgotten() {
    rtt.reset(MIN_RTO);
    for (int i = 0; i < 100; i++) {
      rtt.sample(10 * MS);
    }
    assertEquals(MIN_RTO, rtt.retransmitTimeoutNs());
    rtt.sample(SECOND);
    assertTrue(rtt.retransmitTimeoutNs() > SECOND, "at once");
    for (int i = 0; i < 100; i++) {
      rtt.sample(SECOND);
    }
    assertTrue(Math.abs(SECOND - rtt.smoothedNs()) < MS);
    for (int i = 0; i < 200; i++) {
      rtt.sample(10 * MS);
    }
    assertEquals(MIN_RTO, rtt.retransmitTimeoutNs());
  }

  /** MUST-18, TSW-12: RFC 6298 (3): what was sent again is not timed; the back-off stays until something is (5.5). */
  @Test
  void karn() {
    rtt.reset(MIN_RTO);
    rtt.sample(100 * MS);
    long rto = rtt.retransmitTimeoutNs();
    rtt.onSent(1_000, 0);
    rtt.onTimeout();
    rtt.onRetransmission();
    rtt.onAck(1_000, 50 * MS);
    assertEquals(2 * rto, rtt.retransmitTimeoutNs());
    rtt.onSent(2_000, SECOND);
    rtt.onRetransmission();
    rtt.onAck(2_000, SECOND + 1);
    assertEquals(2 * rto, rtt.retransmitTimeoutNs());
    rtt.onSent(3_000, 2 * SECOND);
    rtt.onAck(3_000, 2 * SECOND + 100 * MS);
    assertTrue(rtt.retransmitTimeoutNs() <= rto);
  }

  @Test
  void oneSegmentIsTimedAtATime() {
    rtt.reset(MIN_RTO);
    rtt.onSent(-100, 0);
    rtt.onSent(400, 90 * MS);
    rtt.onAck(-200, 95 * MS);
    assertEquals(0, rtt.smoothedNs(), "not this one yet");
    rtt.onAck(-100, 100 * MS);
    assertEquals(100 * MS, rtt.smoothedNs());
    rtt.onAck(400, 101 * MS);
    assertEquals(100 * MS, rtt.smoothedNs());
  }

  /** RFC 6298 (2.1), (5.5) and (5.7). */
  @Test
  void startsAtASecondDoublesToAMinuteAndIsThreeSecondsAfterALostSyn() {
    rtt.reset(MIN_RTO);
    long expected = SECOND;
    for (int i = 0; i < 10; i++) {
      assertEquals(Math.min(expected, 60 * SECOND), rtt.retransmitTimeoutNs());
      rtt.onTimeout();
      expected *= 2;
    }
    rtt.onHandshakeDone(true);
    assertEquals(3 * SECOND, rtt.retransmitTimeoutNs());
    rtt.reset(MIN_RTO);
    rtt.onHandshakeDone(false);
    assertEquals(SECOND, rtt.retransmitTimeoutNs());
  }

  /** RFC 6298's weights are for one sample per round trip. */
  @Test
  void aRoundTripIsSampledOnce() {
    rtt.reset(MIN_RTO);
    rtt.onEstablished(-500);
    rtt.onArrived(-500, 70 * MS, 70 * MS, 0, 0);
    assertEquals(0, rtt.smoothedNs(), "nothing of it is data");
    rtt.onArrived(-499, 100 * MS, 100 * MS, 2_000, 0);
    assertEquals(100 * MS, rtt.smoothedNs());
    rtt.onArrived(1_000, SECOND, SECOND, 3_000, 0);
    rtt.onArrived(2_000, SECOND, SECOND, 4_000, 0);
    assertEquals(100 * MS, rtt.smoothedNs());
    rtt.onArrived(2_001, 180 * MS, 180 * MS, 4_000, 0);
    assertEquals(110 * MS, rtt.smoothedNs());
  }

  @Test
  void eachArrivalMayBeTheShortestRoundTrip() {
    rtt.reset(MIN_RTO);
    rtt.onEstablished(0);
    assertEquals(0, rtt.minimumNs());
    rtt.onArrived(10, 100 * MS, 90 * MS, 1_000, 0);
    assertEquals(90 * MS, rtt.minimumNs());
    rtt.onArrived(20, 50 * MS, 40 * MS, 1_000, 0);
    assertEquals(40 * MS, rtt.minimumNs());
    rtt.onArrived(30, 50 * MS, 0, 1_000, 0);
    assertEquals(1, rtt.minimumNs(), "a clock that stood still");
    rtt.reset(MIN_RTO);
    assertEquals(0, rtt.minimumNs());
  }

  /** Of all that was measured in the last five minutes it is the shortest, and nothing older than ten counts. */
  @Test
  void theShortestRoundTripIsOfTheLastFiveToTenMinutes() {
    long minutes = 60 * SECOND;
    Seeded.forSeeds(300, random -> {
      long[] times = new long[200];
      long[] samples = new long[200];
      RttEstimator estimator = new RttEstimator();
      estimator.reset(MIN_RTO);
      long nowNs = Long.MAX_VALUE - random.nextLong(30 * minutes);
      long mostNs = random.nextInt(4) == 0 ? 8 * minutes : minutes;
      for (int i = 0; i < times.length; i++) {
        nowNs += random.nextLong(mostNs);
        times[i] = nowNs;
        samples[i] = 1 + random.nextLong(1_000);
        estimator.onArrived(i, samples[i], samples[i], i, nowNs);
        long ofFive = Long.MAX_VALUE;
        long ofTen = Long.MAX_VALUE;
        for (int k = 0; k <= i; k++) {
          long ago = nowNs - times[k];
          ofFive = ago <= 5 * minutes ? Math.min(ofFive, samples[k]) : ofFive;
          ofTen = ago <= 10 * minutes ? Math.min(ofTen, samples[k]) : ofTen;
        }
        long minimum = estimator.minimumNs();
        assertTrue(minimum <= ofFive && minimum >= ofTen, "not of the last five to ten minutes");
      }
    });
  }
}
