// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.nio.ByteBuffer;

/** Layout of an Ethernet II header. Addresses are longs, in the low 48 bits. */
public final class EthernetHeader {
  public static final int LENGTH = 14;

  /** A VLAN tag (IEEE 802.1Q), between the source address and the type. */
  public static final int VLAN_TAG_LENGTH = 4;

  /** The shortest frame on the wire, without frame check sequence. */
  public static final int SHORTEST_FRAME = 60;

  public static final int TYPE_IPV4 = 0x0800;
  public static final int TYPE_ARP = 0x0806;
  public static final int TYPE_VLAN = 0x8100;

  private static final int SOURCE = 6;
  private static final int TYPE = 12;
  private static final int VLAN_ID = 14;
  private static final int VLAN_INNER_TYPE = 16;

  private EthernetHeader() {}

  /** Source and type, the last eight bytes, in one word: each access of memory is checked. */
  public static long sourceAndType(ByteBuffer memory, int offset) {
    return memory.getLong(offset + SOURCE);
  }

  public static long source(long sourceAndType) {
    return sourceAndType >>> 16;
  }

  public static int type(long sourceAndType) {
    return (int) sourceAndType & 0xFFFF;
  }

  public static long destination(ByteBuffer memory, int offset) {
    return memory.getLong(offset) >>> 16;
  }

  public static long source(ByteBuffer memory, int offset) {
    return memory.getLong(offset + SOURCE) >>> 16;
  }

  public static int type(ByteBuffer memory, int offset) {
    return memory.getShort(offset + TYPE) & 0xFFFF;
  }

  /** The VLAN a tagged frame belongs to, 12 bits; 0 means a priority tag and no VLAN. */
  public static int vlanId(ByteBuffer memory, int offset) {
    return memory.getShort(offset + VLAN_ID) & 0xFFF;
  }

  /** The type behind a VLAN tag. */
  public static int vlanInnerType(ByteBuffer memory, int offset) {
    return memory.getShort(offset + VLAN_INNER_TYPE) & 0xFFFF;
  }

  public static void write(ByteBuffer memory, int offset, long destination, long source, int type) {
    memory.putLong(offset, destination << 16);
    memory.putLong(offset + SOURCE, source << 16 | type);
  }
}
