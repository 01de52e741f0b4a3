// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The vireo command, started as a user starts it, with the JDK's sockets as peers. */
@InPrivateNetwork
class VireoIT {
  private static final int PATIENCE_MS = 30_000;

  @TempDir
  private Path directory;

  private static byte[] pattern(int bytes) {
    ByteBuffer pattern = ByteBuffer.allocate(bytes);
    PatternBytes.fill(pattern, 0, bytes, 0);
    return pattern.array();
  }

  private Path file(byte... bytes) throws IOException {
    return Files.write(directory.resolve("input"), bytes);
  }

  /** A TAP that is there before the command is, so that its peers can be. */
  private static ServerSocket listen() throws IOException {
    // The TAP comes and goes with the command; the address stays.
    TapHost.address("lo", TapServer.KERNEL + "/32");
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName(TapServer.KERNEL));
    server.setSoTimeout(PATIENCE_MS);
    return server;
  }

  private static Socket accept(ServerSocket server) throws IOException {
    Socket socket = server.accept();
    socket.setSoTimeout(PATIENCE_MS);
    return socket;
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.connect(TapServer.REMOTE, PATIENCE_MS);
    socket.setSoTimeout(PATIENCE_MS);
    return socket;
  }

  // ---- Servers

  @Test
  void ctrlCClosesConnectionsAndPrintsASummary() throws Exception {
    Path capture = directory.resolve("frames.pcapng");
    try (VireoProcess vireo = VireoProcess.start("http", "--port 80 --pcap " + capture)) {
      assertEquals("vireo http: listening on port 80 of 10.77.0.2 on tap:vireo0", vireo.says());
      try (Socket socket = connect()) {
        socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
        byte[] begin = "HTTP/1.1 200 OK\r\n".getBytes(US_ASCII);
        assertArrayEquals(begin, socket.getInputStream().readNBytes(begin.length));
        vireo.terminate();
        String rest = new String(socket.getInputStream().readAllBytes(), US_ASCII); // and no reset
        assertTrue(rest.endsWith(HttpServer.BODY), rest);
      }
      assertEquals(143, vireo.status());
      String summary = vireo.saysAll();
      assertTrue(summary.startsWith("vireo http: ended\n"), summary);
      assertTrue(summary.matches("(?s).*\n  connections accepted +1\n.*"), summary);
      assertTrue(summary.matches("(?s).*\n  connections closed +1\n.*"), summary);
      assertTrue(summary.matches("(?s).*\n  \\d+ frames recorded\n"), summary);
      assertEquals(0x0A0D_0D0A, ByteBuffer.wrap(Files.readAllBytes(capture)).getInt());
    }
  }

  @Test
  void warmedUpServerListensAfterItsRehearsal() throws Exception {
    try (VireoProcess vireo = VireoProcess.start("http", "--port 80 --warm-up")) {
      String rehearsed = vireo.says();
      assertTrue(
          rehearsed.matches("vireo http: warmed up by [\\d,]+ messages in [\\d.]+ s"), rehearsed);
      assertEquals("vireo http: listening on port 80 of 10.77.0.2 on tap:vireo0", vireo.says());
      try (Socket socket = connect()) {
        socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
        String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
        assertTrue(answer.endsWith(HttpServer.BODY), answer);
      }
    }
  }

  @Test
  void parkedServerUsesNoProcessorAndIsThereAtOnce() throws Exception {
    try (VireoProcess vireo = VireoProcess.start("echo", "--port 80 --idle park")) {
      vireo.says();
      Duration before = vireo.process.info().totalCpuDuration().orElseThrow();
      vireo.process.waitFor(2, TimeUnit.SECONDS);
      Duration used = vireo.process.info().totalCpuDuration().orElseThrow().minus(before);
      assertTrue(used.toMillis() < 500, () -> used + " in 2 s");
      try (Socket socket = connect()) {
        socket.getOutputStream().write(42);
        assertEquals(42, socket.getInputStream().read());
      }
    }
  }

  @Test
  void countRepliesToAHalfClose() throws Exception {
    try (VireoProcess vireo = VireoProcess.start("count", "--port 80 --idle spin")) {
      vireo.says();
      try (Socket socket = connect()) {
        socket.getOutputStream().write(pattern(1_000_000));
        socket.shutdownOutput();
        assertEquals(
            "Received 1000000 bytes\n",
            new String(socket.getInputStream().readAllBytes(), US_ASCII));
      }
    }
  }

  @Test
  void deviceInUseIsRefusedInOneLine() throws Exception {
    try (Nic nic = TapNic.open("vireo0");
        VireoProcess vireo = VireoProcess.start("discard", "--port 80")) {
      assertEquals(1, vireo.status());
      assertEquals(1_500, nic.mtu());
      assertEquals(
          "vireo discard: cannot attach to TAP device vireo0 (EBUSY): another process or stack uses"
              + " it; end that one, or choose another name\n",
          vireo.saysAll());
    }
  }

  @Test
  @NeedsProgram("ip")
  void deviceThatIsDeletedEndsTheServerWithOneLine(PrivateNetwork network) throws Exception {
    try (VireoProcess vireo = VireoProcess.start("discard", "--port 80")) {
      vireo.says();
      network.execute("ip", "link", "delete", "vireo0");
      assertEquals(1, vireo.status());
      String says = vireo.saysAll();
      assertTrue(says.startsWith("vireo discard: TAP device vireo0 failed ("), says);
      assertEquals(1, says.lines().count(), says);
    }
  }

  @Test
  void settingsThatTheStackRefusesAreWrongArguments() throws Exception {
    for (String wrong : new String[] {"--address 10.77.0.2", "--gateway 300.0.0.1", "--port 0"}) {
      try (VireoProcess vireo =
          VireoProcess.start("echo", wrong + (wrong.startsWith("--port") ? "" : " --port 80"))) {
        assertEquals(2, vireo.status(), wrong);
        String says = vireo.saysAll();
        assertEquals(1, says.lines().count(), says);
        assertTrue(says.endsWith(" (see vireo echo --help)\n"), says);
      }
    }
  }

  // ---- Clients

  @Test
  void ncSendsItsInputHalfClosesAndGoesOnReceiving() throws Exception {
    byte[] bytes = pattern(5_000_000);
    Path output = directory.resolve("output");
    try (ServerSocket server = listen();
        VireoProcess vireo = VireoProcess.start(
            "nc", TapServer.KERNEL + " " + server.getLocalPort(), file(bytes), output)) {
      try (Socket socket = accept(server)) {
        assertArrayEquals(bytes, socket.getInputStream().readAllBytes()); // up to its half-close
        socket.getOutputStream().write(bytes);
      }
      assertEquals(0, vireo.status());
      assertEquals("", vireo.saysAll());
      assertArrayEquals(bytes, Files.readAllBytes(output));
    }
  }

  @Test
  void ncGoesOnSendingAfterThePeerFinished() throws Exception {
    try (ServerSocket server = listen();
        VireoProcess vireo =
            VireoProcess.start("nc", TapServer.KERNEL + " " + server.getLocalPort())) {
      try (Socket socket = accept(server)) {
        socket.getOutputStream().write("first".getBytes(US_ASCII));
        socket.shutdownOutput();
        assertEquals("first", new String(vireo.output().readNBytes(5), US_ASCII));
        vireo.input().write("second".getBytes(US_ASCII));
        vireo.input().flush();
        assertEquals("second", new String(socket.getInputStream().readNBytes(6), US_ASCII));
        vireo.input().close();
        assertEquals(-1, socket.getInputStream().read());
      }
      assertEquals(0, vireo.status());
    }
  }

  @Test
  void ncHoldsThePeerBackWhileItsOutputIsNotRead() throws Exception {
    byte[] bytes = pattern(8_000_000);
    try (ServerSocket server = listen();
        VireoProcess vireo =
            VireoProcess.start("nc", TapServer.KERNEL + " " + server.getLocalPort())) {
      vireo.input().close();
      try (Socket socket = accept(server)) {
        socket.setSendBufferSize(10_000);
        Thread sender = new Thread(() -> {
          try {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
        sender.start();
        sender.join(1_000);
        assertTrue(sender.isAlive(), "8 MB are somewhere between here and the output");
        assertArrayEquals(bytes, vireo.output().readAllBytes());
        sender.join(PATIENCE_MS);
      }
      assertEquals(0, vireo.status());
    }
  }

  @Test
  void ncSaysWhyItFailed() throws Exception {
    int port;
    try (ServerSocket server = listen()) {
      port = server.getLocalPort();
      try (VireoProcess vireo = VireoProcess.start("nc", TapServer.KERNEL + " " + port)) {
        accept(server).setOption(StandardSocketOptions.SO_LINGER, 0).close();
        assertEquals(1, vireo.status());
        assertEquals(
            "vireo nc: 10.77.0.1 port " + port + ": the peer reset the connection\n",
            vireo.saysAll());
      }
    }
    try (VireoProcess vireo = VireoProcess.start("nc", TapServer.KERNEL + " " + port)) {
      assertEquals(1, vireo.status());
      assertEquals("vireo nc: 10.77.0.1 port " + port + ": connection refused\n", vireo.saysAll());
    }
  }

  @Test
  void ncRefusesToSpeakToItself() throws Exception {
    try (VireoProcess vireo = VireoProcess.start("nc", TapServer.ADDRESS + " 80")) {
      assertEquals(2, vireo.status());
      assertEquals(
          "vireo nc: HOST: the remote address 10.77.0.2:80 is our own (see vireo nc --help)\n",
          vireo.saysAll());
    }
  }

  @Test
  void ncEndsCleanlyOnCtrlC() throws Exception {
    try (ServerSocket server = listen();
        VireoProcess vireo =
            VireoProcess.start("nc", TapServer.KERNEL + " " + server.getLocalPort())) {
      try (Socket socket = accept(server)) {
        vireo.input().write("all of this".getBytes(US_ASCII));
        vireo.input().flush();
        assertEquals("all of this", new String(socket.getInputStream().readNBytes(11), US_ASCII));
        vireo.terminate();
        assertEquals(-1, socket.getInputStream().read()); // a FIN, no reset
      }
      assertEquals(143, vireo.status());
      assertTrue(vireo.saysAll().contains("  connections opened "), "a summary");
    }
  }

  @Test
  void pingpongMeasuresRoundTrips() throws Exception {
    try (ServerSocket server = listen();
        VireoProcess vireo = VireoProcess.start(
            "pingpong",
            "--count 2000 --size 100 " + TapServer.KERNEL + " " + server.getLocalPort())) {
      try (Socket socket = accept(server)) {
        socket.setTcpNoDelay(true);
        InputStream in = socket.getInputStream();
        assertEquals(400_000, in.transferTo(socket.getOutputStream())); // 2,000 for the warm-up
      }
      assertEquals(0, vireo.status());
      String[] lines = new String(vireo.output().readAllBytes(), UTF_8).split("\n", -1);
      assertEquals("2,000 round trips of 100 bytes", lines[0]);
      String[] names = {"min", "p50", "p90", "p99", "p99.9", "max"};
      double former = 0;
      for (int i = 0; i < names.length; i++) {
        String[] words = lines[i + 1].split(" +", -1);
        assertEquals(names[i] + "µs", words[0] + words[2]);
        double value = Double.parseDouble(words[1].replace(",", ""));
        assertFalse(value < former, lines[i + 1]);
        former = value;
      }
    }
  }

  // ---- Bulk transfers

  private static String lastLine(String text) {
    List<String> lines = text.lines().toList();
    return lines.get(lines.size() - 1);
  }

  @Test
  void sendSendsSoManyBytesAndWaitsForThePeersEnd() throws Exception {
    try (ServerSocket server = listen();
        VireoProcess vireo = VireoProcess.start(
            "send", "--bytes 5000000 --live " + TapServer.KERNEL + " " + server.getLocalPort())) {
      try (Socket socket = accept(server)) {
        assertEquals(5_000_000, socket.getInputStream().readAllBytes().length);
        assertTrue(vireo.process.isAlive());
      }
      assertEquals(0, vireo.status());
      String result = lastLine(new String(vireo.output().readAllBytes(), UTF_8));
      assertTrue(result.startsWith("command=send end=closed bytes=5000000 seconds="), result);
      assertEquals("", vireo.saysAll());
    }
  }

  @Test
  void sendEndsAfterItsTime() throws Exception {
    try (ServerSocket server = listen();
        VireoProcess vireo = VireoProcess.start(
            "send", "--seconds 1 --cc newreno " + TapServer.KERNEL + " " + server.getLocalPort())) {
      long bytes;
      try (Socket socket = accept(server)) {
        bytes = socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
      assertEquals(0, vireo.status());
      String result = lastLine(new String(vireo.output().readAllBytes(), UTF_8));
      assertTrue(result.startsWith("command=send end=closed bytes=" + bytes + " "), result);
    }
  }

  @Test
  void sendEndsCleanlyOnCtrlC() throws Exception {
    try (ServerSocket server = listen();
        VireoProcess vireo =
            VireoProcess.start("send", TapServer.KERNEL + " " + server.getLocalPort())) {
      try (Socket socket = accept(server)) {
        assertEquals(1_000_000, socket.getInputStream().readNBytes(1_000_000).length);
        vireo.terminate();
        assertTrue(socket.getInputStream().readAllBytes().length > 0); // a FIN, no reset
      }
      assertEquals(143, vireo.status());
      String result = lastLine(new String(vireo.output().readAllBytes(), UTF_8));
      assertTrue(result.startsWith("command=send end=interrupted bytes="), result);
      assertTrue(vireo.saysAll().startsWith("vireo send: ended\n"), "a summary");
    }
  }

  @Test
  void sinkCountsUpToTheEndOfInputThenCloses() throws Exception {
    try (VireoProcess vireo = VireoProcess.start("sink", "--port 80")) {
      vireo.says();
      try (Socket socket = connect()) {
        socket.getOutputStream().write(pattern(5_000_000));
        socket.shutdownOutput();
        assertEquals(-1, socket.getInputStream().read());
      }
      try (Socket socket = connect()) {
        socket.getOutputStream().write(42);
        vireo.terminate();
        assertEquals(-1, socket.getInputStream().read());
      }
      assertEquals(143, vireo.status());
      String[] lines = new String(vireo.output().readAllBytes(), UTF_8).split("\n", -1);
      assertTrue(lines[2].startsWith("command=sink end=closed bytes=5000000 "), lines[2]);
      assertTrue(lines[5].startsWith("command=sink end=interrupted bytes="), lines[5]);
      assertTrue(vireo.saysAll().startsWith("vireo sink: ended\n"), "a summary");
    }
  }
}
