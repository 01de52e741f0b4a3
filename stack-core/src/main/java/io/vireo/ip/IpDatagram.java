// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

/**
 * What {@link Ipv4Input#accept} says of a datagram, packed into a long: payload offset (31 bits), payload length
 * (20 bits), kind (8 bits).
 */
public final class IpDatagram {
  /** Dropped and counted, or a fragment of which others are still to come. */
  public static final int DROPPED = 0;

  public static final int TCP = 1;
  public static final int ICMP = 2;

  /** Sound, for us, and of a protocol that we do not serve: {@link Icmp#refuseProtocol} answers. */
  public static final int UNKNOWN_PROTOCOL = 3;

  private IpDatagram() {}

  static long pack(int kind, int offset, int length) {
    return (long) offset << 28 | (long) length << 8 | kind;
  }

  public static int kind(long datagram) {
    return (int) datagram & 0xFF;
  }

  /** Where in {@link Ipv4Input#memory()} the payload begins. */
  public static int offset(long datagram) {
    return (int) (datagram >>> 28);
  }

  /** Bytes of payload by the header's own account, 0 to 65,515; never beyond the frame, or what its fragments have brought. */
  public static int length(long datagram) {
    return (int) (datagram >>> 8) & 0xF_FFFF;
  }
}
