// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;
import java.nio.ByteBuffer;

/**
 * The received segment under consideration: the SEG variables of RFC 9293 §3.3.1, and where its payload lies. One object per
 * stack, filled anew for each segment.
 */
final class Segment {
  ByteBuffer memory;
  int headerOffset;
  int headerLength;
  int seq;
  int ack;
  int flags;
  int window;

  /** The window stands in a SYN, so it is not scaled (RFC 7323 §2.2). Stays so after {@link #dropSyn}. */
  boolean windowOfSyn;

  /** A timestamp, and its two values; only what both SYNs agreed on. */
  boolean hasTimestamp;

  int tsVal;
  int tsEcr;

  /** Blocks of selective acknowledgment, and where the first lies; the same. */
  int sackBlocks;

  int sackOffset;

  int dataOffset;
  int dataLength;
  int localPort;
  int remotePort;
  int localAddress;
  int remoteAddress;

  /** Lies in the NIC's buffer, so that a user may be shown the payload there; false if it came in fragments. */
  boolean inFrame;

  /** The MAC address that the frame came from: stateless replies go back there. */
  long sourceMac;

  /** Reads the header of {@code length} bytes of segment at {@code offset}; false if it is malformed. */
  @HotPath
  boolean read(ByteBuffer memory, int offset, int length) {
    if (length < TcpHeader.MIN_LENGTH) {
      return false;
    }
    long first = TcpHeader.firstWord(memory, offset);
    long second = TcpHeader.secondWord(memory, offset);
    int header = TcpHeader.headerLength(second);
    if (header < TcpHeader.MIN_LENGTH || header > length) {
      return false;
    }
    this.memory = memory;
    headerOffset = offset;
    headerLength = header;
    seq = TcpHeader.seq(first);
    ack = TcpHeader.ack(second);
    flags = TcpHeader.flags(second);
    window = TcpHeader.window(second);
    windowOfSyn = (flags & TcpHeader.SYN) != 0;
    hasTimestamp = false;
    sackBlocks = 0;
    dataOffset = offset + header;
    dataLength = length - header;
    localPort = TcpHeader.destinationPort(first);
    remotePort = TcpHeader.sourcePort(first);
    return localPort != 0 && remotePort != 0;
  }

  /** Reads the options of a SYN, or of what comes before anything is agreed on. */
  void readOptions(TcpOptions options) {
    options.parse(memory, headerOffset + TcpHeader.MIN_LENGTH, headerLength - TcpHeader.MIN_LENGTH);
    hasTimestamp = options.hasTimestamp();
    tsVal = options.tsVal();
    tsEcr = options.tsEcr();
  }

  /** Reads those options of any other segment that both SYNs agreed on: bits of {@link Handshake}. */
  @HotPath
  void readAgreedOptions(TcpOptions options, int agreed) {
    int at = headerOffset + TcpHeader.MIN_LENGTH;
    if (TcpOptions.isTimestampAlone(memory, at, headerLength - TcpHeader.MIN_LENGTH)) {
      hasTimestamp = (agreed & Handshake.TIMESTAMPS) != 0;
      tsVal = memory.getInt(at + 4);
      tsEcr = memory.getInt(at + 8);
    } else if (headerLength > TcpHeader.MIN_LENGTH && agreed != 0) {
      readOptions(options);
      hasTimestamp &= (agreed & Handshake.TIMESTAMPS) != 0;
      sackBlocks = (agreed & Handshake.SELECTIVE_ACKS) != 0 ? options.sackBlocks() : 0;
      sackOffset = options.sackOffset();
    }
  }

  /** Whether there are no options, or with {@code timestamps} nothing but a timestamp, which is read. */
  @HotPath
  boolean readPlainOptions(boolean timestamps) {
    int at = headerOffset + TcpHeader.MIN_LENGTH;
    int length = headerLength - TcpHeader.MIN_LENGTH;
    if (!timestamps) {
      return length == 0;
    }
    if (!TcpOptions.isTimestampAlone(memory, at, length)) {
      return false;
    }
    tsVal = memory.getInt(at + 4);
    return true;
  }

  /** The two addresses as the first half of a connection's key. */
  @HotPath
  long addressKey() {
    return (long) localAddress << 32 | (remoteAddress & 0xFFFF_FFFFL);
  }

  /** The two ports as the second half. */
  @HotPath
  long portKey() {
    return (long) localPort << 16 | remotePort;
  }

  /** The first number of a SACK block. */
  int sackStart(int index) {
    return memory.getInt(sackOffset + (index << 3));
  }

  /** The number behind its last. */
  int sackEnd(int index) {
    return memory.getInt(sackOffset + (index << 3) + 4);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** SEG.LEN: payload plus one for SYN and one for FIN. */
  @HotPath
  int length() {
    return dataLength + ((flags & TcpHeader.SYN) >>> 1) + (flags & TcpHeader.FIN);
  }

  /** Cuts a SYN off the front, once it has been dealt with. */
  void dropSyn() {
    if (has(TcpHeader.SYN)) {
      flags &= ~TcpHeader.SYN;
      seq++;
    }
  }
}
