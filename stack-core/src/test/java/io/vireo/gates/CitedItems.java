// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A list of numbered items, each with the tests that cite it or the reason why none does, and the page in docs that says so. The list is a file
 * with a line per item, {@code id | kind | what it asks | why there is no test}, under headings that begin with two #.
 */
final class CitedItems {
  /** What {@code kind} means is the list's business. */
  record Item(String id, String kind, String text, String whyNot) {
    static Item parse(String line) {
      String[] words = line.split("\\|", -1);
      return new Item(words[0].strip(), words[1].strip(), words[2].strip(), words[3].strip());
    }

    /** What stands before the number. */
    String word() {
      return id.substring(0, id.lastIndexOf('-'));
    }
  }

  record Group(String heading, List<Item> items) {}

  private static final String WRITE = "vireo.pages.write";

  final List<Group> groups;

  /** From an item to the tests that cite it. */
  final Map<String, Set<String>> tests;

  private final Path root = Path.of("..").toRealPath();

  /** Reads a list from the resources of this package, and the tests of all modules. */
  CitedItems(String list) throws IOException {
    groups = groups(Files.readAllLines(Path.of("src/test/resources/io/vireo/gates", list)));
    Set<String> words = items().stream().map(Item::word).collect(Collectors.toSet());
    tests = Citations.ofModules(root, words).tests;
  }

  private static List<Group> groups(List<String> lines) {
    List<Group> groups = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("## ")) {
        groups.add(new Group(line.substring(3), new ArrayList<>()));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        groups.get(groups.size() - 1).items.add(Item.parse(line));
      }
    }
    return groups;
  }

  List<Item> items() {
    return groups.stream().flatMap(group -> group.items.stream()).toList();
  }

  long shown(List<Item> items) {
    return items.stream().filter(item -> tests.containsKey(item.id)).count();
  }

  /** Items with neither tests nor a reason or with both, and items that tests cite and the list does not have. */
  String faults() {
    List<String> faults = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (Item item : items()) {
      boolean tested = tests.containsKey(item.id);
      if (tested == !item.whyNot.isEmpty()) {
        faults.add(item.id + (tested ? " has both tests and a reason" : " has no test"));
      }
      if (!known.add(item.id)) {
        faults.add(item.id + " is there twice");
      }
    }
    tests.forEach((id, citing) -> {
      if (!known.contains(id)) {
        faults.add(id + " does not exist: " + citing);
      }
    });
    return String.join("\n", faults);
  }

  /** A line per item, for tables of four columns. */
  String rows(List<Item> items) {
    StringBuilder text = new StringBuilder();
    for (Item item : items) {
      Set<String> citing = tests.get(item.id);
      String proof = citing == null
          ? item.whyNot
          : citing.stream().map(test -> "`" + test + "`").collect(Collectors.joining(" "));
      text.append("| %s | %s | %s | %s |%n".formatted(item.id, item.kind, item.text, proof));
    }
    return text.toString();
  }

  /** How a page is made again by its test. */
  static String command(Class<?> test) {
    return "mvn test -pl stack-core -Dtest=" + test.getSimpleName() + " -D" + WRITE + "=true";
  }

  /** Fails if a page in docs is not this text; with the property of {@link #command}, makes it so. */
  void checkPage(String page, String text, Class<?> test) throws IOException {
    Path file = root.resolve("docs").resolve(page);
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(file, text);
    }
    List<String> missing = new ArrayList<>(text.lines().toList());
    missing.removeAll(Files.readAllLines(file));
    assertTrue(
        text.equals(Files.readString(file)),
        () -> "Make it again: " + command(test) + "\n" + String.join("\n", missing));
  }
}
