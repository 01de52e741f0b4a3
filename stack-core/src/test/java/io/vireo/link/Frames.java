// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.wire.NaiveChecksum;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Frames for tests, written without the classes that are tested. Parts are bytes and are joined by {@link #join}. */
public final class Frames {
  public static final long PEER_MAC = 0x0200_0000_0001L;
  public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  private Frames() {}

  public static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  public static byte[] join(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  public static byte[] ethernet(long destination, long source, int type, byte[] payload) {
    return join(bytes(String.format("%012x%012x%04x", destination, source, type)), payload);
  }

  public static byte[] arp(
      int operation, long senderMac, String sender, long targetMac, String target) {
    return bytes(String.format(
        "000108000604%04x%012x%08x%012x%08x",
        operation, senderMac, address(sender), targetMac, address(target)));
  }

  public static int address(String dottedQuad) {
    int address = 0;
    for (String number : dottedQuad.split("\\.", -1)) {
      address = address << 8 | Integer.parseInt(number);
    }
    return address;
  }

  /** A datagram without options. */
  public static byte[] ipv4(int protocol, String source, String destination, byte[] payload) {
    return ipv4(protocol, source, destination, new byte[0], payload);
  }

  /** A datagram whose options are a multiple of four bytes. */
  public static byte[] ipv4(
      int protocol, String source, String destination, byte[] options, byte[] payload) {
    int headerLength = 20 + options.length;
    byte[] datagram = join(
        bytes(String.format(
            "4%x00%04x1234000040%02x0000%08x%08x",
            headerLength / 4,
            headerLength + payload.length,
            protocol,
            address(source),
            address(destination))),
        options,
        payload);
    return withIpv4Checksum(datagram);
  }

  /** Puts the right header checksum in, by the header length that the datagram claims. */
  public static byte[] withIpv4Checksum(byte[] datagram) {
    int headerLength = Math.min((datagram[0] & 0xF) * 4, datagram.length);
    return withChecksum(datagram, 0, headerLength, 10);
  }

  public static byte[] icmp(int type, int code, int rest, byte[] payload) {
    byte[] message = join(bytes(String.format("%02x%02x0000%08x", type, code, rest)), payload);
    return withChecksum(message, 0, message.length, 2);
  }

  /** The bytes with the checksum of a piece of them stored at a place within the piece. */
  public static byte[] withChecksum(byte[] bytes, int offset, int length, int place) {
    byte[] result = bytes.clone();
    result[place] = 0;
    result[place + 1] = 0;
    int checksum = NaiveChecksum.of(result, offset, length);
    result[place] = (byte) (checksum >> 8);
    result[place + 1] = (byte) checksum;
    return result;
  }

  /** Whether a piece that includes its checksum sums up as RFC 1071 wants. */
  public static boolean verifies(byte[] bytes, int offset, int length) {
    return NaiveChecksum.sum(bytes, offset, length, 0) == 0xFFFF;
  }
}
