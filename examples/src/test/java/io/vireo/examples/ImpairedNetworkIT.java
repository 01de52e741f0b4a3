// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.Nic;
import io.vireo.nic.lab.FaultyNic;
import io.vireo.nic.linux.InPrivateNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many connections of the kernel's at once over a network that loses, damages, doubles, delays and reorders frames: echoes of every size arrive byte for byte, and every connection ends in order. */
@InPrivateNetwork
class ImpairedNetworkIT {
  private static final int CONNECTIONS = 40;
  private static final int MOST_BYTES = 1_000_000;
  private static final int PATIENCE_SECONDS = 60;

  private final long seed = Long.getLong("vireo.seed", System.nanoTime());

  private Nic impaired(Nic nic) {
    SplittableRandom random = new SplittableRandom(seed);
    SpoiltNic.Spoiler received = (memory, offset, length) -> {
      if (random.nextInt(1_000) < 2) {
        int bit = random.nextInt(8 * length);
        int place = offset + bit / 8;
        memory.put(place, (byte) (memory.get(place) ^ 1 << bit % 8));
      }
      return random.nextInt(100) >= 2;
    };
    return new FaultyNic(
            SpoiltNic.wrap(nic, received, SpoiltNic.NOTHING), System::nanoTime, seed + 1)
        .loss(0.02)
        .corruption(0.002)
        .duplication(0.02)
        .reordering(0.02, 300_000)
        .delay(50_000)
        .jitter(100_000);
  }

  private static int echo(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = new byte[random.nextInt(MOST_BYTES)];
    PatternBytes.fill(ByteBuffer.wrap(bytes), 0, bytes.length, seed);
    try (Socket socket = new Socket()) {
      socket.connect(TapServer.REMOTE, PATIENCE_SECONDS * 1_000);
      socket.setSoTimeout(PATIENCE_SECONDS * 1_000);
      Thread sender = new Thread(() -> {
        try {
          socket.getOutputStream().write(bytes);
          socket.shutdownOutput();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      sender.start();
      byte[] back = socket.getInputStream().readAllBytes();
      assertEquals(-1, Arrays.mismatch(bytes, back));
      sender.join();
    }
    return bytes.length;
  }

  // SY-02, SY-03, GND-23, GND-24
  @Test
  void everyEchoArrivesByteForByte() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    try (TapServer server = new TapServer(new EchoServer(), this::impaired)) {
      List<Future<Integer>> echoes = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        long connection = seed + i;
        echoes.add(threads.submit(() -> echo(connection)));
      }
      long bytes = 0;
      for (Future<Integer> echo : echoes) {
        bytes += echo.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      server.awaitEndOfConnections();
      long total = bytes;
      long bad = server.stack.counter(Counter.TCP_BAD_CHECKSUM)
          + server.stack.counter(Counter.IP_BAD_CHECKSUM);
      assertTrue(bad > 0, () -> "not a damaged frame in " + total + " bytes");
    } catch (Exception | Error e) {
      throw new AssertionError("replay with -Dvireo.seed=" + seed, e);
    } finally {
      threads.shutdownNow();
    }
  }
}
