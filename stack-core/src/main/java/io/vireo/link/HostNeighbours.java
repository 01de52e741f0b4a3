// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.nic.HostNetwork;
import java.nio.ByteBuffer;

/**
 * Neighbours as the kernel of the host has them, in place of ARP of our own: questions go to the kernel, and what it announces is told to the neighbour table. So
 * the table's rules are the same for both, and a question that is due again is what keeps the kernel's entry from growing old.
 */
final class HostNeighbours implements NeighbourQuestions {
  private final HostNetwork host;
  private NeighbourTable table;
  private int changes;

  HostNeighbours(HostNetwork host) {
    this.host = host;
  }

  void tell(NeighbourTable table) {
    this.table = table;
  }

  @Override
  public void request(int address, long destinationMac, long nowNs) {
    changes |= host.drain();
    host.resolve(address);
    long mac = host.neighbour(address);
    if (mac >= 0) {
      table.onHostAnswer(address, mac, nowNs);
    }
  }

  ByteBuffer icmpMemory() {
    return host.icmpMemory();
  }

  /** Takes in what the kernel has announced. Returns what has changed but for neighbours, as {@link HostNetwork#drain} does. */
  int drain(long nowNs) {
    int changed = changes | host.drain();
    changes = 0;
    if ((changed & HostNetwork.NEIGHBOURS) != 0) {
      table.onHostNews(host, nowNs);
    }
    return changed & ~HostNetwork.NEIGHBOURS;
  }
}
