// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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

  @RegisterExtension
  final Recordings recordings = new Recordings();

  @TempDir
  private Path directory;

  // INT-12
  @Test
  void clientFinishesFirstAndGetsTheAnswer(PrivateNetwork network) throws Exception {
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT)) {
      overTap(network).clientFinishesFirst();
      relay.awaitEndOfConnections();
    }
  }

  // INT-12
  @Test
  void serverFinishesFirstAndGetsTheRest(PrivateNetwork network) throws Exception {
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT)) {
      overTap(network).serverFinishesFirst();
      relay.awaitEndOfConnections();
    }
  }

  // INT-12
  @Test
  void bothSendAndFinishAtOnce(PrivateNetwork network) throws Exception {
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT)) {
      overTap(network).bothFinishAtOnce();
      relay.awaitEndOfConnections();
    }
  }

  private SocatTalk overTap(PrivateNetwork network) throws Exception {
    return new SocatTalk(network, TapServer.KERNEL, TapServer.ADDRESS, PORT, directory, BYTES);
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
