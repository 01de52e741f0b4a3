// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** Big-endian fields and the Internet checksum on byte arrays: written anew, so that no fault of the stack's own code hides. */
final class Octets {
  private Octets() {}

  static int u8(byte[] bytes, int at) {
    return bytes[at] & 0xFF;
  }

  static int u16(byte[] bytes, int at) {
    return u8(bytes, at) << 8 | u8(bytes, at + 1);
  }

  static int u32(byte[] bytes, int at) {
    return u16(bytes, at) << 16 | u16(bytes, at + 2);
  }

  static long u48(byte[] bytes, int at) {
    return (long) u16(bytes, at) << 32 | (u32(bytes, at + 2) & 0xFFFF_FFFFL);
  }

  static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }

  static void put32(byte[] bytes, int at, int value) {
    put16(bytes, at, value >>> 16);
    put16(bytes, at + 2, value);
  }

  static void put48(byte[] bytes, int at, long value) {
    put16(bytes, at, (int) (value >>> 32));
    put32(bytes, at + 2, (int) value);
  }

  /** RFC 1071: the complement of the sum of bytes[from, to) and initial; 0 over what carries its right checksum. */
  static int checksum(int initial, byte[] bytes, int from, int to) {
    long sum = initial;
    int at = from;
    for (; at + 1 < to; at += 2) {
      sum += u16(bytes, at);
    }
    if (at < to) {
      sum += u8(bytes, at) << 8;
    }
    while (sum > 0xFFFF) {
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return (int) ~sum & 0xFFFF;
  }

  /** The pseudo header of RFC 9293 for the datagram at ip that carries length bytes of TCP. */
  static int pseudoHeader(byte[] bytes, int ip, int length) {
    int sum = 6 + length;
    for (int at = ip + 12; at < ip + 20; at += 2) {
      sum += u16(bytes, at);
    }
    return sum;
  }
}
