// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.nic.tap.TapHost;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Programs that everybody has, on the kernel's TCP, against the servers on Vireo. What passes is read by tshark (INT-21). */
@InPrivateNetwork
@Timeout(120)
@NeedsProgram("tshark")
class RealPeersIT {
  private static final int BYTES = 20_000_000;
  private static final String URL = "http://" + TapServer.ADDRESS;

  @RegisterExtension
  final Recordings recordings = new Recordings();

  @TempDir
  private Path directory;

  private Path sample;
  private Path output;

  @BeforeEach
  void writeSample() throws IOException {
    ByteBuffer pattern = ByteBuffer.allocate(BYTES);
    PatternBytes.fill(pattern, 0, BYTES, 0);
    sample = Files.write(directory.resolve("sample"), pattern.array());
    output = directory.resolve("output");
  }

  private static void assertAllEndedInOrder(TapServer server) throws InterruptedException {
    server.awaitEndOfConnections();
    assertEquals(0, server.stack.counter(Counter.HANDLER_FAILURES));
    assertEquals(0, server.stack.counter(Counter.TCP_BAD_CHECKSUM));
    assertEquals(0, server.stack.counter(Counter.TCP_MALFORMED));
  }

  // ---- curl

  @Test
  @NeedsProgram("curl")
  void curlDownloads(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      network.execute("curl", "-sSf", "-o", output.toString(), URL + "/bytes/" + BYTES);
      assertEquals(-1, Files.mismatch(sample, output));
      assertAllEndedInOrder(server);
    }
  }

  @Test
  @NeedsProgram("curl")
  void curlUploads(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      String expected =
          "Received 20000000 bytes, SHA-256 " + KernelTransfer.hashOfPattern(BYTES) + "\n";
      assertEquals(expected, network.execute("curl", "-sSf", "-T", sample.toString(), URL));
      // POST, and a body for which curl waits to be told to go on.
      assertEquals(
          expected,
          network.execute(
              "curl", "-sSf", "-H", "Expect: 100-continue", "--data-binary", "@" + sample, URL));
      assertAllEndedInOrder(server);
    }
  }

  @Test
  @NeedsProgram("curl")
  void curlKeepsTheConnection(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      String all = URL + "/[1-200]";
      assertEquals(HttpServer.BODY.repeat(200), network.execute("curl", "-sSf", all));
      String heads = network.execute("curl", "-sSfI", URL, URL + "/bytes/7");
      assertTrue(heads.contains("Content-Length: " + HttpServer.BODY.length() + "\r\n"), heads);
      assertTrue(heads.contains("Content-Length: 7\r\n"), heads);
      assertEquals(HttpServer.BODY, network.execute("curl", "-sSf", "-0", URL));
      assertAllEndedInOrder(server);
      assertEquals(3, server.stack.counter(Counter.CONNECTIONS_ACCEPTED));
    }
  }

  // ---- nc, the one from OpenBSD by the name that Debian gives it: others cannot half-close

  // INT-12
  @Test
  @NeedsProgram("nc.openbsd")
  void ncFinishesFirstAndGetsTheRestOfItsEcho(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new EchoServer(), recordings.clean())) {
      network.execute("sh", "-c", "nc.openbsd -N 10.77.0.2 80 < " + sample + " > " + output);
      assertEquals(-1, Files.mismatch(sample, output));
      assertAllEndedInOrder(server);
    }
  }

  @Test
  @NeedsProgram("nc.openbsd")
  void ncIsToldHowMuchItSent(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new CountServer(), recordings.clean())) {
      assertEquals(
          "Received 20000000 bytes\n",
          network.execute("sh", "-c", "nc.openbsd -N 10.77.0.2 80 < " + sample));
      assertAllEndedInOrder(server);
    }
  }

  @Test
  @NeedsProgram("nc.openbsd")
  void ncGoesOnSendingAfterTheServerFinished(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      Process nc = network.start("nc.openbsd", "-N", TapServer.ADDRESS, "80");
      try (OutputStream input = nc.getOutputStream()) {
        input.write("GET / HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
        input.flush();
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf(HttpServer.BODY) < 0) {
          answer.append((char) nc.getInputStream().read());
        }
        input.write("more that nobody wants\n".repeat(10_000).getBytes(US_ASCII));
        input.flush();
        assertEquals(0, server.stack.counter(Counter.CONNECTIONS_CLOSED));
      } finally {
        assertTrue(nc.waitFor(30, TimeUnit.SECONDS));
        nc.destroyForcibly();
      }
      assertEquals(0, nc.exitValue());
      assertAllEndedInOrder(server);
      assertEquals(0, server.stack.counter(Counter.TCP_DATA_AFTER_END));
    }
  }

  @Test
  @NeedsProgram("nc.openbsd")
  void ncListensForVireoNc(PrivateNetwork network) throws Exception {
    TapHost.address("lo", TapServer.KERNEL + "/32");
    Process nc =
        network.start("sh", "-c", "exec nc.openbsd -l " + TapServer.KERNEL + " 9000 > " + output);
    try {
      Daemon.awaitListener(9000, nc);
      try (VireoProcess vireo = VireoProcess.start(
          "nc", TapServer.KERNEL + " 9000", sample, directory.resolve("nothing"))) {
        assertEquals(0, vireo.status(), vireo::saysAll);
      }
      assertTrue(nc.waitFor(30, TimeUnit.SECONDS));
      assertEquals(-1, Files.mismatch(sample, output));
    } finally {
      nc.destroyForcibly();
    }
  }

  // ---- wrk

  @Test
  @NeedsProgram("wrk")
  void wrkFindsNoError(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), nic -> nic)) {
      String report = network.execute("wrk", "-t1", "-c100", "-d3s", URL);
      assertFalse(report.contains("Socket errors"), report);
      assertFalse(report.contains("Non-2xx"), report);
      Matcher requests = Pattern.compile("(\\d+) requests in").matcher(report);
      assertTrue(requests.find() && Integer.parseInt(requests.group(1)) > 1_000, report);
      assertAllEndedInOrder(server);
    }
  }

  // ---- socat

  @Test
  @NeedsProgram("socat")
  void socatEchoesForPingpong(PrivateNetwork network) throws Exception {
    TapHost.address("lo", TapServer.KERNEL + "/32");
    Process socat = network.start("socat", "TCP-LISTEN:9000,bind=" + TapServer.KERNEL, "EXEC:cat");
    try {
      Daemon.awaitListener(9000, socat);
      try (VireoProcess vireo = VireoProcess.start("pingpong", "--count 2000 10.77.0.1 9000")) {
        assertEquals(0, vireo.status(), vireo::saysAll);
        String report = new String(vireo.output().readAllBytes(), US_ASCII);
        assertTrue(report.startsWith("2,000 round trips of 64 bytes\n"), report);
      }
    } finally {
      socat.destroyForcibly();
    }
  }
}
