// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More seeds of {@link SimulationTest}, for {@code mvn verify}. */
class SimulationIT {
  private static final int SEEDS = 10_000;

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void holdsForEverySeed() {
    Swath swath = Seeds.runAll(1, SEEDS);
    System.out.println(swath.coverage());
  }
}
