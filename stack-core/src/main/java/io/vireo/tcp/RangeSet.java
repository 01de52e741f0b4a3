// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.memory.BufferArena;
import io.vireo.wire.SequenceNumber;
import java.nio.ByteBuffer;

/**
 * Disjoint ranges [start, end) of sequence numbers in ascending order, as many as a limit allows. They lie in the arena, in memory that is taken when
 * the first range comes, doubles as they become more, and is given back with the last.
 */
final class RangeSet {
  /** {@link #holding}: no range does. */
  static final int NONE = -1;

  private static final int RANGE_BYTES = 8;
  private static final int FIRST_RANGES = 128;

  private final BufferArena arena;
  private final int limit;
  private long handle = BufferArena.NONE;
  private ByteBuffer memory;
  private int base;

  /** How many there is memory for. */
  private int capacity;

  private int count;

  RangeSet(BufferArena arena, int limit) {
    this.arena = arena;
    this.limit = limit;
  }

  /** Adds [start, end), merging what it touches. False, and nothing changed, if that makes too many ranges or memory is short. */
  boolean add(int start, int end) {
    int first = firstEndingAtOrAfter(start);
    int last = first;
    int from = start;
    int to = end;
    while (last < count && SequenceNumber.lessOrEqual(start(last), end)) {
      from = SequenceNumber.min(from, start(last));
      to = SequenceNumber.max(to, end(last));
      last++;
    }
    if (first == last && !makeRoom(first)) {
      return false;
    }
    if (last > first + 1) {
      move(last, first + 1);
      count -= last - first - 1;
    }
    set(first, from, to);
    return true;
  }

  /** Whether another range would find room; one that joins others always does. */
  boolean canAdd(int start, int end) {
    int first = firstEndingAtOrAfter(start);
    boolean joins = first < count && SequenceNumber.lessOrEqual(start(first), end);
    return joins || (count < limit && reserve());
  }

  /** Takes [start, end) out of the range that holds all of it, if one does. False, and nothing changed, if that makes too many ranges or memory is short. */
  boolean remove(int start, int end) {
    int index = holding(start);
    if (index == NONE || SequenceNumber.greaterThan(end, end(index))) {
      return true;
    }
    int from = start(index);
    int to = end(index);
    if (from == start && to == end) {
      move(index + 1, index);
      count--;
      if (count == 0) {
        clear();
      }
    } else if (from == start) {
      set(index, end, to);
    } else if (to == end) {
      set(index, from, start);
    } else {
      if (!makeRoom(index)) {
        return false;
      }
      set(index, from, start);
      set(index + 1, end, to);
    }
    return true;
  }

  void removeFirst() {
    move(1, 0);
    count--;
    if (count == 0) {
      clear();
    }
  }

  void clear() {
    count = 0;
    capacity = 0;
    if (handle != BufferArena.NONE) {
      arena.give(handle);
      handle = BufferArena.NONE;
    }
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  int start(int index) {
    return memory.getInt(base + index * RANGE_BYTES);
  }

  int end(int index) {
    return memory.getInt(base + index * RANGE_BYTES + 4);
  }

  /** Index of the first range whose end is at or after {@code seq}; count() if there is none. */
  int firstEndingAtOrAfter(int seq) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (SequenceNumber.lessThan(end(middle), seq)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Index of the range that holds {@code seq}, or NONE. */
  int holding(int seq) {
    int index = firstEndingAtOrAfter(seq + 1);
    return index < count && SequenceNumber.lessOrEqual(start(index), seq) ? index : NONE;
  }

  /** The arena's handle of the ranges; NONE while there are none. */
  long handle() {
    return handle;
  }

  private boolean makeRoom(int index) {
    if (count == limit || !reserve()) {
      return false;
    }
    move(index, index + 1);
    count++;
    return true;
  }

  /** Makes sure that there is memory for one more. */
  private boolean reserve() {
    if (count < capacity) {
      return true;
    }
    int ranges = Math.min(Math.max(2 * capacity, FIRST_RANGES), limit);
    long larger = arena.take(ranges * RANGE_BYTES, Memory.earlyReserveBytes(arena));
    if (larger == BufferArena.NONE) {
      return false;
    }
    ByteBuffer target = arena.memory(larger);
    int to = BufferArena.offset(larger);
    if (handle != BufferArena.NONE) {
      target.put(to, memory, base, count * RANGE_BYTES);
      arena.give(handle);
    }
    handle = larger;
    memory = target;
    base = to;
    capacity = ranges;
    return true;
  }

  /** Moves the ranges from index {@code from} on to index {@code to}. */
  private void move(int from, int to) {
    int bytes = Math.max(count - from, 0) * RANGE_BYTES;
    memory.put(base + to * RANGE_BYTES, memory, base + from * RANGE_BYTES, bytes);
  }

  private void set(int index, int start, int end) {
    memory.putInt(base + index * RANGE_BYTES, start);
    memory.putInt(base + index * RANGE_BYTES + 4, end);
  }
}
