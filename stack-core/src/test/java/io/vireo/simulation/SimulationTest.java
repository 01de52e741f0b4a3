// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two stacks under seeded faults; what must hold is checked after every turn of a stack. {@code -Dvireo.simulation.seeds=N} runs
 * N seeds, {@code -Dvireo.simulation.first=S} begins with seed S. {@link SimulationIT} runs more of them.
 */
class SimulationTest {
  private static final int SEEDS = 100;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void holdsForEverySeed() {
    Seeds.runAll(1, SEEDS);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theSameSeedIsTheSameRun(long seed) {
    assertEquals(Seeds.run(seed), Seeds.run(seed));
  }

  @Test
  void anotherSeedIsAnotherRun() {
    assertNotEquals(Seeds.run(1), Seeds.run(2));
  }

  /** Seeds that once failed, and why. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "1, nothing yet",
  })
  void holdsForSeedsThatOnceFailed(long seed, String cause) {
    Seeds.run(seed);
  }

  /** With -Dvireo.simulation.seed=SEED: that seed again, recorded into target/simulation-SEED.pcapng. Without it, no test. */
  @TestFactory
  Stream<DynamicTest> replays() {
    Long seed = Long.getLong("vireo.simulation.seed");
    return Stream.ofNullable(seed)
        .map(s -> DynamicTest.dynamicTest("seed " + s, () -> Seeds.record(s, recordingOf(s))));
  }

  private static Path recordingOf(long seed) {
    return Path.of("target", "simulation-" + seed + ".pcapng");
  }
}
