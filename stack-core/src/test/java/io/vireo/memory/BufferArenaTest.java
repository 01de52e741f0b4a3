// SPDX-License-Identifier: Apache-2.0
package io.vireo.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers of all sizes under one cap. */
class BufferArenaTest {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;

  // MEM-11
  @ParameterizedTest
  @CsvSource({"1, 1024", "1024, 1024", "1025, 2048", "65536, 65536", "1048577, 2097152"})
  void roundsUpToAPowerOfTwoAndChargesThat(int bytes, int capacity) {
    BufferArena arena = new BufferArena(256L * MIB);
    long buffer = arena.take(bytes, 0);
    assertEquals(capacity, BufferArena.capacity(buffer));
    assertEquals(capacity, arena.usedBytes());
    assertEquals(256L * MIB - capacity, arena.freeBytes());
  }

  @Test
  void memoryIsDirectBigEndianAndCoversTheBuffer() {
    BufferArena arena = new BufferArena(256L * MIB);
    arena.take(64 * KIB, 0);
    long buffer = arena.take(64 * KIB, 0);
    ByteBuffer memory = arena.memory(buffer);
    assertTrue(memory.isDirect());
    assertEquals(ByteOrder.BIG_ENDIAN, memory.order());
    assertSame(memory, arena.slab(BufferArena.slab(buffer)));
    memory.putLong(BufferArena.offset(buffer) + BufferArena.capacity(buffer) - 8, 1);
  }

  @Test
  void refusesWhatTheCapDoesNotHold() {
    BufferArena arena = new BufferArena(128 * KIB);
    long buffer = arena.take(64 * KIB, 0);
    assertNotEquals(BufferArena.NONE, arena.take(64 * KIB, 0));
    assertEquals(BufferArena.NONE, arena.take(1, 0));
    assertEquals(1, arena.refusals());
    arena.give(buffer);
    assertNotEquals(BufferArena.NONE, arena.take(1, 0));
  }

  @Test
  void keepsAReserveForThoseWhoMayTouchIt() {
    BufferArena arena = new BufferArena(128 * KIB);
    assertEquals(BufferArena.NONE, arena.take(64 * KIB, 64 * KIB + 1));
    assertNotEquals(BufferArena.NONE, arena.take(64 * KIB, 64 * KIB));
    assertEquals(BufferArena.NONE, arena.take(KIB, 64 * KIB));
    assertNotEquals(BufferArena.NONE, arena.take(KIB, 0));
  }

  @Test
  void memoryFollowsUse() {
    BufferArena arena = new BufferArena(256L * MIB);
    assertEquals(0, arena.residentBytes());
    arena.take(64 * KIB, 0);
    assertEquals(MIB, arena.residentBytes());
  }

  @Test
  void aFullSlabIsUsedAgainWhenABufferComesBack() {
    BufferArena arena = new BufferArena(256L * MIB);
    for (int buffer = 0; buffer < 1_023; buffer++) {
      arena.take(KIB, 0);
    }
    for (int round = 0; round < 10; round++) {
      long last = arena.take(KIB, 0);
      arena.give(last);
    }
    assertEquals(MIB, arena.residentBytes());
  }

  @Test
  void freedMemoryServesEverySize() {
    BufferArena arena = new BufferArena(16 * MIB);
    for (int bytes = KIB; bytes <= 16 * MIB; bytes *= 2) {
      long[] buffers = new long[16 * MIB / bytes];
      for (int i = 0; i < buffers.length; i++) {
        buffers[i] = arena.take(bytes, 0);
        assertNotEquals(BufferArena.NONE, buffers[i]);
      }
      assertEquals(0, arena.freeBytes());
      for (long buffer : buffers) {
        arena.give(buffer);
      }
      assertTrue(arena.residentBytes() <= 16 * MIB + 11 * MIB);
    }
    assertEquals(0, arena.usedBytes());
    assertEquals(0, arena.refusals());
  }

  @Test
  void numbersOfSlabsAreUsedAgain() {
    BufferArena arena = new BufferArena(16 * MIB);
    for (int round = 0; round < 10; round++) {
      arena.give(arena.take(16 * MIB, 0));
      long[] buffers = new long[16 * 1_024];
      for (int i = 0; i < buffers.length; i++) {
        buffers[i] = arena.take(KIB, 0);
      }
      for (long buffer : buffers) {
        arena.give(buffer);
      }
    }
    assertTrue(arena.slabs() <= 16 * MIB / (256 * KIB) + 1, () -> arena.slabs() + " slabs");
  }

  @Test
  void neverHoldsMoreThanTwiceTheCapHoweverItIsCutUp() {
    int cap = 16 * MIB;
    BufferArena arena = new BufferArena(cap);
    long slabBytes = firstSlab(arena);
    for (int bytes = KIB; bytes <= slabBytes / 2; bytes *= 2) {
      // One buffer stays in each slab of this size, and spoils the slab for all others.
      long[] buffers = new long[(int) Math.min(arena.freeBytes(), cap / 2) / bytes];
      for (int i = 0; i < buffers.length; i++) {
        buffers[i] = arena.take(bytes, 0);
      }
      for (int i = 0; i < buffers.length; i++) {
        if (buffers[i] != BufferArena.NONE && i % (slabBytes / bytes) != 0) {
          arena.give(buffers[i]);
        }
      }
      assertTrue(arena.residentBytes() <= 2L * cap + 11 * slabBytes);
    }
  }

  // MEM-13
  @Test
  void aBufferGivenTwiceIsDetected() {
    BufferArena arena = new BufferArena(MIB);
    arena.take(KIB, 0);
    long buffer = arena.take(KIB, 0);
    arena.give(buffer);
    assertThrows(IllegalStateException.class, () -> arena.give(buffer));
    assertEquals(KIB, arena.usedBytes());
    assertNotEquals(arena.take(KIB, 0), arena.take(KIB, 0));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        -1,
        0,
        10,
        1L << 36 | 10,
        1L << 15 | 10,
        81_920L << 5 | 11,
        31,
        Long.MAX_VALUE,
        Long.MIN_VALUE
      })
  void aHandleThatIsNoneOfOursIsDetected(long handle) {
    BufferArena arena = new BufferArena(MIB);
    assertThrows(IllegalStateException.class, () -> arena.give(handle));
    arena.give(arena.take(2 * KIB, 0));
    assertThrows(IllegalStateException.class, () -> arena.give(handle));
    arena.take(2 * KIB, 0);
    assertThrows(IllegalStateException.class, () -> arena.give(handle));
  }

  // MEM-12
  @Test
  void whatIsGivenBackIsPoisoned() {
    BufferArena arena = new BufferArena(MIB, true);
    long buffer = arena.take(2 * KIB, 0);
    ByteBuffer memory = arena.memory(buffer);
    int offset = BufferArena.offset(buffer);
    for (int i = 0; i < 2 * KIB; i++) {
      memory.put(offset + i, (byte) 1);
    }
    arena.give(buffer);
    for (int i = 0; i < 2 * KIB; i++) {
      assertEquals((byte) 0xDB, memory.get(offset + i));
    }
  }

  @Test
  void aJvmWithoutMemoryIsAFullCap() {
    BufferArena arena = new BufferArena(1L << 40);
    arena.take(KIB, 0);
    int taken = 0;
    while (taken < 64 && arena.take(1 << 30, 0) != BufferArena.NONE) {
      taken++;
    }
    assertTrue(taken < 64, "the limit on direct memory is expected to be that of the heap");
    assertEquals(1, arena.refusals());
    assertNotEquals(BufferArena.NONE, arena.take(KIB, 0));
  }

  @Test
  void moreThanTheLargestSizeIsRefused() {
    BufferArena arena = new BufferArena(1L << 40);
    assertEquals(BufferArena.NONE, arena.take((1 << 30) + 1, 0));
  }

  @Test
  void theCapIsChecked() {
    assertThrows(IllegalArgumentException.class, () -> new BufferArena(-1));
    assertThrows(IllegalArgumentException.class, () -> new BufferArena((1L << 40) + 1));
    assertEquals(BufferArena.NONE, new BufferArena(0).take(1, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {64 * KIB, 300_000, 8 * MIB, 64 * MIB})
  void behavesAsTheNaiveModel(long capacityBytes) {
    for (long seed = 1; seed <= 20; seed++) {
      new ArenaModel(seed, capacityBytes).run(3_000);
    }
  }

  private static long firstSlab(BufferArena arena) {
    arena.give(arena.take(1, 0));
    return arena.residentBytes();
  }
}
