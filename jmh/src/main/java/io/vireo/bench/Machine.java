// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Where, when and by what command it was measured.
 *
 * @param commit of the working copy, with a plus sign if that was changed since; "unknown" without one
 */
record Machine(
    String cpu,
    int cores,
    long memoryMib,
    String kernel,
    String jdk,
    String date,
    String commit,
    String command) {

  static final String UNKNOWN = "unknown";
  private static final int PATIENCE_SECONDS = 10;

  /** This machine, now. */
  static Machine here(Path root, String command) {
    return new Machine(
        field(Path.of("/proc/cpuinfo"), "model name"),
        Runtime.getRuntime().availableProcessors(),
        memoryMib("MemTotal"),
        System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
            + System.getProperty("os.arch"),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
        ZonedDateTime.now(ZoneId.systemDefault())
            .truncatedTo(ChronoUnit.SECONDS)
            .toString(),
        commit(root),
        command);
  }

  /** A line of /proc/meminfo. 0: not known. */
  static long memoryMib(String name) {
    String value = field(Path.of("/proc/meminfo"), name);
    return value.endsWith(" kB") ? Long.parseLong(value.replace(" kB", "")) >> 10 : 0;
  }

  private static String field(Path file, String name) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(UNKNOWN);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  private static String commit(Path root) {
    String hash = git(root, "rev-parse", "--short", "HEAD");
    if (hash.isEmpty()) {
      return UNKNOWN;
    }
    return git(root, "status", "--porcelain", "--untracked-files=no").isEmpty() ? hash : hash + "+";
  }

  private static String git(Path root, String... arguments) {
    List<String> line = new ArrayList<>(List.of("git", "-C", root.toString()));
    line.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(line)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 ? output : "";
    } catch (IOException e) {
      return ""; // no git
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
