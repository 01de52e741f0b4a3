// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.BufferedReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that is killed by SIGKILL, and so cleans up nothing: what it had, the kernel takes back. */
@NeedsTap
@NeedsProgram({"ip", "ethtool"})
@Timeout(60)
class XdpKilledIT {
  private static final int KILLED = 128 + 9;
  private static final int PATIENCE_MS = 10_000;
  private static final byte[] HELLO = "hello".getBytes(UTF_8);

  private VethPair pair;
  private InetAddress address;

  @BeforeEach
  void connectNetworks() throws Exception {
    address = InetAddress.getByAddress(new byte[] {10, 9, 0, 1});
    pair = new VethPair();
    pair.sendLikeACard();
  }

  @AfterEach
  void disconnect() {
    pair.close();
  }

  /** Starts it and waits until it listens. */
  private Process startStack() throws Exception {
    Process stack = XdpRun.start(pair.nearNetwork);
    BufferedReader output = stack.inputReader(UTF_8);
    String line = output.readLine();
    if (!XdpRun.READY.equals(line)) {
      stack.destroyForcibly();
      assertEquals(XdpRun.READY, line + output.lines().toList());
    }
    return stack;
  }

  private static void kill(Process stack) throws Exception {
    assertTrue(stack.destroyForcibly().waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS));
    assertEquals(KILLED, stack.exitValue());
  }

  private Socket connect() throws Exception {
    return pair.farNetwork.call(() -> {
      Socket socket = new Socket();
      socket.connect(new InetSocketAddress(address, XdpRun.PORT), PATIENCE_MS);
      socket.setSoTimeout(PATIENCE_MS);
      return socket;
    });
  }

  private static void assertEchoes(Socket socket) throws Exception {
    socket.getOutputStream().write(HELLO);
    assertArrayEquals(HELLO, socket.getInputStream().readNBytes(HELLO.length));
  }

  private int xdp() throws Exception {
    return pair.near("link show " + NetworkPair.NEAR).indexOf("xdp");
  }

  private void awaitNoProgram() throws Exception {
    long end = System.nanoTime() + PATIENCE_MS * 1_000_000L;
    while (xdp() >= 0) {
      assertTrue(System.nanoTime() - end < 0, "the XDP program is still attached");
    }
  }

  @Test
  void theInterfaceIsTheKernelsAloneAgain() throws Exception {
    Process stack = startStack();
    try (Socket old = connect()) {
      assertNotEquals(-1, xdp());
      assertEchoes(old);
      kill(stack);
      awaitNoProgram();
      // A stranger's segment to the kernel, which resets it; and nobody listens.
      assertThrows(SocketException.class, () -> {
        old.getOutputStream().write(HELLO);
        old.getInputStream().read();
      });
      assertThrows(ConnectException.class, () -> connect().close());
    } finally {
      stack.destroyForcibly();
    }
  }

  @Test
  void thePortIsTheKernelsToGiveAgain() throws Exception {
    kill(startStack());
    try (ServerSocket server =
            pair.nearNetwork.call(() -> new ServerSocket(XdpRun.PORT, 1, address));
        Socket accepted = acceptAndEcho(server)) {
      assertEquals(-1, accepted.getInputStream().read()); // the client's end
    }
  }

  /** A client's five bytes there and back; it closes first. */
  private Socket acceptAndEcho(ServerSocket server) throws Exception {
    try (Socket client = connect()) {
      Socket accepted = server.accept();
      client.getOutputStream().write(HELLO);
      accepted.getOutputStream().write(accepted.getInputStream().readNBytes(HELLO.length));
      assertArrayEquals(HELLO, client.getInputStream().readNBytes(HELLO.length));
      return accepted;
    }
  }

  @Test
  void anotherProcessMayHaveTheQueueAndThePort() throws Exception {
    for (int i = 0; i < 3; i++) {
      Process stack = startStack();
      try (Socket client = connect()) {
        assertEchoes(client);
        kill(stack);
      } finally {
        stack.destroyForcibly();
      }
    }
    awaitNoProgram();
  }
}
