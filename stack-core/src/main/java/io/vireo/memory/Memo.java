// SPDX-License-Identifier: Apache-2.0
package io.vireo.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Records of equal length, by number, each of which is written from its beginning to its end, and read in the same order. They lie in arrays of many, so that a
 * million of them are few objects.
 */
public final class Memo {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final int BLOCK_BITS = 10;

  private final byte[][] blocks;
  private final int recordBytes;
  private byte[] block;
  private int at;

  /** So many records of {@code recordBytes}; all of them are 0. */
  public Memo(int records, int recordBytes) {
    this.recordBytes = recordBytes;
    blocks = new byte[((records - 1) >>> BLOCK_BITS) + 1][];
    Arrays.setAll(
        blocks,
        i -> new byte[Math.min(records - (i << BLOCK_BITS), 1 << BLOCK_BITS) * recordBytes]);
    block = blocks[0];
  }

  /** What comes next is the beginning of this record. */
  public void open(int record) {
    block = blocks[record >>> BLOCK_BITS];
    at = (record & ((1 << BLOCK_BITS) - 1)) * recordBytes;
  }

  /** Up to where record 0 was written or read. */
  public int position() {
    return at;
  }

  /** Leaves bytes out. */
  public void skip(int bytes) {
    at += bytes;
  }

  /** Writes the lowest byte. */
  public void putByte(int value) {
    block[at++] = (byte) value;
  }

  /** Writes four bytes. */
  public void putInt(int value) {
    INT.set(block, at, value);
    at += Integer.BYTES;
  }

  /** Writes eight bytes. */
  public void putLong(long value) {
    LONG.set(block, at, value);
    at += Long.BYTES;
  }

  /** Writes a byte, in which the flags are bits from the lowest one on. */
  public void putFlags(boolean first, boolean second, boolean third) {
    putByte((first ? 1 : 0) | (second ? 2 : 0) | (third ? 4 : 0));
  }

  /** Reads a byte, 0 to 255. */
  public int getByte() {
    return block[at++] & 0xFF;
  }

  /** Reads four bytes. */
  public int getInt() {
    int value = (int) INT.get(block, at);
    at += Integer.BYTES;
    return value;
  }

  /** Reads eight bytes. */
  public long getLong() {
    long value = (long) LONG.get(block, at);
    at += Long.BYTES;
    return value;
  }
}
