// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.vireo.api.Counter;
import io.vireo.api.Counters;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers can make of reassembly is bounded, in memory and per fragment. */
final class FragmentFloodTest {
  private static final int BYTES = 256 << 10;

  private final Counters counters = new Counters();
  private final Reassembly reassembly = new Reassembly(BYTES, 30_000_000_000L, 0x5eed, counters);
  private final ByteBuffer frame = ByteBuffer.allocateDirect(2_048);

  private long accept(int id, int offset, boolean more, int length, long nowNs) {
    frame.put(0, (byte) 0x45).put(9, (byte) 6);
    frame.putShort(2, (short) (20 + length)).putShort(4, (short) id);
    frame.putShort(6, (short) ((more ? 0x2000 : 0) | offset >> 3));
    frame.putInt(12, 0x0a4d_0001 + (id >>> 16)).putInt(16, 0x0a4d_0002);
    return reassembly.accept(frame, 0, 20, length, nowNs);
  }

  // FRG-10, CVE-2018-5391
  @ParameterizedTest
  @ValueSource(ints = {8, 1_480})
  void aMillionHeadlessFragmentsStayWithinTheMemory(int length) {
    for (int i = 0; i < 1_000_000; i++) {
      assertEquals(0, accept(i, 1_480, true, length, i));
      assertTrue(reassembly.usedBytes() <= BYTES);
    }
    assertEquals(BYTES, reassembly.memory().capacity());
    assertEquals(1_000_000 - 64, counters.get(Counter.IP_REASSEMBLIES_EVICTED));
    // An honest datagram whose fragments come one behind the other goes through.
    assertEquals(0, accept(7, 0, true, 1_480, 1_000_000));
    assertEquals(2_960, IpDatagram.length(accept(7, 1_480, false, 1_480, 1_000_000)));
    reassembly.onTimer(40_000_000_000L, 64);
    assertEquals(0, reassembly.usedBytes());
  }

  // FRG-10
  @Test
  void manyHolesPerDatagramStayWithinTheMemory() {
    SplittableRandom random = new SplittableRandom(5391);
    for (int i = 0; i < 1_000_000; i++) {
      accept(random.nextInt(200), 24 + 16 * random.nextInt(4_000), true, 8, i);
    }
    assertTrue(reassembly.usedBytes() <= 64 * 16 * 512);
    assertEquals(BYTES, reassembly.memory().capacity());
    reassembly.onTimer(40_000_000_000L, 64);
    assertEquals(0, reassembly.usedBytes());
  }

  @Test
  void nothingIsAllocatedPerFragment() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20 && least > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 10_000; i++) {
        accept(2 * i, 0, true, 1_480, i);
        accept(2 * i + 1, 0, true, 24, i);
        accept(2 * i, 1_480, false, 100, i);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least);
    assertTrue(counters.get(Counter.IP_REASSEMBLED) >= 10_000);
  }

  // FRG-12: for any key but a few, the longest chain of 64 is short
  @ParameterizedTest
  @ValueSource(ints = {1, 64, 128, 256, 4_096})
  void identificationsChosenToCollideDoNot(int step) {
    int longest = 0;
    SplittableRandom keys = new SplittableRandom(step);
    for (int round = 0; round < 1_000; round++) {
      FragmentIndex index = new FragmentIndex(64, keys.nextLong());
      for (int i = 0; i < 64; i++) {
        int id = (i * step) & 0xFFFF;
        if (index.find(0x0a4d_0002_0a4d_0001L + i * step / 65_536, 6 << 16 | id) < 0) {
          index.add(0x0a4d_0002_0a4d_0001L + i * step / 65_536, 6 << 16 | id);
        }
      }
      longest = Math.max(longest, index.longestChain());
    }
    assertTrue(longest <= 9, "a chain of " + longest);
  }
}
