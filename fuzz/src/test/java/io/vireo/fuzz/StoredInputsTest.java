// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every stored input, those that fuzzing begins with and those that have found something, by itself and one after the other. */
class StoredInputsTest {
  private static final Path INPUTS = Path.of("src/test/resources/io/vireo/fuzz/inputs");

  static Set<String> targets() {
    return Targets.names();
  }

  @Test
  void everyTargetHasInputs() throws IOException {
    try (Stream<Path> directories = Files.list(INPUTS)) {
      Set<String> found = new TreeSet<>();
      directories.forEach(path -> found.add(path.getFileName().toString()));
      assertEquals(targets(), found);
    }
  }

  // SY-09
  @ParameterizedTest
  @MethodSource("targets")
  void nothingBreaks(String name) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> found = Files.list(INPUTS.resolve(name))) {
      found.sorted().forEach(files::add);
    }
    assertFalse(files.isEmpty());
    Target together = Targets.of(name);
    for (Path file : files) {
      byte[] input = Files.readAllBytes(file);
      try {
        Targets.of(name).run(input);
        together.run(input);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(file.toString(), e);
      }
    }
  }
}
