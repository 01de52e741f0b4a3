// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When an ACK is due: at once, later, or not. */
class AckPolicyTest {
  private static final long MS = 1_000_000L;

  private final AckPolicy acks = new AckPolicy();

  @BeforeEach
  void reset() {
    acks.reset();
  }

  private void assertDue(boolean now, boolean later) {
    assertEquals(now, acks.dueNow(), "now");
    assertEquals(later, acks.dueLater(), "later");
  }

  @Test
  void nothingIsDueAtFirstAndAfterAnAck() {
    assertDue(false, false);
    acks.soon();
    acks.onPayload(10);
    assertDue(true, false);
    acks.onAckSent();
    assertDue(false, false);
  }

  /** SHLD-19: at least every second full-sized segment; MUST-40: later means within half a second, which is the timer's business. */
  @ParameterizedTest
  @ValueSource(ints = {1, 536, 1_460, 65_000})
  void everySecondFullSegmentIsAcknowledgedAtOnce(int mss) {
    for (int i = 0; i < 5; i++) {
      acks.onPayload(mss);
      assertDue(false, true);
      acks.onPayload(mss);
      assertDue(true, false);
      acks.onAckSent();
    }
  }

  @Test
  void smallSegmentsWaitUntilTheyMakeTwoFullOnes() {
    acks.onPayload(1_000);
    acks.onAckSent();
    for (int i = 0; i < 19; i++) {
      acks.onPayload(100);
      assertDue(false, true);
    }
    acks.onPayload(100);
    assertDue(true, false);
  }

  @Test
  void oneSegmentAloneIsNeverTwo() {
    acks.onPayload(10);
    acks.onAckSent();
    acks.onPayload(1_460);
    assertDue(false, true);
  }

  /** Each segment out of order deserves an ACK of its own, so that the sender can count to three; but not hundreds in one batch. */
  @Test
  void segmentsOutOfOrderAreOwedAnAckEach() {
    for (int i = 1; i <= 3; i++) {
      acks.duplicate();
      assertEquals(i, acks.duplicatesOwed());
      assertDue(true, false);
    }
    acks.onAckSent();
    acks.onDuplicateSent();
    assertEquals(2, acks.duplicatesOwed());
    assertDue(true, false);
    acks.onDuplicateSent();
    acks.onDuplicateSent();
    assertDue(false, false);
    for (int i = 0; i < 100; i++) {
      acks.duplicate();
    }
    assertEquals(8, acks.duplicatesOwed());
  }

  /** When the stream goes on, one ACK says it all: the duplicates would now speak of bytes that are not missing. */
  @Test
  void nothingMoreIsOwedForAGapThatIsFilled() {
    acks.duplicate();
    acks.duplicate();
    acks.onGapFilled();
    assertEquals(0, acks.duplicatesOwed());
    assertDue(true, false);
    acks.onAckSent();
    assertDue(false, false);
    acks.duplicate();
    acks.onPayload(100);
    assertEquals(0, acks.duplicatesOwed());
    assertTrue(acks.dueNow());
  }

  /** RFC 5961 §7. */
  @Test
  void challengesKeepTheirDistance() {
    long start = Long.MAX_VALUE - 100 * MS;
    assertTrue(acks.challenge(500 * MS, start));
    assertDue(true, false);
    acks.onAckSent();
    assertFalse(acks.challenge(500 * MS, start));
    assertFalse(acks.challenge(500 * MS, start + 500 * MS - 1));
    assertDue(false, false);
    assertTrue(acks.challenge(500 * MS, start + 500 * MS));
    assertTrue(acks.challenge(0, start + 500 * MS), "no distance");
    acks.reset();
    assertTrue(acks.challenge(500 * MS, start + 500 * MS), "another connection");
  }
}
