// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The vireo command as a user starts it, in the network of the calling thread. */
final class VireoProcess implements AutoCloseable {
  private static final String JAR = "target/vireo.jar";
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin/java").toString();
  private static final int LONGEST_RUN_SECONDS = 60;

  final Process process;

  private VireoProcess(ProcessBuilder builder) throws IOException {
    process = builder.start();
  }

  /** Starts a command on the TAP vireo0 with the address 10.77.0.2; its further arguments separated by spaces. */
  static VireoProcess start(String command, String arguments) throws IOException {
    return new VireoProcess(builder(command, arguments));
  }

  /** The same with its input from a file and its output into one. */
  static VireoProcess start(String command, String arguments, Path input, Path output)
      throws IOException {
    return new VireoProcess(
        builder(command, arguments).redirectInput(input.toFile()).redirectOutput(output.toFile()));
  }

  private static ProcessBuilder builder(String command, String arguments) {
    List<String> line = new ArrayList<>(List.of(JAVA, "-XX:+UseSerialGC", "-jar", JAR, command));
    String network = "--nic tap:vireo0 --host 10.77.0.1/24 --address 10.77.0.2/24 " + arguments;
    line.addAll(Arrays.asList(network.split(" ")));
    return new ProcessBuilder(line);
  }

  OutputStream input() {
    return process.getOutputStream();
  }

  InputStream output() {
    return process.getInputStream();
  }

  /** The next line that it says to the user, or null at the end. */
  String says() throws IOException {
    StringBuilder line = new StringBuilder();
    InputStream in = process.getErrorStream();
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c == '\n') {
        return line.toString();
      }
      line.append((char) c);
    }
    return line.isEmpty() ? null : line.toString();
  }

  /** Waits for the end of a command, and for its exit status. */
  int status() throws InterruptedException {
    assertTrue(process.waitFor(LONGEST_RUN_SECONDS, TimeUnit.SECONDS), "it does not end");
    return process.exitValue();
  }

  /** All that it says to the user from here on. */
  String saysAll() {
    try (BufferedReader reader = process.errorReader(UTF_8)) {
      StringBuilder text = new StringBuilder();
      reader.lines().forEach(line -> text.append(line).append('\n'));
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As Ctrl-C, but never ignored: a shell's background jobs inherit SIGINT switched off. */
  void terminate() {
    process.toHandle().destroy(); // Process.destroy() would close our ends of its streams
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
