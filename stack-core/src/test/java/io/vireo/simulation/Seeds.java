// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs seeds. The failure of one says how to repeat it. */
final class Seeds {
  private static final String REPLAY =
      "mvn -pl stack-core test -Dtest=SimulationTest#replays -Dvireo.simulation.seed=";

  private Seeds() {}

  /** Runs {@code count} seeds from {@code first} on, or as many from where the system properties say. */
  static void runAll(long first, long count) {
    long from = Long.getLong("vireo.simulation.first", first);
    long seeds = Long.getLong("vireo.simulation.seeds", count);
    for (long seed = from; seed < from + seeds; seed++) {
      run(seed);
    }
  }

  /** Runs one seed to its end; returns its trace. An AssertionError says what did not hold, and how to see it again. */
  static long run(long seed) {
    return run(seed, null);
  }

  /** The same; what host 0 sees is recorded into {@code capture}, as pcapng. */
  static long record(long seed, Path capture) throws IOException {
    Files.createDirectories(capture.getParent());
    try (OutputStream out = Files.newOutputStream(capture)) {
      return run(seed, out);
    }
  }

  private static long run(long seed, OutputStream capture) {
    // Should it hang, then the name tells which one.
    Thread.currentThread().setName("simulation of seed " + seed);
    WorldPlan plan = new WorldPlan(seed);
    World world = null;
    try {
      world = new World(plan, capture);
      world.run();
      return world.trace.hash();
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "seed " + seed + ": " + e.getMessage() + "\nreplay: " + REPLAY + seed + "\n" + plan + "\n"
              + (world == null ? "" : world.describe()),
          e);
    }
  }
}
