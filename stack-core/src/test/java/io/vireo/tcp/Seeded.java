// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.SplittableRandom;

/** Runs a property for many seeds; a failure names its seed. */
final class Seeded {
  interface Property {
    void holds(SplittableRandom random);
  }

  /** Around the wraps, and anywhere. */
  private static final int[] TELLING = {0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -70_000};

  private Seeded() {}

  static void forSeeds(int count, Property property) {
    for (long seed = 1; seed <= count; seed++) {
      try {
        property.holds(new SplittableRandom(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** A sequence number to begin with: often one near a wrap. */
  static int initialSeq(SplittableRandom random) {
    return random.nextInt(4) == 0
        ? random.nextInt()
        : TELLING[random.nextInt(TELLING.length)] - random.nextInt(3_000);
  }
}
