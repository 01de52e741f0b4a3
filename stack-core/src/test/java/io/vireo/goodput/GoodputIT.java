// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What flows carry over simulated paths: a table that is checked in, so that whoever changes it sees what he changed. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class GoodputIT {
  private static final double FAIR = 0.95;

  @Test
  void theTableIsAsItWas() throws IOException {
    Snapshot.check(Grid.cells().parallelStream().map(Cell::line).toList());
  }

  /** CC-17. With each seed, not only in the median. */
  @Test
  void eightFlowsOfOneAlgorithmShareABottleneckFairly() throws IOException {
    List<Contest> contests = Grid.contests();
    List<List<Shares>> runs = contests.parallelStream().map(Contest::run).toList();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < contests.size(); i++) {
      lines.add(contests.get(i).line(runs.get(i)));
    }
    Snapshot.check(lines);
    for (int i = 0; i < contests.size(); i++) {
      if (contests.get(i).first() == contests.get(i).second()) {
        String line = lines.get(i);
        assertTrue(runs.get(i).get(0).fairness() > FAIR, () -> Contest.HEADING + "\n" + line);
      }
    }
  }
}
