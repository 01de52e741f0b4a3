// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Builds TCP segments in frames of a station that means no good, with every checksum right. */
final class HostileFrames {
  static final long MAC = 0x02_66_66_66_66_66L;
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;

  /** Ethernet, IPv4 and TCP without options. */
  static final int HEADERS = 14 + 20 + 20;

  final SplittableRandom random = new SplittableRandom(666);
  private final long stackMac;
  private final int stackAddress;
  private final int stackPort;

  HostileFrames(long stackMac, int stackAddress, int stackPort) {
    this.stackMac = stackMac;
    this.stackAddress = stackAddress;
    this.stackPort = stackPort;
  }

  /** Writes a segment at {@code at}; the payload, zeros, is {@code length} bytes long. Returns the frame's length. */
  int segment(
      ByteBuffer memory, int at, int source, int port, int flags, int seq, int ack, int length) {
    ethernet(memory, at, stackMac, 0x0800);
    int ip = at + 14;
    memory.putInt(ip, 0x4500_0000 | (40 + length));
    memory.putInt(ip + 4, 0x4000);
    memory.putInt(ip + 8, 0x4006_0000);
    memory.putInt(ip + 12, source);
    memory.putInt(ip + 16, stackAddress);
    memory.putShort(ip + 10, (short) checksum(memory, ip, 20, 0));
    int tcp = ip + 20;
    memory.putInt(tcp, port << 16 | stackPort);
    memory.putInt(tcp + 4, seq);
    memory.putInt(tcp + 8, ack);
    memory.putInt(tcp + 12, 0x5000_FFFF | flags << 16);
    memory.putInt(tcp + 16, 0);
    for (int i = 0; i < length; i++) {
      memory.put(tcp + 20 + i, (byte) 0);
    }
    long pseudo = sum32(source) + sum32(stackAddress) + 6 + 20 + length;
    memory.putShort(tcp + 16, (short) checksum(memory, tcp, 20 + length, pseudo));
    return HEADERS + length;
  }

  /** Writes the answer to an ARP request that stands at {@code request} of {@code asked}. Returns its length. */
  int arpReply(ByteBuffer memory, int at, ByteBuffer asked, int request) {
    ethernet(memory, at, stackMac, 0x0806);
    memory.putLong(at + 14, 0x0001_0800_0604_0002L);
    putMac(memory, at + 22, MAC);
    memory.putInt(at + 28, asked.getInt(request + 38));
    putMac(memory, at + 32, stackMac);
    memory.putInt(at + 38, stackAddress);
    return 42;
  }

  private static void ethernet(ByteBuffer memory, int at, long target, int type) {
    putMac(memory, at, target);
    putMac(memory, at + 6, MAC);
    memory.putShort(at + 12, (short) type);
  }

  private static void putMac(ByteBuffer memory, int at, long mac) {
    memory.putShort(at, (short) (mac >>> 32));
    memory.putInt(at + 2, (int) mac);
  }

  private static long sum32(int word) {
    return (word >>> 16) + (word & 0xFFFFL);
  }

  private static int checksum(ByteBuffer memory, int at, int length, long start) {
    long sum = start;
    for (int i = 0; i + 1 < length; i += 2) {
      sum += memory.getShort(at + i) & 0xFFFF;
    }
    if ((length & 1) != 0) {
      sum += (memory.get(at + length - 1) & 0xFF) << 8;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return (int) ~sum & 0xFFFF;
  }
}
