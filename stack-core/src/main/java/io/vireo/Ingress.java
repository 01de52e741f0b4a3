// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.HotPath;
import io.vireo.ip.Icmp;
import io.vireo.ip.IpDatagram;
import io.vireo.ip.Ipv4Input;
import io.vireo.link.EthernetLink;
import io.vireo.link.LinkFrame;
import io.vireo.nic.ReceivedFrame;
import io.vireo.tcp.TcpInput;
import io.vireo.tcp.TcpLayer;

/** The way in: each layer says what it found, and this class asks the next one. */
final class Ingress {
  private final EthernetLink link;
  private final Ipv4Input ip;
  private final Icmp icmp;
  private final TcpLayer tcp;
  private final TcpInput tcpInput;

  Ingress(EthernetLink link, Ipv4Input ip, Icmp icmp, TcpLayer tcp) {
    this.link = link;
    this.ip = ip;
    this.icmp = icmp;
    this.tcp = tcp;
    this.tcpInput = tcp.input();
  }

  /** Takes the NIC's current frame; answers as {@link TcpInput#accept}. */
  @HotPath
  int accept(long frame, long nowNs) {
    long packet = link.accept(ReceivedFrame.offset(frame), ReceivedFrame.length(frame), nowNs);
    int kind = LinkFrame.kind(packet);
    if (kind == LinkFrame.IPV4) {
      int flags = ReceivedFrame.flags(frame);
      return acceptIpv4(
          ip.accept(LinkFrame.offset(packet), LinkFrame.length(packet), flags, nowNs),
          flags,
          nowNs);
    }
    if (kind == LinkFrame.ARP_HANDLED) {
      tellNeighbours();
    }
    return TcpInput.NOTHING;
  }

  @HotPath
  private int acceptIpv4(long datagram, int flags, long nowNs) {
    int offset = IpDatagram.offset(datagram);
    int length = IpDatagram.length(datagram);
    int kind = IpDatagram.kind(datagram);
    if (kind == IpDatagram.TCP) {
      boolean verified = (flags & ReceivedFrame.CHECKSUMS_VERIFIED) != 0 && !ip.reassembled();
      return tcpInput.accept(offset, length, verified, nowNs);
    }
    if (kind == IpDatagram.ICMP) {
      acceptIcmp(offset, length, nowNs);
    } else if (kind == IpDatagram.UNKNOWN_PROTOCOL) {
      icmp.refuseProtocol(length, nowNs);
    }
    return TcpInput.NOTHING;
  }

  private void acceptIcmp(int offset, int length, long nowNs) {
    if (icmp.accept(offset, length, nowNs) == Icmp.ERROR) {
      tcp.onIcmpError(icmp, ip.memory(), icmp.quotedPayloadOffset(), nowNs);
    }
  }

  /** Takes an ICMP error that the host's kernel got, a whole datagram. */
  void acceptFromHost(int length, long nowNs) {
    int unused = acceptIpv4(ip.acceptFromHost(length), 0, nowNs);
  }

  /** Lets those go on who wait for a neighbour of whom there is news. */
  void tellNeighbours() {
    int index = link.neighbours().pollChanged();
    while (index >= 0) {
      tcp.onNeighbourChanged(index);
      index = link.neighbours().pollChanged();
    }
  }
}
