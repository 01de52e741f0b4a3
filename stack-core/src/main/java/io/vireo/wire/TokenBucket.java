// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

/**
 * A budget for what others make us send: so many per second, and a burst of so many at once. Reads no clock, and
 * counts in nanoseconds, so it loses no fraction of a token.
 */
public final class TokenBucket {
  private final long intervalNs;
  private final long burstNs;

  /** How much time the tokens in the bucket took to grow; a token is intervalNs of it. */
  private long savedNs;

  private long lastNs;

  /** A bucket full at first. */
  public TokenBucket(int perSecond, int burst) {
    this.intervalNs = 1_000_000_000L / perSecond;
    this.burstNs = intervalNs * burst;
    this.savedNs = burstNs;
  }

  /** Takes a token; false if there is none. */
  public boolean take(long nowNs) {
    long passedNs = nowNs - lastNs;
    lastNs = nowNs;
    if (passedNs > 0) {
      // passedNs may be anything on the first call, whose clock has an arbitrary origin.
      savedNs = passedNs >= burstNs ? burstNs : Math.min(burstNs, savedNs + passedNs);
    }
    if (savedNs < intervalNs) {
      return false;
    }
    savedNs -= intervalNs;
    return true;
  }
}
