// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071) over one memory. Partial sums are taken in the machine's own byte order, which
 * RFC 1071 (2)(B) allows: the bytes are swapped once, by {@link #fold}. Partial sums of pieces that begin at even
 * positions of the message may be added as they are.
 */
public final class InternetChecksum {
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private final ByteBuffer nativeOrder;

  public InternetChecksum(ByteBuffer memory) {
    this.nativeOrder = memory.duplicate().clear().order(ByteOrder.nativeOrder());
  }

  /** The unfolded sum of length bytes at offset; an odd last byte counts as if a zero followed. At most 1 MiB. */
  public long sum(int offset, int length) {
    long sum = 0;
    int at = offset;
    for (int end = offset + (length & ~7); at < end; at += Long.BYTES) {
      long eight = nativeOrder.getLong(at);
      sum += (eight & 0xFFFF_FFFFL) + (eight >>> 32);
    }
    return (length & 7) == 0 ? sum : sum + sumOfTail(at, length & 7);
  }

  private long sumOfTail(int offset, int length) {
    long sum = 0;
    int at = offset;
    if ((length & 4) != 0) {
      sum += nativeOrder.getInt(at) & 0xFFFF_FFFFL;
      at += Integer.BYTES;
    }
    if ((length & 2) != 0) {
      sum += nativeOrder.getShort(at) & 0xFFFF;
      at += Short.BYTES;
    }
    if ((length & 1) != 0) {
      int last = nativeOrder.get(at) & 0xFF;
      sum += LITTLE_ENDIAN ? last : last << 8;
    }
    return sum;
  }

  /** The checksum to store, in network byte order, where the sum was taken over a field of zero. */
  public static int fold(long sum) {
    int folded = folded(sum);
    return ~(LITTLE_ENDIAN ? swapped(folded) : folded) & 0xFFFF;
  }

  /** Whether a sum that includes the checksum received is right; both encodings of zero are. */
  public static boolean verifies(long sum) {
    return folded(sum) == 0xFFFF;
  }

  /**
   * The partial sum of a pseudo-header (RFC 9293 section 3.1) but for its length, which {@link #lengthSum} gives.
   */
  public static long pseudoHeaderSum(int sourceAddress, int destinationAddress, int protocol) {
    return nativeWord(sourceAddress) + nativeWord(destinationAddress) + lengthSum(protocol);
  }

  /** The partial sum of one 16-bit field, such as the length in a pseudo-header. */
  public static long lengthSum(int length) {
    return LITTLE_ENDIAN ? swapped(length) : length;
  }

  private static long nativeWord(int value) {
    return (LITTLE_ENDIAN ? Integer.reverseBytes(value) : value) & 0xFFFF_FFFFL;
  }

  /** Ones'-complement sum in 16 bits; zero only for a sum of zero. */
  private static int folded(long sum) {
    long once = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
    long twice = (once & 0xFFFF) + (once >>> 16);
    int thrice = (int) (twice & 0xFFFF) + (int) (twice >>> 16);
    return (thrice & 0xFFFF) + (thrice >>> 16);
  }

  private static int swapped(int sixteenBits) {
    return (sixteenBits & 0xFF) << 8 | (sixteenBits >>> 8 & 0xFF);
  }
}
