// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.nio.ByteBuffer;

/** Layout of a TCP header (RFC 9293 section 3.1). */
public final class TcpHeader {
  /** Length without options. */
  public static final int MIN_LENGTH = 20;

  public static final int MAX_LENGTH = 60;

  public static final int FIN = 1;
  public static final int SYN = 2;
  public static final int RST = 4;
  public static final int PSH = 8;
  public static final int ACK = 16;
  public static final int URG = 32;
  public static final int ECE = 64;
  public static final int CWR = 128;

  private TcpHeader() {}

  // A header in words, for those who read all of it: each access of memory is checked, so that a
  // word costs what a byte does.

  /** Ports and sequence number: the first eight bytes. */
  public static long firstWord(ByteBuffer memory, int offset) {
    return memory.getLong(offset);
  }

  /** Acknowledgment number to window: the second eight. */
  public static long secondWord(ByteBuffer memory, int offset) {
    return memory.getLong(offset + 8);
  }

  public static int sourcePort(long firstWord) {
    return (int) (firstWord >>> 48);
  }

  public static int destinationPort(long firstWord) {
    return (int) (firstWord >>> 32) & 0xFFFF;
  }

  public static int seq(long firstWord) {
    return (int) firstWord;
  }

  public static int ack(long secondWord) {
    return (int) (secondWord >>> 32);
  }

  /** The data offset in bytes, 0 to 60; below {@link #MIN_LENGTH} it lies. */
  public static int headerLength(long secondWord) {
    return (int) (secondWord >>> 26) & 0x3C;
  }

  /** The eight flags; the four reserved bits beside them are ignored (RFC 9293: MUST be). */
  public static int flags(long secondWord) {
    return (int) (secondWord >>> 16) & 0xFF;
  }

  /** As it stands in the header, not scaled. */
  public static int window(long secondWord) {
    return (int) secondWord & 0xFFFF;
  }

  public static int sourcePort(ByteBuffer memory, int offset) {
    return memory.getShort(offset) & 0xFFFF;
  }

  public static int destinationPort(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 2) & 0xFFFF;
  }

  public static int seq(ByteBuffer memory, int offset) {
    return memory.getInt(offset + 4);
  }

  public static int ack(ByteBuffer memory, int offset) {
    return memory.getInt(offset + 8);
  }

  /** The data offset in bytes, 0 to 60; below {@link #MIN_LENGTH} it lies. */
  public static int headerLength(ByteBuffer memory, int offset) {
    return memory.get(offset + 12) >>> 2 & 0x3C;
  }

  /** The eight flags; the four reserved bits beside them are ignored (RFC 9293: MUST be). */
  public static int flags(ByteBuffer memory, int offset) {
    return memory.get(offset + 13) & 0xFF;
  }

  /** As it stands in the header, not scaled. */
  public static int window(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 14) & 0xFFFF;
  }

  public static int checksum(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 16) & 0xFFFF;
  }

  public static int urgentPointer(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 18) & 0xFFFF;
  }

  /**
   * Writes a header but for its options, with checksum and urgent pointer 0.
   *
   * @param headerLength in bytes with options, a multiple of 4
   * @param window as it stands in the header, 0 to 65,535
   */
  public static void write(
      ByteBuffer memory,
      int offset,
      int sourcePort,
      int destinationPort,
      int seq,
      int ack,
      int headerLength,
      int flags,
      int window) {
    int ports = sourcePort << 16 | destinationPort;
    memory.putLong(offset, (long) ports << 32 | (seq & 0xFFFF_FFFFL));
    int third = headerLength << 26 | flags << 16 | window;
    memory.putLong(offset + 8, (long) ack << 32 | (third & 0xFFFF_FFFFL));
    memory.putInt(offset + 16, 0);
  }

  public static void writeChecksum(ByteBuffer memory, int offset, int checksum) {
    memory.putShort(offset + 16, (short) checksum);
  }
}
