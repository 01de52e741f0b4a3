// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs that a benchmark starts. None outlives it: neither close, nor Ctrl-C, nor, for those in Java, its being killed, for they end with their standard input. */
final class Programs implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 5;

  private final Path directory;
  private final List<Process> started = new ArrayList<>();
  private final Thread hook = new Thread(this::endAll, "end-programs");

  /** {@code directory}: for what they complain of. */
  Programs(Path directory) {
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** A JVM like this one, with its class path, that runs another main class. */
  static List<String> java(Class<?> main, Object... arguments) {
    List<String> line = new ArrayList<>(List.of(
        jvm(), "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
    line.add(main.getName());
    for (Object argument : arguments) {
      line.add(String.valueOf(argument));
    }
    return line;
  }

  static String jvm() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Whether there is a program of this name to be started. */
  static boolean isInstalled(String name) {
    try (Stream<Path> directories =
        Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1)).map(Path::of)) {
      return directories.anyMatch(directory -> Files.isExecutable(directory.resolve(name)));
    }
  }

  /** Starts it in the network of the calling thread; what it complains of goes to a file of its name. */
  Lines start(String name, List<String> line) throws IOException {
    Path errors = directory.resolve(name.replaceAll("[^A-Za-z0-9]+", "-") + ".log");
    Process process = new ProcessBuilder(line)
        .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
        .start();
    synchronized (started) {
      started.add(process);
    }
    return new Lines(process, name, errors);
  }

  private void endAll() {
    synchronized (started) {
      for (Process process : started) {
        process.destroy();
      }
      for (Process process : started) {
        try {
          if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
          }
        } catch (InterruptedException e) {
          process.destroyForcibly();
          Thread.currentThread().interrupt();
        }
      }
      started.clear();
    }
  }

  @Override
  public void close() {
    endAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is about to end already.
    }
  }
}
