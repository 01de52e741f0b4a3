// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/rfc9293-compliance.md says of each numbered item of RFC 9293 which tests cite it, or why none does; it is made here. */
class Rfc9293ComplianceTest {
  private static final String WRITE = "vireo.compliance.write";
  private static final String COMMAND =
      "mvn test -pl stack-core -Dtest=Rfc9293ComplianceTest -D" + WRITE + "=true";

  private record Item(String id, String section, String text, String whyNot) {
    static Item parse(String line) {
      String[] words = line.split("\\|", -1);
      return new Item(words[0].strip(), words[1].strip(), words[2].strip(), words[3].strip());
    }
  }

  @Test
  void documentIsUpToDate() throws IOException {
    Path root = Path.of("..").toRealPath();
    Path document = root.resolve(Path.of("docs", "rfc9293-compliance.md"));
    String text = document(items(), Rfc9293Citations.ofModules(root).tests);
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(document, text);
    }
    List<String> missing = new ArrayList<>(text.lines().toList());
    missing.removeAll(Files.readAllLines(document));
    assertTrue(
        text.equals(Files.readString(document)),
        () -> "Make it again: " + COMMAND + "\n" + String.join("\n", missing));
  }

  @Test
  void everyItemHasATestOrAReason() throws IOException {
    List<Item> items = items();
    Map<String, Set<String>> tests = Rfc9293Citations.ofModules(Path.of("..").toRealPath()).tests;
    List<String> faults = new ArrayList<>();
    for (Item item : items) {
      boolean tested = tests.containsKey(item.id());
      if (tested == !item.whyNot().isEmpty()) {
        faults.add(item.id() + (tested ? " has both tests and a reason" : " has no test"));
      }
    }
    Set<String> known = items.stream().map(Item::id).collect(Collectors.toSet());
    tests.keySet().stream()
        .filter(id -> !known.contains(id))
        .forEach(id -> faults.add(id + " does not exist: " + tests.get(id)));
    assertEquals("", String.join("\n", faults));
    assertEquals(119, items.size());
  }

  @Test
  void commentsRightAboveTestsCite() {
    Rfc9293Citations citations = new Rfc9293Citations();
    citations.add("""
        /** Of MAY-2. */
        class A {
          // MUST-1: MUST-2; RFC 9293 §1
          // SHLD-3 to SHLD-5
          @Test // MAY-1
          void a() {
            // MUST-9
          }

          // MUST-7

          @ParameterizedTest
          @ValueSource(ints = 1)
          void b() {}

          // MUST-8
          void c() {}
        }
        """);
    assertEquals(
        "{MAY-1=[A.a], MAY-2=[A], MUST-1=[A.a], MUST-2=[A.a], SHLD-3=[A.a], SHLD-4=[A.a], SHLD-5=[A.a]}",
        citations.tests.toString());
  }

  private static List<Item> items() throws IOException {
    Path file = Path.of("src/test/resources/io/vireo/gates/rfc9293-items.txt");
    return Files.readAllLines(file).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(Item::parse)
        .toList();
  }

  private static String document(List<Item> items, Map<String, Set<String>> tests) {
    long shown = items.stream().filter(item -> tests.containsKey(item.id())).count();
    StringBuilder text = new StringBuilder("""
        # RFC 9293, item by item

        Generated: `%s`. The build fails when this page is not what the tests say: a test cites an item in the comment above it. What
        the items ask is said in our words, in `stack-core/src/test/resources/io/vireo/gates/rfc9293-items.txt`; the RFC itself counts.

        Of %d numbered items, %d are shown by tests; for the others the reason stands in their place.

        | item | section | what it asks | tests, or why not |
        |---|---|---|---|
        """.formatted(COMMAND, items.size(), shown));
    for (Item item : items) {
      Set<String> citing = tests.get(item.id());
      String proof = citing == null
          ? item.whyNot()
          : citing.stream().map(test -> "`" + test + "`").collect(Collectors.joining(" "));
      text.append(
          "| %s | %s | %s | %s |%n".formatted(item.id(), item.section(), item.text(), proof));
    }
    return text.toString();
  }
}
