// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What one end of one connection sends: each byte follows from who sends it, from which initial sequence number, and its
 * position. So every byte on the wire, or shown to a user, can be judged by itself, and one that strays from another
 * connection, an earlier life of the same tuple, or another place in the stream is found out.
 */
record Stream(long key) {
  /** As the bytes of a word follow each other here, whatever the order of a buffer is. */
  private static final VarHandle WORDS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  static Stream of(int iss, int sourceAddress, int sourcePort, int destinationPort) {
    long tuple = (long) sourceAddress << 32 | (long) sourcePort << 16 | destinationPort;
    return new Stream(Draws.mix(Draws.mix(tuple) + iss));
  }

  byte at(long position) {
    return (byte) (word(position >>> 3) >>> ((position & 7) * 8));
  }

  private long word(long index) {
    return Draws.mix(key + index);
  }

  /** Writes {@code length} bytes of the stream from {@code position} on. */
  void write(ByteBuffer target, int offset, long position, int length) {
    int i = 0;
    for (int head = bytesToWord(position, length); i < head; i++) {
      target.put(offset + i, at(position + i));
    }
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      WORDS.set(target, offset + i, word((position + i) >>> 3));
    }
    for (; i < length; i++) {
      target.put(offset + i, at(position + i));
    }
  }

  /** The first of {@code length} bytes that is not what stands at {@code position} and after, or -1. */
  int firstDifference(ByteBuffer memory, int offset, long position, int length) {
    int i = 0;
    for (int head = bytesToWord(position, length); i < head; i++) {
      if (memory.get(offset + i) != at(position + i)) {
        return i;
      }
    }
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      long different = (long) WORDS.get(memory, offset + i) ^ word((position + i) >>> 3);
      if (different != 0) {
        return i + (Long.numberOfTrailingZeros(different) >>> 3);
      }
    }
    for (; i < length; i++) {
      if (memory.get(offset + i) != at(position + i)) {
        return i;
      }
    }
    return -1;
  }

  /** How many of {@code length} bytes from {@code position} on stand before the next whole word. */
  private static int bytesToWord(long position, int length) {
    return Math.min((int) -position & 7, length);
  }
}
