// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** curl with every size, with few bytes a second, and curl that loses interest. */
@InPrivateNetwork
@Timeout(120)
@NeedsProgram({"curl", "tshark"})
class CurlIT {
  private static final int LARGEST = 16 << 20;
  private static final String URL = "http://" + TapServer.ADDRESS;

  @RegisterExtension
  final Recordings recordings = new Recordings();

  @TempDir
  private Path directory;

  // INT-01
  @Test
  void everySizeComesOverOneConnection(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      new CurlTalk(network, URL, directory, LARGEST).everySizeComes();
      server.awaitEndOfConnections();
      assertEquals(1, server.stack.counter(Counter.CONNECTIONS_ACCEPTED));
    }
  }

  // INT-01
  @Test
  void everySizeGoesUp(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      new CurlTalk(network, URL, directory, LARGEST).everySizeGoesUp();
      server.awaitEndOfConnections();
    }
  }

  @Test
  void largeFileIsEqual(PrivateNetwork network) throws Exception {
    long bytes = 256L << 20;
    try (TapServer server = new TapServer(new HttpServer())) {
      String hash =
          network.execute("sh", "-c", "curl -sSf " + URL + "/bytes/" + bytes + " | sha256sum");
      assertEquals(KernelTransfer.hashOfPattern(bytes) + "  -\n", hash);
      server.awaitEndOfConnections();
    }
  }

  // INT-01
  @Test
  void slowReaderGetsAllOfIt(PrivateNetwork network) throws Exception {
    int bytes = 12_000_000;
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      String curl = "curl -sSf --limit-rate 4M " + URL + "/bytes/" + bytes + " | sha256sum";
      assertEquals(
          KernelTransfer.hashOfPattern(bytes) + "  -\n", network.execute("sh", "-c", curl));
      server.awaitEndOfConnections();
    }
  }

  // INT-01
  @Test
  void curlThatLosesInterestTakesNothingWithIt(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.impaired())) {
      String much = URL + "/bytes/4000000000";
      for (int i = 0; i < 5; i++) {
        Process download =
            network.start("sh", "-c", "curl -sS " + much + " | head -c 100000 >/dev/null");
        Process late = network.start("curl", "-sS", "-m", "0.2", "-o", "/dev/null", much);
        assertTrue(download.waitFor(20, TimeUnit.SECONDS));
        assertTrue(late.waitFor(20, TimeUnit.SECONDS));
        assertEquals(28, late.exitValue()); // curl's "operation timeout"
      }
      server.awaitEndOfConnections();
      assertTrue(server.stack.counter(Counter.RESETS_RECEIVED) >= 5);
      assertEquals(HttpServer.BODY, network.execute("curl", "-sSf", URL));
    }
  }
}
