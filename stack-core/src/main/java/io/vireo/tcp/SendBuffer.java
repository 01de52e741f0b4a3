// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;

/**
 * The bytes from SND.UNA on: sent and not acknowledged, then not sent. A ring in the stack's arena that is taken with the first
 * byte, doubles as it fills, and is given back when the last byte is acknowledged.
 */
final class SendBuffer {
  private static final int SMALLEST_BYTES = 2 << 10;
  private static final int LARGEST_BYTES = 1 << 30;

  private final BufferArena arena;
  private final int limitBytes;

  private long handle = BufferArena.NONE;
  private ByteBuffer memory;
  private int base;

  /** Capacity of the ring less one; -1 without a ring. */
  private int mask = -1;

  private int head;
  private int length;

  SendBuffer(BufferArena arena, int limitBytes) {
    this.arena = arena;
    this.limitBytes = limitBytes;
  }

  /** Copies what fits of source[offset, offset + count), and returns how much that was. */
  @HotPath
  int append(ByteBuffer source, int offset, int count) {
    int taken = Math.min(count, limitBytes - length);
    if (length + taken > mask + 1) {
      grow(length + taken);
      taken = Math.min(taken, mask + 1 - length);
    }
    int tail = (head + length) & mask;
    int first = Math.min(taken, mask + 1 - tail);
    if (taken > 0) {
      memory.put(base + tail, source, offset, first);
      memory.put(base, source, offset + first, taken - first);
      length += taken;
    }
    return taken;
  }

  /** Copies count bytes from position {@code from} (0: SND.UNA) to target[offset …). */
  @HotPath
  void copyTo(ByteBuffer target, int offset, int from, int count) {
    assert from >= 0 && from + count <= length : "the bytes are there";
    int start = (head + from) & mask;
    int first = Math.min(count, mask + 1 - start);
    target.put(offset, memory, base + start, first);
    if (first < count) {
      target.put(offset + first, memory, base, count - first);
    }
  }

  /** The first count bytes are acknowledged. */
  @HotPath
  void release(int count) {
    assert count <= length : "no more than there is";
    head = (head + count) & mask;
    length -= count;
    if (length == 0) {
      clear();
    }
  }

  /** Drops everything and gives the memory back. */
  void clear() {
    length = 0;
    head = 0;
    if (handle != BufferArena.NONE) {
      arena.give(handle);
      handle = BufferArena.NONE;
      mask = -1;
    }
  }

  int length() {
    return length;
  }

  /** Free bytes, by the limit of this connection and by what the arena still has. */
  int free() {
    int byLimit = limitBytes - length;
    int inHand = mask + 1 - length;
    if (byLimit <= inHand) {
      return byLimit;
    }
    return Math.max(Math.min(largestRing() - length, byLimit), inHand);
  }

  /**
   * Free bytes to tell somebody of who was refused: with nothing queued all there are, if the arena has any. More than it has now may never
   * come free.
   */
  int freeToTell() {
    int free = free();
    return length == 0 && free >= SMALLEST_BYTES ? limitBytes : free;
  }

  int limitBytes() {
    return limitBytes;
  }

  /** Moves to a ring of at least {@code bytes}; to a smaller one, or to none, if memory is short. */
  private void grow(int bytes) {
    int ring = Math.min(ringFor(bytes), largestRing());
    if (ring <= mask + 1) {
      return;
    }
    long larger = arena.take(ring, ring == SMALLEST_BYTES ? 0 : Memory.reserveBytes(arena));
    if (larger == BufferArena.NONE) {
      return;
    }
    ByteBuffer target = arena.memory(larger);
    int to = BufferArena.offset(larger);
    int kept = length;
    if (kept > 0) {
      copyTo(target, to, 0, kept);
    }
    if (handle != BufferArena.NONE) {
      arena.give(handle);
    }
    handle = larger;
    memory = target;
    base = to;
    head = 0;
    mask = BufferArena.capacity(larger) - 1;
  }

  private static int ringFor(int bytes) {
    return Math.max(SMALLEST_BYTES, Integer.highestOneBit(bytes - 1) << 1);
  }

  /** The largest ring that the arena would give now, beside the present one; 0: none. The smallest may take the last there is. */
  private int largestRing() {
    long bytes = Math.min(arena.freeBytes() - Memory.reserveBytes(arena), LARGEST_BYTES);
    if (mask < 0) {
      bytes = Math.max(bytes, Math.min(arena.freeBytes(), SMALLEST_BYTES));
    }
    return bytes < SMALLEST_BYTES ? 0 : Integer.highestOneBit((int) bytes);
  }
}
