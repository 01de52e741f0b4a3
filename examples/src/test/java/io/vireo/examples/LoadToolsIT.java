// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** ab and wrk with one request per connection and with many: no request fails. */
@InPrivateNetwork
@Timeout(120)
class LoadToolsIT {
  private static final String URL = "http://" + TapServer.ADDRESS + "/";
  private static final Path PORTS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  @RegisterExtension
  final Recordings recordings = new Recordings();

  /** A report of ab. */
  static void assertComplete(String report, int requests) {
    assertTrue(report.matches("(?s).*Complete requests: +" + requests + "\n.*"), report);
    assertTrue(report.matches("(?s).*Failed requests: +0\n.*"), report);
    assertFalse(report.contains("Non-2xx"), report);
    assertFalse(report.contains("Write errors"), report);
  }

  private static void assertNothingFailed(TapServer server) throws InterruptedException {
    server.awaitEndOfConnections();
    assertEquals(0, server.stack.counter(Counter.HANDLER_FAILURES));
    assertEquals(0, server.stack.counter(Counter.SYNS_DROPPED));
    assertEquals(0, server.stack.counter(Counter.TCP_BAD_CHECKSUM));
  }

  /** INT-07: each of a thousand ports is used ten times within a second or two, while our side holds it in TIME-WAIT. */
  @Test
  @NeedsProgram({"ab", "tshark"})
  void abWithAConnectionPerRequestFindsPortsFree(PrivateNetwork network) throws Exception {
    network.run(() -> Files.writeString(PORTS, "40000 40999"));
    try (TapServer server = new TapServer(new HttpServer(), recordings.impaired())) {
      assertComplete(network.execute("ab", "-q", "-n", "10000", "-c", "50", URL), 10_000);
      assertNothingFailed(server);
      assertTrue(server.stack.counter(Counter.CONNECTIONS_ACCEPTED) >= 10_000);
    }
  }

  @Test
  @NeedsProgram("ab")
  void abWithKeepAlive(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      String report = network.execute("ab", "-q", "-k", "-n", "100000", "-c", "100", URL);
      assertComplete(report, 100_000);
      assertTrue(report.matches("(?s).*Keep-Alive requests: +100000\n.*"), report);
      assertNothingFailed(server);
    }
  }

  // INT-07
  @Test
  @NeedsProgram("wrk")
  void wrkWithAConnectionPerRequest(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      String report = network.execute("wrk", "-t1", "-c50", "-d3s", "-H", "Connection: close", URL);
      assertRequests(report, 1_000);
      assertNothingFailed(server);
      assertTrue(server.stack.counter(Counter.CONNECTIONS_ACCEPTED) > 1_000);
    }
  }

  // INT-07
  @Test
  @NeedsProgram({"wrk", "ip"})
  void wrkWithKeepAliveAndAThousandConnections(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      // At its end wrk resets all at once. A reset that finds the device's queue full is lost for
      // good, and nobody tells a connection that waits for the next request.
      network.execute("ip", "link", "set", TapServer.TAP, "txqueuelen", "10000");
      String report = network.execute("wrk", "-t1", "-c1000", "-d3s", URL + "bytes/3000");
      assertRequests(report, 1_000);
      assertNothingFailed(server);
    }
  }

  /** Our side closes first, and so remembers the pair of ports in TIME-WAIT when it is used again at once. */
  @Test
  @NeedsProgram("tshark")
  void boundSourcePortIsUsedAgainAtOnce() throws Exception {
    byte[] request = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);
    try (TapServer server = new TapServer(new HttpServer(), recordings.clean())) {
      for (int i = 0; i < 20; i++) {
        try (Socket socket = connectFromBoundPort()) {
          socket.getOutputStream().write(request);
          String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
          assertTrue(answer.endsWith("\r\n\r\n" + HttpServer.BODY), answer);
        }
      }
      server.awaitEndOfConnections();
      assertEquals(20, server.stack.counter(Counter.CONNECTIONS_ACCEPTED));
    }
  }

  private static Socket connectFromBoundPort() throws IOException {
    while (true) {
      Socket socket = new Socket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(12_345));
      try {
        socket.connect(TapServer.REMOTE, 1_000);
        return socket;
      } catch (BindException e) {
        socket.close(); // the kernel has not seen the last ACK of the former one yet
        Thread.onSpinWait();
      }
    }
  }

  /** A report of wrk. */
  static void assertRequests(String report, int least) {
    assertFalse(report.contains("Socket errors"), report);
    assertFalse(report.contains("Non-2xx"), report);
    Matcher requests = Pattern.compile("(\\d+) requests in").matcher(report);
    assertTrue(requests.find() && Integer.parseInt(requests.group(1)) > least, report);
  }
}
