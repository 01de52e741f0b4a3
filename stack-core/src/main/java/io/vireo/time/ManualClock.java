// SPDX-License-Identifier: Apache-2.0
package io.vireo.time;

/** A clock for tests and simulation: it stands still until it is moved. */
public final class ManualClock implements NanoClock {
  private long nowNs;

  /** A clock that shows 0. */
  public ManualClock() {}

  /** A clock that shows {@code startNs}, any value: a test of the wrap starts near {@link Long#MAX_VALUE}. */
  public ManualClock(long startNs) {
    this.nowNs = startNs;
  }

  @Override
  public long nanoTime() {
    return nowNs;
  }

  /** Moves the clock on by {@code ns}; IllegalArgumentException if that is negative. */
  public void advance(long ns) {
    if (ns < 0) {
      throw new IllegalArgumentException("a clock does not run backwards: " + ns + " ns");
    }
    nowNs += ns;
  }
}
