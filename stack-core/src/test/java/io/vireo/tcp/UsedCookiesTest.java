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

  @Test
  void marksAreRememberedForTheirSlotAndTheNext() {
    SplittableRandom random = new SplittableRandom(5);
    Set<Long> present = new HashSet<>();
    Set<Long> past = new HashSet<>();
    long slot = 1_000;
    for (int i = 0; i < 200_000; i++) {
      // Few different ones, so that they meet.
      long mark = 1 + random.nextLong(20_000);
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
  void whatIsBeyondTheCapIsNotRemembered() {
    for (long mark = 1; mark <= UsedCookies.CAPACITY + 10; mark++) {
      used.add(mark, 7);
    }
    assertTrue(used.contains(1, 7));
    assertTrue(used.contains(UsedCookies.CAPACITY, 8));
    assertFalse(used.contains(UsedCookies.CAPACITY + 1, 8));
    assertFalse(used.contains(1, 9));
  }
}
