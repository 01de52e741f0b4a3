// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static io.vireo.tcp.Tuples.portKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InitialSequenceTest {
  private static final int MANY = 1_000_000;
  private static final int PEER = 0x0a4d0001;

  private final InitialSequence initialSequence = new InitialSequence(new Secrets(1));

  @Test // BLD-15
  void millionNumbersToOnePeerLookRandom() {
    assertLookRandom(
        i -> initialSequence.next(addressKey(PEER), portKey(i >>> 16, i & 0xffff), i * 10_000L));
  }

  @Test // BLD-15
  void millionNumbersToManyPeersLookRandom() {
    assertLookRandom(
        i -> initialSequence.next(addressKey(PEER + i), portKey(80, 40_000), i * 10_000L));
  }

  @Test // BLD-15
  void theNumberOfOnePeerTellsNothingOfItsNeighboursNumber() {
    assertLookRandom(i -> initialSequence.next(addressKey(PEER + i), portKey(80, 40_000), 0)
        ^ initialSequence.next(addressKey(PEER + i + 1), portKey(80, 40_000), 0));
  }

  @Test // BLD-15, AH-24
  void nmapWouldCallThePredictionHard() {
    double[] difficulties = new double[101];
    for (int run = 0; run < difficulties.length; run++) {
      difficulties[run] = nmapDifficulty(run * 10);
    }
    Arrays.sort(difficulties);

    assertTrue(difficulties[50] >= 250, () -> "difficulty " + difficulties[50]);
  }

  // SHLD-1
  @ParameterizedTest // BLD-16, MUST-8
  @ValueSource(longs = {0, -1_000_000_000_000L, Long.MAX_VALUE - 30_000_000_000L, Long.MIN_VALUE})
  void numbersOfOneConnectionGrowWithTheClock(long startNs) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      long nowNs = startNs + random.nextLong(60_000_000_000L);
      long laterNs = nowNs + random.nextLong(60_000_000_000L);
      int step = isn(laterNs) - isn(nowNs);

      assertEquals((laterNs - nowNs) / 4_096.0, step, 1);
    }
  }

  @Test // BLD-18, TW-11
  void noNumberReturnsWhenTheProcessIsStartedAgain() {
    long distinct = new SplittableRandom()
        .ints(1_000)
        .map(i -> new InitialSequence(new Secrets(0)).next(addressKey(PEER), portKey(80, 1), 0))
        .distinct()
        .count();

    // One repetition in 1,000 of 2^32 has a probability of 1 in 8,600, two 1 in 150 million.
    assertTrue(distinct >= 999, () -> distinct + " distinct numbers");
  }

  // SHLD-1
  @Test // MUST-9
  void anotherSecretGivesAnotherNumber() {
    assertNotEquals(
        new InitialSequence(new Secrets(1)).next(addressKey(PEER), portKey(80, 1), 0),
        new InitialSequence(new Secrets(2)).next(addressKey(PEER), portKey(80, 1), 0));
  }

  private int isn(long nowNs) {
    return initialSequence.next(addressKey(PEER), portKey(80, 40_000), nowNs);
  }

  /** Every bit unbiased in the numbers and in their steps, no step that returns, no more repetitions than chance brings. */
  private static void assertLookRandom(IntUnaryOperator numbers) {
    int[] values = new int[MANY];
    int[] steps = new int[MANY];
    for (int i = 0; i < MANY; i++) {
      values[i] = numbers.applyAsInt(i);
      steps[i] = values[i] - values[Math.max(0, i - 1)];
    }
    assertUnbiased(values, "number");
    assertUnbiased(steps, "step");
  }

  private static void assertUnbiased(int[] values, String what) {
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      int ones = 0;
      for (int value : values) {
        ones += (value >>> bit) & 1;
      }
      // Five standard deviations.
      assertEquals(MANY / 2.0, ones, 5 * Math.sqrt(MANY) / 2, what + ", bit " + bit);
    }
    Arrays.sort(values);
    int repetitions = 0;
    for (int i = 1; i < MANY; i++) {
      repetitions += values[i] == values[i - 1] ? 1 : 0;
    }
    // Chance repeats MANY^2 / 2^33 of them, 116.
    assertTrue(repetitions < 200, repetitions + " repetitions of a " + what);
  }

  /** As nmap's OS detection computes SP: six probes from successive ports, 110 ms apart. */
  private double nmapDifficulty(int firstPort) {
    double[] rates = new double[5];
    for (int i = 0; i < rates.length; i++) {
      int step = probe(firstPort, i + 1) - probe(firstPort, i);
      rates[i] = Math.abs((double) step) / 0.11;
    }
    double mean = Arrays.stream(rates).average().orElseThrow();
    double squares =
        Arrays.stream(rates).map(rate -> (rate - mean) * (rate - mean)).sum();
    return 8 * Math.log(Math.sqrt(squares / (rates.length - 1))) / Math.log(2);
  }

  private int probe(int firstPort, int i) {
    return initialSequence.next(
        addressKey(PEER), portKey(80, 40_000 + firstPort + i), i * 110_000_000L);
  }
}
