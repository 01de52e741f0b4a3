// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

/** Frames of any length from 14 bytes on that carry a number, and whose every byte depends on it. */
final class TestFrames {
  static final int HEADER_BYTES = 14;

  /** Local experimental EtherType 1 (IEEE 802): no kernel answers it, and none sends it by itself. */
  private static final int ETHER_TYPE = 0x88B5;

  private TestFrames() {}

  /** A frame from a station that is made of the number, to {@code macAddress}. */
  static byte[] to(long macAddress, int number, int length) {
    return frame(macAddress, station(number), number, length);
  }

  /** A frame from {@code macAddress} to a station that is made of the number. */
  static byte[] from(long macAddress, int number, int length) {
    return frame(station(number), macAddress, number, length);
  }

  /** Whether this is one of ours; a kernel at the far end sends frames of its own. */
  static boolean isOurs(byte[] frame) {
    return frame.length >= HEADER_BYTES
        && ((frame[12] & 0xFF) << 8 | (frame[13] & 0xFF)) == ETHER_TYPE;
  }

  private static long station(int number) {
    return 0x06_00_00_00_00_00L | (number & 0xFFFF_FFFFL);
  }

  private static byte[] frame(long destination, long source, int number, int length) {
    byte[] frame = new byte[length];
    for (int i = 0; i < 6; i++) {
      frame[i] = (byte) (destination >>> (40 - 8 * i));
      frame[6 + i] = (byte) (source >>> (40 - 8 * i));
    }
    frame[12] = (byte) (ETHER_TYPE >>> 8);
    frame[13] = (byte) ETHER_TYPE;
    for (int i = HEADER_BYTES; i < length; i++) {
      frame[i] = (byte) (i + 31 * number);
    }
    return frame;
  }
}
