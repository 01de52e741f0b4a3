// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import org.junit.jupiter.api.Test;

/** More seeds of {@link SimulationTest}, for {@code mvn verify}. */
class SimulationIT {
  private static final int SEEDS = 1_000;

  @Test
  void holdsForEverySeed() {
    Seeds.runAll(1, SEEDS);
  }
}
