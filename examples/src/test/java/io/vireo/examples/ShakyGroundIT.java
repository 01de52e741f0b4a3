// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.NicStatus;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.nic.linux.RouteNetlink;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import io.vireo.testing.NeedsProgram;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The interface goes down, loses its carrier, changes its size and its address, or goes away in the middle of a transfer. */
@InPrivateNetwork
@Tag("long")
@NeedsProgram("curl")
@Timeout(120)
class ShakyGroundIT {
  private static final int BYTES = 60_000_000;
  private static final int LARGEST_FRAME_OF_576 = 576 + 14;

  /** What happens to the interface while bytes flow. */
  @FunctionalInterface
  private interface Accident {
    void happen() throws Exception;
  }

  private static void transferDuring(PrivateNetwork network, TapServer server, Accident accident)
      throws Exception {
    String url = "http://" + TapServer.ADDRESS;
    String expected = KernelTransfer.hashOfPattern(BYTES);
    Process download = network.start(
        "sh", "-c", "curl -sSf --limit-rate 20M " + url + "/bytes/" + BYTES + " | sha256sum");
    Process upload = network.start(
        "sh",
        "-c",
        "head -c " + BYTES + " /dev/zero | curl -sSf --limit-rate 20M -T - -H 'Content-Length: "
            + BYTES + "' -H 'Transfer-Encoding:' " + url);
    Thread.sleep(500); // in the middle of it
    accident.happen();
    for (Process process : List.of(download, upload)) {
      String output = new String(process.getInputStream().readAllBytes(), US_ASCII);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue(), output);
      String hash = process == download ? expected : KernelTransfer.hash(new byte[BYTES]);
      assertTrue(output.contains(hash), output);
    }
    server.awaitEndOfConnections();
    assertEquals(0, server.stack.counter(Counter.RESETS_RECEIVED));
  }

  // GND-08, SY-04
  @Test
  void linkDownAndUp(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      transferDuring(network, server, () -> {
        TapHost.down(TapServer.TAP);
        Thread.sleep(1_000);
        TapHost.up(TapServer.TAP);
      });
    }
  }

  // GND-09
  @Test
  void linkFlapping(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      transferDuring(network, server, () -> {
        for (int i = 0; i < 20; i++) {
          TapHost.down(TapServer.TAP);
          Thread.sleep(30);
          TapHost.up(TapServer.TAP);
          Thread.sleep(70);
        }
      });
    }
  }

  // GND-10
  @Test
  void carrierLostWithoutAWord(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      transferDuring(network, server, () -> {
        RouteNetlink.carrier(TapServer.TAP, false);
        Thread.sleep(1_000);
        RouteNetlink.carrier(TapServer.TAP, true);
      });
    }
  }

  @Test
  void addressOfThePeerTakenAwayAndGivenBack(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      transferDuring(network, server, () -> {
        TapHost.address(TapServer.TAP, "10.99.0.1/24");
        Thread.sleep(500);
        TapHost.address(TapServer.TAP, TapServer.KERNEL + "/24");
      });
    }
  }

  /** GND-13, GND-14: the size may fall and rise: what leaves afterwards fits. */
  @Test
  void sizeChanges(PrivateNetwork network) throws Exception {
    int[] largest = new int[1];
    SpoiltNic.Spoiler measure = (memory, offset, length) -> {
      largest[0] = Math.max(largest[0], length);
      return true;
    };
    try (TapServer server =
        new TapServer(new HttpServer(), nic -> SpoiltNic.wrap(nic, SpoiltNic.NOTHING, measure))) {
      transferDuring(network, server, () -> {
        for (int mtu : new int[] {1_280, 9_000, 576}) {
          TapHost.mtu(TapServer.TAP, mtu);
          Thread.sleep(700); // the stack looks twice a second
        }
        largest[0] = 0;
        Thread.sleep(300);
        assertTrue(largest[0] > 0 && largest[0] <= LARGEST_FRAME_OF_576, "frames of " + largest[0]);
        TapHost.mtu(TapServer.TAP, 1_500);
      });
    }
  }

  /** Counts the ends that its connections are told of. */
  private static final class Ends implements TcpHandler<Void> {
    private final List<Long> begun = new ArrayList<>();
    private final List<Long> ended = new ArrayList<>();

    @Override
    public void onConnectionEstablished(TcpConnection<Void> connection) {
      begun.add(connection.id());
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
      assertEquals(CloseReason.SHUT_DOWN, reason);
      ended.add(connection.id());
    }
  }

  /** GND-11: one failure that names the device, no spinning, and each connection told once. */
  @Test
  void deletedInterfaceFailsOnceAndForAll() throws Exception {
    Ends ends = new Ends();
    try (Nic nic = TapNic.open(TapServer.TAP)) {
      TapHost.address(TapServer.TAP, TapServer.KERNEL + "/24");
      TapHost.up(TapServer.TAP);
      TcpStack stack = new TcpStack(nic, StackSettings.of(TapServer.ADDRESS + "/24"));
      new TcpServer<>(stack, TcpSettings.defaults(), ends).listen(TapServer.PORT);
      List<SocketChannel> peers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        SocketChannel peer = SocketChannel.open();
        peer.configureBlocking(false);
        peer.connect(TapServer.REMOTE);
        peers.add(peer);
      }
      while (ends.begun.size() < peers.size()) {
        stack.poll();
      }
      RouteNetlink.delete(TapServer.TAP);
      UncheckedIOException failure = assertThrows(UncheckedIOException.class, () -> {
        while (true) {
          stack.poll();
          stack.await(1_000_000);
        }
      });
      assertTrue(failure.getMessage().contains(TapServer.TAP), failure.getMessage());
      assertEquals(NicStatus.FAILED, nic.status());
      long start = System.nanoTime();
      stack.await(50_000_000);
      assertTrue(System.nanoTime() - start >= 40_000_000, "await spins on a dead device");
      stack.close();
      assertEquals(ends.begun, ends.ended.stream().sorted().toList());
      for (SocketChannel peer : peers) {
        peer.close();
      }
    }
  }
}
