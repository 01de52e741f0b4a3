// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Clients of a real redis-server through Vireo. */
@InPrivateNetwork
@Timeout(120)
@NeedsProgram({"redis-server", "redis-cli", "redis-benchmark", "tshark"})
class RedisIT {
  static final int PORT = 6379;

  @RegisterExtension
  final Recordings recordings = new Recordings();

  @TempDir
  private Path directory;

  /** A redis-server on the kernel's side that keeps nothing. */
  static Daemon serve(PrivateNetwork network, Path directory) throws Exception {
    return serve(network, TapServer.KERNEL, directory);
  }

  /** The same on another address. */
  static Daemon serve(PrivateNetwork network, String address, Path directory) throws Exception {
    String command = "redis-server --bind " + address + " --port " + PORT + " --dir " + directory
        + " --appendonly no --protected-mode no --daemonize no --save";
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.add(""); // save nothing
    return Daemon.start(
        network, directory.resolve("redis.log"), PORT, words.toArray(String[]::new));
  }

  private static void benchmark(PrivateNetwork network, String arguments) throws Exception {
    benchmark(network, TapServer.ADDRESS, arguments);
  }

  /** Runs redis-benchmark against an address. */
  static void benchmark(PrivateNetwork network, String address, String arguments) throws Exception {
    String report = network.execute(
        ("redis-benchmark -h " + address + " -p " + PORT + " -q " + arguments).split(" "));
    assertTrue(report.contains("requests per second"), report);
    assertFalse(report.matches("(?s).*([Ee]rror|closed).*"), report);
  }

  private static String cli(PrivateNetwork network, String arguments) throws Exception {
    String command = "redis-cli --no-raw -h " + TapServer.ADDRESS + " -p " + PORT + " " + arguments;
    return network.execute("sh", "-c", command).strip();
  }

  // INT-03
  @Test
  void pingPong(PrivateNetwork network) throws Exception {
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT);
        Daemon server = serve(network, directory)) {
      benchmark(network, "-c 1 -n 5000 -t ping_mbulk,set,get");
      relay.awaitEndOfConnections();
      assertTrue(server.process.isAlive());
    }
  }

  // INT-03
  @Test
  void manyClientsAndPipelines(PrivateNetwork network) throws Exception {
    try (TapServer relay = TapServer.relay(nic -> nic, PORT);
        Daemon server = serve(network, directory)) {
      benchmark(network, "-c 100 -n 50000 -t ping_mbulk,set,get");
      benchmark(network, "-c 50 -n 500000 -P 100 -t set,get");
      benchmark(network, "-c 20 -n 2000 -d 100000 -t set,get");
      relay.awaitEndOfConnections();
      assertTrue(server.process.isAlive());
    }
  }

  // INT-03
  @Test
  void repliesAreRight(PrivateNetwork network) throws Exception {
    Path pattern = KernelTransfer.writePattern(directory.resolve("pattern"), 3_000_000);
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT);
        Daemon server = serve(network, directory)) {
      assertEquals("OK", cli(network, "-x set pattern < " + pattern));
      Path back = directory.resolve("back");
      network.execute(
          "sh",
          "-c",
          "redis-cli --raw -h " + TapServer.ADDRESS + " -p " + PORT + " get pattern > " + back);
      byte[] received = Files.readAllBytes(back);
      assertEquals('\n', received[received.length - 1]);
      Files.write(back, Arrays.copyOf(received, received.length - 1));
      assertEquals(-1, Files.mismatch(pattern, back));
      // A pipeline of commands each of whose replies is known.
      StringBuilder commands = new StringBuilder();
      StringBuilder replies = new StringBuilder();
      for (int i = 1; i <= 20_000; i++) {
        commands.append("INCRBY sum ").append(i).append('\n');
        replies.append("(integer) ").append((long) i * (i + 1) / 2).append('\n');
      }
      Path script = Files.writeString(directory.resolve("script"), commands);
      assertEquals(replies.toString().strip(), cli(network, "< " + script));
      relay.awaitEndOfConnections();
      assertTrue(server.process.isAlive());
    }
  }

  /** INT-03: redis resets whoever takes too long to read: the reset goes through, and nobody else suffers. */
  @Test
  void subscriberWhoDoesNotReadIsResetByTheServer(PrivateNetwork network) throws Exception {
    Path news = KernelTransfer.writePattern(directory.resolve("news"), 500_000);
    try (TapServer relay = TapServer.relay(recordings.impaired(), PORT);
        Daemon server = serve(network, directory)) {
      cli(network, "config set client-output-buffer-limit 'pubsub 1mb 1mb 1'");
      try (Socket slow = new Socket()) {
        slow.setReceiveBufferSize(4_096);
        slow.connect(new InetSocketAddress(TapServer.ADDRESS, PORT));
        slow.getOutputStream().write("SUBSCRIBE news\r\n".getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 10; i++) {
          cli(network, "-x publish news < " + news);
        }
        assertEquals("(integer) 0", cli(network, "publish news x"), "the subscriber is gone");
        assertEquals("PONG", cli(network, "ping"));
        assertTrue(server.process.isAlive());
      }
      relay.awaitEndOfConnections();
    }
  }
}
