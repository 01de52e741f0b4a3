// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.Arrays;
import java.util.StringJoiner;

/**
 * Reads what the stack sends, and accepts nothing that is not exactly as it should be (INV-08): lengths that agree, both checksums, DF and
 * identification 0 (BLD-14), padding of zeros, reserved bits and unused fields 0, options well-formed, laid out as RFC 7323 appendix A
 * has it and where they belong, flags that go together.
 */
final class FrameCheck {
  private static final int ETHERNET = 14;
  private static final int IPV4 = 20;

  private final byte[] frame;

  private FrameCheck(byte[] frame) {
    this.frame = frame;
  }

  static boolean isArp(byte[] frame) {
    return Octets.u16(frame, 12) == 0x0806;
  }

  static SeenSegment segment(byte[] frame, int mtu, long nowNs) {
    FrameCheck check = new FrameCheck(frame);
    int end = check.ethernet(mtu);
    check.ipv4(end);
    return check.tcp(end, nowNs);
  }

  /** Returns where the datagram ends. */
  private int ethernet(int mtu) {
    require(frame.length >= 60, "a runt of " + frame.length + " bytes");
    require(Octets.u48(frame, 0) == ScriptNic.PEER_MAC, "not to the peer's MAC address");
    require(Octets.u48(frame, 6) == ScriptNic.STACK_MAC, "not from our MAC address");
    require(Octets.u16(frame, 12) == 0x0800, "neither IPv4 nor ARP");
    int totalLength = Octets.u16(frame, ETHERNET + 2);
    require(totalLength <= mtu, "a datagram of " + totalLength + " bytes");
    require(
        frame.length == Math.max(60, ETHERNET + totalLength),
        "total length " + totalLength + " in a frame of " + frame.length);
    for (int at = ETHERNET + totalLength; at < frame.length; at++) {
      require(frame[at] == 0, "padding that is not zero");
    }
    return ETHERNET + totalLength;
  }

  private void ipv4(int end) {
    require(Octets.u8(frame, ETHERNET) == 0x45, "version and header length");
    require(Octets.u16(frame, ETHERNET + 4) == 0, "identification");
    require(Octets.u16(frame, ETHERNET + 6) == 0x4000, "flags and fragment offset");
    require(Octets.u8(frame, ETHERNET + 9) == 6, "protocol");
    require(
        Octets.checksum(0, frame, ETHERNET, ETHERNET + IPV4) == 0, "the header checksum is wrong");
    require(
        Octets.u32(frame, ETHERNET + 12) == ScriptNic.STACK_ADDRESS, "the source address is wrong");
    require(end - ETHERNET - IPV4 >= 20, "too short for TCP");
  }

  private SeenSegment tcp(int end, long nowNs) {
    byte[] datagram = Arrays.copyOfRange(frame, ETHERNET, end);
    require(Octets.tcpChecksum(datagram, datagram.length) == 0, "the TCP checksum is wrong");
    int header = Octets.u8(datagram, IPV4 + 12) >>> 4 << 2;
    require(header >= 20 && IPV4 + header <= datagram.length, "data offset " + header);
    require((Octets.u8(datagram, IPV4 + 12) & 0xF) == 0, "reserved bits");
    require(Octets.u16(datagram, IPV4 + 18) == 0, "an urgent pointer");
    int flags = Octets.u8(datagram, IPV4 + 13);
    int payload = datagram.length - IPV4 - header;
    String options = options(datagram, IPV4 + 20, IPV4 + header, (flags & SegmentLine.SYN) != 0);
    checkFlags(flags, payload, Octets.u32(datagram, IPV4 + 8));
    return new SeenSegment(
        nowNs,
        Octets.u32(datagram, 16),
        Octets.u16(datagram, IPV4 + 2),
        Octets.u16(datagram, IPV4),
        Octets.u32(datagram, IPV4 + 4),
        Octets.u32(datagram, IPV4 + 8),
        flags,
        Octets.u16(datagram, IPV4 + 14),
        options,
        Arrays.copyOfRange(datagram, IPV4 + header, datagram.length),
        datagram);
  }

  private void checkFlags(int flags, int payload, int ack) {
    boolean syn = (flags & SegmentLine.SYN) != 0;
    boolean rst = (flags & SegmentLine.RST) != 0;
    boolean fin = (flags & SegmentLine.FIN) != 0;
    require((flags & 0xE0) == 0, "URG, ECE or CWR");
    require((syn ? 1 : 0) + (rst ? 1 : 0) + (fin ? 1 : 0) <= 1, "flags that exclude each other");
    require(syn || rst || (flags & SegmentLine.ACK) != 0, "no ACK");
    require((flags & SegmentLine.ACK) != 0 || ack == 0, "an ACK field that does not count");
    require((!syn && !rst) || payload == 0, "a SYN or RST with payload");
  }

  private String options(byte[] datagram, int from, int to, boolean syn) {
    StringJoiner text = new StringJoiner(",");
    int at = from;
    while (at < to) {
      int kind = Octets.u8(datagram, at);
      require(kind != 0, "an end of options in the middle");
      if (kind == 1) {
        at++;
        continue;
      }
      require(at + 2 <= to && Octets.u8(datagram, at + 1) >= 2, "an option without length");
      int length = Octets.u8(datagram, at + 1);
      require(at + length <= to, "an option beyond the header");
      text.add(option(datagram, at, kind, length));
      boolean anywhere = kind == 5 || kind == 8;
      require(syn ? kind != 5 : anywhere, "option " + kind + (syn ? " on" : " off") + " a SYN");
      require(!anywhere || (at - IPV4) % 4 == 2, "an option whose numbers are not aligned");
      at += length;
    }
    require(!syn || text.toString().startsWith("mss "), "a SYN without MSS");
    return text.toString();
  }

  private String option(byte[] datagram, int at, int kind, int length) {
    if (kind == 2) {
      require(length == 4, "the length of the MSS option");
      return "mss " + Octets.u16(datagram, at + 2);
    }
    if (kind == 4) {
      require(length == 2, "the length of the SACK-permitted option");
      return "sackok";
    }
    if (kind == 5) {
      return sack(datagram, at, length);
    }
    if (kind == 8) {
      require(length == 10, "the length of the timestamp option");
      return "ts " + Octets.unsigned32(datagram, at + 2) + " "
          + Octets.unsigned32(datagram, at + 6);
    }
    require(kind == 3, "option of kind " + kind);
    require(length == 3, "the length of the window scale option");
    require(Octets.u8(datagram, at + 2) <= 14, "a window scale beyond 14");
    return "wscale " + Octets.u8(datagram, at + 2);
  }

  private String sack(byte[] datagram, int at, int length) {
    require(length >= 10 && length % 8 == 2, "the length of the SACK option");
    StringBuilder text = new StringBuilder("sack");
    for (int block = at + 2; block < at + length; block += 8) {
      require(Octets.u32(datagram, block + 4) - Octets.u32(datagram, block) > 0, "an empty block");
      text.append(' ').append(Octets.unsigned32(datagram, block));
      text.append('-').append(Octets.unsigned32(datagram, block + 4));
    }
    return text.toString();
  }

  private void require(boolean condition, String complaint) {
    if (!condition) {
      StringBuilder hex = new StringBuilder();
      for (byte octet : frame) {
        hex.append(String.format("%02x", octet));
      }
      throw new AssertionError("the stack sent a bad frame: " + complaint + ": " + hex);
    }
  }
}
