// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The send buffer against an array that grows. */
class SendBufferTest {
  private static final class Model {
    byte[] bytes = new byte[0];

    void append(ByteBuffer source, int offset, int count) {
      int old = bytes.length;
      bytes = Arrays.copyOf(bytes, old + count);
      source.get(offset, bytes, old, count);
    }

    void release(int count) {
      bytes = Arrays.copyOfRange(bytes, count, bytes.length);
    }
  }

  private static ByteBuffer randomSource(SplittableRandom random) {
    byte[] bytes = new byte[1 + random.nextInt(1 << random.nextInt(1, 18))];
    random.nextBytes(bytes);
    return random.nextBoolean()
        ? ByteBuffer.wrap(bytes)
        : ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
  }

  @Test
  void holdsWhatWasAppendedUntilItIsReleased() {
    Seeded.forSeeds(300, random -> {
      int limit = random.nextInt(4_096, 100_000);
      BufferArena arena = new BufferArena(random.nextBoolean() ? 1 << 22 : 128 << 10);
      SendBuffer buffer = new SendBuffer(arena, limit);
      Model model = new Model();
      for (int step = 0; step < 200; step++) {
        step(random, arena, buffer, model, limit);
        assertEquals(model.bytes.length, buffer.length());
        assertTrue(buffer.free() >= 0 && buffer.free() <= limit - buffer.length());
      }
      buffer.clear();
      assertEquals(0, arena.usedBytes());
    });
  }

  private static void step(
      SplittableRandom random, BufferArena arena, SendBuffer buffer, Model model, int limit) {
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        ByteBuffer source = randomSource(random);
        int offset = random.nextInt(source.limit() + 1);
        int count = random.nextInt(source.limit() - offset + 1);
        int free = buffer.free();
        int taken = buffer.append(source, offset, count);
        assertEquals(Math.min(count, free), taken, "as much as free() said");
        model.append(source, offset, taken);
      }
      case 2 -> {
        int count = random.nextInt(model.bytes.length + 1);
        buffer.release(count);
        model.release(count);
      }
      case 3 -> compare(random, buffer, model);
      default -> {
        if (random.nextInt(20) == 0) {
          buffer.clear();
          model.bytes = new byte[0];
        }
      }
    }
    if (model.bytes.length == 0) {
      assertEquals(0, arena.usedBytes(), "an empty buffer holds no memory");
    }
    long largest = Math.max(2_048, Integer.highestOneBit(limit - 1) << 1);
    assertTrue(arena.usedBytes() <= largest, "no more memory than the limit");
  }

  private static void compare(SplittableRandom random, SendBuffer buffer, Model model) {
    int from = random.nextInt(model.bytes.length + 1);
    int count = random.nextInt(model.bytes.length - from + 1);
    if (count == 0) {
      return;
    }
    ByteBuffer target = ByteBuffer.allocateDirect(count + 7);
    buffer.copyTo(target, 7, from, count);
    for (int i = 0; i < count; i++) {
      if (model.bytes[from + i] != target.get(7 + i)) {
        throw new AssertionError("byte " + i + " of " + count + " from " + from);
      }
    }
  }

  /** Others take from the same arena: what is free changes, what is queued does not. */
  @Test
  void livesWithOthersInASmallArena() {
    Seeded.forSeeds(100, random -> {
      BufferArena arena = new BufferArena(64 << 10);
      SendBuffer[] buffers = new SendBuffer[5];
      Model[] models = new Model[5];
      for (int i = 0; i < 5; i++) {
        buffers[i] = new SendBuffer(arena, random.nextInt(4_096, 60_000));
        models[i] = new Model();
      }
      for (int step = 0; step < 300; step++) {
        int i = random.nextInt(5);
        if (random.nextInt(3) > 0) {
          ByteBuffer source = randomSource(random);
          int free = buffers[i].free();
          int taken = buffers[i].append(source, 0, source.limit());
          assertTrue(taken <= Math.min(free, source.limit()));
          models[i].append(source, 0, taken);
        } else {
          int count = random.nextInt(models[i].bytes.length + 1);
          buffers[i].release(count);
          models[i].release(count);
        }
        compare(random, buffers[i], models[i]);
      }
      for (SendBuffer buffer : buffers) {
        buffer.clear();
      }
      assertEquals(0, arena.usedBytes());
    });
  }
}
