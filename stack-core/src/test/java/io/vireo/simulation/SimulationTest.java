// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

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

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void holdsForEverySeed() {
    Seeds.runAll(1, SEEDS);
  }

  @Test
  void theSameSeedIsTheSameRun() {
    for (long seed = 1; seed <= 40; seed++) {
      assertEquals(Seeds.run(Script.of(seed)), Seeds.run(Script.of(seed)), "seed " + seed);
    }
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
