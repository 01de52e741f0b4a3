// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** RFC 3708: all that was sent again came twice. RFC 3522: what was taken for lost arrived after all. */
class SpuriousLossTest {
  private static final int UNA = -500;

  private final BufferArena arena = new BufferArena(1 << 16);
  private final SpuriousLoss spurious = new SpuriousLoss(arena);

  @BeforeEach
  void begin() {
    spurious.begin();
  }

  private boolean byDuplicates() {
    return spurious.isProven(false);
  }

  /** Bytes from UNA + from up to UNA + to; at the time of 100. */
  private void resend(int from, int to) {
    spurious.onSentAgain(UNA + from, UNA + to, false, 0, 100);
  }

  private void report(int from, int to) {
    spurious.onDuplicateReported(UNA + from, UNA + to);
  }

  @Test
  void isProvenWhenEveryByteThatWasSentAgainCameTwice() {
    resend(0, 1_000);
    resend(2_000, 2_400);
    report(0, 1_000);
    assertFalse(byDuplicates());
    report(2_000, 2_399);
    assertFalse(byDuplicates());
    report(2_399, 2_400);
    assertTrue(byDuplicates());
  }

  @Test
  void theMiddleOfWhatWasSentAgainIsNotAllOfIt() {
    resend(0, 3_000);
    report(1_000, 2_000);
    report(2_000, 3_000);
    assertFalse(byDuplicates());
    report(0, 1_000);
    assertTrue(byDuplicates());
  }

  @Test
  void whatIsSentAgainAfterwardsIsWaitedForToo() {
    resend(0, 1_000);
    resend(1_000, 2_000);
    report(0, 1_000);
    resend(5_000, 5_010);
    report(1_000, 2_000);
    assertFalse(byDuplicates());
  }

  /** RFC 3708 §2: it was doubled on its way. */
  @Test
  void whatWasSentOnceAndCameTwiceProvesNothing() {
    resend(0, 1_000);
    report(3_000, 4_000);
    report(-1_000, 0);
    report(0, 1_001);
    assertFalse(byDuplicates());
    report(0, 1_000);
    assertTrue(byDuplicates());
  }

  /** Two copies are under way, and nobody can tell which of them came twice. */
  @Test
  void whatWasSentAgainTwiceIsNotProvenByDuplicates() {
    resend(0, 1_000);
    spurious.onSentAgain(UNA, UNA + 1_000, true, 100, 200);
    report(0, 1_000);
    report(0, 1_000);
    assertFalse(byDuplicates());
    assertTrue(spurious.isProven(true));
  }

  @Test
  void nothingIsProvenBeforeAnythingWasSentAgain() {
    assertFalse(byDuplicates());
    assertFalse(spurious.isProven(true));
    report(0, 5_000);
    assertFalse(byDuplicates());
  }

  @Test
  void nothingIsProvenWhenNoLossWasFound() {
    spurious.reset();
    resend(0, 1_000);
    report(0, 1_000);
    assertFalse(byDuplicates());
    assertFalse(spurious.isProven(true));
    spurious.begin();
    assertFalse(byDuplicates(), "what was sent again before does not count");
    assertFalse(spurious.isProven(true));
  }

  /** RFC 3522 §3.2: whatever D-SACKs say. */
  @Test
  void isProvenWhenTheFirstSendingOfTheOldestArrives() {
    resend(0, 1_000);
    resend(1_000, 2_000);
    assertFalse(spurious.isProven(false));
    assertTrue(spurious.isProven(true));
  }

  /** RFC 3522 §3.2, step 2: the first time that anything left again, be it by a probe of before. */
  @Test
  void knowsWhenTheFirstSegmentLeftAgain() {
    assertEquals(77, spurious.firstResentNs(77));
    spurious.onSentAgain(UNA, UNA + 10, false, 0, 100);
    spurious.onSentAgain(UNA + 10, UNA + 20, false, 0, 200);
    assertEquals(100, spurious.firstResentNs(200));
    assertEquals(77, spurious.firstResentNs(77), "a probe that left before the loss was found");
    spurious.onSentAgain(UNA + 20, UNA + 30, true, 50, 300);
    assertEquals(50, spurious.firstResentNs(200));
    spurious.reset();
    assertEquals(200, spurious.firstResentNs(200));
  }

  @Test
  void withoutMemoryNothingIsProvenByDuplicates() {
    long all = arena.take(1 << 16, 0);
    resend(0, 1_000);
    report(0, 1_000);
    assertFalse(byDuplicates());
    arena.give(all);
  }

  @Test
  void holdsNoMemoryWhenItIsOver() {
    resend(0, 1_000);
    assertTrue(arena.usedBytes() > 0);
    spurious.reset();
    assertEquals(0, arena.usedBytes());
  }
}
