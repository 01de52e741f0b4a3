// SPDX-License-Identifier: Apache-2.0
package io.vireo.time;

/**
 * Nanoseconds since 1970, for labels that people read. It is set when it is made and runs on steadily, whatever happens to
 * the clock of the system; no decision of a protocol depends on it.
 */
public final class WallClock implements NanoClock {
  private final long originNs = System.currentTimeMillis() * 1_000_000 - System.nanoTime();

  /** A clock that shows the system's time of this moment, to the millisecond. */
  public WallClock() {}

  @Override
  public long nanoTime() {
    return originNs + System.nanoTime();
  }
}
