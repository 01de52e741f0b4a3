// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.wire.SequenceNumber;
import java.nio.ByteBuffer;

/**
 * The bytes that arrived and are not consumed, each at its place in the stream: those in order that the user left over, and
 * those beyond RCV.NXT that came before their turn.
 *
 * <pre>
 *    position 0                                                             capacity
 *    |  free   | left over, in order |  gap  |  early  |  gap  | early |  free  |
 *   base      first                 next                               last
 * </pre>
 *
 * {@code first} to {@code next} is contiguous, so that a user always sees old and new bytes in one piece; when the tail is
 * short, everything moves to the front. The memory is taken on demand and given back when nothing is held.
 */
final class ReorderBuffer {
  private static final int SMALLEST_BYTES = 2 << 10;

  /** Bytes that may be copied to make room for a segment that came early: some microseconds; */
  private static final int CHEAP_COPY_BYTES = 64 << 10;

  /** or, of larger buffers, per byte that came in order since the last time. */
  private static final int COPIES_PER_BYTE = 16;

  private final BufferArena arena;
  private final ReceiveLimit limit;
  private final RangeSet early;

  private long handle = BufferArena.NONE;
  private ByteBuffer memory;
  private int offset;
  private int capacity;

  /** Sequence number of position 0. */
  private int baseSeq;

  /** Bytes left over before {@code nextSeq}. */
  private int readable;

  /** RCV.NXT, but for the peer's FIN: the sequence number behind the last byte in order. */
  private int nextSeq;

  /** Bytes that RCV.NXT has ever passed. */
  private long receivedBytes;

  ReorderBuffer(BufferArena arena, ReceiveLimit limit, int limitRanges) {
    this.arena = arena;
    this.limit = limit;
    this.early = new RangeSet(arena, limitRanges);
  }

  void reset(int rcvNxt) {
    clear();
    nextSeq = rcvNxt;
    receivedBytes = 0;
  }

  /** Nothing is held. */
  void keep(Memo memo) {
    memo.putInt(nextSeq);
    memo.putLong(receivedBytes);
  }

  void recall(Memo memo) {
    reset(memo.getInt());
    receivedBytes = memo.getLong();
  }

  /** Keeps bytes that continue the stream at RCV.NXT. Returns how many were kept: fewer than length if memory is short. */
  int append(ByteBuffer source, int from, int length) {
    int room = Math.min(length, endSeq() - nextSeq);
    if (room <= 0 || !makeRoom(nextSeq + room, false, Memory.leftoverReserveBytes(arena))) {
      return 0;
    }
    memory.put(position(nextSeq), source, from, room);
    readable += room;
    nextSeq += room;
    receivedBytes += room;
    return room;
  }

  /** The stream goes on to RCV.NXT + length without our keeping the bytes: the user has consumed them where they lay. */
  void skip(int length) {
    assert readable == 0 : "nothing may be left in front of what is skipped";
    nextSeq += length;
    receivedBytes += length;
    if (early.isEmpty()) {
      clear();
    }
  }

  /**
   * Keeps bytes beyond RCV.NXT; where some of them are held already, those held first stay. False if the limits of ranges, memory or copying do
   * not allow it, and then nothing is kept.
   */
  boolean insert(int seq, ByteBuffer source, int from, int length) {
    int end = seq + length;
    if (!early.canAdd(seq, end) || !makeRoom(end, true, Memory.earlyReserveBytes(arena))) {
      releaseIfEmpty();
      return false;
    }
    int at = seq;
    for (int i = early.firstEndingAtOrAfter(seq);
        i < early.count() && SequenceNumber.lessThan(early.start(i), end);
        i++) {
      copyIn(at, SequenceNumber.max(at, early.start(i)), seq, source, from);
      at = SequenceNumber.max(at, early.end(i));
    }
    copyIn(at, SequenceNumber.max(at, end), seq, source, from);
    return early.add(seq, end);
  }

  /** Takes what has become contiguous into the stream; returns how many bytes RCV.NXT moves on. */
  int drain() {
    int before = nextSeq;
    while (!early.isEmpty() && SequenceNumber.lessOrEqual(early.start(0), nextSeq)) {
      int end = early.end(0);
      if (SequenceNumber.greaterThan(end, nextSeq)) {
        readable += end - nextSeq;
        nextSeq = end;
      }
      early.removeFirst();
    }
    releaseIfEmpty();
    receivedBytes += nextSeq - before;
    return nextSeq - before;
  }

  /** The user has consumed the first count bytes that were left over. */
  void consume(int count) {
    assert count <= readable : "no more than there is";
    readable -= count;
    releaseIfEmpty();
  }

  /** Gives up what came before its turn: it was never acknowledged, and will be sent again. */
  void dropEarly() {
    early.clear();
    releaseIfEmpty();
  }

  /** Drops everything and gives the memory back. */
  void clear() {
    readable = 0;
    early.clear();
    release();
  }

  /** RCV.NXT, but for the peer's FIN. */
  int nextSeq() {
    return nextSeq;
  }

  /** Bytes that RCV.NXT has ever passed. */
  long receivedBytes() {
    return receivedBytes;
  }

  /** Whether nothing is held. */
  @HotPath
  boolean isEmpty() {
    return readable == 0 && early.isEmpty();
  }

  /** Whether bytes at or beyond {@code seq} are held. */
  boolean holdsBeyond(int seq) {
    return !early.isEmpty() && SequenceNumber.greaterThan(early.end(early.count() - 1), seq);
  }

  /** Bytes left over, in order. */
  int readable() {
    return readable;
  }

  /** Behind the last byte that is ever kept until the user consumes some: whatever was offered is taken, though the limit may be lower now. */
  @HotPath
  int endSeq() {
    return nextSeq - readable + limit.capBytes();
  }

  /**
   * The edge, or less of it where bytes up to there could not be kept without a copy that costs much more than what came in order since the last: else a
   * slow reader with a full buffer would buy a copy of all of it with each segment.
   */
  @HotPath
  int affordable(int edge) {
    boolean moves = handle != BufferArena.NONE && capacity >= limit.bytes();
    return moves && !paid(nextSeq - readable) ? SequenceNumber.min(edge, baseSeq + capacity) : edge;
  }

  /** Where in {@link #handle()}'s memory they begin. */
  int readableOffset() {
    return position(nextSeq - readable);
  }

  long handle() {
    return handle;
  }

  /** Where bytes beyond RCV.NXT are held; to read only. */
  RangeSet early() {
    return early;
  }

  /** Whether bytes beyond RCV.NXT are held. */
  boolean holdsEarly() {
    return !early.isEmpty();
  }

  /** Where the first bytes beyond RCV.NXT begin; only while some are held. */
  int firstEarlySeq() {
    return early.start(0);
  }

  private void copyIn(int startSeq, int endSeq, int seq, ByteBuffer source, int from) {
    int length = endSeq - startSeq;
    if (length > 0) {
      memory.put(position(startSeq), source, from + (startSeq - seq), length);
    }
  }

  private int position(int seq) {
    return offset + (seq - baseSeq);
  }

  /**
   * Makes sure that everything from the first byte left over up to endSeq has a place. For what comes early nothing is moved that costs much more
   * than what came in order since the last time: else a peer who keeps to the far edge of a large window would buy a copy of all of it with each
   * segment.
   */
  private boolean makeRoom(int endSeq, boolean cameEarly, long keepFreeBytes) {
    int firstSeq = nextSeq - readable;
    if (handle == BufferArena.NONE) {
      baseSeq = firstSeq;
      return take(endSeq - firstSeq, keepFreeBytes);
    }
    if (endSeq - baseSeq <= capacity) {
      return true;
    }
    int span = endSeq - firstSeq;
    int held = heldSpan(firstSeq);
    int oldPosition = position(firstSeq);
    ByteBuffer oldMemory = memory;
    long oldHandle = handle;
    boolean worthIt = !cameEarly || paid(firstSeq);
    boolean largest = span <= capacity && capacity >= limit.bytes();
    // Moving costs a copy of all that is held; a larger buffer makes the next move rarer.
    boolean moves = span <= capacity && worthIt && (largest || held <= capacity / 2);
    if (!moves
        && (largest
            || !take(Math.max(span, Math.min(2 * capacity, limit.bytes())), keepFreeBytes))) {
      moves = span <= capacity && worthIt;
      if (!moves) {
        return false;
      }
    }
    memory.put(offset, oldMemory, oldPosition, held);
    baseSeq = firstSeq;
    if (!moves) {
      arena.give(oldHandle);
    }
    return true;
  }

  /** Whether as much has been consumed since the last copy as the next one costs. */
  private boolean paid(int firstSeq) {
    long paidBytes = Math.max((long) (firstSeq - baseSeq) * COPIES_PER_BYTE, CHEAP_COPY_BYTES);
    return heldSpan(firstSeq) <= paidBytes;
  }

  /** From the first byte left over to the end of what came early. */
  private int heldSpan(int firstSeq) {
    return (early.isEmpty() ? nextSeq : early.end(early.count() - 1)) - firstSeq;
  }

  private boolean take(int bytes, long keepFreeBytes) {
    long taken = arena.take(Math.max(bytes, SMALLEST_BYTES), keepFreeBytes);
    if (taken == BufferArena.NONE) {
      return false;
    }
    handle = taken;
    memory = arena.memory(taken);
    offset = BufferArena.offset(taken);
    capacity = BufferArena.capacity(taken);
    return true;
  }

  private void releaseIfEmpty() {
    if (readable == 0 && early.isEmpty()) {
      early.clear();
      release();
    }
  }

  private void release() {
    if (handle != BufferArena.NONE) {
      arena.give(handle);
      handle = BufferArena.NONE;
      capacity = 0;
    }
  }
}
