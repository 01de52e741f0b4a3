// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The reorder buffer against one byte and one mark per position of the stream: bytes accepted first stay. */
class ReorderBufferTest {
  private static final int STREAM = 200_000;

  /** The stream from its beginning: what was accepted, and how far it is in order and consumed. */
  private static final class Model {
    final byte[] bytes = new byte[STREAM];
    final boolean[] held = new boolean[STREAM];
    int next;
    int consumed;

    void accept(int position, ByteBuffer source, int from, int length) {
      for (int i = 0; i < length; i++) {
        if (!held[position + i]) {
          held[position + i] = true;
          bytes[position + i] = source.get(from + i);
        }
      }
    }

    void advance() {
      while (held[next]) {
        next++;
      }
    }

    int firstEarly() {
      int i = next;
      while (i < STREAM - 1 && !held[i]) {
        i++;
      }
      return i;
    }
  }

  private static ByteBuffer random(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return ByteBuffer.allocateDirect(length).put(0, bytes);
  }

  @Test
  void keepsEachByteAtItsPlaceInTheStream() {
    Seeded.forSeeds(150, random -> {
      int limit = random.nextInt(4_096, 40_000);
      BufferArena arena = new BufferArena(random.nextInt(3) == 0 ? 64 << 10 : 1 << 20);
      ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, limit), 64);
      int irs = Seeded.initialSeq(random);
      buffer.reset(irs);
      Model model = new Model();
      for (int step = 0; step < 300 && model.next < STREAM - 2 * limit; step++) {
        step(random, buffer, model, irs, limit);
        compare(arena, buffer, model, irs);
        long most = (Integer.highestOneBit(limit - 1) << 1) + 1_024L;
        assertTrue(arena.usedBytes() <= most, () -> arena.usedBytes() + " of " + most);
        if (buffer.readable() == 0 && !buffer.holdsEarly()) {
          assertEquals(0, arena.usedBytes(), "nothing held, no memory");
        }
      }
      buffer.clear();
      assertEquals(0, arena.usedBytes());
    });
  }

  private static void step(
      SplittableRandom random, ReorderBuffer buffer, Model model, int irs, int limit) {
    int room = limit - (model.next - model.consumed);
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        // In order, up to what came early: so does Receiver.
        int length = Math.min(1 + random.nextInt(3_000), model.firstEarly() - model.next);
        ByteBuffer source = random(random, length + 3);
        int kept = buffer.append(source, 3, length);
        assertTrue(kept <= Math.min(length, room));
        model.accept(model.next, source, 3, kept);
        if (kept == length) {
          model.advance();
          buffer.drain();
        } else {
          model.next += kept;
        }
      }
      case 2, 3 -> {
        if (room > 1) {
          int start = 1 + random.nextInt(room - 1);
          int length = 1 + random.nextInt(Math.min(3_000, room - start));
          ByteBuffer source = random(random, length + 5);
          int at = model.next + start;
          if (buffer.insert(irs + at, source, 5, length)) {
            model.accept(at, source, 5, length);
          }
        }
      }
      case 4 -> {
        int count = random.nextInt(model.next - model.consumed + 1);
        buffer.consume(count);
        model.consumed += count;
      }
      default -> {
        if (model.next == model.consumed) {
          int length = Math.min(1 + random.nextInt(2_000), model.firstEarly() - model.next);
          buffer.skip(length);
          model.accept(model.next, random(random, length), 0, length);
          model.advance();
          model.consumed += length;
          if (buffer.holdsEarly()) {
            buffer.drain();
          }
        }
      }
    }
  }

  private static void compare(BufferArena arena, ReorderBuffer buffer, Model model, int irs) {
    assertEquals(irs + model.next, buffer.nextSeq());
    assertEquals(model.next - model.consumed, buffer.readable());
    int early = model.firstEarly();
    assertEquals(early < STREAM - 1, buffer.holdsEarly());
    if (buffer.holdsEarly()) {
      assertEquals(irs + early, buffer.firstEarlySeq());
    }
    if (buffer.readable() > 0) {
      ByteBuffer memory = arena.memory(buffer.handle());
      for (int i = 0; i < buffer.readable(); i++) {
        if (model.bytes[model.consumed + i] != memory.get(buffer.readableOffset() + i)) {
          throw new AssertionError("byte " + i + " of " + buffer.readable());
        }
      }
    }
  }

  /** As many islands as there is room for, and one more, which the peer sends again. */
  @Test
  void dropsWhatMakesTooManyRanges() {
    BufferArena arena = new BufferArena(1 << 20);
    ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 64 << 10), 64);
    buffer.reset(100);
    ByteBuffer source = ByteBuffer.allocateDirect(1_000);
    for (int i = 0; i < 64; i++) {
      assertTrue(buffer.insert(110 + 10 * i, source, 0, 5));
    }
    assertEquals(false, buffer.insert(5_000, source, 0, 5));
    assertEquals(10, buffer.append(source, 0, 10));
    assertEquals(5, buffer.drain());
    assertTrue(buffer.insert(5_000, source, 0, 5));
  }

  private static final ByteBuffer BYTES = ByteBuffer.allocateDirect(4_096);

  /** 1 MiB but for what {@code leftBytes} says, so that no more can be taken. */
  private static BufferArena almostFull(BufferArena arena, long keepFreeBytes, int leftBytes) {
    while (arena.freeBytes() - keepFreeBytes > leftBytes) {
      assertTrue(arena.take(1_024, 0) != BufferArena.NONE);
    }
    return arena;
  }

  @Test
  void nothingIsTakenForNothing() {
    BufferArena arena = new BufferArena(1 << 20);
    ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 4_096), 64);
    buffer.reset(0);
    assertEquals(0, buffer.append(BYTES, 0, 0));
    assertEquals(0, arena.usedBytes());
  }

  @Test
  void theNextLifeBeginsWithoutTheBytesOfTheLast() {
    BufferArena arena = new BufferArena(1 << 20);
    ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 4_096), 64);
    buffer.reset(0);
    buffer.append(BYTES, 0, 100);
    buffer.insert(200, BYTES, 0, 100);
    buffer.reset(9_000);
    assertEquals(0, arena.usedBytes());
    assertEquals(0, buffer.readable());
    assertEquals(0, buffer.drain());
    assertEquals(9_000, buffer.nextSeq());
  }

  /** There was room for the marks, and none for the bytes: the marks are not kept either. */
  @Test
  void whatFindsNoMemoryHoldsNone() {
    BufferArena arena = new BufferArena(1 << 20);
    almostFull(arena, Memory.earlyReserveBytes(arena), 2_048);
    ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 4_096), 64);
    buffer.reset(0);
    long before = arena.usedBytes();
    assertEquals(false, buffer.insert(100, BYTES, 0, 100));
    assertEquals(before, arena.usedBytes());
  }

  @Test
  void whatTheStreamHasPassedIsGivenBack() {
    BufferArena arena = new BufferArena(1 << 20);
    ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 4_096), 64);
    buffer.reset(0);
    assertTrue(buffer.insert(100, BYTES, 0, 50));
    buffer.skip(150);
    assertEquals(0, buffer.drain());
    assertEquals(0, arena.usedBytes());
  }

  /** Up to half of the memory is moved to its front; if more is held, a larger piece makes the next move rarer. */
  @Test
  void growsOnlyWhenMoreThanHalfWouldHaveToMove() {
    for (int held : new int[] {1_024, 1_025}) {
      BufferArena arena = new BufferArena(1 << 20);
      ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 40_000), 64);
      buffer.reset(0);
      buffer.append(BYTES, 0, 2_048);
      assertEquals(2_048, arena.usedBytes());
      buffer.consume(2_048 - held);
      assertEquals(2_048 - held, buffer.append(BYTES, 0, 2_048 - held));
      assertEquals(held <= 1_024 ? 2_048 : 4_096, arena.usedBytes());
    }
  }

  @Test
  void whatJustFitsNeitherMovesNorGrows() {
    BufferArena arena = new BufferArena(1 << 20);
    ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 40_000), 64);
    buffer.reset(0);
    buffer.append(BYTES, 0, 1_100);
    assertEquals(948, buffer.append(BYTES, 0, 948));
    assertEquals(2_048, arena.usedBytes());
  }

  @Test
  void movesMoreThanHalfWhenMemoryIsShort() {
    BufferArena arena = new BufferArena(1 << 20);
    ReorderBuffer buffer = new ReorderBuffer(arena, new ReceiveLimit(arena, 40_000), 64);
    buffer.reset(0);
    buffer.append(BYTES, 0, 2_048);
    buffer.consume(1_000);
    almostFull(arena, 0, 1_024);
    assertEquals(1_000, buffer.append(BYTES, 0, 1_000));
    assertEquals(2_048, buffer.readable());
  }

  /**
   * Who sends a segment to the far edge of a large window after each one in order does not have the whole buffer moved each time: no more is
   * copied than 16 times what came in order.
   */
  @Test
  void segmentsAtTheEdgeOfTheWindowBuyNoMoveOfTheWholeBufferEach() {
    int limit = 1 << 20;
    int length = 1_460;
    BufferArena arena = new BufferArena(16 << 20);
    ReceiveLimit grown = new ReceiveLimit(arena, limit);
    while (grown.bytes() < limit) {
      grown.onLeftOver(grown.bytes());
    }
    ReorderBuffer buffer = new ReorderBuffer(arena, grown, 64);
    ByteBuffer source = ByteBuffer.allocateDirect(length);
    buffer.reset(0);
    int kept = 0;
    for (int next = 0; next < limit - 2 * length; next += length) {
      kept += buffer.insert(next + limit - length, source, 0, length) ? 1 : 0;
      buffer.skip(length);
    }
    // The first needs no move, and one in 16 of a buffer's bytes pays for another.
    assertEquals(1 + 16, kept);
  }
}
