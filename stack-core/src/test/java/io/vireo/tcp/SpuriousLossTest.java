// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** RFC 3708: all that was sent again came twice. RFC 3522: what was taken for lost arrived after all. */
class SpuriousLossTest {
  private static final int UNA = -500;

  private final SpuriousLoss spurious = new SpuriousLoss();

  @BeforeEach
  void begin() {
    spurious.reset();
    spurious.begin(UNA);
  }

  private boolean byDuplicates() {
    return spurious.isProven(false);
  }

  @Test
  void isProvenWhenEveryByteThatWasSentAgainCameTwice() {
    spurious.onSentAgain(1_000);
    spurious.onSentAgain(400);
    spurious.onDuplicateReported(UNA, UNA + 1_000);
    assertFalse(byDuplicates());
    spurious.onDuplicateReported(UNA + 1_000, UNA + 1_399);
    assertFalse(byDuplicates());
    spurious.onDuplicateReported(UNA + 1_399, UNA + 1_400);
    assertTrue(byDuplicates());
  }

  @Test
  void whatIsSentAgainAfterwardsIsWaitedForToo() {
    spurious.onSentAgain(1_000);
    spurious.onSentAgain(1_000);
    spurious.onDuplicateReported(UNA, UNA + 1_000);
    spurious.onSentAgain(10);
    spurious.onDuplicateReported(UNA + 1_000, UNA + 2_000);
    assertFalse(byDuplicates());
  }

  @Test
  void duplicatesOfBeforeMeanSomethingElse() {
    spurious.onSentAgain(1_000);
    spurious.onDuplicateReported(UNA - 1_000, UNA);
    assertFalse(byDuplicates());
    spurious.onDuplicateReported(UNA, UNA + 1_000);
    assertTrue(byDuplicates());
  }

  @Test
  void nothingIsProvenBeforeAnythingWasSentAgain() {
    assertFalse(byDuplicates());
    assertFalse(spurious.isProven(true));
    spurious.onDuplicateReported(UNA, UNA + 5_000);
    assertFalse(byDuplicates());
  }

  @Test
  void nothingIsProvenWhenNoLossWasFound() {
    spurious.reset();
    spurious.onSentAgain(1_000);
    spurious.onDuplicateReported(UNA, UNA + 1_000);
    assertFalse(byDuplicates());
    assertFalse(spurious.isProven(true));
    spurious.begin(UNA);
    assertFalse(byDuplicates(), "what was sent again before does not count");
    assertFalse(spurious.isProven(true));
  }

  /** RFC 3522 §3.2: whatever D-SACKs say. */
  @Test
  void isProvenWhenTheFirstSendingOfTheOldestArrives() {
    spurious.onSentAgain(1_000);
    spurious.onSentAgain(1_000);
    assertFalse(spurious.isProven(false));
    assertTrue(spurious.isProven(true));
  }
}
