// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;

/** Sequence numbers, first in, first out: a ring in the arena that is taken with the first and given back with the last. When it cannot grow, the new one is forgotten. */
final class SequenceQueue {
  private static final int SMALLEST_BYTES = 1 << 10;
  private static final int MOST_BYTES = 1 << 18;

  private final BufferArena arena;
  private long handle = BufferArena.NONE;
  private ByteBuffer memory;
  private int base;
  private int capacity;
  private int head;
  private int count;

  SequenceQueue(BufferArena arena) {
    this.arena = arena;
  }

  boolean isEmpty() {
    return count == 0;
  }

  int count() {
    return count;
  }

  int first() {
    return memory.getInt(at(0));
  }

  void add(int seq) {
    if (count == capacity && !grow()) {
      return;
    }
    count++;
    memory.putInt(at(count - 1), seq);
  }

  void removeFirst() {
    head = (head + 1) & (capacity - 1);
    count--;
    if (count == 0) {
      clear();
    }
  }

  void clear() {
    count = 0;
    head = 0;
    capacity = 0;
    if (handle != BufferArena.NONE) {
      arena.give(handle);
      handle = BufferArena.NONE;
    }
  }

  long handle() {
    return handle;
  }

  private int at(int index) {
    return base + (((head + index) & (capacity - 1)) << 2);
  }

  private boolean grow() {
    int bytes = capacity == 0 ? SMALLEST_BYTES : capacity << 3;
    if (bytes > MOST_BYTES) {
      return false;
    }
    long larger = arena.take(bytes, Memory.reserveBytes(arena));
    if (larger == BufferArena.NONE) {
      return false;
    }
    ByteBuffer target = arena.memory(larger);
    int to = BufferArena.offset(larger);
    for (int i = 0; i < count; i++) {
      target.putInt(to + (i << 2), first(i));
    }
    if (handle != BufferArena.NONE) {
      arena.give(handle);
    }
    handle = larger;
    memory = target;
    base = to;
    head = 0;
    capacity = BufferArena.capacity(larger) >>> 2;
    return true;
  }

  private int first(int index) {
    return memory.getInt(at(index));
  }
}
