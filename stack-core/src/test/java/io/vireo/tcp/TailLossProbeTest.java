// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.TailLossProbe.NOTHING;
import static io.vireo.tcp.TailLossProbe.REPAIRED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8985 §7: when a probe is due, and what its ACK tells. */
class TailLossProbeTest {
  private static final long MS = 1_000_000L;

  private final TailLossProbe probe = new TailLossProbe();

  /** Sends one, up to {@code endSeq}. */
  private void sends(int endSeq, boolean again) {
    probe.reset();
    probe.onTimeout();
    assertTrue(probe.isDue());
    probe.onSent(endSeq, again);
    assertFalse(probe.isDue());
    assertTrue(probe.isProbing());
  }

  /** §7.4.2: the loss of others is RACK's matter. */
  @ParameterizedTest
  @ValueSource(ints = {5_000, 0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void aProbeOfNewDataEndsWithItsAck(int end) {
    sends(end, false);
    assertEquals(NOTHING, probe.onAck(end - 1, true, true));
    assertTrue(probe.isProbing());
    assertEquals(NOTHING, probe.onAck(end, false, false));
    assertFalse(probe.isProbing());
    sends(end, false);
    assertEquals(NOTHING, probe.onAck(end + 1_000, false, false));
    assertFalse(probe.isProbing());
  }

  /** §7.4.2 case 1. */
  @ParameterizedTest
  @ValueSource(ints = {5_000, 0, -1, Integer.MAX_VALUE})
  void aReportedDuplicateSaysThatNothingWasLost(int end) {
    sends(end, true);
    assertEquals(NOTHING, probe.onAck(end, false, false));
    assertTrue(probe.isProbing());
    assertEquals(NOTHING, probe.onAck(end, true, false));
    assertFalse(probe.isProbing());
    assertEquals(NOTHING, probe.onAck(end + 1, false, false));
    sends(end, true);
    assertEquals(NOTHING, probe.onAck(end + 1, true, false));
    assertFalse(probe.isProbing());
  }

  // RFC 8985 §7.4.2 case 2
  @ParameterizedTest
  @ValueSource(ints = {5_000, 0, -1, Integer.MAX_VALUE})
  void anAckOfMoreWithoutOneSaysThatTheProbeRepairedALoss(int end) {
    sends(end, true);
    assertEquals(NOTHING, probe.onAck(end, false, false));
    assertEquals(REPAIRED, probe.onAck(end + 1, false, false));
    assertFalse(probe.isProbing());
    assertEquals(NOTHING, probe.onAck(end + 2, false, false), "once");
    sends(end, true);
    assertEquals(REPAIRED, probe.onAck(end + 1, false, false));
  }

  /** §7.4.2 case 3: of a peer that cannot say more. */
  @ParameterizedTest
  @ValueSource(ints = {5_000, 0, -1, Integer.MAX_VALUE})
  void aBareDuplicateAckSaysThatNothingWasLost(int end) {
    sends(end, true);
    assertEquals(NOTHING, probe.onAck(end, false, true));
    assertFalse(probe.isProbing());
    assertEquals(NOTHING, probe.onAck(end + 1, false, false));
  }

  @Test
  void whatDoesNotReachTheProbeSaysNothingOfIt() {
    sends(5_000, true);
    assertEquals(NOTHING, probe.onAck(4_999, true, true));
    assertTrue(probe.isProbing());
    assertEquals(REPAIRED, probe.onAck(5_001, false, false));
  }

  @Test
  void aProbeThatIsNotNeededIsNotSent() {
    probe.reset();
    assertFalse(probe.isDue());
    assertFalse(probe.isProbing());
    assertEquals(NOTHING, probe.onAck(10, false, false));
    probe.onTimeout();
    probe.cancel();
    assertFalse(probe.isDue());
    probe.onTimeout();
    probe.onSent(10, true);
    probe.onTimeout();
    probe.reset();
    assertFalse(probe.isDue());
    assertFalse(probe.isProbing());
  }

  /** §7.2: two round trips, and as long as an ACK may be delayed if only one segment would bring it. */
  @Test
  void isDueAfterTwoRoundTrips() {
    RttEstimator rtt = new RttEstimator();
    rtt.reset(MS);
    assertEquals(1_000 * MS, TailLossProbe.timeoutNs(rtt, false));
    assertEquals(1_000 * MS, TailLossProbe.timeoutNs(rtt, true));
    rtt.sample(70 * MS);
    assertEquals(140 * MS, TailLossProbe.timeoutNs(rtt, false));
    assertEquals(340 * MS, TailLossProbe.timeoutNs(rtt, true));
  }
}
