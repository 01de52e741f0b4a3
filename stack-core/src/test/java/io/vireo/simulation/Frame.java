// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A frame under way; it does not change, but for what is noted of its flipped bits. */
final class Frame {
  /** {@link #from}: made by the network itself. */
  static final int NETWORK = -1;

  private static final int IP = 14;
  private static final int IP_HEADER = 20;

  private final byte[] bytes;
  private final int from;
  private final int spoiltBit;
  private final boolean fragment;

  /**
   * One for a frame, its copies and its fragments: a bit for each place in a word of 16 bits where one was flipped. Two in the same place may leave the
   * checksum as it was, and then no receiver can tell; all others cannot.
   */
  private final int[] flippedPlaces;

  private Frame(byte[] bytes, int from, int spoiltBit, boolean fragment, int[] flippedPlaces) {
    this.bytes = bytes;
    this.from = from;
    this.spoiltBit = spoiltBit;
    this.fragment = fragment;
    this.flippedPlaces = flippedPlaces;
  }

  /** Not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  /** The host that sent it, or {@link #NETWORK}. */
  int from() {
    return from;
  }

  /** The bit that was flipped last, or -1. */
  int spoiltBit() {
    return spoiltBit;
  }

  /** Cut by a router. */
  boolean fragment() {
    return fragment;
  }

  static Frame sent(byte[] bytes, int from) {
    return new Frame(bytes, from, -1, false, new int[1]);
  }

  /** With one bit flipped; the same, if no checksum might show it. */
  Frame spoilt(long argument) {
    int bit = (int) (argument % (8L * bytes.length));
    int place = 1 << bit % 16;
    if ((flippedPlaces[0] & place) != 0) {
      return this;
    }
    flippedPlaces[0] |= place;
    byte[] other = bytes.clone();
    other[bit / 8] ^= (byte) (1 << bit % 8);
    return new Frame(other, from, bit, fragment, flippedPlaces);
  }

  /** With another MAC address in place of one, where it is the sender's or the receiver's, also by ARP. */
  Frame renamed(long mac, long other) {
    if (mac == other || (source() != mac && destination() != mac)) {
      return this;
    }
    byte[] changed = bytes.clone();
    rename(changed, 0, mac, other);
    rename(changed, 6, mac, other);
    if (isArp()) {
      rename(changed, 14 + 8, mac, other);
      rename(changed, 14 + 18, mac, other);
    }
    return new Frame(changed, from, spoiltBit, fragment, flippedPlaces);
  }

  private void rename(byte[] changed, int offset, long mac, long other) {
    if (mac(offset) == mac) {
      for (int i = 0; i < 6; i++) {
        changed[offset + i] = (byte) (other >>> (40 - 8 * i));
      }
    }
  }

  /** Whether the bit that was flipped is one that some checksum covers. */
  boolean spoiltWhereChecked() {
    int at = spoiltBit / 8;
    return spoiltBit >= 0 && at >= IP && at < IP + u16(IP + 2);
  }

  int u16(int offset) {
    return (bytes[offset] & 0xFF) << 8 | (bytes[offset + 1] & 0xFF);
  }

  boolean isIpv4() {
    return u16(12) == 0x0800;
  }

  boolean isArp() {
    return u16(12) == 0x0806;
  }

  long destination() {
    return mac(0);
  }

  long source() {
    return mac(6);
  }

  private long mac(int offset) {
    long mac = 0;
    for (int i = 0; i < 6; i++) {
      mac = mac << 8 | (bytes[offset + i] & 0xFF);
    }
    return mac;
  }

  /** Cuts the datagram as a router does whose next link is narrow; what is short enough, or no datagram, stays whole. */
  List<Frame> fragments(int payloadBytes, int identification) {
    int total = isIpv4() && bytes[IP] == 0x45 ? u16(IP + 2) : 0;
    if (total > bytes.length - IP
        || total - IP_HEADER <= payloadBytes
        || (spoiltBit >= 0 && spoiltBit / 8 < IP + IP_HEADER)
        || fragment) {
      return List.of(this);
    }
    List<Frame> pieces = new ArrayList<>();
    for (int at = 0; at < total - IP_HEADER; at += payloadBytes) {
      int length = Math.min(payloadBytes, total - IP_HEADER - at);
      boolean last = at + length == total - IP_HEADER;
      pieces.add(piece(at, length, last, identification));
    }
    return pieces;
  }

  private Frame piece(int at, int length, boolean last, int identification) {
    byte[] piece = new byte[Math.max(60, IP + IP_HEADER + length)];
    System.arraycopy(bytes, 0, piece, 0, IP + IP_HEADER);
    System.arraycopy(bytes, IP + IP_HEADER + at, piece, IP + IP_HEADER, length);
    put16(piece, IP + 2, IP_HEADER + length);
    put16(piece, IP + 4, identification);
    put16(piece, IP + 6, at / 8 | (last ? 0 : 0x2000));
    put16(piece, IP + 10, 0);
    put16(piece, IP + 10, ~sum(piece, IP, IP_HEADER));
    return new Frame(piece, from, spoiltBit, true, flippedPlaces);
  }

  /** What a router says of a datagram that is too long for its next link (RFC 1191). */
  Frame tooBig(int router, long routerMac, int mtu) {
    ByteBuffer memory = ByteBuffer.allocate(14 + 20 + 8 + 28 + 4);
    memory.putShort((short) (source() >>> 32)).putInt((int) source());
    memory.putShort((short) (routerMac >>> 32)).putInt((int) routerMac).putShort((short) 0x0800);
    memory.putInt(0x4500_0000 | 20 + 8 + 28).putInt(0).putShort((short) 0x4001).putShort((short) 0);
    memory.putInt(router).put(bytes, IP + 12, 4);
    memory.putInt(0x0304_0000).putInt(mtu).put(bytes, IP, 28);
    byte[] message = memory.array();
    put16(message, IP + 10, ~sum(message, IP, IP_HEADER));
    put16(message, IP + 22, ~sum(message, IP + IP_HEADER, 8 + 28));
    return new Frame(message, NETWORK, -1, false, new int[1]);
  }

  /** Writes the checksum of a range, and of what else counts, to {@code at}. */
  static void putSum(byte[] bytes, int at, int offset, int length, int more) {
    int sum = sum(bytes, offset, length) + more;
    put16(bytes, at, ~((sum & 0xFFFF) + (sum >>> 16)));
  }

  private static int sum(byte[] bytes, int offset, int length) {
    int sum = 0;
    for (int i = 0; i < length; i += 2) {
      sum += (bytes[offset + i] & 0xFF) << 8 | (bytes[offset + i + 1] & 0xFF);
    }
    return (sum & 0xFFFF) + (sum >>> 16);
  }

  private static void put16(byte[] bytes, int offset, int value) {
    bytes[offset] = (byte) (value >>> 8);
    bytes[offset + 1] = (byte) value;
  }
}
