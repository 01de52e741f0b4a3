// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

/**
 * A budget for what others make us send: so many per second, and a burst of so many at once. Reads no clock, and
 * counts in nanoseconds, so it loses no fraction of a token.
 *
 * <p>Who can see whether a budget is spent can count what others make us send (CVE-2020-25705). A randomised one lets him see no more than
 * about how much: what is taken costs nothing to two tokens, one on average.
 */
public final class TokenBucket {
  private final long intervalNs;
  private final long burstNs;

  /** How much time the tokens in the bucket took to grow; a token is intervalNs of it. */
  private long savedNs;

  private long lastNs;

  private final boolean randomised;
  private long random;

  /** A bucket full at first. */
  public TokenBucket(int perSecond, int burst) {
    this(perSecond, burst, false, 0);
  }

  /** The same, randomised. The seed is secret. */
  public static TokenBucket randomised(int perSecond, int burst, long seed) {
    return new TokenBucket(perSecond, burst, true, seed);
  }

  private TokenBucket(int perSecond, int burst, boolean randomised, long seed) {
    this.randomised = randomised;
    this.random = seed;
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
    // May leave a debt, so that the rate is what it should be on average.
    savedNs -= randomised ? randomCostNs() : intervalNs;
    return true;
  }

  /** Uniform from 0 to two tokens; the generator is that of SplittableRandom. */
  private long randomCostNs() {
    random += 0x9E37_79B9_7F4A_7C15L;
    long mixed = (random ^ (random >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return ((mixed >>> 33) * (2 * intervalNs + 1)) >>> 31;
  }
}
