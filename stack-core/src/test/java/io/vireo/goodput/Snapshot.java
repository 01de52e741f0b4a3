// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The table that is checked in. Who tries a part of it leaves the other lines as they are. */
final class Snapshot {
  private static final Path FILE = Path.of("src/test/resources/io/vireo/goodput/goodput.txt");
  private static final String WRITE = "vireo.pages.write";
  private static final String REMEDY =
      "mvn verify -pl stack-core -Dtest=GoodputTest -Dit.test=GoodputIT -D" + WRITE + "=true";

  /** How many characters of a line say what was tried. */
  private static final int KEY_WIDTH = 44;

  private static final String PREFACE = """
      # What one flow, or eight, carry over a simulated path. A regression shows here. Made by
      # %s
      #
      # RTT: ms. rate: Mbit/s. queue: in bandwidth-delay products, or lengths of 20 frames where that is more. goodput: Mbit/s from the
      # connect on, and in %% of the rate. model: Mbit/s that the algorithm's response function promises. resent, timeouts: segments
      # sent again, and how often the timer expired. A line is that of the median of its seeds. bursts: a percent of the frames, eight
      # at a time. reordering: 5 %% of the frames, by 2 ms. plain: without SACK and timestamps.
      # fairness: Jain's index, of the median and of the lowest seed. first: what those named first have of all.
      """.formatted(REMEDY);

  private Snapshot() {}

  /** Fails if one of the lines differs from what is checked in, or where the property asks for it, checks it in. */
  static void check(List<String> lines) throws IOException {
    List<String> stored = Files.exists(FILE) ? Files.readAllLines(FILE) : List.of();
    Map<String, String> byKey = new HashMap<>();
    Stream.concat(stored.stream(), lines.stream())
        .filter(line -> line.length() > KEY_WIDTH)
        .forEach(line -> byKey.put(line.substring(0, KEY_WIDTH), line));
    List<String> table = table(byKey);
    if (Boolean.getBoolean(WRITE)) {
      Files.createDirectories(FILE.getParent());
      Files.write(FILE, table);
    } else {
      assertTrue(
          stored.equals(table),
          () -> "Goodput is not what it was. If that is meant: " + REMEDY + "\n"
              + difference(stored, table));
    }
  }

  private static List<String> table(Map<String, String> byKey) {
    List<String> table = new ArrayList<>(PREFACE.lines().toList());
    table.addAll(List.of("", Cell.HEADING));
    Grid.cells().forEach(cell -> addIfKnown(table, byKey.get(cell.key())));
    table.addAll(List.of("", Contest.HEADING));
    Grid.contests().forEach(contest -> addIfKnown(table, byKey.get(contest.key())));
    return table;
  }

  private static void addIfKnown(List<String> table, String line) {
    if (line != null) {
      table.add(line);
    }
  }

  private static String difference(List<String> stored, List<String> table) {
    List<String> changes = new ArrayList<>();
    stored.stream().filter(line -> !table.contains(line)).forEach(line -> changes.add("- " + line));
    table.stream().filter(line -> !stored.contains(line)).forEach(line -> changes.add("+ " + line));
    changes.sort(Comparator.comparing(
        change -> change.substring(2, Math.min(change.length(), 2 + KEY_WIDTH))));
    return "  " + Cell.HEADING + "\n" + String.join("\n", changes);
  }
}
