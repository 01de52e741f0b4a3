// SPDX-License-Identifier: Apache-2.0
package io.vireo.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Timers that fall due, are cancelled and wait, on clocks of all kinds. */
class TimerWheelTest {
  private static final long MS = 1_000_000;
  private static final long HOUR = 3_600_000 * MS;
  private static final long DAY = 24 * HOUR;

  @Test
  void isEmptyAtFirst() {
    TimerWheel wheel = new TimerWheel(4, 0);
    assertTrue(wheel.isEmpty());
    assertFalse(wheel.isArmed(3));
    assertEquals(TimerWheel.NONE, wheel.pollExpired(DAY));
  }

  // CLK-03
  @ParameterizedTest
  @ValueSource(longs = {0, -5 * DAY, Long.MAX_VALUE - 100 * MS, Long.MIN_VALUE, Long.MAX_VALUE})
  void expiresAtItsDeadlineAndNotBefore(long start) {
    TimerWheel wheel = new TimerWheel(4, start);
    wheel.arm(2, start + 200 * MS);
    assertEquals(start + 200 * MS, wheel.nextDeadlineNs());
    assertEquals(start + 200 * MS, wheel.deadlineNs(2));
    assertEquals(TimerWheel.NONE, wheel.pollExpired(start + 200 * MS - 1));
    assertTrue(wheel.isArmed(2));
    assertEquals(2, wheel.pollExpired(start + 200 * MS));
    assertFalse(wheel.isArmed(2));
    assertTrue(wheel.isEmpty());
    assertEquals(TimerWheel.NONE, wheel.pollExpired(start + 200 * MS));
  }

  // CLK-06
  @Test
  void aCancelledTimerNeverExpires() {
    TimerWheel wheel = new TimerWheel(4, 0);
    wheel.arm(0, 10 * MS);
    wheel.arm(1, 10 * MS);
    wheel.cancel(0);
    wheel.cancel(0);
    assertEquals(1, wheel.pollExpired(DAY));
    assertEquals(TimerWheel.NONE, wheel.pollExpired(DAY));
  }

  @Test
  void armingAgainReplacesTheDeadline() {
    TimerWheel wheel = new TimerWheel(4, 0);
    wheel.arm(0, 10 * MS);
    wheel.arm(0, 30 * MS);
    assertEquals(TimerWheel.NONE, wheel.pollExpired(20 * MS));
    wheel.arm(0, 25 * MS);
    assertEquals(0, wheel.pollExpired(25 * MS));
    assertTrue(wheel.isEmpty());
  }

  @Test
  void aDeadlineInThePastIsDueAtOnce() {
    TimerWheel wheel = new TimerWheel(4, 0);
    assertEquals(TimerWheel.NONE, wheel.pollExpired(DAY));
    wheel.arm(0, DAY - HOUR);
    wheel.arm(1, -1);
    assertTrue(wheel.nextDeadlineNs() <= -1);
    assertTrue(wheel.pollExpired(DAY) >= 0);
    assertTrue(wheel.pollExpired(DAY) >= 0);
    assertTrue(wheel.isEmpty());
  }

  // CLK-02
  @Test
  void afterAStallEachTimerExpiresOnceAndInOrder() {
    TimerWheel wheel = new TimerWheel(3_000, 0);
    for (int timer = 0; timer < 3_000; timer++) {
      wheel.arm(timer, (timer * 1_009 % 3_000) * (7 * MS));
    }
    for (int expected = 0; expected < 3_000; expected++) {
      assertEquals(expected, poll(wheel, 30 * DAY) * 1_009 % 3_000);
    }
    assertTrue(wheel.isEmpty());
  }

  @Test
  @Timeout(10)
  void silenceOfACenturyCostsNoWalkPerTick() {
    TimerWheel wheel = new TimerWheel(2, 0);
    long century = 100 * 365 * DAY;
    wheel.arm(0, century);
    wheel.arm(1, 45 * 365 * DAY + century);
    assertEquals(TimerWheel.NONE, wheel.pollExpired(century - 1));
    assertEquals(0, wheel.pollExpired(century));
    assertEquals(1, wheel.pollExpired(45 * 365 * DAY + century));
  }

  // CLK-08
  @Test
  void theNextDeadlineLiesInTheFutureAfterTheEarliestTimerWasCancelled() {
    TimerWheel wheel = new TimerWheel(2, 0);
    wheel.arm(0, 10 * MS);
    wheel.arm(1, HOUR);
    wheel.cancel(0);
    assertEquals(TimerWheel.NONE, wheel.pollExpired(10 * MS));
    assertEquals(HOUR, wheel.nextDeadlineNs());
  }

  // CLK-05
  @Test
  void aMillionPollsOfAStandingClockLoseNothing() {
    TimerWheel wheel = new TimerWheel(2, 0);
    wheel.arm(0, 10 * MS);
    for (int poll = 0; poll < 1_000_000; poll++) {
      assertEquals(TimerWheel.NONE, wheel.pollExpired(10 * MS - 1));
    }
    assertEquals(0, wheel.pollExpired(10 * MS));
  }

  @Test
  void sortsACrowdInBoundedStepsAndSaysSo() {
    TimerWheel wheel = new TimerWheel(100_000, 0);
    for (int timer = 0; timer < 100_000; timer++) {
      wheel.arm(timer, HOUR + timer);
    }
    int calls = 0;
    while (wheel.pollExpired(HOUR) == TimerWheel.NONE) {
      assertTrue(wheel.nextDeadlineNs() <= HOUR, "work is left, and the wheel does not say so");
      calls++;
    }
    assertTrue(calls > 1_000, "one call sorted more than its share: " + calls + " calls");
    assertTrue(calls < 20_000, "sorting took " + calls + " calls");
  }

  @Test
  void aCrowdFarAheadIsLeftAlone() {
    TimerWheel wheel = new TimerWheel(101, 0);
    for (int timer = 0; timer < 100; timer++) {
      wheel.arm(timer, HOUR + timer * MS);
    }
    wheel.arm(100, MS);
    assertEquals(100, wheel.pollExpired(MS));
    assertEquals(TimerWheel.NONE, wheel.pollExpired(MS));
    assertTrue(wheel.nextDeadlineNs() > HOUR / 2);
    assertTrue(wheel.nextDeadlineNs() <= HOUR);
  }

  @Test
  void aClockThatStepsBackLosesNothing() {
    TimerWheel wheel = new TimerWheel(4, 0);
    wheel.arm(0, 100 * DAY);
    wheel.arm(1, DAY);
    assertEquals(1, wheel.pollExpired(DAY));
    assertEquals(TimerWheel.NONE, wheel.pollExpired(DAY));
    wheel.arm(2, DAY + 1_000);
    wheel.arm(3, HOUR);
    assertEquals(3, wheel.pollExpired(2 * HOUR));
    wheel.arm(3, 3 * HOUR);
    assertEquals(3, wheel.pollExpired(4 * HOUR));
    assertEquals(2, wheel.pollExpired(DAY + 1_000));
  }

  @Test
  void timersMayBeArmedAndCancelledWhileACrowdIsSorted() {
    TimerWheel wheel = new TimerWheel(1_001, 0);
    for (int timer = 0; timer < 1_000; timer++) {
      wheel.arm(timer, HOUR + timer);
    }
    assertEquals(TimerWheel.NONE, wheel.pollExpired(HOUR));
    wheel.arm(1_000, HOUR + 5);
    for (int timer = 0; timer < 1_000; timer++) {
      wheel.cancel(timer);
    }
    assertEquals(TimerWheel.NONE, wheel.pollExpired(HOUR + 4));
    assertEquals(1_000, wheel.pollExpired(HOUR + 5));
    assertTrue(wheel.isEmpty());
  }

  @Test
  void roomForMoreTimersKeepsThoseArmed() {
    TimerWheel wheel = new TimerWheel(1, 0);
    wheel.arm(0, MS);
    wheel.ensureCapacity(3);
    assertFalse(wheel.isArmed(1));
    wheel.arm(2, 2 * MS);
    wheel.ensureCapacity(2);
    assertEquals(0, wheel.pollExpired(DAY));
    assertEquals(2, wheel.pollExpired(DAY));
  }

  // CLK-06
  @Test
  void aMillionTimersExpireInOrder() {
    SplittableRandom random = new SplittableRandom(1);
    TimerWheel wheel = new TimerWheel(1_000_000, 0);
    long[] deadlines = random.longs(1_000_000, 0, HOUR).toArray();
    for (int timer = 0; timer < 1_000_000; timer++) {
      wheel.arm(timer, deadlines[timer]);
    }
    Arrays.stream(deadlines)
        .sorted()
        .forEach(deadline -> assertEquals(deadline, deadlines[poll(wheel, HOUR)]));
    assertTrue(wheel.isEmpty());
  }

  // CLK-03, CLK-06
  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, Long.MAX_VALUE - 1_000 * MS, Long.MIN_VALUE + 7, -1_000 * MS, Long.MAX_VALUE})
  void behavesAsTheNaiveModel(long start) {
    for (long seed = 1; seed <= 150; seed++) {
      new WheelModel(seed, start).run(2_000);
    }
  }

  /** The next timer to expire, however many calls it takes. */
  private static int poll(TimerWheel wheel, long nowNs) {
    int timer = wheel.pollExpired(nowNs);
    while (timer == TimerWheel.NONE) {
      assertTrue(wheel.nextDeadlineNs() <= nowNs);
      timer = wheel.pollExpired(nowNs);
    }
    return timer;
  }
}
