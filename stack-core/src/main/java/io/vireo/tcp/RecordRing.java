// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;

/**
 * Records of 32 bytes in a ring, in an order, of which the first ones leave, others are appended, and some in between come and go. The first two are in
 * memory of the owner's own, more of them in the arena, until there are none.
 */
abstract class RecordRing {
  /** Bytes of the memory that each owner has for its first records. */
  static final int OWN_BYTES = 64;

  static final int RECORD_BITS = 5;

  private final BufferArena arena;
  private final ByteBuffer ownMemory;
  private final int ownBase;
  private final int limitRecords;

  /** What {@link #at} counts in. */
  ByteBuffer memory;

  int capacity = OWN_BYTES >>> RECORD_BITS;
  int count;
  private long handle = BufferArena.NONE;
  private int base;
  private int head;

  /** {@code ownMemory[ownBase, ownBase + OWN_BYTES)} is the owner's alone. */
  RecordRing(BufferArena arena, ByteBuffer ownMemory, int ownBase, int limitRecords) {
    this.arena = arena;
    this.ownMemory = ownMemory;
    this.ownBase = ownBase;
    this.limitRecords = limitRecords;
    memory = ownMemory;
    base = ownBase;
  }

  /** There is none. */
  final void clear() {
    head = 0;
    count = 0;
    giveBack();
  }

  /** The first ones leave. */
  @HotPath
  final void dropFirst(int records) {
    head = (head + records) & (capacity - 1);
    count -= records;
    if (count == 0) {
      giveBack();
    }
  }

  /** The arena's handle of the records; NONE while there are few. */
  final long handle() {
    return handle;
  }

  @HotPath
  final int at(int index) {
    return base + (slot(index) << RECORD_BITS);
  }

  /** Where in the ring a record lies. */
  @HotPath
  private int slot(int index) {
    return (head + index) & (capacity - 1);
  }

  final void copy(int from, int to) {
    memory.put(at(to), memory, at(from), 1 << RECORD_BITS);
  }

  /** Takes records out: the fewer others move. */
  final void takeOut(int index, int records) {
    int behind = count - index - records;
    if (index < behind) {
      move(0, records, index);
      head = (head + records) & (capacity - 1);
    } else {
      move(index + records, index, behind);
    }
    count -= records;
  }

  /** Makes room for one in front of a record. */
  final void insert(int index) {
    count++;
    if (index < count >>> 1) {
      head = (head - 1) & (capacity - 1);
      move(1, 0, index);
    } else {
      move(index, index + 1, count - 1 - index);
    }
  }

  /** Moves {@code records} from index {@code from} on to index {@code to}, in pieces that do not reach over the end of the ring. */
  private void move(int from, int to, int records) {
    int left = records;
    while (left > 0) {
      // Towards the front the first piece goes first, and else the last one: what is overwritten
      // has moved.
      boolean forward = to < from;
      int atFrom = slot(forward ? from + records - left : from + left - 1);
      int atTo = slot(forward ? to + records - left : to + left - 1);
      int piece = forward
          ? Math.min(left, capacity - Math.max(atFrom, atTo))
          : Math.min(left, Math.min(atFrom, atTo) + 1);
      int back = forward ? 0 : piece - 1;
      int source = base + ((atFrom - back) << RECORD_BITS);
      memory.put(base + ((atTo - back) << RECORD_BITS), memory, source, piece << RECORD_BITS);
      left -= piece;
    }
  }

  /** Moves to a larger ring, if limits and memory allow. */
  final boolean grow() {
    if (capacity >= limitRecords) {
      return false;
    }
    int bytes = Math.max((2 * capacity) << RECORD_BITS, 1 << 10);
    long larger = arena.take(bytes, Memory.reserveBytes(arena));
    if (larger == BufferArena.NONE) {
      return false;
    }
    ByteBuffer target = arena.memory(larger);
    int to = BufferArena.offset(larger);
    int inFront = Math.min(count, capacity - head);
    target.put(to, memory, at(0), inFront << RECORD_BITS);
    target.put(to + (inFront << RECORD_BITS), memory, base, (count - inFront) << RECORD_BITS);
    if (handle != BufferArena.NONE) {
      arena.give(handle);
    }
    handle = larger;
    memory = target;
    base = to;
    head = 0;
    capacity = BufferArena.capacity(larger) >>> RECORD_BITS;
    return true;
  }

  @HotPath
  private void giveBack() {
    if (handle != BufferArena.NONE) {
      arena.give(handle);
      handle = BufferArena.NONE;
      memory = ownMemory;
      base = ownBase;
      capacity = OWN_BYTES >>> RECORD_BITS;
      head = 0;
    }
  }
}
