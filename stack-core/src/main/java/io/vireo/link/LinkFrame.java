// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.nic.ReceivedFrame;

/**
 * What {@link EthernetLink#accept} says of a frame, packed into a long: payload offset (31 bits), payload length
 * (20 bits), kind (8 bits).
 */
public final class LinkFrame {
  /** Dropped and counted. */
  public static final int DROPPED = 0;

  /** An ARP packet, dealt with. */
  public static final int ARP_HANDLED = 1;

  /** For us, with an IPv4 datagram in it, or what claims to be one. */
  public static final int IPV4 = 2;

  /** Flag of a received frame: the NIC has verified its IPv4 and TCP checksums. */
  public static final int CHECKSUMS_VERIFIED = ReceivedFrame.CHECKSUMS_VERIFIED;

  private LinkFrame() {}

  static long pack(int kind, int offset, int length) {
    return (long) offset << 28 | (long) length << 8 | kind;
  }

  public static int kind(long frame) {
    return (int) frame & 0xFF;
  }

  /** Where in receive memory the payload begins. */
  public static int offset(long frame) {
    return (int) (frame >>> 28);
  }

  /** Bytes of payload up to the end of the frame, padding included. */
  public static int length(long frame) {
    return (int) (frame >>> 8) & 0xF_FFFF;
  }
}
