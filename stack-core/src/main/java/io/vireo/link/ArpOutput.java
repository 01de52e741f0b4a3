// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.wire.ArpPacket;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.MacAddress;

/** Writes ARP packets and sends them: the only place that does. What finds no slot is lost, as any frame may be. */
final class ArpOutput implements NeighbourQuestions {
  private final FrameOutput output;
  private final Counters counters;
  private final int[] localAddresses;

  ArpOutput(FrameOutput output, Counters counters, int[] localAddresses) {
    this.output = output;
    this.counters = counters;
    this.localAddresses = localAddresses.clone();
  }

  @Override
  public void request(int address, long destinationMac, long nowNs) {
    if (send(ArpPacket.REQUEST, destinationMac, nearestLocal(address), 0, address)) {
      counters.increment(Counter.ARP_REQUESTS_SENT);
    }
  }

  /** Tells the asker that a local address is ours. */
  void reply(int localAddress, long askerMac, int askerAddress) {
    if (send(ArpPacket.REPLY, askerMac, localAddress, askerMac, askerAddress)) {
      counters.increment(Counter.ARP_REPLIES_SENT);
    }
  }

  /** Tells everybody that a local address is ours (RFC 5227 section 2.3: an announcement is a request). */
  void announce(int localAddress) {
    if (send(ArpPacket.REQUEST, MacAddress.BROADCAST, localAddress, 0, localAddress)) {
      counters.increment(Counter.ARP_REQUESTS_SENT);
    }
  }

  private boolean send(
      int operation, long destinationMac, int senderAddress, long targetMac, int targetAddress) {
    int payload = output.claim(ArpPacket.LENGTH, true);
    if (payload == FrameOutput.FULL) {
      return false;
    }
    ArpPacket.write(
        output.memory(),
        payload,
        operation,
        output.ownMac(),
        senderAddress,
        targetMac,
        targetAddress);
    output.frame(payload, EthernetHeader.TYPE_ARP, destinationMac);
    output.transmit(payload, ArpPacket.LENGTH, 0);
    return true;
  }

  /** The local address with the longest prefix in common: the one on the same network, if there is one. */
  private int nearestLocal(int address) {
    int nearest = localAddresses[0];
    for (int local : localAddresses) {
      if (Integer.compareUnsigned(local ^ address, nearest ^ address) < 0) {
        nearest = local;
      }
    }
    return nearest;
  }
}
