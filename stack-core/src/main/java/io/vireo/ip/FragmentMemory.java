// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.wire.InternetChecksum;
import java.nio.ByteBuffer;

/**
 * The bytes of fragments, copied out of the NIC's buffers: one piece of memory and never more, taken when the first fragment comes.
 *
 * <pre>
 *   |-- one whole datagram --|-- blocks of 512 bytes, each in a chain of its fragment or free --|
 * </pre>
 */
final class FragmentMemory {
  static final int NONE = -1;

  private static final int BLOCK_BITS = 9;
  private static final int BLOCK_BYTES = 1 << BLOCK_BITS;

  /** An IP payload is shorter. */
  private static final int LONGEST_DATAGRAM = 64 << 10;

  private final int bytes;
  private final int wholeBytes;

  /** By block: the one that follows in its chain, or NONE. */
  private final int[] next;

  private int free;
  private int freeBlocks;
  private ByteBuffer memory;
  private InternetChecksum checksum;

  /**
   * Takes no memory yet.
   *
   * @param bytes of all together, at least 64 KiB, or 0
   */
  FragmentMemory(int bytes) {
    this.bytes = bytes;
    this.wholeBytes = Math.min(LONGEST_DATAGRAM, bytes >>> 1);
    this.next = new int[(bytes - wholeBytes) >>> BLOCK_BITS];
    this.freeBlocks = next.length;
    this.free = freeBlocks == 0 ? NONE : 0;
    for (int block = 0; block < next.length; block++) {
      next[block] = block + 1 < next.length ? block + 1 : NONE;
    }
  }

  /** Takes the memory if that has not happened yet. False: there is none. */
  boolean open() {
    if (memory == null && bytes > 0) {
      try {
        memory = ByteBuffer.allocateDirect(bytes);
      } catch (OutOfMemoryError error) {
        return false; // the JVM's own limit on direct memory is a cap like ours
      }
      checksum = new InternetChecksum(memory);
    }
    return memory != null;
  }

  /** Whole datagrams lie at its beginning. Null before {@link #open}. */
  ByteBuffer memory() {
    return memory;
  }

  /** The checksum over {@link #memory()}. */
  InternetChecksum checksum() {
    return checksum;
  }

  /** The longest payload that can be put together. */
  int wholeBytes() {
    return wholeBytes;
  }

  /** Whether there are blocks for so many bytes. */
  boolean fits(int length) {
    return blocksFor(length) <= freeBlocks;
  }

  /** Bytes in blocks that are in use. */
  int usedBytes() {
    return (next.length - freeBlocks) << BLOCK_BITS;
  }

  private static int blocksFor(int length) {
    return (length + BLOCK_BYTES - 1) >>> BLOCK_BITS;
  }

  private int placeOf(int block) {
    return wholeBytes + (block << BLOCK_BITS);
  }

  /** Copies what {@link #fits}, at least one byte; returns the first block of its chain. */
  int put(ByteBuffer source, int offset, int length) {
    assert length > 0;
    assert fits(length);
    int first = free;
    int last = NONE;
    for (int done = 0; done < length; done += BLOCK_BYTES) {
      last = free;
      free = next[last];
      freeBlocks--;
      memory.put(placeOf(last), source, offset + done, Math.min(BLOCK_BYTES, length - done));
    }
    next[last] = NONE;
    return first;
  }

  /** Whether a chain holds the same bytes. */
  boolean holds(int first, ByteBuffer source, int offset, int length) {
    int block = first;
    for (int at = 0; at < length; at++) {
      if (at > 0 && (at & (BLOCK_BYTES - 1)) == 0) {
        block = next[block];
      }
      if (memory.get(placeOf(block) + (at & (BLOCK_BYTES - 1))) != source.get(offset + at)) {
        return false;
      }
    }
    return true;
  }

  /** Copies a chain of length bytes to its place in the whole datagram. */
  void place(int first, int length, int at) {
    assert at + length <= wholeBytes;
    int block = first;
    for (int done = 0; done < length; done += BLOCK_BYTES) {
      memory.put(at + done, memory, placeOf(block), Math.min(BLOCK_BYTES, length - done));
      block = next[block];
    }
  }

  /** Gives the blocks of a chain back. */
  void giveBack(int first) {
    int last = first;
    freeBlocks++;
    while (next[last] != NONE) {
      last = next[last];
      freeBlocks++;
    }
    next[last] = free;
    free = first;
  }
}
