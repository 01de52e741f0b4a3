// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Marks of used cookies, against sets of the JDK. */
class UsedCookiesTest {
  private final UsedCookies used = new UsedCookies();

  /** Another one for each number, with bits as a hash has them. */
  private static long mark(int number) {
    return (number + 1) * 0x9E37_79B9_7F4A_7C15L;
  }

  @Test
  void marksAreRememberedForTheirSlotAndTheNext() {
    SplittableRandom random = new SplittableRandom(5);
    Set<Long> present = new HashSet<>();
    Set<Long> past = new HashSet<>();
    long slot = 1_000;
    for (int i = 0; i < 200_000; i++) {
      // Few different ones, so that they meet.
      long mark = mark(random.nextInt(20_000));
      assertEquals(present.contains(mark) || past.contains(mark), used.contains(mark, slot));
      if (random.nextInt(3) == 0 && present.add(mark)) {
        used.add(mark, slot);
      }
      if (random.nextInt(5_000) == 0) {
        boolean next = random.nextBoolean();
        past = next ? present : Set.of();
        present = new HashSet<>();
        slot += next ? 1 : 2 + random.nextInt(3);
      }
    }
  }

  @Test
  void marksOutliveTheWrapOfTheClock() {
    long last = (1L << 28) - 1;
    assertEquals(0, SynCookies.slotAfter(last));
    used.add(mark(1), last);
    assertTrue(used.contains(mark(1), 0));
    assertFalse(used.contains(mark(1), 1));
  }

  @Test
  void whatIsBeyondTheCapIsNotRemembered() {
    for (int i = 1; i <= UsedCookies.CAPACITY + 10; i++) {
      used.add(mark(i), 7);
    }
    assertTrue(used.contains(mark(1), 7));
    assertTrue(used.contains(mark(UsedCookies.CAPACITY), 8));
    assertFalse(used.contains(mark(UsedCookies.CAPACITY + 1), 8));
    assertFalse(used.contains(mark(1), 9));
  }

  /** The lower half of a mark is the cookie: who collects cookies can return those that he likes. */
  @Test
  void chosenCookiesFindNoLongRun() {
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < 20_000; i++) {
      used.add((long) random.nextInt() << 32 | 0x1234_5678, 7);
    }
    assertTrue(used.longestRun() < 100, () -> "longest run " + used.longestRun());
  }
}
