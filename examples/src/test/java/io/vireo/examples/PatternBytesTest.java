// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PatternBytesTest {
  private static byte[] bytes(long position, int length) {
    ByteBuffer target = ByteBuffer.allocate(length + 3);
    PatternBytes.fill(target, 3, length, position);
    byte[] bytes = new byte[length];
    target.get(3, bytes);
    return bytes;
  }

  @Test
  void byteFollowsFromItsPositionAlone() {
    byte[] whole = bytes(0, 10_000);
    for (long seed = 0; seed < 1_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int from = random.nextInt(9_000);
      int length = random.nextInt(1_000);
      byte[] part = new byte[length];
      System.arraycopy(whole, from, part, 0, length);
      assertArrayEquals(part, bytes(from, length), "seed " + seed);
    }
  }

  @Test
  void looksRandom() {
    byte[] bytes = bytes(1L << 40, 1 << 20);
    int[] counts = new int[256];
    for (byte b : bytes) {
      counts[b & 0xFF]++;
    }
    // 4,096 of each on average, with a deviation of 64
    assertTrue(IntStream.of(counts).allMatch(count -> Math.abs(count - 4_096) < 6 * 64));
  }
}
