// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** iperf3 through Vireo, in every direction it knows: it ends without an error, and what was sent has been received. */
@InPrivateNetwork
@Tag("long")
@Timeout(60)
@NeedsProgram("iperf3")
class IperfIT {
  static final int PORT = 5201;
  private static final Pattern SENT =
      Pattern.compile("\"sum_sent(?:_bidir_reverse)?\":\\s*\\{[^}]*\"bytes\":\\s*(\\d+)");
  private static final Pattern RECEIVED =
      Pattern.compile("\"sum_received(?:_bidir_reverse)?\":\\s*\\{[^}]*\"bytes\":\\s*(\\d+)");

  @TempDir
  private Path directory;

  /** Runs a server at one address, and a client that reaches it by another. */
  static void measure(
      PrivateNetwork network, String server, String by, Path directory, String arguments)
      throws Exception {
    String serve = "iperf3 -s -1 -B " + server + " -p " + PORT;
    String ask = "iperf3 -J -c " + by + " -p " + PORT + " " + arguments;
    try (Daemon daemon = Daemon.start(network, directory.resolve("log"), PORT, serve.split(" "))) {
      String report = network.execute(ask.split(" "));
      assertFalse(report.contains("\"error\""), report);
      long received = bytes(RECEIVED, report);
      assertTrue(received > 1_000, report);
      assertTrue(received <= bytes(SENT, report), report);
      assertEquals(0, daemon.status());
    }
  }

  private static long bytes(Pattern sum, String report) {
    Matcher matcher = sum.matcher(report);
    long bytes = 0;
    while (matcher.find()) {
      bytes += Long.parseLong(matcher.group(1));
    }
    return bytes;
  }

  // INT-06
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-t 1",
        "-t 1 -R",
        "-t 1 --bidir",
        "-t 1 -P 32",
        "-t 1 -R -P 32",
        "-t 1 -w 4K",
        "-t 1 -R -l 1"
      })
  void endsWithoutError(String arguments, PrivateNetwork network) throws Exception {
    try (TapServer relay = TapServer.relay(nic -> nic, PORT)) {
      measure(network, TapServer.KERNEL, TapServer.ADDRESS, directory, arguments);
      relay.awaitEndOfConnections();
      assertEquals(0, relay.stack.counter(Counter.HANDLER_FAILURES));
    }
  }
}
