// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Builds the frames that peers send, good ones and bad ones. */
final class FrameWriter {
  private static final int IPV4 = 20;
  private static final int TCP = 20;

  private FrameWriter() {}

  /** The segment of a line; {@code options} and {@code payload} follow from it, and the numbers are absolute. */
  static byte[] segment(
      SegmentLine line,
      int sourceAddress,
      int sourcePort,
      int targetPort,
      int seq,
      int ack,
      int window,
      byte[] options,
      byte[] payload) {
    int length = IPV4 + TCP + options.length + payload.length;
    byte[] datagram = new byte[length];
    int dataOffset = line.dataOffset >= 0 ? line.dataOffset : (TCP + options.length) / 4;
    Octets.put16(datagram, IPV4, sourcePort);
    Octets.put16(datagram, IPV4 + 2, targetPort);
    Octets.put32(datagram, IPV4 + 4, seq);
    Octets.put32(datagram, IPV4 + 8, ack);
    datagram[IPV4 + 12] = (byte) (dataOffset << 4 | line.reserved);
    datagram[IPV4 + 13] = (byte) line.flags;
    Octets.put16(datagram, IPV4 + 14, window);
    Octets.put16(datagram, IPV4 + 18, line.urgent);
    System.arraycopy(options, 0, datagram, IPV4 + TCP, options.length);
    System.arraycopy(payload, 0, datagram, IPV4 + TCP + options.length, payload.length);
    datagram = Arrays.copyOf(datagram, length - line.cut);
    ipv4(datagram, sourceAddress, line.target, 6);
    if (datagram.length >= IPV4 + 18) {
      Octets.put16(datagram, IPV4 + 16, tcpChecksum(datagram, line.checksum));
    }
    byte[] frame = frame(0x0800, datagram, line.trailer);
    return Arrays.copyOf(frame, frame.length - line.truncated);
  }

  private static int tcpChecksum(byte[] datagram, String how) {
    int right = Octets.tcpChecksum(datagram, datagram.length);
    return switch (how) {
      case "right" -> right;
      case "wrong" -> right ^ 0x0100;
      case "zero" -> 0;
      default -> throw new IllegalArgumentException("checksum " + how);
    };
  }

  /** An ICMP error, destination unreachable with {@code code} unless {@code type} says otherwise, that quotes {@code quoted}. */
  static byte[] icmpError(int sourceAddress, int type, int code, int mtu, byte[] quoted) {
    byte[] datagram = new byte[IPV4 + 8 + quoted.length];
    datagram[IPV4] = (byte) type;
    datagram[IPV4 + 1] = (byte) code;
    Octets.put16(datagram, IPV4 + 6, mtu);
    System.arraycopy(quoted, 0, datagram, IPV4 + 8, quoted.length);
    Octets.put16(datagram, IPV4 + 2, Octets.checksum(0, datagram, IPV4, datagram.length));
    ipv4(datagram, sourceAddress, ScriptNic.STACK_ADDRESS, 1);
    return frame(0x0800, datagram, 0);
  }

  /** The datagram of a frame in fragments, cut at these places behind its header: multiples of eight. */
  static List<byte[]> fragments(byte[] frame, int identification, int... cuts) {
    int end = Octets.u16(frame, 16) - IPV4;
    List<byte[]> fragments = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : end;
      fragments.add(fragment(frame, identification, from, to, to < end));
      from = to;
    }
    return fragments;
  }

  /** One of them: the bytes from until to. */
  static byte[] fragment(byte[] frame, int identification, int from, int to, boolean more) {
    byte[] datagram = Arrays.copyOf(Arrays.copyOfRange(frame, 14, 14 + IPV4), IPV4 + to - from);
    System.arraycopy(frame, 14 + IPV4 + from, datagram, IPV4, to - from);
    ipv4(datagram, Octets.u32(frame, 26), Octets.u32(frame, 30), Octets.u8(frame, 23));
    Octets.put16(datagram, 4, identification);
    Octets.put16(datagram, 6, (more ? 0x2000 : 0) | from >> 3);
    Octets.put16(datagram, 10, 0);
    Octets.put16(datagram, 10, Octets.checksum(0, datagram, 0, IPV4));
    return frame(0x0800, datagram, 0);
  }

  private static void ipv4(byte[] datagram, int sourceAddress, int targetAddress, int protocol) {
    datagram[0] = 0x45;
    Octets.put16(datagram, 2, datagram.length);
    Octets.put16(datagram, 4, 0x1234);
    Octets.put16(datagram, 6, 0x4000);
    datagram[8] = 63;
    datagram[9] = (byte) protocol;
    Octets.put32(datagram, 12, sourceAddress);
    Octets.put32(datagram, 16, targetAddress);
    Octets.put16(datagram, 10, Octets.checksum(0, datagram, 0, IPV4));
  }

  /** The reply to an ARP request: every address of the link is the peer's. */
  static byte[] arpReply(byte[] request) {
    byte[] packet = new byte[28];
    System.arraycopy(request, 14, packet, 0, 6);
    Octets.put16(packet, 6, 2);
    Octets.put48(packet, 8, ScriptNic.PEER_MAC);
    Octets.put32(packet, 14, Octets.u32(request, 38));
    Octets.put48(packet, 18, ScriptNic.STACK_MAC);
    Octets.put32(packet, 24, ScriptNic.STACK_ADDRESS);
    return frame(0x0806, packet, 0);
  }

  /** Padded like a real one, with what is not zero; a trailer comes behind the padding. */
  private static byte[] frame(int type, byte[] packet, int trailer) {
    byte[] frame = new byte[Math.max(60, 14 + packet.length) + trailer];
    Arrays.fill(frame, (byte) 0xEE);
    Octets.put48(frame, 0, ScriptNic.STACK_MAC);
    Octets.put48(frame, 6, ScriptNic.PEER_MAC);
    Octets.put16(frame, 12, type);
    System.arraycopy(packet, 0, frame, 14, packet.length);
    return frame;
  }
}
