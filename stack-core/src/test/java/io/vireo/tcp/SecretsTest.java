// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SecretsTest {
  private static final int WORDS_PER_USE = 4;

  @Test
  void noTwoUsesShareAWord() {
    Set<Long> words = wordsOf(new Secrets(7));

    assertEquals(Secrets.Use.values().length * WORDS_PER_USE, words.size());
  }

  @Test
  void aSeedGivesTheSameSecretsEachTime() {
    assertEquals(wordsOf(new Secrets(7)), wordsOf(new Secrets(7)));
  }

  @Test // BLD-18
  void thousandStartsWithoutSeedShareNoWord() {
    Set<Long> words = new HashSet<>();
    for (int start = 0; start < 1_000; start++) {
      words.addAll(wordsOf(new Secrets(0)));
    }

    assertEquals(1_000 * Secrets.Use.values().length * WORDS_PER_USE, words.size());
  }

  private static Set<Long> wordsOf(Secrets secrets) {
    Set<Long> words = new HashSet<>();
    for (Secrets.Use use : Secrets.Use.values()) {
      for (int i = 0; i < WORDS_PER_USE; i++) {
        words.add(secrets.word(use, i));
      }
    }
    return words;
  }
}
