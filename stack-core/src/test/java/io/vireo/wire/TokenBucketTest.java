// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenBucketTest {
  private static final long MS = 1_000_000;

  private static int takeAll(TokenBucket bucket, long nowNs) {
    int taken = 0;
    while (bucket.take(nowNs)) {
      taken++;
    }
    return taken;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MIN_VALUE, Long.MAX_VALUE, -1, Long.MAX_VALUE - 3 * MS})
  void aBurstThenTheRateWhateverTheClocksOrigin(long startNs) {
    TokenBucket bucket = new TokenBucket(1_000, 50);
    assertEquals(50, takeAll(bucket, startNs));
    assertFalse(bucket.take(startNs + MS - 1));
    assertTrue(bucket.take(startNs + MS));
    assertEquals(9, takeAll(bucket, startNs + 10 * MS));
  }

  @Test
  void neverHoldsMoreThanABurst() {
    TokenBucket bucket = new TokenBucket(1_000, 50);
    assertEquals(50, takeAll(bucket, 0));
    assertEquals(50, takeAll(bucket, 3_600_000 * MS));
    assertTrue(bucket.take(7_200_000 * MS));
    assertEquals(50, takeAll(bucket, 7_200_049 * MS), "also after less than a burst's time");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 1_000, 1_000_000})
  void aRandomisedOneKeepsTheRateOnAverage(int perSecond) {
    TokenBucket bucket = TokenBucket.randomised(perSecond, perSecond / 20, 0x5eed);
    takeAll(bucket, 0);
    int taken = 0;
    long stepNs = 250_000_000L / perSecond;
    for (int step = 1; step <= 40_000; step++) {
      taken += bucket.take(step * stepNs) ? 1 : 0;
    }
    assertEquals(10_000, taken, 200);
  }

  // ICM-22, CVE-2020-25705: a burst has 50 tokens on average, and rarely just that.
  @Test
  void aRandomisedOneTellsNobodyWhatOthersTook() {
    TokenBucket bucket = TokenBucket.randomised(1_000, 50, 0x5eed);
    int[] bursts = new int[200];
    long sum = 0;
    for (int i = 0; i < 10_000; i++) {
      int burst = takeAll(bucket, 100L * i * MS);
      bursts[burst]++;
      sum += burst;
    }
    assertEquals(50, sum / 10_000.0, 1);
    for (int burst = 0; burst < 200; burst++) {
      assertTrue(bursts[burst] < 1_500, bursts[burst] + " bursts of " + burst);
      assertTrue(bursts[burst] == 0 || (burst > 10 && burst < 90), "a burst of " + burst);
    }
  }

  // ICM-22
  @Test
  void otherSeedsGiveOtherBursts() {
    int different = 0;
    for (int seed = 1; seed <= 100; seed++) {
      int burst = takeAll(TokenBucket.randomised(1_000, 50, seed), 0);
      different += burst == takeAll(TokenBucket.randomised(1_000, 50, -seed), 0) ? 0 : 1;
    }
    assertTrue(different > 60, "only " + different);
  }

  @Test
  void losesNoFractionOfATokenToFrequentAsking() {
    TokenBucket bucket = new TokenBucket(1_000, 50);
    takeAll(bucket, 0);
    int taken = 0;
    for (long nowNs = 0; nowNs <= 1_000 * MS; nowNs += 333) {
      taken += bucket.take(nowNs) ? 1 : 0;
    }
    assertEquals(999, taken, 1);
  }
}
