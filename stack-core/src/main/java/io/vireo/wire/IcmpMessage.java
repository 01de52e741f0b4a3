// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.nio.ByteBuffer;

/** Layout of an ICMP message (RFC 792). */
public final class IcmpMessage {
  /** Of the header: type, code, checksum and four bytes whose meaning depends on the type. */
  public static final int HEADER_LENGTH = 8;

  public static final int ECHO_REPLY = 0;
  public static final int DESTINATION_UNREACHABLE = 3;
  public static final int SOURCE_QUENCH = 4;
  public static final int REDIRECT = 5;
  public static final int ECHO_REQUEST = 8;
  public static final int TIME_EXCEEDED = 11;
  public static final int PARAMETER_PROBLEM = 12;

  public static final int CODE_NETWORK_UNREACHABLE = 0;
  public static final int CODE_HOST_UNREACHABLE = 1;
  public static final int CODE_PROTOCOL_UNREACHABLE = 2;
  public static final int CODE_PORT_UNREACHABLE = 3;
  public static final int CODE_FRAGMENTATION_NEEDED = 4;

  private IcmpMessage() {}

  public static int type(ByteBuffer memory, int offset) {
    return memory.get(offset) & 0xFF;
  }

  public static int code(ByteBuffer memory, int offset) {
    return memory.get(offset + 1) & 0xFF;
  }

  public static int checksum(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 2) & 0xFFFF;
  }

  /** Of a "fragmentation needed" (RFC 1191 section 4); 0 from routers that do not know it. */
  public static int nextHopMtu(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 6) & 0xFFFF;
  }

  /** Writes type and code, checksum 0 and the four bytes that follow. */
  public static void write(ByteBuffer memory, int offset, int type, int code, int rest) {
    memory.putLong(offset, (long) (type << 8 | code) << 48 | (rest & 0xFFFF_FFFFL));
  }

  public static void writeChecksum(ByteBuffer memory, int offset, int checksum) {
    memory.putShort(offset + 2, (short) checksum);
  }
}
