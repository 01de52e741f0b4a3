// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** Writes one frame from a peer to the stack, and mends what an input has spoilt. */
final class FrameWriter {
  static final int ETHERNET = 14;
  static final int IPV4 = 20;
  static final long STACK_MAC = 0x0200_0000_0001L;
  static final long PEER_MAC = 0x0200_0000_0002L;

  /** 10.0.0.1. */
  static final int STACK_ADDRESS = 0x0A00_0001;

  /** 10.0.0.2. */
  static final int PEER_ADDRESS = 0x0A00_0002;

  final byte[] frame = new byte[FuzzNic.LARGEST_ARRIVAL];
  int length;

  private void ethernet(int type) {
    Octets.put48(frame, 0, STACK_MAC);
    Octets.put48(frame, 6, PEER_MAC);
    Octets.put16(frame, 12, type);
  }

  /** The header of a datagram from a peer with so many bytes behind it, without checksum. */
  void ipv4(int source, int protocol, int payloadBytes) {
    ethernet(0x0800);
    Octets.put16(frame, 14, 0x4500);
    Octets.put16(frame, 16, IPV4 + payloadBytes);
    Octets.put32(frame, 18, 0x0000_4000);
    Octets.put16(frame, 22, 64 << 8 | protocol);
    Octets.put16(frame, 24, 0);
    Octets.put32(frame, 26, source);
    Octets.put32(frame, 30, STACK_ADDRESS);
    length = ETHERNET + IPV4 + payloadBytes;
  }

  /** A segment on a flow, with room for optionBytes (a multiple of four) and payload, both not written yet, and without checksums. */
  void tcp(Flow flow, int seq, int ack, int flags, int window, int optionBytes, int payloadBytes) {
    ipv4(flow.remoteAddress, 6, 20 + optionBytes + payloadBytes);
    int at = ETHERNET + IPV4;
    Octets.put16(frame, at, flow.remotePort);
    Octets.put16(frame, at + 2, flow.localPort);
    Octets.put32(frame, at + 4, seq);
    Octets.put32(frame, at + 8, ack);
    frame[at + 12] = (byte) ((20 + optionBytes) << 2);
    frame[at + 13] = (byte) flags;
    Octets.put16(frame, at + 14, window);
    Octets.put32(frame, at + 16, 0);
  }

  /** Each payload byte is the low byte of its sequence number, so that every user can tell whether bytes are missing. */
  void patternPayload(int payloadBytes) {
    int at = ETHERNET + IPV4;
    int seq = Octets.u32(frame, at + 4) + (frame[at + 13] >> 1 & 1);
    for (int from = length - payloadBytes; from < length; from++) {
      frame[from] = (byte) seq++;
    }
  }

  /** The header of an ICMP message with so many bytes behind it. */
  void icmp(int source, int type, int code, int rest, int bodyBytes) {
    ipv4(source, 1, 8 + bodyBytes);
    Octets.put16(frame, 34, type << 8 | code);
    Octets.put16(frame, 36, 0);
    Octets.put32(frame, 38, rest);
  }

  /** The whole of an ARP packet. */
  void arp(int operation, long senderMac, int sender, long targetMac, int target) {
    ethernet(0x0806);
    Octets.put48(frame, 14, 0x0001_0800_0604L);
    Octets.put16(frame, 20, operation);
    Octets.put48(frame, 22, senderMac);
    Octets.put32(frame, 28, sender);
    Octets.put48(frame, 32, targetMac);
    Octets.put32(frame, 38, target);
    length = 42;
  }

  /** The answer of a station to a request for an address. */
  void arpReply(long mac, int address) {
    arp(2, mac, address, STACK_MAC, STACK_ADDRESS);
    Octets.put48(frame, 6, mac);
  }

  /** Sets the checksum of an IPv4 header without options. */
  void mendIpv4() {
    Octets.put16(frame, 24, 0);
    Octets.put16(frame, 24, Octets.checksum(0, frame, ETHERNET, ETHERNET + IPV4));
  }

  /** Sets the checksums of IPv4 and of TCP or ICMP, as far as the headers leave room for them. */
  void mend() {
    mend(frame, length);
  }

  static void mend(byte[] frame, int length) {
    if (length < ETHERNET + IPV4 || Octets.u16(frame, 12) != 0x0800) {
      return;
    }
    int header = (frame[ETHERNET] & 0xF) << 2;
    if (header < IPV4 || ETHERNET + header > length) {
      return;
    }
    Octets.put16(frame, 24, 0);
    Octets.put16(frame, 24, Octets.checksum(0, frame, ETHERNET, ETHERNET + header));
    boolean fragment = (Octets.u16(frame, 20) & 0x3FFF) != 0;
    int at = ETHERNET + header;
    int end = ETHERNET + Octets.u16(frame, 16);
    if (fragment || end > length) {
      return;
    }
    int protocol = frame[23];
    if (protocol == 6 && end - at >= 18) {
      Octets.put16(frame, at + 16, 0);
      int sum = Octets.pseudoHeader(frame, ETHERNET, end - at);
      Octets.put16(frame, at + 16, Octets.checksum(sum, frame, at, end));
    } else if (protocol == 1 && end - at >= 4) {
      Octets.put16(frame, at + 2, 0);
      Octets.put16(frame, at + 2, Octets.checksum(0, frame, at, end));
    }
  }
}
