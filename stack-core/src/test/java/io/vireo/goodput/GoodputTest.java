// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A few lines of the table of {@link GoodputIT}. */
class GoodputTest {
  @Test
  void aFewLinesOfTheTableAreAsTheyWere() throws IOException {
    Snapshot.check(Grid.fewCells().parallelStream().map(Cell::line).toList());
  }
}
