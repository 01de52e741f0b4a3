// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.ip.Ipv4Output;
import io.vireo.link.EthernetLink;
import io.vireo.nic.HostNetwork;
import io.vireo.tcp.TcpLayer;

/** Listens, now and then, to what the kernel announces that shares its addresses with us: addresses, routes, neighbours, ICMP errors. */
final class HostNews {
  /** How often: each time costs a system call or two. */
  private static final long PERIOD_NS = 50_000_000L;

  /** The same while somebody waits for a neighbour. */
  private static final long ASKED_PERIOD_NS = 200_000L;

  /** Bounds the work that strangers can make by ICMP errors. */
  private static final int ICMP_PER_LOOK = 16;

  private final HostNetwork host;
  private final LocalAddresses addresses;
  private final EthernetLink link;
  private final Ipv4Output output;
  private final TcpLayer tcp;
  private final Ingress ingress;
  private long lookedNs;

  HostNews(
      HostNetwork host,
      LocalAddresses addresses,
      EthernetLink link,
      Ipv4Output output,
      TcpLayer tcp,
      Ingress ingress,
      long nowNs) {
    this.host = host;
    this.addresses = addresses;
    this.link = link;
    this.output = output;
    this.tcp = tcp;
    this.ingress = ingress;
    lookedNs = nowNs;
  }

  /** Whether it is time to {@link #look}. */
  boolean isDue(long nowNs) {
    return nowNs - nextLookNs() >= 0;
  }

  /** When to look next. */
  long nextLookNs() {
    return lookedNs + (link.waitsForHost() ? ASKED_PERIOD_NS : PERIOD_NS);
  }

  /** Takes in what was announced since. */
  void look(long nowNs) {
    lookedNs = nowNs;
    int changed = link.drainHost(nowNs);
    ingress.tellNeighbours();
    if ((changed & HostNetwork.ADDRESSES) != 0) {
      addresses.refresh();
      tcp.onAddressesChanged(nowNs);
    }
    if (changed != 0) {
      output.onRoutesChanged(nowNs);
      tcp.onRoutesChanged();
    }
    for (int i = 0; i < ICMP_PER_LOOK; i++) {
      int bytes = host.receiveIcmp();
      if (bytes == 0) {
        break;
      }
      ingress.acceptFromHost(bytes, nowNs);
    }
  }

  /** Whether somebody waits for what will be announced. */
  boolean hasDeadline() {
    return link.waitsForHost();
  }
}
