// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vireo.simulation.Script.Habit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A few stacks under seeded faults; what must hold is checked after every turn of a stack. {@code -Dvireo.simulation.seeds=N} runs
 * N seeds, {@code -Dvireo.simulation.first=S} begins with seed S. {@link SimulationIT} runs more of them; docs/simulation.md.
 */
class SimulationTest {
  private static final int SEEDS = 300;

  /** Seeds that once failed, and why. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("corpus")
  void holdsForSeedsThatOnceFailed(String line) {
    Seeds.run(Script.of(Long.parseLong(line.split(" ", 2)[0])));
  }

  static Stream<String> corpus() throws IOException {
    try (InputStream in = SimulationTest.class.getResourceAsStream("corpus.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList()
          .stream();
    }
  }

  /**
   * Holds, and with it INV-01 to INV-14, INV-16, WIN-06, WIN-16, MEM-12, MEM-14, STM-20, APP-20.
   * Streams both ways, SY-01: under losses, GND-22, GND-30, ACK-14; reordering, duplicates and jitter, SY-02, GND-20, GND-21, GND-23, GND-26,
   * ACK-15; flipped bits, SY-03, GND-24; bursts and outages, SY-04, GND-08, GND-27, GND-28; slow links, GND-29; narrow ones, ICM-20, GND-13.
   * Hosts that stand still while their rings overflow, GND-01, APP-03, APP-09, ACK-16; that cannot send, GND-05; whose clocks leap or wrap,
   * CLK-02, CLK-03; sequence numbers, too, TSW-06; small buffers, MEM-15. Connections that die at any moment, SY-08; users who do anything
   * anywhere and throw, APP-01, APP-02, APP-06.
   */
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void holdsForEverySeed() {
    Seeds.runAll(1, SEEDS);
  }

  // INV-15
  @Test
  void theSameSeedIsTheSameRun() {
    for (long seed = 1; seed <= 40; seed++) {
      assertEquals(Seeds.run(Script.of(seed)), Seeds.run(Script.of(seed)), "seed " + seed);
    }
  }

  /** The short way of usual segments leads where the long one does (docs/decisions/0014): frames, events and times are the same. */
  @Test
  void isTheSameRunWithoutHeaderPrediction() {
    Seeds.holdWithout(Habit.PREDICTION, 1, 60);
  }

  /** Connections that sleep whenever they may do what they would have done (docs/decisions/0016). */
  @Test
  void isTheSameRunWithoutSleep() {
    Seeds.holdWithout(Habit.SLEEP, 1, 60);
  }

  /** What a shrinker relies on. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void theFaultsOfARunPlayedAgainAreTheSameRun(long seed) {
    Outcome drawn = Outcome.of(Script.of(seed), null, null);
    Script listed = Script.of(seed).withFaults(drawn.struck());
    Script read = Script.parse(List.of(listed.toString().split("\n")));
    assertEquals(listed, read);
    assertEquals(drawn.hash(), Seeds.run(read));
  }

  @Test
  void anotherSeedIsAnotherRun() {
    assertNotEquals(Seeds.run(Script.of(1)), Seeds.run(Script.of(2)));
  }

  /** With -Dvireo.simulation.seed=SEED: that seed again, recorded into target/simulation-SEED.pcapng. Without it, no test. */
  @TestFactory
  Stream<DynamicTest> replays() {
    return Stream.ofNullable(Long.getLong("vireo.simulation.seed"))
        .map(seed -> DynamicTest.dynamicTest("seed " + seed, () -> Seeds.replay(seed)));
  }
}
