// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The patches that {@code lab/planted-bugs} tries still find the lines that they change: a patch that does not apply finds no bug. */
class PlantedBugsTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PATCHES = Path.of("src/test/planted-bugs");

  @Test
  void apply() throws IOException {
    List<Path> patches;
    try (Stream<Path> files = Files.list(PATCHES)) {
      patches =
          files.filter(file -> file.toString().endsWith(".patch")).sorted().toList();
    }
    assertFalse(patches.isEmpty());
    List<String> stale = new ArrayList<>();
    for (Path patch : patches) {
      if (!applies(Files.readAllLines(patch))) {
        stale.add(patch.getFileName().toString());
      }
    }
    assertEquals(List.of(), stale);
  }

  private static boolean applies(List<String> patch) throws IOException {
    String source = "";
    StringBuilder before = new StringBuilder();
    boolean inHunk = false;
    boolean all = true;
    for (String line : patch) {
      if (line.startsWith("--- a/")) {
        source = Files.readString(ROOT.resolve(line.substring("--- a/".length())));
      } else if (line.startsWith("@@")) {
        all &= source.contains(before);
        before.setLength(0);
        inHunk = true;
      } else if (inHunk && !line.startsWith("+")) {
        before.append(line.substring(Math.min(1, line.length()))).append('\n');
      }
    }
    return all && inHunk && source.contains(before);
  }
}
