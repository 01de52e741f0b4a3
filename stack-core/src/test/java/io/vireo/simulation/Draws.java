// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.SplittableRandom;

/**
 * The random numbers of one seed. Every question has a stream of its own, by name and numbers, so that a new question leaves
 * the answers to all others as they were: a seed that once failed goes on meaning the same world.
 */
final class Draws {
  private final long seed;

  Draws(long seed) {
    this.seed = seed;
  }

  SplittableRandom stream(String question, long... numbers) {
    long mixed = mix(seed ^ mix(question.hashCode()));
    for (long number : numbers) {
      mixed = mix(mixed + number);
    }
    return new SplittableRandom(mixed);
  }

  /** Names one question for {@link #uniform}. */
  long key(String question, long... numbers) {
    long mixed = mix(seed ^ mix(question.hashCode()));
    for (long number : numbers) {
      mixed = mix(mixed + number);
    }
    return mixed;
  }

  /** 0 (included) to 1 (excluded), for one number of a question. */
  static double uniform(long key, long number) {
    return (mix(key + number) >>> 11) * 0x1p-53;
  }

  /** True with this probability. */
  boolean chance(double probability, String question, long... numbers) {
    return stream(question, numbers).nextDouble() < probability;
  }

  /** 0 to bound - 1. */
  int below(int bound, String question, long... numbers) {
    return stream(question, numbers).nextInt(bound);
  }

  /** One of these. */
  long pick(long[] choices, String question, long... numbers) {
    return choices[stream(question, numbers).nextInt(choices.length)];
  }

  /** Between low and high, each order of magnitude as likely as any other; low at least 1. */
  static long logarithmic(SplittableRandom random, long low, long high) {
    double least = Math.log((double) low);
    double exponent = least + random.nextDouble() * (Math.log((double) high) - least);
    return Math.max(low, Math.min(high, Math.round(Math.exp(exponent))));
  }

  /** Stafford's mix 13, as SplittableRandom uses it. */
  static long mix(long z) {
    z += 0x9E37_79B9_7F4A_7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }
}
