// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The deadlines of one connection against an array, near the wrap of the clock too. */
class DeadlinesTest {
  private static final long[] STARTS = {0, Long.MAX_VALUE - 500, Long.MIN_VALUE, -400, 1L << 62};

  @Test
  void areDueWhenTheirTimeHasComeAndTheEarliestIsTheFirst() {
    Seeded.forSeeds(500, random -> {
      int userTimers = random.nextInt(17);
      int kinds = Deadlines.USER + userTimers;
      Deadlines deadlines = new Deadlines(userTimers);
      assertEquals(userTimers, deadlines.userTimers());
      long now = STARTS[random.nextInt(STARTS.length)];
      Long[] model = new Long[kinds];
      for (int step = 0; step < 200; step++) {
        int kind = random.nextInt(kinds);
        switch (random.nextInt(8)) {
          case 0 -> {
            deadlines.disarm(kind);
            model[kind] = null;
          }
          case 1 -> now += random.nextInt(300);
          case 2 -> {
            if (random.nextInt(10) == 0) {
              deadlines.reset();
              model = new Long[kinds];
            } else if (random.nextInt(10) == 0) {
              deadlines.keepUserTimers();
              for (int i = 0; i < Deadlines.USER; i++) {
                model[i] = null;
              }
            }
          }
          default -> {
            model[kind] = now + random.nextInt(1_000) - 100;
            deadlines.arm(kind, model[kind]);
          }
        }
        check(deadlines, model, now);
      }
    });
  }

  private static void check(Deadlines deadlines, Long[] model, long now) {
    Long earliest = null;
    for (int kind = 0; kind < model.length; kind++) {
      Long at = model[kind];
      assertEquals(at != null, deadlines.isArmed(kind));
      assertEquals(at != null && at - now <= 0, deadlines.isDue(kind, now));
      if (at != null) {
        assertEquals(at, deadlines.deadlineNs(kind));
        earliest = earliest == null || at - earliest < 0 ? at : earliest;
      }
    }
    assertEquals(earliest == null, deadlines.isEmpty());
    if (earliest != null) {
      assertEquals(earliest, deadlines.earliest());
    }
  }

  @Test
  void sixteenUserTimersFit() {
    Deadlines deadlines = new Deadlines(16);
    for (int timer = 0; timer < 16; timer++) {
      deadlines.arm(Deadlines.USER + timer, 100 - timer);
    }
    assertEquals(85, deadlines.earliest());
    deadlines.keepUserTimers();
    assertTrue(deadlines.isArmed(Deadlines.USER + 15));
  }
}
