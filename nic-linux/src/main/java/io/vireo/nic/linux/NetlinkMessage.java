// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One message of rtnetlink(7) in a socket's memory, to be written or read: a header, a structure of the message's type, and attributes, each a length, a type and a
 * value. Everything but IPv4 addresses is in native byte order.
 *
 * <p>Of what the kernel wrote nothing is taken on trust: no length leads beyond the end.
 */
final class NetlinkMessage {
  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;
  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_GETROUTE = 26;
  static final int RTM_NEWNEIGH = 28;
  static final int RTM_DELNEIGH = 29;
  static final int RTM_GETNEIGH = 30;
  static final int RTM_NEWRULE = 32;
  static final int RTM_DELRULE = 33;

  static final int NLM_F_REQUEST = 1;
  static final int NLM_F_ACK = 4;
  static final int NLM_F_DUMP = 0x300;
  static final int NLM_F_CREATE = 0x400;

  /** Of the header that every message begins with. */
  static final int HEADER_BYTES = 16;

  private static final int TYPE = 4;
  private static final int FLAGS = 6;
  private static final int SEQUENCE = 8;
  private static final int ATTRIBUTE_HEADER_BYTES = 4;
  private static final int ATTRIBUTE_TYPE_MASK = 0x3FFF;
  private static final int MAC_BYTES = 6;

  private final ByteBuffer memory;

  /** The same memory, for addresses. */
  private final ByteBuffer networkOrder;

  private int start;
  private int end;

  /** The attribute at hand. */
  private int attribute;

  private int attributesEnd;

  NetlinkMessage(ByteBuffer memory) {
    this.memory = memory;
    networkOrder = memory.duplicate().order(ByteOrder.BIG_ENDIAN);
  }

  // ---- Writing

  /** Begins a message at the beginning of memory, with a zeroed structure of so many bytes behind its header. */
  NetlinkMessage begin(int type, int flags, int sequence, int bodyBytes) {
    start = 0;
    end = HEADER_BYTES + bodyBytes;
    for (int i = 0; i < end; i += Integer.BYTES) {
      memory.putInt(i, 0);
    }
    memory.putShort(TYPE, (short) type).putShort(FLAGS, (short) flags).putInt(SEQUENCE, sequence);
    return this;
  }

  NetlinkMessage putByte(int bodyOffset, int value) {
    memory.put(HEADER_BYTES + bodyOffset, (byte) value);
    return this;
  }

  NetlinkMessage putShort(int bodyOffset, int value) {
    memory.putShort(HEADER_BYTES + bodyOffset, (short) value);
    return this;
  }

  NetlinkMessage putInt(int bodyOffset, int value) {
    memory.putInt(HEADER_BYTES + bodyOffset, value);
    return this;
  }

  NetlinkMessage addAddress(int type, int ipv4Address) {
    memory.putShort(end, (short) (ATTRIBUTE_HEADER_BYTES + Integer.BYTES));
    memory.putShort(end + 2, (short) type);
    networkOrder.putInt(end + ATTRIBUTE_HEADER_BYTES, ipv4Address);
    end += ATTRIBUTE_HEADER_BYTES + Integer.BYTES;
    return this;
  }

  NetlinkMessage addMacAddress(int type, long macAddress) {
    memory.putShort(end, (short) (ATTRIBUTE_HEADER_BYTES + MAC_BYTES));
    memory.putShort(end + 2, (short) type);
    networkOrder.putInt(end + ATTRIBUTE_HEADER_BYTES, (int) (macAddress >>> 16));
    networkOrder.putShort(end + ATTRIBUTE_HEADER_BYTES + 4, (short) macAddress);
    end += align(ATTRIBUTE_HEADER_BYTES + MAC_BYTES);
    return this;
  }

  /** Ends the message; returns its length. */
  int finish() {
    memory.putInt(0, end);
    return end;
  }

  // ---- Reading

  /** Goes to the message at {@code offset} of {@code bytes} bytes received. False if no whole one is there. */
  boolean at(int offset, int bytes) {
    if (bytes - offset < HEADER_BYTES) {
      return false;
    }
    int length = memory.getInt(offset);
    if (length < HEADER_BYTES || length > bytes - offset) {
      return false;
    }
    start = offset;
    end = offset + length;
    return true;
  }

  /** Where the next message begins. */
  int next() {
    return align(end);
  }

  int type() {
    return memory.getShort(start + TYPE) & 0xFFFF;
  }

  int sequence() {
    return memory.getInt(start + SEQUENCE);
  }

  /** Whether the structure behind the header is so long. */
  boolean hasBody(int bytes) {
    return end - start >= HEADER_BYTES + bytes;
  }

  int getByte(int bodyOffset) {
    return memory.get(start + HEADER_BYTES + bodyOffset) & 0xFF;
  }

  int getShort(int bodyOffset) {
    return memory.getShort(start + HEADER_BYTES + bodyOffset) & 0xFFFF;
  }

  int getInt(int bodyOffset) {
    return memory.getInt(start + HEADER_BYTES + bodyOffset);
  }

  /** Begins to go through the attributes behind a structure of so many bytes. */
  void rewind(int bodyBytes) {
    attribute = start + HEADER_BYTES + bodyBytes;
    attributesEnd = end;
  }

  /** Whether a whole attribute is at hand. */
  boolean hasAttribute() {
    if (attributesEnd - attribute < ATTRIBUTE_HEADER_BYTES) {
      return false;
    }
    int length = attributeLength();
    return length >= ATTRIBUTE_HEADER_BYTES && length <= attributesEnd - attribute;
  }

  void nextAttribute() {
    attribute += align(attributeLength());
  }

  int attributeType() {
    return memory.getShort(attribute + 2) & ATTRIBUTE_TYPE_MASK;
  }

  /** Bytes of its value. */
  int valueBytes() {
    return attributeLength() - ATTRIBUTE_HEADER_BYTES;
  }

  private int attributeLength() {
    return memory.getShort(attribute) & 0xFFFF;
  }

  /** The int that an attribute inside of the one at hand holds; 0 if there is none. */
  int nestedValue(int type) {
    int outer = attribute;
    int outerEnd = attributesEnd;
    attributesEnd = attribute + attributeLength();
    attribute += ATTRIBUTE_HEADER_BYTES;
    int value = 0;
    for (; hasAttribute(); nextAttribute()) {
      if (attributeType() == type) {
        value = value();
      }
    }
    attribute = outer;
    attributesEnd = outerEnd;
    return value;
  }

  /** The value of an attribute that is an IPv4 address; 0 if it is not as long. */
  int address() {
    return valueBytes() == Integer.BYTES
        ? networkOrder.getInt(attribute + ATTRIBUTE_HEADER_BYTES)
        : 0;
  }

  /** The value of an attribute that is an int; 0 if it is not as long. */
  int value() {
    return valueBytes() == Integer.BYTES ? memory.getInt(attribute + ATTRIBUTE_HEADER_BYTES) : 0;
  }

  /** The value of an attribute that is a MAC address, first octet highest; -1 if it is not as long. */
  long macAddress() {
    if (valueBytes() != MAC_BYTES) {
      return -1;
    }
    int at = attribute + ATTRIBUTE_HEADER_BYTES;
    return (networkOrder.getInt(at) & 0xFFFF_FFFFL) << 16
        | (networkOrder.getShort(at + 4) & 0xFFFF);
  }

  private static int align(int bytes) {
    return (bytes + 3) & ~3;
  }
}
