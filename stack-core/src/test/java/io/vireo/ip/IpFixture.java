// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.link.EthernetLink;
import io.vireo.link.Frames;
import io.vireo.link.LinkFrame;
import io.vireo.link.SlotNic;
import io.vireo.wire.Ipv4Prefix;
import java.util.List;

/** Link and IP on a SlotNic: 10.77.0.2/24 and 192.168.5.2/30 with the gateway 10.77.0.254. */
final class IpFixture {
  static final String OWN = "10.77.0.2";
  static final String SECOND = "192.168.5.2";
  static final String PEER = "10.77.0.1";
  static final String GATEWAY = "10.77.0.254";
  static final long SECOND_NS = 1_000_000_000L;

  final SlotNic nic;
  final Counters counters = new Counters();
  final EthernetLink link;
  final Routes routes = new Routes(
      List.of(Ipv4Prefix.parse("10.77.0.2/24"), Ipv4Prefix.parse("192.168.5.2/30")),
      Frames.address(GATEWAY));
  final Reassembly reassembly;
  final Ipv4Input input;
  final Ipv4Output output;
  final Icmp icmp;
  long nowNs = Long.MAX_VALUE - SECOND_NS / 2;
  int lastIcmp;

  IpFixture() {
    this(new SlotNic());
  }

  IpFixture(SlotNic nic) {
    this(nic, 256 << 10);
  }

  IpFixture(SlotNic nic, int reassemblyBytes) {
    this.nic = nic;
    int[] own = {Frames.address(OWN), Frames.address(SECOND)};
    this.link = new EthernetLink(nic, null, own, 1_024, counters, 0x5eed);
    this.reassembly = new Reassembly(reassemblyBytes, 30 * SECOND_NS, 0x5eed, counters);
    this.input = new Ipv4Input(link, routes, reassembly, counters);
    this.output = new Ipv4Output(link, routes, new PathMtus(SECOND_NS, 0x5eed), counters);
    this.icmp = new Icmp(input, output, routes, 1_000, 0x5eed, counters);
  }

  /** A datagram from the peer goes through link and IP, and ICMP if it is that; returns what IP said. */
  long accept(byte[] datagram) {
    return accept(datagram, 0);
  }

  long accept(byte[] datagram, int flags) {
    byte[] frame = Frames.ethernet(SlotNic.MAC, Frames.PEER_MAC, 0x0800, datagram);
    long linkFrame = link.accept(nic.lay(frame), frame.length, nowNs);
    assertEquals(LinkFrame.IPV4, LinkFrame.kind(linkFrame));
    long accepted =
        input.accept(LinkFrame.offset(linkFrame), LinkFrame.length(linkFrame), flags, nowNs);
    int kind = IpDatagram.kind(accepted);
    if (kind == IpDatagram.ICMP) {
      lastIcmp = icmp.accept(IpDatagram.offset(accepted), IpDatagram.length(accepted), nowNs);
    } else if (kind == IpDatagram.UNKNOWN_PROTOCOL) {
      icmp.refuseProtocol(IpDatagram.length(accepted), nowNs);
    }
    return accepted;
  }

  void assertDropped(byte[] datagram, Counter cause, String what) {
    long before = counters.get(cause);
    assertEquals(IpDatagram.DROPPED, IpDatagram.kind(accept(datagram)), what);
    assertEquals(before + 1, counters.get(cause), what + " " + cause);
    assertEquals(List.of(), sent(), what);
  }

  /** What has left since the last call, after a ring. */
  List<byte[]> sent() {
    link.ring();
    List<byte[]> frames = nic.takeSent();
    nic.complete();
    return frames;
  }

  /** The answer to a request of ours. */
  void answers(String address, long mac) {
    byte[] packet = Frames.arp(2, mac, address, SlotNic.MAC, OWN);
    byte[] frame = Frames.ethernet(SlotNic.MAC, mac, 0x0806, packet);
    link.accept(nic.lay(frame), frame.length, nowNs);
  }

  long count(Counter counter) {
    return counters.get(counter);
  }
}
