// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes frames as a pcapng file (draft-ietf-opsawg-pcapng) of one section and one Ethernet interface, through a buffer of
 * bounded size. Blocks are big-endian, which the format leaves to the writer.
 */
final class PcapngWriter {
  static final int INBOUND = 1;
  static final int OUTBOUND = 2;

  private static final int BUFFER_BYTES = 256 << 10;

  private static final int SECTION_HEADER = 0x0A0D_0D0A;
  private static final int BYTE_ORDER_MAGIC = 0x1A2B_3C4D;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int LINKTYPE_ETHERNET = 1;

  private static final int END_OF_OPTIONS = 0;
  private static final int SHB_USERAPPL = 4;
  private static final int IF_MACADDR = 6;
  private static final int IF_TSRESOL = 9;
  private static final int EPB_FLAGS = 2;
  private static final int NANOSECONDS = 9;

  /** Everything in an enhanced packet block but the frame: fixed fields, epb_flags, end of options, length again. */
  private static final int PACKET_OVERHEAD = 28 + 8 + 4 + 4;

  private final OutputStream out;
  private final ByteBuffer buffer;

  /** Writes the headers. */
  PcapngWriter(OutputStream out, long macAddress, int largestFrame) throws IOException {
    this.out = out;
    this.buffer = ByteBuffer.allocate(Math.max(BUFFER_BYTES, PACKET_OVERHEAD + largestFrame + 3));
    writeSectionHeader("Vireo");
    writeInterface(macAddress);
    flush();
  }

  /** Adds a frame; {@code direction} is INBOUND or OUTBOUND. */
  void write(ByteBuffer memory, int offset, int length, long epochNs, int direction)
      throws IOException {
    int padding = -length & 3;
    int blockBytes = PACKET_OVERHEAD + length + padding;
    if (blockBytes > buffer.remaining()) {
      flush();
    }
    buffer.putInt(ENHANCED_PACKET).putInt(blockBytes).putInt(0).putLong(epochNs);
    buffer.putInt(length).putInt(length);
    buffer.put(buffer.position(), memory, offset, length);
    buffer.position(buffer.position() + length);
    pad(padding);
    buffer.putShort((short) EPB_FLAGS).putShort((short) 4).putInt(direction);
    buffer.putInt(END_OF_OPTIONS).putInt(blockBytes);
  }

  void flush() throws IOException {
    if (buffer.position() > 0) {
      out.write(buffer.array(), 0, buffer.position());
      out.flush();
      buffer.clear();
    }
  }

  private void writeSectionHeader(String application) {
    byte[] name = application.getBytes(StandardCharsets.UTF_8);
    int padding = -name.length & 3;
    int blockBytes = 24 + 4 + name.length + padding + 4 + 4;
    buffer.putInt(SECTION_HEADER).putInt(blockBytes).putInt(BYTE_ORDER_MAGIC);
    buffer.putShort((short) 1).putShort((short) 0); // version 1.0
    buffer.putLong(-1); // length of the section: not known
    buffer.putShort((short) SHB_USERAPPL).putShort((short) name.length).put(name);
    pad(padding);
    buffer.putInt(END_OF_OPTIONS).putInt(blockBytes);
  }

  private void writeInterface(long macAddress) {
    int blockBytes = 16 + 12 + 8 + 4 + 4;
    buffer.putInt(INTERFACE_DESCRIPTION).putInt(blockBytes);
    buffer.putShort((short) LINKTYPE_ETHERNET).putShort((short) 0);
    buffer.putInt(0); // frames are never cut off
    buffer.putShort((short) IF_MACADDR).putShort((short) 6);
    buffer.putShort((short) (macAddress >>> 32)).putInt((int) macAddress).putShort((short) 0);
    buffer.putShort((short) IF_TSRESOL).putShort((short) 1).put((byte) NANOSECONDS);
    pad(3);
    buffer.putInt(END_OF_OPTIONS).putInt(blockBytes);
  }

  private void pad(int bytes) {
    for (int i = 0; i < bytes; i++) {
      buffer.put((byte) 0);
    }
  }
}
