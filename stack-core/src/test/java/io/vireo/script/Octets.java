// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

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

  static String unsigned32(byte[] bytes, int at) {
    return Integer.toUnsignedString(u32(bytes, at));
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

  /** RFC 1071, octet pair by octet pair. */
  static int checksum(int initial, byte[] bytes, int from, int to) {
    int sum = initial;
    for (int at = from; at < to; at += 2) {
      sum += u8(bytes, at) << 8 | (at + 1 < to ? u8(bytes, at + 1) : 0);
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return ~sum & 0xFFFF;
  }

  /** The checksum of the TCP segment that a datagram without IP options carries; 0 if it holds. */
  static int tcpChecksum(byte[] datagram, int length) {
    int sum = 6 + (length - 20);
    for (int at = 12; at < 20; at += 2) {
      sum += u16(datagram, at);
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return checksum(sum, datagram, 20, length);
  }
}
