// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A program that is read line by line. */
final class Lines {
  private final Process process;
  private final BufferedReader reader;
  private final String name;
  private final Path errors;

  /** {@code name}: what the user knows it as. */
  Lines(Process process, String name, Path errors) {
    this.process = process;
    reader = process.inputReader();
    this.name = name;
    this.errors = errors;
  }

  /** The next line. IOException: it has ended, and why. */
  String next() throws IOException {
    String line = reader.readLine();
    if (line == null) {
      throw ended();
    }
    return line;
  }

  private IOException ended() throws IOException {
    List<String> complaints = Files.readAllLines(errors);
    String last =
        complaints.isEmpty() ? "" : ": " + complaints.get(complaints.size() - 1).strip();
    return new IOException(name + " has ended" + last);
  }

  /** IOException: it has ended, and why. */
  void checkRunning() throws IOException {
    if (!process.isAlive()) {
      throw ended();
    }
  }

  /** What is left, up to its end. */
  List<String> rest() {
    return reader.lines().toList();
  }

  /** Ends its standard input, and so the program, if it is one of ours. */
  void end() throws IOException {
    process.getOutputStream().close();
  }
}
