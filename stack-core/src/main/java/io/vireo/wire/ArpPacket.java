// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.nio.ByteBuffer;

/** Layout of an ARP packet for IPv4 over Ethernet (RFC 826). */
public final class ArpPacket {
  public static final int LENGTH = 28;
  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  /** Hardware type 1, protocol type 0x0800, address lengths 6 and 4. */
  private static final long ETHERNET_IPV4 = 0x0001_0800_0604L;

  private static final int SENDER_MAC = 8;
  private static final int SENDER_ADDRESS = 14;
  private static final int TARGET_MAC = 18;
  private static final int TARGET_ADDRESS = 24;

  private ArpPacket() {}

  public static boolean isEthernetIpv4(ByteBuffer memory, int offset) {
    return memory.getLong(offset) >>> 16 == ETHERNET_IPV4;
  }

  public static int operation(ByteBuffer memory, int offset) {
    return memory.getShort(offset + 6) & 0xFFFF;
  }

  public static long senderMac(ByteBuffer memory, int offset) {
    return memory.getLong(offset + SENDER_MAC) >>> 16;
  }

  public static int senderAddress(ByteBuffer memory, int offset) {
    return memory.getInt(offset + SENDER_ADDRESS);
  }

  public static long targetMac(ByteBuffer memory, int offset) {
    return memory.getLong(offset + TARGET_MAC) >>> 16;
  }

  public static int targetAddress(ByteBuffer memory, int offset) {
    return memory.getInt(offset + TARGET_ADDRESS);
  }

  public static void write(
      ByteBuffer memory,
      int offset,
      int operation,
      long senderMac,
      int senderAddress,
      long targetMac,
      int targetAddress) {
    memory.putLong(offset, ETHERNET_IPV4 << 16 | operation);
    memory.putLong(offset + SENDER_MAC, senderMac << 16 | senderAddress >>> 16);
    memory.putLong(offset + 16, (long) senderAddress << 48 | targetMac);
    memory.putInt(offset + TARGET_ADDRESS, targetAddress);
  }
}
