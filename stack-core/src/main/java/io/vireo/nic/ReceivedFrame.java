// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

/** What {@link Nic#receive()} says of a frame, packed into a long: offset (31 bits), length (20 bits), flags (8 bits). */
public final class ReceivedFrame {
  /** Flag: the NIC has verified IPv4 and TCP checksums of this frame and found them right. */
  public static final int CHECKSUMS_VERIFIED = 1;

  private ReceivedFrame() {}

  /** Packs a frame's place; {@code length} below 2^20, {@code flags} below 2^8. */
  public static long pack(int offset, int length, int flags) {
    return (long) offset << 28 | (long) length << 8 | flags;
  }

  /** Where in {@link Nic#receiveMemory()} the frame begins. */
  public static int offset(long frame) {
    return (int) (frame >>> 28);
  }

  /** Its length in bytes. */
  public static int length(long frame) {
    return (int) (frame >>> 8) & 0xF_FFFF;
  }

  /** Its flags. */
  public static int flags(long frame) {
    return (int) frame & 0xFF;
  }
}
