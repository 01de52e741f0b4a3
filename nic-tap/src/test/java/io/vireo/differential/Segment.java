// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import java.nio.ByteBuffer;

/** A TCP segment in its Ethernet frame, between the peer that a test plays and the host under test. */
record Segment(
    int sourcePort,
    int destinationPort,
    int seq,
    int ack,
    int flags,
    int window,
    int payloadBytes) {
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int ACK = 16;

  static final long PEER_MAC = 0x02_00_00_00_00_02L;
  static final int PEER = 0x0A4D_0009; // 10.77.0.9
  static final int HOST = 0x0A4D_0001; // 10.77.0.1

  private static final int ETHERNET = 14;
  private static final int TCP = 20;
  private static final int MSS_OPTION = 0x0204_05B4;
  static final int LARGEST_WINDOW = 65_535;
  private static final String LETTERS = "FSRPAUEC";

  /** The frame that carries it from the peer to the host; a SYN has an MSS option, and no other. */
  byte[] frame(long hostMac) {
    int header = (flags & SYN) != 0 ? TCP + 4 : TCP;
    ByteBuffer tcp = ByteBuffer.allocate(header + payloadBytes);
    tcp.putShort((short) sourcePort)
        .putShort((short) destinationPort)
        .putInt(seq)
        .putInt(ack);
    tcp.putShort((short) ((header / 4) << 12 | flags)).putShort((short) window).putInt(0);
    if (header > TCP) {
      tcp.putInt(MSS_OPTION);
    }
    for (int i = 0; i < payloadBytes; i++) {
      tcp.put((byte) ('a' + i));
    }
    return Packets.ethernet(hostMac, 0x0800, Packets.ipv4(6, Packets.withTcpChecksum(tcp.array())));
  }

  /** The segment in a frame, or null if it holds none. */
  static Segment of(byte[] frame) {
    ByteBuffer in = ByteBuffer.wrap(frame);
    if (in.getShort(12) != 0x0800 || in.get(ETHERNET + 9) != 6) {
      return null;
    }
    int tcp = ETHERNET + 4 * (in.get(ETHERNET) & 0xF);
    int header = 4 * ((in.get(tcp + 12) >>> 4) & 0xF);
    return new Segment(
        in.getShort(tcp) & 0xFFFF,
        in.getShort(tcp + 2) & 0xFFFF,
        in.getInt(tcp + 4),
        in.getInt(tcp + 8),
        in.get(tcp + 13) & 0xFF,
        in.getShort(tcp + 14) & 0xFFFF,
        (in.getShort(ETHERNET + 2) & 0xFFFF) - (tcp - ETHERNET) - header);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** How many sequence numbers it takes. */
  int length() {
    return payloadBytes + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
  }

  /** Its flags as letters, such as SA; a point if there is none. */
  static String letters(int flags) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < LETTERS.length(); i++) {
      if (((flags >>> i) & 1) != 0) {
        letters.append(LETTERS.charAt(i));
      }
    }
    return letters.isEmpty() ? "." : letters.toString();
  }

  /** What the peer answers this segment of the host's with, to end it all. */
  Segment reset() {
    return new Segment(
        /* sourcePort= */ destinationPort,
        /* destinationPort= */ sourcePort,
        /* seq= */ ack,
        /* ack= */ seq + length(),
        RST | ACK,
        0,
        0);
  }
}
