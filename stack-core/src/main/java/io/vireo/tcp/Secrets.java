// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** The secret numbers of one stack, made at its start: each use has its own, so that what leaks from one tells nothing of another. */
final class Secrets {
  /** What a secret is for. New uses are added at the end, which leaves the others as they are for a given seed. */
  enum Use {
    INITIAL_SEQUENCE,
    PORT_OFFSET,
    PORT_COUNTER,
    PORT_STEP,
    PORT_START,
    CONNECTION_TABLE,
    TIME_WAIT_TABLE,
    HALF_OPEN_TABLE,
    SYN_COOKIES,
    REPLY_BUDGETS,
    TIMESTAMP_OFFSET
  }

  private static final int WORDS_PER_USE = 4;

  private final long[] words = new long[Use.values().length * WORDS_PER_USE];

  /** Secrets that nobody can know for seed 0; for any other seed the same ones each time, for tests. */
  Secrets(long seed) {
    RandomGenerator random = seed == 0 ? new SecureRandom() : new SplittableRandom(seed);
    for (int i = 0; i < words.length; i++) {
      words[i] = random.nextLong();
    }
  }

  /** One of the four words of this use. */
  long word(Use use, int index) {
    assert index >= 0;
    assert index < WORDS_PER_USE;
    return words[use.ordinal() * WORDS_PER_USE + index];
  }
}
