// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The differences that are known, one class of them per line: its number in docs/kernel-differences.md, how many, stimulus, Linux, Vireo. */
final class ExpectedDifferences {
  private static final String LIST = "kernel-differences.txt";
  private static final Path DOCUMENT = Path.of("..", "docs", "kernel-differences.md");
  private static final Path FOUND = Path.of("target", "kernel-differences-found.txt");
  private static final int MOST_SHOWN = 20;

  /** The release whose answers were recorded: with another one, fewer differences are no fault. */
  private static final String KERNEL = "6.18.";

  private record Line(String number, int count, Pattern stimulus, Pattern linux, Pattern vireo) {
    static Line of(String text) {
      String[] fields = Arrays.stream(text.split(";")).map(String::strip).toArray(String[]::new);
      return new Line(
          fields[0],
          Integer.parseInt(fields[1]),
          Pattern.compile(fields[2]),
          Pattern.compile(fields[3]),
          Pattern.compile(fields[4]));
    }

    boolean covers(Difference difference) {
      return stimulus.matcher(difference.stimulus()).matches()
          && linux.matcher(difference.linux()).matches()
          && vireo.matcher(difference.vireo()).matches();
    }
  }

  private final List<Line> lines;
  private final String document;

  private ExpectedDifferences(List<Line> lines, String document) {
    this.lines = lines;
    this.document = document;
  }

  static ExpectedDifferences read() throws IOException {
    try (InputStream in = ExpectedDifferences.class.getResourceAsStream(LIST)) {
      List<Line> lines = new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Line::of)
          .toList();
      return new ExpectedDifferences(lines, Files.readString(DOCUMENT));
    }
  }

  /** What is not as listed; all that was found goes to a file. {@code complete}: the numbers must be right, too. */
  List<String> faults(List<Difference> found, boolean complete) throws IOException {
    Files.createDirectories(FOUND.getParent());
    Files.write(FOUND, found.stream().map(Difference::text).toList());
    int[] counts = new int[lines.size()];
    List<String> faults = new ArrayList<>();
    for (Difference difference : found) {
      int line = 0;
      while (line < lines.size() && !lines.get(line).covers(difference)) {
        line++;
      }
      if (line < lines.size()) {
        counts[line]++;
      } else if (faults.size() < MOST_SHOWN) {
        faults.add("new: " + difference.text());
      }
    }
    boolean sameKernel = System.getProperty("os.version").startsWith(KERNEL);
    TreeSet<String> numbers = new TreeSet<>();
    for (int i = 0; i < counts.length; i++) {
      Line line = lines.get(i);
      boolean stale = complete ? counts[i] != line.count : counts[i] == 0;
      if (sameKernel && stale) {
        faults.add(counts[i] + " found, not as listed: " + line);
      }
      numbers.add(line.number);
    }
    for (String number : numbers) {
      if (!document.contains("| " + number + " |")) {
        faults.add(number + " is not explained in " + DOCUMENT);
      }
    }
    return faults;
  }
}
