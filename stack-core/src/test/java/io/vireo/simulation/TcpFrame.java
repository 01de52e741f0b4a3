// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.nio.ByteBuffer;

/**
 * A strict reader of the frames that a stack emits, written against the RFCs and not against the code under test: what is not
 * exactly as it should be is a {@link Violation}. One object, filled anew for each frame.
 */
final class TcpFrame {
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;

  /** When, and from which host; for the report of a failure. */
  long atNs;

  int host;

  /** By the clock of that host. */
  long localNs;

  int sourceAddress;
  int destinationAddress;
  int sourcePort;
  int destinationPort;
  int seq;
  int ack;
  int flags;
  int window;
  int dataOffset;
  int dataLength;
  int mss;
  int windowScale;
  boolean sackPermitted;
  boolean hasTimestamp;
  int tsVal;
  int tsEcr;

  /** SACK blocks, as pairs of numbers. */
  int sackBlocks;

  final int[] sacks = new int[8];

  /** Reads an Ethernet frame; false if it is ARP, which is checked, too. */
  boolean read(ByteBuffer memory, int offset, int length, int mtu) {
    if (length < 60) {
      throw new Violation("a frame of " + length + " bytes");
    }
    if (length > 14 + mtu) {
      throw new Violation("a frame of " + length + " bytes at an MTU of " + mtu);
    }
    int type = u16(memory, offset + 12);
    if (type == 0x0806) {
      readArp(memory, offset + 14);
      requireZeros(memory, offset + 14 + 28, offset + length);
      return false;
    }
    if (type != 0x0800) {
      throw new Violation("type " + Integer.toHexString(type));
    }
    int total = readIp(memory, offset + 14);
    if (14 + total > length) {
      throw new Violation("total length " + total + " in " + length);
    }
    Violation.unless(length == Math.max(60, 14 + total), "padding beyond the shortest frame");
    requireZeros(memory, offset + 14 + total, offset + length);
    if (memory.get(offset + 14 + 9) == 1) {
      readIcmp(memory, offset + 34, total - 20);
      return false;
    }
    readTcp(memory, offset + 34, total - 20);
    return true;
  }

  private static void readArp(ByteBuffer memory, int at) {
    Violation.unless(
        memory.getInt(at) == 0x0001_0800 && u16(memory, at + 4) == 0x0604, "ARP header");
    int operation = u16(memory, at + 6);
    if (!(operation == 1 || operation == 2)) {
      throw new Violation("ARP operation " + operation);
    }
  }

  /** Nobody asks for an echo: only errors, which quote a header and at least 8 bytes. */
  private static void readIcmp(ByteBuffer memory, int at, int length) {
    Violation.unless(length >= 36, "an ICMP message that quotes too little");
    Violation.unless(sum(memory, at, length, 0) == 0xFFFF, "ICMP checksum");
    int type = memory.get(at);
    Violation.unless(type == 3 || type == 11, "ICMP type");
    Violation.unless(memory.get(at + 8) >>> 4 == 4, "ICMP quotes no datagram");
  }

  private int readIp(ByteBuffer memory, int at) {
    Violation.unless(memory.get(at) == 0x45, "IP version and header length");
    Violation.unless(u16(memory, at + 4) == 0, "IP identification with DF is 0");
    Violation.unless(u16(memory, at + 6) == 0x4000, "DF and no fragment");
    Violation.unless(memory.get(at + 8) != 0, "time to live");
    if (memory.get(at + 9) != 6 && memory.get(at + 9) != 1) {
      throw new Violation("protocol " + memory.get(at + 9));
    }
    Violation.unless(sum(memory, at, 20, 0) == 0xFFFF, "IP checksum");
    sourceAddress = memory.getInt(at + 12);
    destinationAddress = memory.getInt(at + 16);
    return u16(memory, at + 2);
  }

  private void readTcp(ByteBuffer memory, int at, int length) {
    if (length < 20) {
      throw new Violation("a TCP segment of " + length + " bytes");
    }
    long pseudo = 6L + length;
    pseudo += (sourceAddress >>> 16) + (sourceAddress & 0xFFFF);
    pseudo += (destinationAddress >>> 16) + (destinationAddress & 0xFFFF);
    Violation.unless(sum(memory, at, length, pseudo) == 0xFFFF, "TCP checksum");
    sourcePort = u16(memory, at);
    destinationPort = u16(memory, at + 2);
    Violation.unless(sourcePort != 0 && destinationPort != 0, "port 0");
    seq = memory.getInt(at + 4);
    ack = memory.getInt(at + 8);
    int header = 4 * ((memory.get(at + 12) >>> 4) & 0xF);
    if (!(header >= 20 && header <= length)) {
      throw new Violation("TCP header of " + header + " bytes");
    }
    Violation.unless((memory.get(at + 12) & 0xF) == 0, "reserved bits");
    flags = memory.get(at + 13) & 0xFF;
    window = u16(memory, at + 14);
    Violation.unless(u16(memory, at + 18) == 0, "urgent pointer");
    dataOffset = at + header;
    dataLength = length - header;
    readOptions(memory, at + 20, at + header);
    checkFlags();
  }

  private void checkFlags() {
    if ((flags & ~(FIN | SYN | RST | PSH | ACK)) != 0) {
      throw new Violation("flags " + flags);
    }
    Violation.unless(has(ACK) || has(SYN) || has(RST), "neither ACK nor SYN nor RST");
    Violation.unless(has(ACK) || ack == 0, "acknowledges without ACK");
    if (!(!has(SYN) || (flags & (FIN | RST | PSH)) == 0)) {
      throw new Violation("flags beside SYN: " + flags);
    }
    if (!(!has(RST) || (flags & (FIN | PSH)) == 0)) {
      throw new Violation("flags beside RST: " + flags);
    }
    Violation.unless(!has(SYN | RST) || dataLength == 0, "payload in SYN or RST");
    Violation.unless(!has(PSH) || dataLength > 0, "PSH without payload");
    Violation.unless(has(SYN) == (mss != 0), "MSS belongs into a SYN, and nowhere else");
    Violation.unless(has(SYN) || windowScale < 0, "window scale outside a SYN");
    Violation.unless(has(SYN) || !sackPermitted, "SACK-permitted outside a SYN");
    Violation.unless(has(ACK) || !hasTimestamp || tsEcr == 0, "echoes a timestamp without ACK");
    Violation.unless(sackBlocks == 0 || (flags & ~(PSH | FIN)) == ACK, "SACK in such a segment");
    checkSacks();
  }

  /** RFC 2018, RFC 2883 §4: the first block may tell of what came twice; the others lie beyond the ACK, and touch neither it nor each other. */
  private void checkSacks() {
    for (int i = 0; i < sackBlocks; i++) {
      Violation.unless(sackEnd(i) - sackStart(i) > 0, "an empty SACK block");
      boolean duplicate = i == 0 && (sackEnd(0) - ack <= 0 || (sackBlocks > 1 && isInside(0, 1)));
      Violation.unless(duplicate || sackStart(i) - ack > 0, "a SACK block that is acknowledged");
      for (int j = duplicate ? sackBlocks : 0; j < i; j++) {
        boolean again = j == 0 && isInside(0, i);
        boolean apart = sackStart(i) - sackEnd(j) > 0 || sackStart(j) - sackEnd(i) > 0;
        Violation.unless(again || apart, "SACK blocks that touch");
      }
    }
  }

  int sackStart(int block) {
    return sacks[2 * block];
  }

  int sackEnd(int block) {
    return sacks[2 * block + 1];
  }

  private boolean isInside(int block, int outer) {
    return sackStart(block) - sackStart(outer) >= 0 && sackEnd(block) - sackEnd(outer) <= 0;
  }

  private void readOptions(ByteBuffer memory, int from, int to) {
    mss = 0;
    windowScale = -1;
    sackPermitted = false;
    hasTimestamp = false;
    sackBlocks = 0;
    int at = from;
    while (at < to) {
      int kind = memory.get(at);
      if (kind == 1) {
        at++;
        continue;
      }
      if (kind == 0) {
        requireZeros(memory, at, to);
        return;
      }
      int length = memory.get(at + 1);
      if (!(length >= 2 && at + length <= to)) {
        throw new Violation("option " + kind + " of " + length);
      }
      if (kind == 2 && length == 4 && mss == 0) {
        mss = u16(memory, at + 2);
        Violation.unless(mss > 0, "MSS 0");
      } else if (kind == 3 && length == 3 && windowScale < 0) {
        windowScale = memory.get(at + 2);
        if (!(windowScale >= 0 && windowScale <= 14)) {
          throw new Violation("window scale " + windowScale);
        }
      } else if (!readLaterOption(memory, at, kind, length)) {
        throw new Violation("option " + kind + " of " + length + " bytes");
      }
      at += length;
    }
  }

  /** RFC 2018, RFC 7323. False: it is neither, or comes twice. */
  private boolean readLaterOption(ByteBuffer memory, int at, int kind, int length) {
    if (kind == 4 && length == 2 && !sackPermitted) {
      sackPermitted = true;
      return true;
    }
    if (kind == 8 && length == 10 && !hasTimestamp) {
      Violation.unless(at % 4 == (dataOffset + 2) % 4, "a timestamp that is not aligned");
      hasTimestamp = true;
      tsVal = memory.getInt(at + 2);
      tsEcr = memory.getInt(at + 6);
      return true;
    }
    if (kind == 5 && length > 2 && length % 8 == 2 && sackBlocks == 0) {
      Violation.unless(at % 4 == (dataOffset + 2) % 4, "SACK blocks that are not aligned");
      sackBlocks = length / 8;
      for (int i = 0; i < 2 * sackBlocks; i++) {
        sacks[i] = memory.getInt(at + 2 + 4 * i);
      }
      return true;
    }
    return false;
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** The sequence number behind this segment. */
  int endSeq() {
    return seq + dataLength + (flags >>> 1 & 1) + (flags & 1);
  }

  private static void requireZeros(ByteBuffer memory, int from, int to) {
    for (int at = from; at < to; at++) {
      Violation.unless(memory.get(at) == 0, "padding that is not zero");
    }
  }

  private static int u16(ByteBuffer memory, int at) {
    return memory.getShort(at) & 0xFFFF;
  }

  private static int sum(ByteBuffer memory, int at, int length, long initial) {
    long sum = initial;
    int i = 0;
    for (; i + 1 < length; i += 2) {
      sum += u16(memory, at + i);
    }
    if (i < length) {
      sum += (memory.get(at + i) & 0xFF) << 8;
    }
    while (sum > 0xFFFF) {
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return (int) sum;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(sourcePort).append(" to ").append(destinationPort);
    for (int bit = 0; bit < 5; bit++) {
      if (has(1 << bit)) {
        text.append(' ').append(new String[] {"FIN", "SYN", "RST", "PSH", "ACK"}[bit]);
      }
    }
    text.append(" seq ").append(seq & 0xFFFF_FFFFL).append(" length ").append(dataLength);
    text.append(" ack ").append(ack & 0xFFFF_FFFFL).append(" window ").append(window);
    if (hasTimestamp) {
      text.append(" ts ").append(tsVal & 0xFFFF_FFFFL).append(' ').append(tsEcr & 0xFFFF_FFFFL);
    }
    for (int i = 0; i < sackBlocks; i++) {
      text.append(i == 0 ? " sack " : ", ").append(sackStart(i) & 0xFFFF_FFFFL);
      text.append(" to ").append(sackEnd(i) & 0xFFFF_FFFFL);
    }
    return text.toString();
  }
}
