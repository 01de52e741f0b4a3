// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.Nic;
import io.vireo.nic.linux.InPrivateNetwork;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Honest clients on the kernel's TCP beside floods: nobody fails, no byte is wrong. How much slower they are is written down in
 * target/figures/floods.txt and not judged here, for that depends on who else uses the machine; {@code lab/floods} measures it at length.
 */
@InPrivateNetwork
class FloodIT {
  private static final int SECONDS = Integer.getInteger("vireo.floods.seconds", 2);
  private static final int ROUNDS = Integer.getInteger("vireo.floods.rounds", 1);
  private static final int SYNS = 150_000;
  private static final int SEGMENTS = 50_000;
  private static final long BYTES = 32L << 20;
  private static final int ADDRESS = 0x0A4D_0002;
  private static final Path FIGURES = Path.of("target/figures/floods.txt");

  private static String hash;

  private HostileNic nic;

  @BeforeAll
  static void hash() throws Exception {
    hash = KernelTransfer.hashOfPattern(BYTES);
  }

  private TapServer server() throws IOException {
    return new TapServer(new HttpServer(), this::wrap);
  }

  private Nic wrap(Nic tap) {
    nic = new HostileNic(tap);
    return nic;
  }

  private HostileFrames frames() {
    return new HostileFrames(nic.macAddress(), ADDRESS, TapServer.PORT);
  }

  /** Connects, asks and closes, one after the other; returns how often per second. Whatever fails, fails the test. */
  private static double connects() throws Exception {
    byte[] request = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);
    long start = System.nanoTime();
    int count = 0;
    while (System.nanoTime() - start < SECONDS * 1_000_000_000L) {
      try (Socket socket = new Socket()) {
        socket.setTcpNoDelay(true);
        socket.connect(TapServer.REMOTE, 5_000);
        socket.setSoTimeout(5_000);
        socket.getOutputStream().write(request);
        String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
        assertTrue(answer.endsWith(HttpServer.BODY), answer);
        count++;
      }
    }
    return count * 1e9 / (System.nanoTime() - start);
  }

  /** Mbit/s down, byte for byte. */
  private static double download() throws Exception {
    long start = System.nanoTime();
    assertEquals(hash, KernelTransfer.download(BYTES));
    return BYTES * 8_000.0 / (System.nanoTime() - start);
  }

  /** Quiet and flooded in turns. */
  private void compare(String what, Attack attack, int perSecond, Callable<Double> honest)
      throws Exception {
    honest.call();
    for (int round = 0; round < ROUNDS; round++) {
      double quiet = honest.call();
      long before = nic.sent();
      long start = System.nanoTime();
      nic.attack(attack, perSecond);
      double flooded = honest.call();
      nic.attack(attack, 0);
      long arrived = (nic.sent() - before) * 1_000_000_000L / (System.nanoTime() - start);
      record(String.format(
          "%-24s quiet %,8.0f  flooded %,8.0f  ratio %.2f  %,d hostile frames/s%n",
          what, quiet, flooded, flooded / quiet, arrived));
    }
  }

  private static void record(String line) throws IOException {
    Files.createDirectories(FIGURES.getParent());
    Files.writeString(FIGURES, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  // SYN-01
  @Test
  void honestClientsConnectDuringASynFlood() throws Exception {
    try (TapServer server = server()) {
      compare("SYN, connects/s", Attacks.synFlood(frames()), SYNS, FloodIT::connects);
      assertTrue(server.stack.counter(Counter.SYN_COOKIES_SENT) > 10_000, "cookies");
      assertTrue(server.stack.counter(Counter.SYN_COOKIES_ACCEPTED) > 0, "cookies came back");
    }
  }

  // BLD-07, BLD-08
  @Test
  void blindSegmentsNeitherEndAConnectionNorEnterIt() throws Exception {
    try (TapServer server = server()) {
      compare(
          "blind RST SYN data, Mbit/s",
          new Attacks.Blind(frames()),
          SYNS,
          () -> (download() + upload()) / 2);
      assertEquals(0, server.stack.counter(Counter.RESETS_RECEIVED));
    }
  }

  private static double upload() throws Exception {
    long start = System.nanoTime();
    assertEquals(hash, KernelTransfer.upload(BYTES));
    return BYTES * 8_000.0 / (System.nanoTime() - start);
  }

  // MEM-01
  @Test
  void honestDownloadGoesOnDuringAFloodOfEarlyBytes() throws Exception {
    try (TapServer server = server()) {
      Attacks.Connected attack = Attacks.outOfOrder(frames());
      compare("out of order, Mbit/s", attack, SEGMENTS, FloodIT::download);
      assertEquals(Attacks.Connected.CONNECTIONS, attack.opened());
      assertTrue(server.stack.counter(Counter.TCP_OUT_OF_ORDER) > 0, "early bytes");
    }
  }

  // BLD-05, ACK-02
  @Test
  void honestDownloadGoesOnDuringAFloodOfAcks() throws Exception {
    try (TapServer server = server()) {
      Attacks.Connected attack = Attacks.acks(frames());
      compare("ACKs, Mbit/s", attack, SEGMENTS, FloodIT::download);
      assertEquals(Attacks.Connected.CONNECTIONS, attack.opened());
      assertTrue(server.stack.counter(Counter.TCP_BAD_ACK) > 0, "bad ACKs");
    }
  }
}
