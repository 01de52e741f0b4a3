// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/test-catalogue.md says of each situation that a TCP/IP stack should be tried in which tests do so, or why none does; it is made here. */
class TestCatalogueTest {
  @Test
  void documentIsUpToDate() throws IOException {
    CitedItems list = list();
    StringBuilder text = new StringBuilder(
        """
        # What a stack should be tried with, and where it is

        Generated: `%s`. The build fails when this page is not what the tests say: a test cites a row in the comment above it. What the
        rows ask is said in short in `stack-core/src/test/resources/io/vireo/gates/test-catalogue.txt`.

        Two catalogues, %d rows. Behaviour of TCP has a class: M, what every stack must do or does; S, what it should; O, what it may offer. Faults
        and attacks have levels: U, frames for one stack under a virtual clock; F, fuzzing; S, simulation; T, real peers; K, capacity and floods.

        | group | rows shown by tests |
        |---|---|
        """.formatted(CitedItems.command(getClass()), list.items().size()));
    for (CitedItems.Group group : list.groups) {
      text.append("| %s | %d of %d |%n"
          .formatted(group.heading(), list.shown(group.items()), group.items().size()));
    }
    List<CitedItems.Item> items = list.items();
    text.append("| all | %d of %d |%n".formatted(list.shown(items), items.size()));
    for (CitedItems.Group group : list.groups) {
      text.append("""

          ## %s

          | row | class | what it asks | tests, or why not |
          |---|---|---|---|
          """.formatted(group.heading()));
      text.append(list.rows(group.items()));
    }
    list.checkPage("test-catalogue.md", text.toString(), getClass());
  }

  @Test
  void everyRowHasATestOrAReason() throws IOException {
    CitedItems list = list();
    assertEquals("", list.faults());
    assertEquals(770, list.items().size());
  }

  private static CitedItems list() throws IOException {
    return new CitedItems("test-catalogue.txt");
  }
}
