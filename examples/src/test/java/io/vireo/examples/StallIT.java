// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole process stands still for ten seconds under load: no byte is lost, and no connection. */
@InPrivateNetwork
@Tag("long")
@NeedsProgram({"curl", "redis-server", "redis-cli", "redis-benchmark", "kill"})
@Timeout(180)
class StallIT {
  private static final int STALL_SECONDS = 10;
  private static final int BYTES = 100_000_000;

  @TempDir
  private Path directory;

  // APP-09
  @Test
  void tenSecondsOfStandstillLoseNothing(PrivateNetwork network) throws Exception {
    Process relay = RelayProgram.start(RedisIT.PORT);
    try (BufferedReader says = relay.inputReader(US_ASCII)) {
      assertEquals("ready", says.readLine());
      try (Daemon server = RedisIT.serve(network, directory)) {
        Process redis = network.start(
            ("redis-benchmark -h " + TapServer.ADDRESS + " -q -c 50 -n 1000000 -P 4 -t set")
                .split(" "));
        String url = "http://" + TapServer.ADDRESS;
        Process download = network.start(
            "sh", "-c", "curl -sSf --limit-rate 30M " + url + "/bytes/" + BYTES + " | sha256sum");
        Path sample = KernelTransfer.writePattern(directory.resolve("sample"), BYTES);
        Process upload =
            network.start("curl", "-sSf", "--limit-rate", "30M", "-T", sample.toString(), url);
        Thread.sleep(1_000); // in the middle of it
        network.execute("kill", "-STOP", Long.toString(relay.pid()));
        Thread.sleep(STALL_SECONDS * 1_000);
        network.execute("kill", "-CONT", Long.toString(relay.pid()));
        assertEquals(KernelTransfer.hashOfPattern(BYTES) + "  -\n", outputOf(download));
        assertEquals(
            "Received " + BYTES + " bytes, SHA-256 " + KernelTransfer.hashOfPattern(BYTES) + "\n",
            outputOf(upload));
        String report = outputOf(redis);
        assertTrue(report.contains("requests per second"), report);
        assertFalse(report.matches("(?s).*([Ee]rror|closed).*"), report);
        assertTrue(server.process.isAlive());
      }
      relay.toHandle().destroy(); // Process.destroy() would close our end of its output
      assertEquals("0 0", says.readLine(), "resets sent, resets received");
    } finally {
      relay.destroyForcibly();
    }
  }

  private static String outputOf(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), US_ASCII);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
