// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where Jazzer enters. The target's name and a directory for findings are its arguments. */
public final class FuzzEntry {
  /** As many as a stack lives through, at least. */
  private static final int REMEMBERED = 512;

  private static final byte[][] LATEST = new byte[REMEMBERED][];
  private static Target target;
  private static Path findings;
  private static long count;

  private FuzzEntry() {}

  /** Called once. */
  public static void fuzzerInitialize(String[] arguments) {
    target = Targets.of(arguments[0]);
    findings = Path.of(arguments[1]);
  }

  /** Called for every input. */
  public static void fuzzerTestOneInput(byte[] input) {
    LATEST[(int) (count++ % REMEMBERED)] = input;
    try {
      target.run(input);
    } catch (RuntimeException | Error e) {
      target.forget();
      target.run(input);
      // Alone it does no harm: what it needs are those before it.
      throw new AssertionError("only after the inputs in " + writeHistory(), e);
    }
  }

  private static Path writeHistory() {
    try {
      Path directory = Files.createDirectories(findings.resolve("history-" + count));
      for (long i = Math.max(0, count - REMEMBERED); i < count; i++) {
        Files.write(directory.resolve(String.format("%012d", i)), LATEST[(int) (i % REMEMBERED)]);
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
