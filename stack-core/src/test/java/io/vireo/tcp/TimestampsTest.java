// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection's clocks, wherever the time stands and wherever the offset. */
class TimestampsTest {
  private static final long TICK_NS = 1 << 20;
  private static final long DAY_NS = 86_400_000_000_000L;

  private final Timestamps timestamps = new Timestamps();

  private void begin(long nowNs) {
    timestamps.setOffset(0x7FFF_FFF0);
    timestamps.begin(nowNs);
  }

  private int tsVal(long nowNs) {
    return timestamps.tsVal(Timestamps.tick(nowNs));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, -1, Long.MAX_VALUE, Long.MAX_VALUE - 3 * TICK_NS, (1L << 51) - 2 * TICK_NS})
  void theClockGoesOnWithoutAJump(long startNs) {
    begin(startNs);
    for (int i = 0; i < 10; i++) {
      long nowNs = startNs + i * TICK_NS;
      assertEquals(i, tsVal(nowNs) - tsVal(startNs));
      assertEquals((i + 1) * TICK_NS, timestamps.atMostSinceNs(tsVal(startNs), nowNs));
    }
  }

  // TS-11, TSW-09: what was never sent is no echo
  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - DAY_NS, (1L << 52) - DAY_NS})
  void onlyWhatWasSentIsAnEcho(long startNs) {
    begin(startNs);
    long nowNs = startNs + 2 * DAY_NS;
    int now = tsVal(nowNs);
    int first = tsVal(startNs);
    assertEquals(TICK_NS, timestamps.atMostSinceNs(now, nowNs));
    assertEquals(Timestamps.NEVER_ISSUED, timestamps.atMostSinceNs(now + 1, nowNs));
    assertTrue(timestamps.atMostSinceNs(first, nowNs) > 2 * DAY_NS - 2 * TICK_NS);
    assertEquals(Timestamps.NEVER_ISSUED, timestamps.atMostSinceNs(first - 2, nowNs));
    assertEquals(Timestamps.NEVER_ISSUED, timestamps.atMostSinceNs(first + (1 << 31), nowNs));
    assertFalse(timestamps.isBefore(first - 2, nowNs));
    assertTrue(timestamps.isBefore(first, nowNs));
    assertTrue(timestamps.isBefore(now - 1, nowNs));
    assertFalse(timestamps.isBefore(now, nowNs));
    assertFalse(timestamps.isBefore(now + 1, nowNs));
  }

  @ParameterizedTest
  @ValueSource(longs = {30, 60, 500, 40_000})
  void oldConnectionsKnowTheirEchoes(long days) {
    begin(0);
    long nowNs = days * DAY_NS;
    assertEquals(6 * TICK_NS, timestamps.atMostSinceNs(tsVal(nowNs - 5 * TICK_NS), nowNs));
    assertEquals(Timestamps.NEVER_ISSUED, timestamps.atMostSinceNs(tsVal(nowNs) + 1, nowNs));
  }

  // TS-03, TS-04, TS-07: RFC 7323 §4.3 (2)
  @ParameterizedTest
  @ValueSource(ints = {0, -5, Integer.MAX_VALUE, Integer.MAX_VALUE - 3, Integer.MIN_VALUE})
  void theClockOfTheLeftEdgeIsEchoed(int clock) {
    begin(0);
    int rcvNxt = clock + 9;
    timestamps.onSyn(clock, rcvNxt, 0);
    timestamps.onAccepted(rcvNxt + 1, clock + 1, 0);
    assertEquals(clock, timestamps.recent());
    timestamps.onAccepted(rcvNxt, clock + 2, 0);
    assertEquals(clock + 2, timestamps.recent());
    timestamps.onAccepted(rcvNxt, clock + 1, 0);
    assertEquals(clock + 2, timestamps.recent());
    timestamps.onSent(rcvNxt + 1);
    timestamps.onAccepted(rcvNxt + 1, clock + 3, 0);
    assertEquals(clock + 3, timestamps.recent());
    timestamps.onAccepted(rcvNxt - 100, clock + 4, 0);
    assertEquals(clock + 4, timestamps.recent());
  }

  // TS-05, TS-08: RFC 7323 §5.3, §5.5
  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - DAY_NS})
  void thePastIsForgottenAfter24Days(long startNs) {
    begin(startNs);
    timestamps.onSyn(100, 1, startNs);
    timestamps.onAccepted(1, 100, startNs + DAY_NS);
    assertFalse(timestamps.isOld(100, startNs + DAY_NS));
    assertTrue(timestamps.isOld(99, startNs + 25 * DAY_NS));
    assertTrue(timestamps.isOld(100 + (1 << 31), startNs + 25 * DAY_NS));
    assertFalse(timestamps.isOld(99 + (1 << 31), startNs + 25 * DAY_NS));
    assertFalse(timestamps.isOld(99, startNs + 25 * DAY_NS + 1));
    timestamps.onAccepted(1, 99, startNs + 25 * DAY_NS + 1);
    assertEquals(99, timestamps.recent());
  }
}
