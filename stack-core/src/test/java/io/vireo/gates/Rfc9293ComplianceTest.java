// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/rfc9293-compliance.md says of each numbered item of RFC 9293 which tests cite it, or why none does; it is made here. */
class Rfc9293ComplianceTest {
  @Test
  void documentIsUpToDate() throws IOException {
    CitedItems list = list();
    List<CitedItems.Item> items = list.items();
    String text = """
        # RFC 9293, item by item

        Generated: `%s`. The build fails when this page is not what the tests say: a test cites an item in the comment above it. What
        the items ask is said in our words, in `stack-core/src/test/resources/io/vireo/gates/rfc9293-items.txt`; the RFC itself counts.

        Of %d numbered items, %d are shown by tests; for the others the reason stands in their place.

        | item | section | what it asks | tests, or why not |
        |---|---|---|---|
        """.formatted(CitedItems.command(getClass()), items.size(), list.shown(items));
    list.checkPage("rfc9293-compliance.md", text + list.rows(items), getClass());
  }

  @Test
  void everyItemHasATestOrAReason() throws IOException {
    CitedItems list = list();
    assertEquals("", list.faults());
    assertEquals(119, list.items().size());
  }

  private static CitedItems list() throws IOException {
    return new CitedItems("rfc9293-items.txt");
  }
}
