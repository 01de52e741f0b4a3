// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/**
 * Reads every frame that a stack sends and accepts nothing that is not exactly as it should be (INV-08): lengths that agree, checksums, DF and
 * identification 0, padding of zeros, unused fields 0, options well-formed and where they belong, flags that go together, nobody addressed whom
 * no answer is due.
 */
final class Judge {
  private static final int ETHERNET = 14;
  private static final int IPV4 = 20;

  private final Flows flows;
  private final long mac;
  private final int address;
  private byte[] frame;
  private int length;

  Judge(Flows flows, long mac, int address) {
    this.flows = flows;
    this.mac = mac;
    this.address = address;
  }

  void onFrame(byte[] frame, int length) {
    this.frame = frame;
    this.length = length;
    require(length >= 60, "a runt");
    require(Octets.u48(frame, 6) == mac, "not from our MAC address");
    long to = Octets.u48(frame, 0);
    require(to != 0 && to != mac, "to no station");
    int type = Octets.u16(frame, 12);
    if (type == 0x0806) {
      arp(to);
      return;
    }
    require(type == 0x0800, "neither IPv4 nor ARP");
    require((to >>> 40 & 1) == 0, "to a group of stations");
    int end = ipv4();
    if (frame[ETHERNET + 9] == 1) {
      icmp(end);
    } else {
      tcp(end);
    }
  }

  private void arp(long to) {
    require(length == 60, "the length of an ARP packet");
    require(Octets.u48(frame, 14) == 0x0001_0800_0604L, "ARP header");
    int operation = Octets.u16(frame, 20);
    require(operation == 1 || operation == 2, "ARP operation");
    require(Octets.u48(frame, 22) == mac, "ARP sender's MAC address");
    require(Octets.u32(frame, 28) == address, "ARP sender's address");
    if (operation == 2) {
      require((to >>> 40 & 1) == 0, "an ARP reply to a group");
      require(Octets.u48(frame, 32) == to, "ARP target's MAC address");
    } else {
      long target = Octets.u48(frame, 32);
      require(target == 0 || target == to, "an ARP request that knows the answer");
    }
    zeros(42);
  }

  private void zeros(int from) {
    for (int at = from; at < length; at++) {
      require(frame[at] == 0, "padding that is not zero");
    }
  }

  /** Returns where the datagram ends. */
  private int ipv4() {
    require(frame[ETHERNET] == 0x45, "version and header length");
    int totalLength = Octets.u16(frame, ETHERNET + 2);
    require(totalLength >= IPV4 && totalLength <= FuzzNic.MTU, "total length");
    require(length == Math.max(60, ETHERNET + totalLength), "total length");
    zeros(ETHERNET + totalLength);
    require(Octets.u16(frame, ETHERNET + 4) == 0, "identification");
    require(Octets.u16(frame, ETHERNET + 6) == 0x4000, "flags and fragment offset");
    require(Octets.u8(frame, ETHERNET + 8) == 64, "time to live");
    int protocol = frame[ETHERNET + 9];
    require(protocol == 1 || protocol == 6, "protocol");
    require(
        Octets.checksum(0, frame, ETHERNET, ETHERNET + IPV4) == 0, "the header checksum is wrong");
    require(Octets.u32(frame, ETHERNET + 12) == address, "the source address is wrong");
    int remote = Octets.u32(frame, ETHERNET + 16);
    int first = remote >>> 24;
    require(first != 0 && first != 127 && first < 224, "to an address that no host has");
    require(remote != address, "to ourselves");
    require(remote != (address | 0xFF), "to a broadcast address");
    return ETHERNET + totalLength;
  }

  private void icmp(int end) {
    int at = ETHERNET + IPV4;
    require(end - at >= 8, "a short ICMP message");
    require(Octets.checksum(0, frame, at, end) == 0, "the ICMP checksum is wrong");
    int type = frame[at];
    int code = frame[at + 1];
    boolean reply = type == 0 && code == 0;
    require(reply || (type == 3 && code == 2) || (type == 12 && code == 0), "ICMP type and code");
    require(reply || end - at <= 8 + 60 + 8, "quotes too much");
  }

  private void tcp(int end) {
    int at = ETHERNET + IPV4;
    require(end - at >= 20, "too short for TCP");
    int sum = Octets.pseudoHeader(frame, ETHERNET, end - at);
    require(Octets.checksum(sum, frame, at, end) == 0, "the TCP checksum is wrong");
    int header = Octets.u8(frame, at + 12) >>> 4 << 2;
    require(header >= 20 && at + header <= end, "data offset");
    require((frame[at + 12] & 0xF) == 0, "reserved bits");
    require(Octets.u16(frame, at + 18) == 0, "an urgent pointer");
    int localPort = Octets.u16(frame, at);
    int remotePort = Octets.u16(frame, at + 2);
    require(localPort != 0 && remotePort != 0, "port 0");
    int flags = Octets.u8(frame, at + 13);
    checkFlags(flags, end - at - header, Octets.u32(frame, at + 8));
    options(at + 20, at + header, (flags & Flow.SYN) != 0);
    int remote = Octets.u32(frame, ETHERNET + 16);
    Flow flow = (flags & Flow.SYN) != 0
        ? flows.follow(remote, remotePort, localPort)
        : flows.find(remote, remotePort, localPort);
    if (flow != null) {
      flow.stationMac = Octets.u48(frame, 0);
      flow.onSent(frame, ETHERNET, at, at + header, end);
    }
  }

  private void checkFlags(int flags, int payload, int ack) {
    boolean syn = (flags & Flow.SYN) != 0;
    boolean rst = (flags & Flow.RST) != 0;
    boolean fin = (flags & Flow.FIN) != 0;
    require((flags & 0xE0) == 0, "URG, ECE or CWR");
    require((syn ? 1 : 0) + (rst ? 1 : 0) + (fin ? 1 : 0) <= 1, "flags that exclude each other");
    require(syn || rst || (flags & Flow.ACK) != 0, "no ACK");
    require((flags & Flow.ACK) != 0 || ack == 0, "an ACK field that does not count");
    require((!syn && !rst) || payload == 0, "a SYN or RST with payload");
  }

  private void options(int from, int to, boolean syn) {
    int at = from;
    int seen = 0;
    while (at < to) {
      int kind = frame[at];
      if (kind == 0) {
        zeroOptions(at, to);
        break;
      }
      if (kind == 1) {
        at++;
        continue;
      }
      require(at + 2 <= to, "an option without length");
      int optionLength = frame[at + 1];
      require(optionLength >= 2 && at + optionLength <= to, "an option beyond the header");
      require(kind < 32 && (seen & 1 << kind) == 0, "an option twice");
      require(isKnown(kind, optionLength, syn), "an option that does not belong there");
      require(kind != 2 || Octets.u16(frame, at + 2) >= 48, "announces a tiny MSS");
      require(kind != 3 || (frame[at + 2] >= 0 && frame[at + 2] <= 14), "a window scale beyond 14");
      seen |= 1 << kind;
      at += optionLength;
    }
    require(!syn || (seen & 1 << 2) != 0, "a SYN without MSS");
  }

  private static boolean isKnown(int kind, int optionLength, boolean syn) {
    return switch (kind) {
      case 2 -> syn && optionLength == 4;
      case 3 -> syn && optionLength == 3;
      case 4 -> syn && optionLength == 2;
      case 5 -> !syn && optionLength > 2 && optionLength % 8 == 2;
      case 8 -> optionLength == 10;
      default -> false;
    };
  }

  private void zeroOptions(int from, int to) {
    for (int at = from; at < to; at++) {
      require(frame[at] == 0, "options behind their end");
    }
  }

  private void require(boolean condition, String complaint) {
    if (!condition) {
      throw new AssertionError(
          "the stack sent a bad frame: " + complaint + ": " + Oracle.hex(frame, length));
    }
  }
}
