// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.nic.tap.PersistentTap;
import io.vireo.nic.tap.TapHost;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Peers that are killed in the middle of it all, and come back. */
@InPrivateNetwork
@NeedsProgram("tshark")
@Timeout(120)
class RestartIT {
  private static final int PORT = 9000;
  private static final byte[] ENDLESS =
      "GET /bytes/100000000000 HTTP/1.1\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] GET =
      "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);

  @RegisterExtension
  final Recordings recordings = new Recordings();

  @TempDir
  private Path directory;

  private static void awaitConnections(TapServer server, Counter counter, long count) {
    while (server.stack.counter(counter) < count) {
      Thread.onSpinWait();
    }
  }

  private static void assertAnswers(Socket socket) throws IOException {
    try (socket) {
      socket.getOutputStream().write(GET);
      String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
      assertTrue(answer.endsWith(HttpServer.BODY), answer);
    }
  }

  // APP-11
  @Test
  @NeedsProgram("curl")
  void clientsKilledWhileTheyReceiveAndSend(PrivateNetwork network) throws Exception {
    String url = "http://" + TapServer.ADDRESS;
    try (TapServer server = new TapServer(new HttpServer(), recordings.impaired())) {
      for (int i = 1; i <= 5; i++) {
        Process[] curls = {
          network.start("curl", "-s", "-o", "/dev/null", url + "/bytes/100000000000"),
          network.start(
              "curl",
              "-s",
              "-X",
              "PUT",
              "-T",
              "/dev/zero",
              "-H",
              "Content-Length: 99999999999",
              "-H",
              "Transfer-Encoding:",
              url),
        };
        awaitConnections(server, Counter.CONNECTIONS_ACCEPTED, 2L * i);
        Thread.sleep(100); // in the middle of it
        for (Process curl : curls) {
          assertTrue(curl.destroyForcibly().waitFor(10, TimeUnit.SECONDS));
        }
        awaitConnections(server, Counter.CONNECTIONS_CLOSED, 2L * i);
      }
      assertAnswers(new Socket(TapServer.ADDRESS, TapServer.PORT));
      server.awaitEndOfConnections();
    }
  }

  /** APP-11: the kernel's server is killed: our client is reset, and a new one finds the new server at once. */
  @Test
  @NeedsProgram("socat")
  void serverKilledAndRestarted(PrivateNetwork network) throws Exception {
    String[] serve = {
      "socat", "TCP-LISTEN:" + PORT + ",bind=" + TapServer.KERNEL + ",reuseaddr", "EXEC:cat"
    };
    TapHost.address("lo", TapServer.KERNEL + "/32");
    for (int i = 0; i < 2; i++) {
      try (Daemon server = Daemon.start(network, directory.resolve("log"), PORT, serve);
          VireoProcess vireo = VireoProcess.start("nc", TapServer.KERNEL + " " + PORT)) {
        vireo.input().write("hello".getBytes(US_ASCII));
        vireo.input().flush();
        assertEquals("hello", new String(vireo.output().readNBytes(5), US_ASCII));
        if (i == 1) {
          vireo.input().close();
          assertEquals(0, vireo.status(), vireo::saysAll);
          return;
        }
        server.process.descendants().forEach(ProcessHandle::destroyForcibly);
        server.kill();
        vireo
            .input()
            .write(
                "are you there?".getBytes(US_ASCII)); // answered by a reset, or by an end before it
        vireo.input().close();
        vireo.status();
      }
    }
  }

  /** APP-11, CLS-14: ours is killed and started again: the kernel's old connection is reset, a new one works at once. */
  @Test
  void vireoKilledAndRestarted() throws Exception {
    PersistentTap.make(TapServer.TAP);
    VireoProcess first = VireoProcess.start("http", "--port 80");
    first.says();
    Socket old = new Socket(TapServer.ADDRESS, TapServer.PORT);
    try (old) {
      old.setSoTimeout(30_000);
      old.getOutputStream().write(ENDLESS);
      InputStream in = old.getInputStream();
      assertEquals(1_000_000, in.readNBytes(1_000_000).length);
      first.process.destroyForcibly().waitFor();
      try (VireoProcess second = VireoProcess.start("http", "--port 80")) {
        second.says();
        assertAnswers(new Socket(TapServer.ADDRESS, TapServer.PORT));
        assertThrows(SocketException.class, () -> {
          while (in.read(new byte[1 << 16]) >= 0) {
            old.getOutputStream().write(ENDLESS); // which a stranger gets, and resets
          }
        });
      }
    }
  }

  /** CLS-13: the peer has forgotten its connection and opens it again from the same port (RFC 9293 §3.5.1, RFC 5961 §4). */
  @Test
  void peerThatForgotItsConnectionGetsANewOne() throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), recordings.impaired())) {
      Socket old = new Socket();
      old.setReuseAddress(true);
      old.bind(new InetSocketAddress(12_345));
      old.connect(TapServer.REMOTE, 1_000);
      awaitConnections(server, Counter.CONNECTIONS_ACCEPTED, 1);
      old.setSoLinger(true, 0);
      TapHost.down(TapServer.TAP);
      old.close(); // its reset is lost
      TapHost.up(TapServer.TAP);
      Socket again = new Socket();
      again.setReuseAddress(true);
      again.bind(new InetSocketAddress(12_345));
      again.connect(TapServer.REMOTE, 20_000);
      assertAnswers(again);
      server.awaitEndOfConnections();
      assertEquals(2, server.stack.counter(Counter.CONNECTIONS_ACCEPTED));
      assertTrue(server.stack.counter(Counter.CHALLENGE_ACKS_SENT) > 0);
      assertTrue(server.stack.counter(Counter.RESETS_RECEIVED) > 0);
    }
  }
}
