// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.nio.ByteBuffer;

/** Layout of an IPv4 header (RFC 791). */
public final class Ipv4Header {
  /** Length without options. */
  public static final int MIN_LENGTH = 20;

  public static final int MAX_LENGTH = 60;

  public static final int PROTOCOL_ICMP = 1;
  public static final int PROTOCOL_TCP = 6;

  public static final int OPTION_END = 0;
  public static final int OPTION_NO_OPERATION = 1;
  public static final int OPTION_LOOSE_SOURCE_ROUTE = 131;
  public static final int OPTION_STRICT_SOURCE_ROUTE = 137;

  /** {@link #marking} of datagrams that no user's setting speaks of: traffic class 0, time to live 64. */
  public static final int PLAIN = 64;

  private static final int DONT_FRAGMENT = 0x4000;
  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int MORE_FRAGMENTS_OR_OFFSET = 0x3FFF;
  private static final int FRAGMENT_OFFSET = 0x1FFF;

  private Ipv4Header() {}

  // A header in words, for those who read all of it: each access of memory is checked, so that a
  // word costs what a byte does.

  /** Version to fragment offset: the first eight bytes. */
  public static long firstWord(ByteBuffer memory, int offset) {
    return memory.getLong(offset);
  }

  /** Time to live to source address: the second eight. */
  public static long secondWord(ByteBuffer memory, int offset) {
    return memory.getLong(offset + 8);
  }

  public static int version(long firstWord) {
    return (int) (firstWord >>> 60);
  }

  /** As {@link #headerLength(ByteBuffer, int)}. */
  public static int headerLength(long firstWord) {
    return (int) (firstWord >>> 54) & 0x3C;
  }

  /** Of header and payload. */
  public static int totalLength(long firstWord) {
    return (int) (firstWord >>> 32) & 0xFFFF;
  }

  /** As {@link #isFragment(ByteBuffer, int)}. */
  public static boolean isFragment(long firstWord) {
    return (firstWord & MORE_FRAGMENTS_OR_OFFSET) != 0;
  }

  public static int protocol(long secondWord) {
    return (int) (secondWord >>> 48) & 0xFF;
  }

  public static int sourceAddress(long secondWord) {
    return (int) secondWord;
  }

  public static int version(ByteBuffer memory, int offset) {
    return memory.get(offset) >>> 4 & 0xF;
  }

  /** In bytes, 0 to 60; below {@link #MIN_LENGTH} it lies. */
  public static int headerLength(ByteBuffer memory, int offset) {
    return (memory.get(offset) & 0xF) << 2;
  }

  public static int trafficClass(ByteBuffer memory, int offset) {
    return memory.get(offset + 1) & 0xFF;
  }

  /** Of header and payload. */
  public static int totalLength(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 2) & 0xFFFF;
  }

  public static int identification(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 4) & 0xFFFF;
  }

  public static boolean dontFragment(ByteBuffer memory, int offset) {
    return (memory.getShort(offset + 6) & DONT_FRAGMENT) != 0;
  }

  /** Whether this is a piece of a datagram: any fragment, first and last included. */
  public static boolean isFragment(ByteBuffer memory, int offset) {
    return (memory.getShort(offset + 6) & MORE_FRAGMENTS_OR_OFFSET) != 0;
  }

  /** Whether other fragments follow behind this one. */
  public static boolean moreFragments(ByteBuffer memory, int offset) {
    return (memory.getShort(offset + 6) & MORE_FRAGMENTS) != 0;
  }

  /** Where the fragment belongs, in bytes. */
  public static int fragmentOffset(ByteBuffer memory, int offset) {
    return (memory.getShort(offset + 6) & FRAGMENT_OFFSET) << 3;
  }

  public static int timeToLive(ByteBuffer memory, int offset) {
    return memory.get(offset + 8) & 0xFF;
  }

  public static int protocol(ByteBuffer memory, int offset) {
    return memory.get(offset + 9) & 0xFF;
  }

  public static int checksum(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 10) & 0xFFFF;
  }

  public static int sourceAddress(ByteBuffer memory, int offset) {
    return memory.getInt(offset + 12);
  }

  public static int destinationAddress(ByteBuffer memory, int offset) {
    return memory.getInt(offset + 16);
  }

  /** What a sender may choose, in one word: traffic class (DSCP and ECN) in the second byte, time to live in the lowest. */
  public static int marking(int trafficClass, int timeToLive) {
    return trafficClass << 8 | timeToLive;
  }

  /**
   * Writes a header without options: identification 0 with DF, as RFC 6864 section 4.1 has it for a datagram that is
   * never cut up.
   *
   * @param marking as {@link #marking} packs it
   * @param checksum as {@link #checksumOf} computes it, or 0 where the NIC fills it in
   */
  public static void write(
      ByteBuffer memory,
      int offset,
      int totalLength,
      int marking,
      int protocol,
      int checksum,
      int sourceAddress,
      int destinationAddress) {
    int first = 0x4500_0000 | marking >>> 8 << 16 | totalLength;
    memory.putLong(offset, (long) first << 32 | DONT_FRAGMENT);
    int third = marking << 24 | protocol << 16 | checksum;
    memory.putLong(offset + 8, (long) third << 32 | (sourceAddress & 0xFFFF_FFFFL));
    memory.putInt(offset + 16, destinationAddress);
  }

  /** The checksum of the header that {@link #write} writes. */
  public static int checksumOf(
      int totalLength, int marking, int protocol, int sourceAddress, int destinationAddress) {
    long sum = 0x4500L + (marking >>> 8) + totalLength + DONT_FRAGMENT;
    sum += (marking & 0xFF) << 8 | protocol;
    sum += (sourceAddress & 0xFFFF_FFFFL) + (destinationAddress & 0xFFFF_FFFFL);
    sum = (sum & 0xFFFF) + (sum >>> 16 & 0xFFFF) + (sum >>> 32);
    sum = (sum & 0xFFFF) + (sum >>> 16);
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (int) ~sum & 0xFFFF;
  }
}
