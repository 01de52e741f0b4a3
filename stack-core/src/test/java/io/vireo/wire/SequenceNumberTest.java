// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Sequence numbers against unbounded positions in a stream (RFC 9293 section 3.4). */
final class SequenceNumberTest {
  private static final long SEED = 0x5e9;

  // APP-17
  @Test
  void comparesAsThePositionsTheyComeFrom() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 200_000; round++) {
      long position = random.nextLong(1L << 40);
      long distance = near(random);
      long other = position + distance;
      int a = (int) position;
      int b = (int) other;
      String run = "seed " + SEED + " round " + round + ": " + position + " and " + other;
      assertEquals(position < other, SequenceNumber.lessThan(a, b), run);
      assertEquals(position <= other, SequenceNumber.lessOrEqual(a, b), run);
      assertEquals(position > other, SequenceNumber.greaterThan(a, b), run);
      assertEquals(position >= other, SequenceNumber.greaterOrEqual(a, b), run);
      assertEquals((int) Math.max(position, other), SequenceNumber.max(a, b), run);
      assertEquals((int) Math.min(position, other), SequenceNumber.min(a, b), run);
    }
  }

  @Test
  void betweenHoldsLowAndNotHigh() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 200_000; round++) {
      long low = random.nextLong(1L << 40);
      long high = low + Math.abs(near(random));
      long x = low + near(random);
      boolean expected = low <= x && x < high;
      assertEquals(
          expected,
          SequenceNumber.between((int) low, (int) x, (int) high),
          "seed " + SEED + " round " + round + ": " + low + " " + x + " " + high);
    }
  }

  /** Less than 2^31 away, often very near, often at the limit. */
  private static long near(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> random.nextLong(-3, 4);
      case 1 -> random.nextLong(-Integer.MAX_VALUE, 1L << 31);
      default -> (random.nextBoolean() ? 1 : -1) * (Integer.MAX_VALUE - random.nextLong(3));
    };
  }

  @Test
  void comparesAcrossTheWrap() {
    assertTrue(SequenceNumber.lessThan(-1, 0));
    assertTrue(SequenceNumber.lessThan(Integer.MAX_VALUE, Integer.MIN_VALUE));
    assertTrue(SequenceNumber.between(-10, 5, 10));
    assertFalse(SequenceNumber.between(-10, 10, 10));
    assertFalse(SequenceNumber.between(7, 7, 7), "an empty range");
  }
}
