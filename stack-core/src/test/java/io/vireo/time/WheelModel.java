// SPDX-License-Identifier: Apache-2.0
package io.vireo.time;

import java.util.SplittableRandom;

/** Random commands to a wheel and, side by side, to arrays that are searched from end to end. */
final class WheelModel {
  private static final int TIMERS = 200;

  private final long seed;
  private final SplittableRandom random;
  private final TimerWheel wheel;
  private final boolean[] armed = new boolean[TIMERS];
  private final long[] deadlines = new long[TIMERS];

  /** A deadline that has passed when its timer is armed may count as of then; among those, no order is promised. */
  private final long[] latest = new long[TIMERS];

  private final long start;
  private final int shortestBits;
  private final int longestBits;
  private long now;
  private int step;

  WheelModel(long seed, long start) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.start = start;
    this.now = start;
    this.wheel = new TimerWheel(TIMERS, start);
    // Some runs crowd all timers into a few nanoseconds, some spread them over decades.
    this.shortestBits = random.nextInt(30);
    this.longestBits = shortestBits + 1 + random.nextInt(61 - shortestBits);
  }

  void run(int steps) {
    for (step = 0; step < steps; step++) {
      switch (random.nextInt(8)) {
        case 0, 1, 2, 3 -> arm(random.nextInt(TIMERS));
        case 4 -> cancel(random.nextInt(TIMERS));
        case 5 -> poll(random.nextInt(20));
        case 6 -> pollAll();
        default -> advance();
      }
      check();
    }
  }

  private void arm(int timer) {
    long delay = span() - (random.nextInt(20) == 0 ? span() : 0);
    armed[timer] = true;
    deadlines[timer] = now + delay;
    latest[timer] = now + Math.max(delay, 0);
    wheel.arm(timer, deadlines[timer]);
  }

  private void cancel(int timer) {
    armed[timer] = false;
    wheel.cancel(timer);
  }

  private void advance() {
    long by = random.nextInt(4) == 0 && earliest() >= 0 ? deadlines[earliest()] - now : span();
    // A run ends within the 146 years that a wheel can tell apart.
    if (by > 0 && now - start + by < 1L << 61) {
      now += by;
    }
  }

  private void pollAll() {
    while (!wheel.isEmpty() && wheel.nextDeadlineNs() - now <= 0) {
      poll(1);
    }
    expect(earliest() < 0 || deadlines[earliest()] - now > 0, "a due timer was left", -1);
  }

  private void poll(int calls) {
    for (int call = 0; call < calls; call++) {
      int timer = wheel.pollExpired(now);
      if (timer != TimerWheel.NONE) {
        expect(armed[timer], "not armed", timer);
        expect(deadlines[timer] - now <= 0, "early", timer);
        expectEarliest(timer);
        expect(!wheel.isArmed(timer), "still armed", timer);
        armed[timer] = false;
      } else if (!wheel.isEmpty() && wheel.nextDeadlineNs() - now > 0) {
        expect(deadlines[earliest()] - now > 0, "late", earliest());
      }
    }
  }

  private void expectEarliest(int timer) {
    for (int other = 0; other < TIMERS; other++) {
      boolean earlier =
          deadlines[other] - deadlines[timer] < 0 && latest[other] - latest[timer] < 0;
      boolean bothLate = wasLate(other) && wasLate(timer);
      expect(!armed[other] || !earlier || bothLate, "came before an earlier one", timer);
    }
  }

  private boolean wasLate(int timer) {
    return deadlines[timer] != latest[timer];
  }

  private void check() {
    int earliest = earliest();
    expect(wheel.isEmpty() == (earliest < 0), "isEmpty", -1);
    for (int timer = 0; timer < TIMERS; timer++) {
      expect(wheel.isArmed(timer) == armed[timer], "isArmed", timer);
      if (armed[timer]) {
        expect(wheel.deadlineNs(timer) == deadlines[timer], "deadlineNs", timer);
        expect(wheel.nextDeadlineNs() - deadlines[timer] <= 0, "nextDeadlineNs after", timer);
      }
    }
  }

  private int earliest() {
    int earliest = -1;
    for (int timer = 0; timer < TIMERS; timer++) {
      if (armed[timer] && (earliest < 0 || deadlines[timer] - deadlines[earliest] < 0)) {
        earliest = timer;
      }
    }
    return earliest;
  }

  /** A random time span, each magnitude as likely as the other. */
  private long span() {
    return random.nextLong(1L << random.nextInt(shortestBits, longestBits));
  }

  private void expect(boolean condition, String what, long value) {
    if (!condition) {
      throw new AssertionError(what + " " + value + ", seed " + seed + ", start " + start
          + ", step " + step + ", now " + now);
    }
  }
}
