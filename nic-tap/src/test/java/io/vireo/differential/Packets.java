// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import java.nio.ByteBuffer;

/** Frames from the peer to the host, byte by byte, so that a test can spoil any of them. */
final class Packets {
  private static final int IP = 20;

  private Packets() {}

  /** An Ethernet frame with the peer's source address. */
  static byte[] ethernet(long destination, int type, byte[] payload) {
    return ethernet(destination, Segment.PEER_MAC, type, payload);
  }

  static byte[] ethernet(long destination, long source, int type, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    putMac(frame, destination);
    putMac(frame, source);
    return frame.putShort((short) type).put(payload).array();
  }

  static void putMac(ByteBuffer buffer, long mac) {
    buffer.putShort((short) (mac >>> 32)).putInt((int) mac);
  }

  /** A datagram from the peer to the host. */
  static byte[] ipv4(int protocol, byte[] payload) {
    ByteBuffer packet = ByteBuffer.allocate(IP + payload.length);
    packet.putShort((short) 0x4500).putShort((short) packet.capacity()).putInt(0x0001_4000);
    packet.put((byte) 64).put((byte) protocol).putShort((short) 0);
    packet.putInt(Segment.PEER).putInt(Segment.HOST).put(payload);
    return withHeaderChecksum(packet.array());
  }

  /** Writes the right header checksum into a datagram. */
  static byte[] withHeaderChecksum(byte[] packet) {
    ByteBuffer buffer = ByteBuffer.wrap(packet);
    int header = Math.min(4 * (packet[0] & 0xF), packet.length);
    buffer.putShort(10, (short) 0);
    buffer.putShort(10, (short) ~sum(buffer, 0, header, 0));
    return packet;
  }

  /** Writes the right checksum into a TCP segment from the peer to the host. */
  static byte[] withTcpChecksum(byte[] segment) {
    ByteBuffer buffer = ByteBuffer.wrap(segment);
    int pseudo = (Segment.PEER >>> 16)
        + (Segment.PEER & 0xFFFF)
        + (Segment.HOST >>> 16)
        + (Segment.HOST & 0xFFFF)
        + 6
        + segment.length;
    buffer.putShort(16, (short) 0);
    buffer.putShort(16, (short) ~sum(buffer, 0, segment.length, pseudo));
    return segment;
  }

  /** Writes the right checksum into an ICMP message. */
  static byte[] withIcmpChecksum(byte[] message) {
    ByteBuffer buffer = ByteBuffer.wrap(message);
    buffer.putShort(2, (short) 0);
    buffer.putShort(2, (short) ~sum(buffer, 0, message.length, 0));
    return message;
  }

  private static int sum(ByteBuffer buffer, int from, int to, int start) {
    int sum = start;
    for (int i = from; i + 1 < to; i += 2) {
      sum += buffer.getShort(i) & 0xFFFF;
    }
    if ((to - from) % 2 != 0) {
      sum += (buffer.get(to - 1) & 0xFF) << 8;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return sum;
  }
}
