// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** cwnd and ssthresh, rows CC-01 to CC-15. */
class NewRenoTest {
  private static final int MSS = 1_000;
  private static final int UNLIMITED = 1 << 30;

  private final NewReno reno = new NewReno();

  private void establish() {
    reno.onEstablished(MSS, false);
  }

  /** Acknowledges the whole window, {@code segments} per ACK, all of it in use. */
  private void round(int segments) {
    int window = reno.windowBytes();
    int flight = window;
    for (int acked = 0; acked + segments * MSS <= window; acked += segments * MSS) {
      reno.onAck(segments * MSS, flight, 0);
      flight = reno.windowBytes();
    }
  }

  /** CC-01: RFC 6928 (1). */
  @ParameterizedTest
  @CsvSource({"1460, 14600", "536, 5360", "216, 2160", "1500, 14600", "4000, 14600", "8960, 17920"})
  void startsWithTenSegments(int mss, int window) {
    reno.onEstablished(mss, false);
    assertEquals(window, reno.windowBytes());
    assertEquals(UNLIMITED, reno.slowStartThresholdBytes());
  }

  /** CC-02 */
  @Test
  void startsWithOneSegmentAfterALostSyn() {
    reno.onEstablished(MSS, true);
    assertEquals(MSS, reno.windowBytes());
  }

  /** CC-03 */
  @ParameterizedTest
  @CsvSource({"1, 10", "2, 10", "4, 4"})
  void slowStartGrowsByWhatIsAcknowledgedButTwoSegmentsPerAck(int segmentsPerAck, int growth) {
    establish();
    int before = reno.windowBytes();
    int acks = 0;
    for (int acked = 0; acked + segmentsPerAck <= 10; acked += segmentsPerAck) {
      reno.onAck(segmentsPerAck * MSS, reno.windowBytes(), 0);
      acks++;
    }
    assertEquals(Math.min(growth, 2 * acks) * MSS, reno.windowBytes() - before);
  }

  // MUST-19
  @Test
  void slowStartDoublesPerRound() {
    establish();
    for (int rounds = 1; rounds <= 5; rounds++) {
      round(2);
      assertEquals((10 << rounds) * MSS, reno.windowBytes());
    }
  }

  /** CC-04 */
  @ParameterizedTest
  @CsvSource({"4999, false", "5000, true", "9000, true", "10000, true"})
  void doesNotGrowWhileLessThanHalfIsUsed(int flight, boolean grows) {
    establish();
    reno.onAck(MSS, flight, 0);
    assertEquals(grows, reno.windowBytes() > 10 * MSS);
  }

  @Test
  void growsToNoMoreThanTwiceWhatWasUsed() {
    establish();
    for (int i = 0; i < 1_000; i++) {
      reno.onAck(MSS, 7 * MSS, 0);
    }
    assertTrue(reno.windowBytes() <= 14 * MSS + 2 * MSS, () -> "" + reno.windowBytes());
  }

  /** MUST-19: CC-05 */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void avoidanceGrowsByOneSegmentPerRound(int segmentsPerAck) {
    establish();
    reno.onLossDetected(40 * MSS, 0);
    reno.onRecovered(20 * MSS);
    int before = reno.windowBytes();
    assertEquals(20 * MSS, before);
    for (int rounds = 1; rounds <= 10; rounds++) {
      round(segmentsPerAck);
      int grown = reno.windowBytes() - before;
      assertTrue(Math.abs(grown - rounds * MSS) <= MSS, grown + " after " + rounds);
    }
  }

  /** CC-06: a thousand ACKs for what is one segment. */
  @Test
  void growthIsCountedInBytesNotInAcks() {
    establish();
    for (int i = 0; i < MSS; i++) {
      reno.onAck(1, 10 * MSS, 0);
    }
    assertEquals(11 * MSS, reno.windowBytes());
    reno.onLossDetected(20 * MSS, 0);
    reno.onRecovered(10 * MSS);
    int before = reno.windowBytes();
    for (int i = 0; i < before; i++) {
      reno.onAck(1, before, 0);
    }
    assertEquals(before + MSS, reno.windowBytes());
  }

  /** CC-08 */
  @Test
  void restartsWithTheInitialWindowAfterIdleness() {
    establish();
    reno.onIdle();
    assertEquals(10 * MSS, reno.windowBytes());
    for (int i = 0; i < 4; i++) {
      round(1);
    }
    int threshold = reno.slowStartThresholdBytes();
    reno.onIdle();
    assertEquals(10 * MSS, reno.windowBytes());
    assertEquals(threshold, reno.slowStartThresholdBytes());
    reno.onRetransmitTimeout(10 * MSS, false, 0);
    reno.onIdle();
    assertEquals(MSS, reno.windowBytes(), "no more than there was");
  }

  /** Found by seed 183 of the simulation: nothing left when less than a segment was allowed. */
  @Test
  void allowsASegmentOfAPathThatCarriesMoreThanBefore() {
    reno.onEstablished(256, false);
    reno.onMss(9_000);
    reno.onIdle();
    assertEquals(9_000, reno.windowBytes(), "after idleness");
    reno.onEstablished(256, false);
    reno.onLossDetected(512, 0);
    reno.onMss(9_000);
    reno.onRecovered(0);
    assertEquals(18_000, reno.windowBytes(), "after recovery");
  }

  /** RFC 5681 §3.2, RFC 6582 §3.2. */
  @Test
  void fastRecovery() {
    establish();
    reno.onLossDetected(20 * MSS, 0);
    assertEquals(10 * MSS, reno.slowStartThresholdBytes());
    assertEquals(13 * MSS, reno.windowBytes());
    for (int i = 0; i < 5; i++) {
      reno.onDuplicateAck();
    }
    assertEquals(18 * MSS, reno.windowBytes());
    reno.onPartialAck(4 * MSS);
    assertEquals(15 * MSS, reno.windowBytes(), "less what was acknowledged, plus one segment");
    reno.onPartialAck(MSS / 2);
    assertEquals(15 * MSS - MSS / 2, reno.windowBytes(), "less than a segment adds none");
    reno.onRecovered(3 * MSS);
    assertEquals(4 * MSS, reno.windowBytes(), "no burst");
    assertEquals(10 * MSS, reno.slowStartThresholdBytes());
  }

  @Test
  void recoveryEndsAtHalfTheFlightWhenThatIsUnderWay() {
    establish();
    reno.onLossDetected(20 * MSS, 0);
    reno.onRecovered(15 * MSS);
    assertEquals(10 * MSS, reno.windowBytes());
  }

  /** CC-13 */
  @Test
  void afterATimeoutSlowStartLeadsToHalfTheFlight() {
    establish();
    reno.onRetransmitTimeout(16 * MSS, false, 0);
    assertEquals(MSS, reno.windowBytes());
    assertEquals(8 * MSS, reno.slowStartThresholdBytes());
    for (int i = 0; i < 7; i++) {
      reno.onAck(MSS, reno.windowBytes(), 0);
    }
    assertEquals(8 * MSS, reno.windowBytes());
    reno.onAck(MSS, reno.windowBytes(), 0);
    assertEquals(8 * MSS, reno.windowBytes(), "avoidance from here on");
    reno.onRetransmitTimeout(8 * MSS, true, 0);
    assertEquals(8 * MSS, reno.slowStartThresholdBytes(), "halved once for the same bytes");
  }

  /** CC-15, whatever happens; and nothing grows beyond what TCP can offer. */
  @Test
  void neverBelowOneSegmentNorSsthreshBelowTwo() {
    Seeded.forSeeds(300, random -> {
      NewReno any = new NewReno();
      int mss = random.nextInt(216, 9_000);
      any.onEstablished(mss, random.nextBoolean());
      for (int step = 0; step < 500; step++) {
        int window = any.windowBytes();
        int flight = random.nextInt(window + 1);
        int acked = 1 + random.nextInt(window);
        switch (random.nextInt(8)) {
          case 0 -> any.onLossDetected(flight, 0);
          case 1 -> any.onDuplicateAck();
          case 2 -> any.onPartialAck(acked);
          case 3 -> any.onRecovered(flight);
          case 4 -> any.onRetransmitTimeout(flight, random.nextBoolean(), 0);
          case 5 -> any.onIdle();
          default -> any.onAck(acked, window, 0);
        }
        assertTrue(any.windowBytes() >= mss && any.windowBytes() <= 1 << 30, "cwnd");
        assertTrue(any.slowStartThresholdBytes() >= 2 * mss, "ssthresh");
      }
    });
  }

  @Test
  void growsNoFurtherThanTheLargestWindow() {
    establish();
    for (int i = 0; i < 2_000_000; i++) {
      reno.onAck(2 * MSS, reno.windowBytes(), 0);
    }
    assertEquals(1 << 30, reno.windowBytes());
    reno.onDuplicateAck();
    reno.onAck(2 * MSS, reno.windowBytes(), 0);
    assertEquals(1 << 30, reno.windowBytes());
  }

  /** A liar's duplicate ACKs inflate the window by no more than was under way (RFC 5681 §5). */
  @Test
  void duplicateAcksInflateByNoMoreThanWasUnderWay() {
    establish();
    reno.onLossDetected(20 * MSS, 0);
    for (int i = 0; i < 1_000; i++) {
      reno.onDuplicateAck();
    }
    assertTrue(reno.windowBytes() <= 13 * MSS + 20 * MSS, () -> "" + reno.windowBytes());
  }
}
