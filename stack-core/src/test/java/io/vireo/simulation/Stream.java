// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.nio.ByteBuffer;

/**
 * What one end of one connection sends: each byte follows from who sends it, from which initial sequence number, and its
 * position. So every byte on the wire, or shown to a user, can be judged by itself, and one that strays from another
 * connection, an earlier life of the same tuple, or another place in the stream is found out.
 */
record Stream(long key) {
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
    long word = word(position >>> 3);
    for (int i = 0; i < length; i++) {
      long p = position + i;
      if ((p & 7) == 0) {
        word = word(p >>> 3);
      }
      target.put(offset + i, (byte) (word >>> ((p & 7) * 8)));
    }
  }

  /** The first of {@code length} bytes that is not what stands at {@code position} and after, or -1. */
  int firstDifference(ByteBuffer memory, int offset, long position, int length) {
    long word = word(position >>> 3);
    for (int i = 0; i < length; i++) {
      long p = position + i;
      if ((p & 7) == 0) {
        word = word(p >>> 3);
      }
      if (memory.get(offset + i) != (byte) (word >>> ((p & 7) * 8))) {
        return i;
      }
    }
    return -1;
  }
}
