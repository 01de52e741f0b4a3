// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import static io.vireo.tcp.congestion.Driver.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 5681 and RFC 3465: how NewReno's window grows. */
class NewRenoTest {
  private final NewReno reno = new NewReno(false);
  private final Driver driver = new Driver(reno);

  @Test
  void slowStartDoublesPerRound() {
    for (int rounds = 1; rounds <= 5; rounds++) {
      driver.round(2 * MSS);
      assertEquals((10 << rounds) * MSS, reno.windowBytes());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "999, 999", "1000, 1000", "2000, 2000", "2001, 2000", "10000, 2000"})
  void anAckInSlowStartAddsWhatItTookButTwoSegmentsAtMost(int acked, int growth) {
    driver.acks(acked);
    assertEquals(10 * MSS + growth, reno.windowBytes());
  }

  /** RFC 3465 §2.3: L is 1 after a timeout. */
  @Test
  void anAckInSlowStartAfterATimeoutAddsTwoSegmentsAtMost() {
    driver.slowStartTo(40);
    reno.onRetransmitTimeout(40 * MSS, 0, false, 0);
    driver.acks(10 * MSS);
    assertEquals(3 * MSS, reno.windowBytes());
    driver.slowStartTo(20);
    driver.acks(20 * MSS);
    assertEquals(21 * MSS, reno.windowBytes(), "avoidance");
  }

  /** Two segments and a half: three as soon as two are acknowledged. */
  @Test
  void halfASegmentOfAReducedWindowCounts() {
    driver.slowStartTo(40);
    reno.onLossDetected(5 * MSS, 0);
    reno.onRecovered(0);
    assertEquals(2_500, reno.windowBytes());
    driver.acks(MSS);
    assertEquals(2_900, reno.windowBytes());
    driver.acks(MSS);
    assertEquals(2_900 + 344, reno.windowBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 500, 1_000, 2_000})
  void avoidanceGrowsByASegmentPerRoundHoweverAcksAreDivided(int bytesPerAck) {
    driver.slowStartTo(40);
    driver.fastRecovery();
    assertEquals(20 * MSS, reno.windowBytes());
    for (int rounds = 1; rounds <= 10; rounds++) {
      // As many as are sent in a round: the window grows while they leave.
      int window = reno.windowBytes() + MSS / 2;
      for (int acked = 0; acked < window; acked += bytesPerAck) {
        driver.acks(Math.min(bytesPerAck, window - acked));
      }
      assertEquals((20 + rounds) * MSS, reno.windowBytes(), rounds * MSS / 50.0);
    }
  }

  @Test
  void oneAckOfManyWindowsGrowsByASegment() {
    driver.slowStartTo(40);
    driver.fastRecovery();
    driver.acks(1 << 30);
    assertEquals(21 * MSS, reno.windowBytes());
    driver.acks(1);
    assertEquals(21 * MSS, reno.windowBytes());
  }

  @Test
  void whatCountedTowardsAByteIsVoidAfterALoss() {
    driver.slowStartTo(40);
    driver.fastRecovery();
    driver.acks(19);
    assertEquals(20 * MSS, reno.windowBytes());
    driver.fastRecovery();
    driver.acks(9);
    assertEquals(10 * MSS, reno.windowBytes());
    driver.acks(1);
    assertEquals(10 * MSS + 1, reno.windowBytes());
  }

  @Test
  void halvesWhatIsUnderWay() {
    driver.slowStartTo(40);
    reno.onLossDetected(30 * MSS, 0);
    assertEquals(15 * MSS, reno.windowBytes());
    assertEquals(15 * MSS, reno.slowStartThresholdBytes());
  }
}
