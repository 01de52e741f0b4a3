// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.api.HotPath;
import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.efvi.ciul.VirtualInterface;
import io.vireo.nic.linux.MappedMemory;
import java.nio.ByteBuffer;

/**
 * Frames on their way in. The card writes them into buffers that it has been given, and they are handed on as they lie there; only one that is longer than a buffer is put
 * together in a place of its own.
 *
 * <pre>
 *           receiveInit, eight at a time                onPart                      next              release
 *   returned ──────────────────────────► card's ring ──────────► waiting ──────────► current ──────────► returned
 * </pre>
 */
final class ReceiveSide {
  /** Two of them fill a page: none lies in two. */
  static final int BUFFER_BYTES = 2_048;

  /** The card takes buffers by so many. */
  private static final int BATCH = 8;

  private static final int NONE = -1;
  private static final int STARTS = 1;
  private static final int CONTINUES = 2;
  private static final int LENGTH_SHIFT = 8;
  private static final int LENGTH_MASK = 0xFF_FFFF;
  private static final int ID_SHIFT = 32;

  private final VirtualInterface vi;
  private final ByteBuffer memory;
  private final long memoryAddress;
  private final int start;
  private final int assemblyStart;
  private final int assemblyBytes;
  private final int prefixBytes;
  private final int flags;
  private final long[] dmaAddresses;
  private final int[] returned;
  private int returnedCount;

  /** Buffers with frames, or parts of them, oldest first: id, length and flags. */
  private final long[] waiting;

  private int head;
  private int tail;

  /** Bytes so far of the frame whose last part has not come; 0: there is none. */
  private int unfinishedBytes;

  private int current = NONE;

  /**
   * Gives the card all buffers but a few.
   *
   * @param start of the buffers in registered memory, at a page
   * @param entries of the card's ring, one less of which it can hold
   * @param assemblyStart where {@code assemblyBytes} bytes are for a frame that is longer than a buffer
   */
  ReceiveSide(
      CardQueue queue,
      MappedMemory registered,
      int start,
      int entries,
      int assemblyStart,
      int assemblyBytes) {
    memory = registered.buffer();
    memoryAddress = registered.address();
    this.start = start;
    this.assemblyStart = assemblyStart;
    this.assemblyBytes = assemblyBytes;
    vi = queue.vi();
    prefixBytes = queue.prefixBytes();
    flags = vi.verifiesChecksums() ? ReceivedFrame.CHECKSUMS_VERIFIED : 0;
    waiting = new long[entries];
    returned = new int[entries];
    dmaAddresses = new long[entries];
    for (int id = entries - 1; id >= 0; id--) {
      dmaAddresses[id] = queue.dmaAddress(start + id * BUFFER_BYTES);
      returned[returnedCount++] = id;
    }
    // Of a ring of 512 entries 511 can be used: 504 are.
    while (returnedCount > BATCH) {
      refill();
    }
  }

  /** Bytes of memory for so many buffers. */
  static int bytesFor(int entries) {
    return entries * BUFFER_BYTES;
  }

  private void refill() {
    for (int i = 0; i < BATCH; i++) {
      int id = returned[--returnedCount];
      int result = vi.receiveInit(dmaAddresses[id], id);
      assert result == 0 : "there are no more buffers than places in the ring";
    }
    vi.receivePush();
  }

  @HotPath
  private void giveBack(int id) {
    returned[returnedCount++] = id;
    if (returnedCount == 2 * BATCH) {
      refill();
    }
  }

  /**
   * A buffer came back with a frame or a part of one. {@code bytes} since the beginning of the frame, the card's prefix included.
   */
  @HotPath
  void onPart(int id, int bytes, boolean starts, boolean continues) {
    if (starts == (unfinishedBytes > 0)) {
      // The rest of a frame that was dropped, or a frame in the midst of one.
      dropUnfinished();
      if (!starts) {
        giveBack(id);
        return;
      }
    }
    int part = bytes - unfinishedBytes;
    waiting[tail++ & (waiting.length - 1)] = (long) id << ID_SHIFT
        | (long) part << LENGTH_SHIFT
        | (starts ? STARTS : 0)
        | (continues ? CONTINUES : 0);
    unfinishedBytes = continues ? bytes : 0;
  }

  /** A buffer came back, and what is in it is of no use; nor is the frame that it belongs to. */
  void onUseless(int id) {
    dropUnfinished();
    giveBack(id);
  }

  /** Of the frame that has begun nothing more will come. */
  void dropUnfinished() {
    while (unfinishedBytes > 0) {
      long part = waiting[--tail & (waiting.length - 1)];
      giveBack((int) (part >>> ID_SHIFT));
      unfinishedBytes = (part & STARTS) != 0 ? 0 : unfinishedBytes;
    }
  }

  /** Whether a frame waits. */
  @HotPath
  boolean hasNext() {
    return head != tail && (unfinishedBytes == 0 || hasWhole());
  }

  private boolean hasWhole() {
    for (int i = head; i != tail; i++) {
      if ((waiting[i & (waiting.length - 1)] & CONTINUES) == 0) {
        return true;
      }
    }
    return false;
  }

  /** The next frame, which becomes the current one, or {@link Nic#EMPTY}; packed as {@link ReceivedFrame}. */
  @HotPath
  long next() {
    assert current == NONE : "the current frame must be released first";
    if (!hasNext()) {
      return Nic.EMPTY;
    }
    long part = waiting[head++ & (waiting.length - 1)];
    if ((part & CONTINUES) != 0) {
      return assemble(part);
    }
    current = (int) (part >>> ID_SHIFT);
    int length = Math.max(length(part) - prefixBytes, 0); // a card may say anything
    return ReceivedFrame.pack(start + current * BUFFER_BYTES + prefixBytes, length, flags);
  }

  @HotPath
  private static int length(long part) {
    return (int) (part >>> LENGTH_SHIFT) & LENGTH_MASK;
  }

  /** Puts a frame together that begins with {@code firstPart}, all of which has come; its buffers go back at once. */
  private long assemble(long firstPart) {
    int length = 0;
    int skip = prefixBytes;
    long part = firstPart;
    while (true) {
      int id = (int) (part >>> ID_SHIFT);
      int bytes = Math.max(Math.min(length(part) - skip, assemblyBytes - length), 0);
      memory.put(assemblyStart + length, memory, start + id * BUFFER_BYTES + skip, bytes);
      length += bytes;
      skip = 0;
      giveBack(id);
      if ((part & CONTINUES) == 0) {
        current = waiting.length; // none of the buffers
        return ReceivedFrame.pack(assemblyStart, length, flags);
      }
      part = waiting[head++ & (waiting.length - 1)];
    }
  }

  @HotPath
  boolean holdsFrame() {
    return current != NONE;
  }

  /** The current frame's memory may be written again; {@code usable}: the card may be given it. */
  @HotPath
  void release(boolean usable) {
    if (usable && current < waiting.length) {
      giveBack(current);
    }
    current = NONE;
  }

  /** Bytes of the frame in a buffer, as the card wrote them in front of it. */
  int receivedBytes(int id) {
    return vi.receivedBytes(memoryAddress + start + (long) id * BUFFER_BYTES) + prefixBytes;
  }
}
