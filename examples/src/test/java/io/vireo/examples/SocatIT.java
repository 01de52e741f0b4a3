// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** socat on both sides of Vireo: each side finishes first, and goes on listening. */
@InPrivateNetwork
@Timeout(120)
@NeedsProgram({"socat", "tshark"})
class SocatIT {
  private static final int PORT = 9000;
  private static final int BYTES = 10_000_000;
  private static final String CLIENT = "socat -t 20 STDIO TCP:" + TapServer.ADDRESS + ":" + PORT;
  private static final String SERVER =
      "TCP-LISTEN:" + PORT + ",bind=" + TapServer.KERNEL + ",reuseaddr";

  @RegisterExtension
  final Recordings recordings = new Recordings();

  @TempDir
  private Path directory;

  private Path sample;

  @BeforeEach
  void writeSample() throws Exception {
    sample = KernelTransfer.writePattern(directory.resolve("sample"), BYTES);
  }

  private Daemon serve(PrivateNetwork network, String command) throws Exception {
    return Daemon.start(
        network,
        directory.resolve("server.log"),
        PORT,
        "socat",
        "-t",
        "20",
        SERVER,
        "SYSTEM:" + command);
  }

  // INT-12
  @Test
  void clientFinishesFirstAndGetsTheAnswer(PrivateNetwork network) throws Exception {
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT);
        Daemon server = serve(network, "sha256sum")) {
      assertEquals(
          KernelTransfer.hashOfPattern(BYTES) + "  -\n",
          network.execute("sh", "-c", CLIENT + " < " + sample));
      assertEquals(0, server.status());
      relay.awaitEndOfConnections();
    }
  }

  // INT-12
  @Test
  void serverFinishesFirstAndGetsTheRest(PrivateNetwork network) throws Exception {
    Path received = directory.resolve("received");
    String command = "exec socat -t 20 " + SERVER + " STDIO < " + sample + " > " + received;
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT);
        Daemon server =
            Daemon.start(network, directory.resolve("log"), PORT, "sh", "-c", command)) {
      try (Socket socket = new Socket(TapServer.ADDRESS, PORT)) {
        byte[] bytes = socket.getInputStream().readAllBytes();
        assertArrayEquals(Files.readAllBytes(sample), bytes);
        socket.getOutputStream().write(bytes); // after the server's end
      }
      assertEquals(0, server.status());
      assertEquals(-1, Files.mismatch(sample, received));
      relay.awaitEndOfConnections();
    }
  }

  // INT-12
  @Test
  void bothSendAndFinishAtOnce(PrivateNetwork network) throws Exception {
    Path received = directory.resolve("received");
    Path output = directory.resolve("output");
    String command = "'cat " + sample + " & cat > " + received + "; wait'";
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT);
        Daemon server = serve(network, command)) {
      network.execute("sh", "-c", CLIENT + " < " + sample + " > " + output);
      assertEquals(0, server.status());
      assertEquals(-1, Files.mismatch(sample, received));
      assertEquals(-1, Files.mismatch(sample, output));
      relay.awaitEndOfConnections();
    }
  }

  /** INT-12: urgent data is data (RFC 9293 §3.8.5), wherever the pointer points. */
  @Test
  void urgentBytesStayInTheirPlace() throws Exception {
    try (TapServer server = new TapServer(new EchoServer(), recordings.clean());
        Socket socket = new Socket(TapServer.ADDRESS, TapServer.PORT)) {
      ByteBuffer bytes = ByteBuffer.allocate(100_000);
      PatternBytes.fill(bytes, 0, bytes.capacity(), 0);
      for (int at = 0; at < bytes.capacity(); at += 1_000) {
        socket.getOutputStream().write(bytes.array(), at, 999);
        socket.sendUrgentData(bytes.get(at + 999));
      }
      socket.shutdownOutput();
      assertArrayEquals(bytes.array(), socket.getInputStream().readAllBytes());
      server.awaitEndOfConnections();
    }
  }
}
