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
