// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;

/**
 * The bytes from SND.UNA on: sent and not acknowledged, then not sent. A ring in the stack's arena that is taken with the first
 * byte, doubles as it fills, and is given back when the last byte is acknowledged.
 *
 * <pre>
 *    0          tail              head                     wrapAt   capacity
 *    |  later   |  free            |  SND.UNA on             |  unused  |
 * </pre>
 *
 * Bytes that reach {@code wrapAt} go on at 0. That is the end of the ring, unless a claim, which lies in one piece, did not fit in front of
 * it and ended the lap early; until the head has passed, what lies behind is unused. A claim begins at the tail. While one is open, the memory
 * stays where it is, whatever becomes of the bytes.
 *
 * <p>How much is queued at most follows the congestion window: twice that, so that an ACK always finds more to send, and not so much that it would
 * wait for long. A claim may be as long as the buffer ever gets, for what is encoded in one piece cannot be cut.
 */
final class SendBuffer {
  /** {@link #claim}: it does not fit now. */
  static final int REFUSED = -1;

  /** Every connection may queue so much, if its cap allows. */
  private static final int FIRST_BYTES = 64 << 10;

  private static final int SMALLEST_BYTES = 2 << 10;
  private static final int LARGEST_BYTES = 1 << 30;

  private final BufferArena arena;
  private final int capBytes;
  private final int firstBytes;

  /** Of bytes queued, at present. */
  private int limitBytes;

  private long handle = BufferArena.NONE;
  private ByteBuffer memory;
  private int base;

  /** Where this lap ends; 0 without a ring. */
  private int wrapAt;

  private int head;
  private int length;

  /** Bytes of the open claim; 0: none is open. */
  private int claimed;

  SendBuffer(BufferArena arena, int capBytes) {
    this.arena = arena;
    this.capBytes = capBytes;
    firstBytes = Math.min(FIRST_BYTES, capBytes);
    limitBytes = firstBytes;
  }

  /** The congestion window is as large now. What is queued remains, though it may be more than would be taken anew. */
  @HotPath
  void onWindow(int congestionWindowBytes) {
    limitBytes = congestionWindowBytes > capBytes >>> 1
        ? capBytes
        : Math.max(firstBytes, 2 * congestionWindowBytes);
  }

  /** The connection was at rest, with nothing queued; {@link #limitBytes} was so much. */
  void recallLimit(int limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** Copies what fits of source[offset, offset + count), and returns how much that was. */
  @HotPath
  int append(ByteBuffer source, int offset, int count) {
    assert claimed == 0 : "nothing comes before an open claim";
    int taken = Math.min(count, limitBytes - length);
    if (taken <= 0) {
      return 0;
    }
    if (taken > wrapAt - length) {
      growFor(taken);
      taken = Math.min(taken, wrapAt - length);
    }
    if (taken > 0) {
      int at = head + length;
      if (at >= wrapAt) {
        memory.put(base + at - wrapAt, source, offset, taken);
      } else {
        int first = Math.min(taken, wrapAt - at);
        memory.put(base + at, source, offset, first);
        if (first < taken) {
          memory.put(base, source, offset + first, taken - first);
        }
      }
      length += taken;
    }
    return taken;
  }

  /** Copies count bytes from position {@code from} (0: SND.UNA) to target[offset …). */
  @HotPath
  void copyTo(ByteBuffer target, int offset, int from, int count) {
    assert from >= 0 && from + count <= length : "the bytes are there";
    int start = head + from;
    if (start >= wrapAt) {
      target.put(offset, memory, base + start - wrapAt, count);
      return;
    }
    int first = Math.min(count, wrapAt - start);
    target.put(offset, memory, base + start, first);
    if (first < count) {
      target.put(offset + first, memory, base, count - first);
    }
  }

  /** The first count bytes are acknowledged. */
  @HotPath
  void release(int count) {
    assert count <= length : "no more than there is";
    head += count;
    length -= count;
    if (length == 0 && claimed == 0) {
      giveBack();
    } else if (head >= wrapAt) {
      head -= wrapAt;
      wrapAt = capacity();
    }
  }

  // ---- Claims

  /** Whether a claim may be open behind what is queued: within the limit, or, with half of that free, as long as the buffer ever gets. */
  @HotPath
  private boolean mayClaim(int count) {
    int most = length <= limitBytes >>> 1 ? capBytes : limitBytes;
    return count <= most - length;
  }

  /**
   * Reserves count contiguous bytes behind the last, to be written by somebody else and then queued by {@link #commit}. All or nothing: their
   * offset in the memory behind {@link #handle()}, or REFUSED.
   */
  @HotPath
  int claim(int count) {
    assert claimed == 0 && count > 0 && count <= capBytes : "one at a time";
    if (!mayClaim(count) || (!fitsAtTail(count) && !makeRoomFor(count))) {
      return REFUSED;
    }
    claimed = count;
    return claimOffset();
  }

  /** The first count bytes of the open claim are queued, the others given up. */
  @HotPath
  void commit(int count) {
    assert count >= 0 && count <= claimed : "what was claimed";
    claimed = 0;
    length += count;
    if (length == 0) {
      giveBack();
    } else if (head + length <= wrapAt) {
      // Nothing lies beyond, so that the lap does not end here.
      wrapAt = capacity();
    }
  }

  /** Bytes of the open claim; 0: none is open. */
  @HotPath
  int claimed() {
    return claimed;
  }

  /** Where the open claim lies in the memory behind {@link #handle()}. */
  int claimOffset() {
    int at = head + length;
    return base + (at < wrapAt ? at : at - wrapAt);
  }

  /** The arena's handle of the ring, if there is one. */
  long handle() {
    return handle;
  }

  /** Whether a claim of count bytes would succeed now, but for one that is open. */
  boolean canClaim(int count) {
    if (!mayClaim(count)) {
      return false;
    }
    int at = head + length;
    if (at < wrapAt ? count <= Math.max(wrapAt - at, head) : count <= wrapAt - length) {
      return true;
    }
    int ring = ringForClaim(count);
    return ring > 0 && ring <= largestRing();
  }

  /** Whether count bytes fit in one piece behind the last byte; ends the lap if they fit at its beginning only. */
  @HotPath
  private boolean fitsAtTail(int count) {
    int at = head + length;
    if (at >= wrapAt) {
      return count <= wrapAt - length;
    }
    if (count > wrapAt - at && count <= head) {
      wrapAt = at;
      return true;
    }
    return count <= wrapAt - at;
  }

  private boolean makeRoomFor(int count) {
    int ring = ringForClaim(count);
    return ring > 0 && ring <= largestRing() && moveTo(ring);
  }

  /**
   * The ring into which a claim would fit behind what is queued; 0: none that is allowed. One of the present size, if that only has to be put in
   * order, and no more is copied than is claimed: so copying costs no more than writing does.
   */
  private int ringForClaim(int count) {
    int ring = ringFor(length + count);
    int capacity = capacity();
    if (ring > capacity || length <= count) {
      return Math.max(ring, capacity);
    }
    return capacity < ringFor(capBytes) ? capacity << 1 : 0;
  }

  // ---- Room

  /** Drops everything. The memory of an open claim stays, for its owner may be writing to it. */
  void drop() {
    if (claimed == 0) {
      giveBack();
    } else {
      head = claimOffset() - base;
      length = 0;
      wrapAt = capacity();
    }
  }

  /** Drops everything, an open claim as well, and gives the memory back. */
  void clear() {
    claimed = 0;
    limitBytes = firstBytes;
    giveBack();
  }

  private void giveBack() {
    length = 0;
    head = 0;
    wrapAt = 0;
    if (handle != BufferArena.NONE) {
      arena.give(handle);
      handle = BufferArena.NONE;
    }
  }

  int length() {
    return length;
  }

  /** Whether nothing is queued and nothing claimed, so that no acknowledgment and no commit will make room. */
  @HotPath
  boolean isIdle() {
    return (length | claimed) == 0;
  }

  /** Free bytes, by the limit of this connection and by what the arena still has. */
  int free() {
    int used = length + claimed;
    int byLimit = Math.max(limitBytes - used, 0);
    int inHand = wrapAt - used;
    if (byLimit <= inHand) {
      return byLimit;
    }
    int larger = Math.min(largestRing(), ringFor(limitBytes));
    return larger > capacity() ? Math.max(Math.min(larger - used, byLimit), inHand) : inHand;
  }

  /**
   * Free bytes to tell somebody of who was refused a claim of {@code refusedClaim} bytes, or a send (0). To a claim none are of use that it does not fit
   * into; to a send, half of the limit is room enough, whatever was refused; with nothing queued, all there is, if the arena has any: more than it
   * has now may never come free. Nobody may send while a claim is open.
   */
  int freeToTell(int refusedClaim) {
    if (claimed > 0) {
      return 0;
    }
    if (refusedClaim > 0) {
      return canClaim(refusedClaim) ? refusedClaim : 0;
    }
    int free = free();
    return free >= limitBytes >>> 1 || (length == 0 && free >= SMALLEST_BYTES) ? capBytes : free;
  }

  /** The longest claim that an empty buffer and an empty arena can hold. */
  @HotPath
  int longestClaim() {
    long most = Math.min(arena.capacityBytes() - Memory.reserveBytes(arena), LARGEST_BYTES);
    return Math.min(capBytes, Integer.highestOneBit((int) most));
  }

  /** Most bytes queued, at present. */
  int limitBytes() {
    return limitBytes;
  }

  /** Most bytes that can ever be queued. */
  int mostBytes() {
    return capBytes;
  }

  /** For {@code more} bytes that the ring has no room for: moves to a larger one, as large as memory allows. */
  private void growFor(int more) {
    int wanted = Math.max(ringFor(length + more), Math.min(capacity() << 1, ringFor(limitBytes)));
    int ring = Math.min(wanted, largestRing());
    if (ring > capacity()) {
      moveTo(ring);
    }
  }

  /** Moves what is queued to the beginning of another ring. False, and nothing changed, if memory is short. */
  private boolean moveTo(int bytes) {
    long ring = arena.take(bytes, bytes == SMALLEST_BYTES ? 0 : Memory.reserveBytes(arena));
    if (ring == BufferArena.NONE) {
      return false;
    }
    ByteBuffer target = arena.memory(ring);
    int to = BufferArena.offset(ring);
    if (length > 0) {
      copyTo(target, to, 0, length);
    }
    if (handle != BufferArena.NONE) {
      arena.give(handle);
    }
    handle = ring;
    memory = target;
    base = to;
    head = 0;
    wrapAt = BufferArena.capacity(ring);
    return true;
  }

  private int capacity() {
    return handle == BufferArena.NONE ? 0 : BufferArena.capacity(handle);
  }

  private static int ringFor(int bytes) {
    return Math.max(SMALLEST_BYTES, Integer.highestOneBit(bytes - 1) << 1);
  }

  /** The largest ring that the arena would give now, beside the present one; 0: none. The smallest may take the last there is. */
  private int largestRing() {
    long bytes = Math.min(arena.freeBytes() - Memory.reserveBytes(arena), LARGEST_BYTES);
    if (handle == BufferArena.NONE) {
      bytes = Math.max(bytes, Math.min(arena.freeBytes(), SMALLEST_BYTES));
    }
    return bytes < SMALLEST_BYTES ? 0 : Integer.highestOneBit((int) bytes);
  }
}
