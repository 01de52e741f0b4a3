// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Runs stored inputs one after the other, as they were found, without a fuzzer: a target's name, then files or directories of them. */
public final class Replay {
  private Replay() {}

  /** Says how many inputs were run, or fails as the first does that fails. */
  public static void main(String[] arguments) throws IOException {
    Target target = Targets.of(arguments[0]);
    List<Path> files = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      try (Stream<Path> found = Files.walk(Path.of(arguments[i]))) {
        found.filter(Files::isRegularFile).sorted().forEach(files::add);
      }
    }
    long startNs = System.nanoTime();
    for (Path file : files) {
      try {
        target.run(Files.readAllBytes(file));
      } catch (RuntimeException | Error e) {
        throw new AssertionError(file.toString(), e);
      }
    }
    long ms = (System.nanoTime() - startNs) / 1_000_000;
    System.out.println(arguments[0] + ": " + files.size() + " inputs in " + ms + " ms");
  }
}
