// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.PrivateNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A server program on the kernel's TCP, from when it listens until the test is over. */
final class Daemon implements AutoCloseable {
  private static final Path SOCKETS = Path.of("/proc/thread-self/net/tcp");
  private static final long PATIENCE_NS = 20_000_000_000L;

  final Process process;

  private Daemon(Process process) {
    this.process = process;
  }

  /** Starts a program and waits until somebody listens on the port. Its output goes to a file. */
  static Daemon start(PrivateNetwork network, Path output, int port, String... command)
      throws Exception {
    return network.call(() -> {
      Process process = new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start();
      Daemon daemon = new Daemon(process);
      try {
        awaitListener(port, process);
      } catch (IOException | RuntimeException | Error e) {
        daemon.close();
        throw new AssertionError(String.join(" ", command) + ": " + Files.readString(output), e);
      }
      return daemon;
    });
  }

  /** Waits until somebody on the kernel's side of this thread's network listens on the port. */
  static void awaitListener(int port, Process process) throws IOException {
    String listening = String.format(Locale.ROOT, ":%04X 00000000:0000 0A", port);
    long start = System.nanoTime();
    while (Files.readAllLines(SOCKETS).stream().noneMatch(line -> line.contains(listening))) {
      assertTrue(process.isAlive(), "it has ended");
      assertTrue(System.nanoTime() - start < PATIENCE_NS, "it does not listen on port " + port);
      Thread.onSpinWait();
    }
  }

  /** Waits for a program that ends by itself. */
  int status() throws InterruptedException {
    assertTrue(process.waitFor(PATIENCE_NS, TimeUnit.NANOSECONDS), "it does not end");
    return process.exitValue();
  }

  /** As kill -9. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
