// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

/** RFC 1071 word by word: the model that the fast sum is compared with, and what test frames are made with. */
public final class NaiveChecksum {
  private NaiveChecksum() {}

  /** The ones'-complement sum in 16 bits of big-endian words; an odd last byte is followed by a zero. */
  public static int sum(byte[] bytes, int offset, int length, int start) {
    int sum = start;
    for (int i = 0; i < length; i++) {
      int octet = bytes[offset + i] & 0xFF;
      sum += i % 2 == 0 ? octet << 8 : octet;
      if (sum > 0xFFFF) {
        sum = sum - 0xFFFF;
      }
    }
    return sum;
  }

  /** The checksum of a piece in which the checksum field is 0. */
  public static int of(byte[] bytes, int offset, int length) {
    return 0xFFFF - sum(bytes, offset, length, 0);
  }
}
