// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.wire.ArpPacket;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;

/**
 * Answers what a well-behaved peer sends on a network that loses nothing: ARP, a SYN, data with their echo, a FIN. It remembers nothing of a connection but whether there is one: all that an answer
 * needs is in the segment that it answers.
 */
final class CannedTcp {
  private static final int IP = EthernetHeader.LENGTH;
  private static final int TCP = IP + Ipv4Header.MIN_LENGTH;
  private static final int PAYLOAD = TCP + TcpHeader.MIN_LENGTH;
  private static final int WINDOW = 0xFFFF;
  private static final int MARKING = Ipv4Header.marking(0, 64);
  private static final int MSS_OPTION = 2 << 24 | 4 << 16 | 1_460;
  private static final int FIRST_SEQ = 1_000_000;

  private final ByteBuffer in;
  private final ByteBuffer out;
  private final InternetChecksum checksum;
  private final long mac;
  private final int address;
  private final int port;
  private boolean connected;

  CannedTcp(ByteBuffer in, ByteBuffer out, long mac, int address, int port) {
    this.in = in;
    this.out = out;
    checksum = new InternetChecksum(out);
    this.mac = mac;
    this.address = address;
    this.port = port;
  }

  boolean connected() {
    return connected;
  }

  /** Writes the answer to a frame; returns its length, or 0: there is none. */
  int answer(int from, int length, int to) {
    if (length < EthernetHeader.LENGTH) {
      return 0;
    }
    return switch (EthernetHeader.type(in, from)) {
      case EthernetHeader.TYPE_IPV4 -> length < PAYLOAD ? 0 : answerSegment(from, to);
      case EthernetHeader.TYPE_ARP -> length < IP + ArpPacket.LENGTH ? 0 : answerArp(from, to);
      default -> 0;
    };
  }

  private int answerArp(int from, int to) {
    int arp = from + IP;
    if (ArpPacket.operation(in, arp) != ArpPacket.REQUEST
        || ArpPacket.targetAddress(in, arp) != address) {
      return 0;
    }
    long asker = ArpPacket.senderMac(in, arp);
    EthernetHeader.write(out, to, asker, mac, EthernetHeader.TYPE_ARP);
    ArpPacket.write(
        out, to + IP, ArpPacket.REPLY, mac, address, asker, ArpPacket.senderAddress(in, arp));
    return IP + ArpPacket.LENGTH;
  }

  private int answerSegment(int from, int to) {
    int tcp = from + TCP;
    if (Ipv4Header.protocol(in, from + IP) != Ipv4Header.PROTOCOL_TCP
        || Ipv4Header.headerLength(in, from + IP) != Ipv4Header.MIN_LENGTH
        || Ipv4Header.destinationAddress(in, from + IP) != address
        || TcpHeader.destinationPort(in, tcp) != port) {
      return 0;
    }
    int flags = TcpHeader.flags(in, tcp);
    int headerLength = TcpHeader.headerLength(in, tcp);
    int seq = TcpHeader.seq(in, tcp);
    int ack = TcpHeader.ack(in, tcp);
    int length = Ipv4Header.totalLength(in, from + IP) - Ipv4Header.MIN_LENGTH - headerLength;
    if ((flags & TcpHeader.RST) != 0) {
      connected = false;
      return 0;
    }
    if ((flags & TcpHeader.SYN) != 0) {
      connected = true;
      out.putInt(to + PAYLOAD, MSS_OPTION);
      return segment(from, to, FIRST_SEQ, seq + 1, TcpHeader.SYN | TcpHeader.ACK, Integer.BYTES, 0);
    }
    int answerFlags = TcpHeader.ACK;
    if ((flags & TcpHeader.FIN) != 0) {
      connected = false;
      seq++;
      answerFlags |= TcpHeader.FIN;
    }
    int next = seq + length;
    if (length > 0) {
      out.put(to + PAYLOAD, in, tcp + headerLength, length);
      return segment(from, to, ack, next, answerFlags | TcpHeader.PSH, 0, length);
    }
    return (answerFlags & TcpHeader.FIN) == 0 ? 0 : segment(from, to, ack, next, answerFlags, 0, 0);
  }

  /** Puts the headers in front of options and payload. */
  private int segment(
      int from, int to, int seq, int ack, int flags, int optionBytes, int payloadBytes) {
    int headerLength = TcpHeader.MIN_LENGTH + optionBytes;
    int tcpLength = headerLength + payloadBytes;
    int total = Ipv4Header.MIN_LENGTH + tcpLength;
    int peer = Ipv4Header.sourceAddress(in, from + IP);
    EthernetHeader.write(out, to, EthernetHeader.source(in, from), mac, EthernetHeader.TYPE_IPV4);
    int ipChecksum = Ipv4Header.checksumOf(total, MARKING, Ipv4Header.PROTOCOL_TCP, address, peer);
    Ipv4Header.write(
        out, to + IP, total, MARKING, Ipv4Header.PROTOCOL_TCP, ipChecksum, address, peer);
    TcpHeader.write(
        out,
        to + TCP,
        port,
        TcpHeader.sourcePort(in, from + TCP),
        seq,
        ack,
        headerLength,
        flags,
        WINDOW);
    long sum = InternetChecksum.pseudoHeaderSum(address, peer, Ipv4Header.PROTOCOL_TCP)
        + InternetChecksum.lengthSum(tcpLength)
        + checksum.sum(to + TCP, tcpLength);
    TcpHeader.writeChecksum(out, to + TCP, InternetChecksum.fold(sum));
    return EthernetHeader.LENGTH + total;
  }
}
