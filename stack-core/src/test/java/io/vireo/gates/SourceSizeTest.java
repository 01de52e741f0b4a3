// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static java.util.stream.Collectors.partitioningBy;
import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No source file over 400 lines of code, no method over 60; see exceptions-to-size.txt. */
class SourceSizeTest {
  private static final int FILE_LIMIT = 400;
  private static final int METHOD_LIMIT = 60;

  @Test
  void sourcesOfAllModulesKeepTheLimits() throws IOException {
    SourceSizes sizes = SourceSizes.ofModules(Path.of("..").toRealPath());
    writeFigures(sizes);
    Map<String, Integer> exceptions = SizeRatchet.parse(
        Files.readAllLines(Path.of("src/test/resources/io/vireo/gates/exceptions-to-size.txt")));
    Map<Boolean, Map<String, Integer>> byKind = exceptions.entrySet().stream()
        .collect(partitioningBy(
            entry -> entry.getKey().contains("#"), toMap(Map.Entry::getKey, Map.Entry::getValue)));
    List<String> faults = Stream.concat(
            new SizeRatchet(FILE_LIMIT, byKind.get(false)).faults(sizes.files).stream(),
            new SizeRatchet(METHOD_LIMIT, byKind.get(true)).faults(sizes.methods).stream())
        .toList();
    assertEquals("", String.join("\n", faults));
  }

  private static void writeFigures(SourceSizes sizes) throws IOException {
    Path figures = Files.createDirectories(Path.of("target", "figures")).resolve("source-size.txt");
    Files.write(
        figures,
        Stream.concat(largest(sizes.files), largest(sizes.methods))
            .map(entry -> entry.getValue() + " lines " + entry.getKey())
            .toList());
  }

  private static Stream<Map.Entry<String, Integer>> largest(Map<String, Integer> sizes) {
    return sizes.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(10);
  }

  @Test
  void countsNeitherBlankLinesNorComments() {
    SourceSizes sizes = new SourceSizes();
    sizes.add("A.java", """
        // a comment
        package a;

        /** Javadoc. */
        final class A { // 2, since the package is 1
          /*
           * More of it.
           */
          @Override
          public String toString() {
            // why

            return ""
                + "// not a comment";
          }
          record B(int c) {
            B {
              assert c > 0;
            }
          }
        }
        """);
    assertEquals(Map.of("A.java", 13), sizes.files);
    assertEquals(Map.of("A.java#A.toString()", 5, "A.java#B.B", 3), sizes.methods);
  }

  @Test
  void countsTheLinesOfATextBlock() {
    SourceSizes sizes = new SourceSizes();
    sizes.add("A.java", "class A {\n String s() {\n return \"\"\"\n one\n two\n\"\"\";\n}\n}\n");
    assertEquals(Map.of("A.java#A.s()", 6), sizes.methods);
  }

  @Test
  void nothingNewPassesTheLimit() {
    SizeRatchet ratchet = new SizeRatchet(60, Map.of());
    assertEquals(List.of(), ratchet.faults(Map.of("a", 60)));
    assertEquals(
        List.of("a has 61 lines of code, allowed are 60"), ratchet.faults(Map.of("a", 61)));
  }

  @Test
  void anExceptionOnlyShrinks() {
    SizeRatchet ratchet = new SizeRatchet(60, Map.of("a", 70));
    assertEquals(List.of(), ratchet.faults(Map.of("a", 70)));
    assertEquals(
        List.of("a has 71 lines of code, allowed are 70"), ratchet.faults(Map.of("a", 71)));
    assertEquals(
        List.of("a has shrunk to 69: lower its exception from 70"),
        ratchet.faults(Map.of("a", 69)));
    assertEquals(
        List.of("a keeps the limit now: take it off the list of exceptions"),
        ratchet.faults(Map.of("a", 60)));
    assertEquals(
        List.of("a is gone: take it off the list of exceptions"), ratchet.faults(Map.of("b", 9)));
  }

  @Test
  void readsTheListOfExceptions() {
    assertEquals(
        Map.of("A.java#A.a(int, int)", 70),
        SizeRatchet.parse(List.of("# why", "", "70 A.java#A.a(int, int)")));
  }
}
