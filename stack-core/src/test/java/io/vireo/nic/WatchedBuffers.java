// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Buffers that change hands between a card and its user. While the card has one to write into, it is full of poison; while it
 * has one to read, it is sealed by a checksum. So a write by the wrong hands is seen when the card touches the buffer.
 */
final class WatchedBuffers {
  private static final byte POISON = (byte) 0xDB;

  private final ByteBuffer memory;
  private final int bufferBytes;
  private final byte[] poison;
  private final long[] seals;

  WatchedBuffers(int count, int bufferBytes, int alignment) {
    this.memory =
        ByteBuffer.allocateDirect(count * bufferBytes + alignment).alignedSlice(alignment);
    this.bufferBytes = bufferBytes;
    this.poison = new byte[bufferBytes];
    this.seals = new long[count];
    Arrays.fill(poison, POISON);
    for (int buffer = 0; buffer < count; buffer++) {
      takeBack(buffer);
    }
  }

  ByteBuffer memory() {
    return memory;
  }

  int offset(int buffer) {
    return buffer * bufferBytes;
  }

  int number(int offset) {
    return offset / bufferBytes;
  }

  /** From the user to the card. */
  void takeBack(int buffer) {
    memory.put(offset(buffer), poison);
  }

  /** From the card to the user, with these bytes at its beginning. */
  void handOver(int buffer, byte[] content) {
    if (!Arrays.equals(bytes(buffer, bufferBytes), poison)) {
      throw new AssertionError("buffer " + buffer + " was written to while the card had it");
    }
    memory.put(offset(buffer), content);
  }

  /** From the user to the card, which will read it. */
  void seal(int buffer) {
    seals[buffer] = checksum(buffer);
  }

  /** By the card: the first {@code length} bytes of a sealed buffer. */
  byte[] read(int buffer, int length) {
    if (seals[buffer] != checksum(buffer)) {
      throw new AssertionError("buffer " + buffer + " was written to after it was transmitted");
    }
    return bytes(buffer, length);
  }

  private byte[] bytes(int buffer, int length) {
    byte[] bytes = new byte[length];
    memory.get(offset(buffer), bytes);
    return bytes;
  }

  private long checksum(int buffer) {
    CRC32 crc = new CRC32();
    crc.update(bytes(buffer, bufferBytes));
    return crc.getValue();
  }
}
