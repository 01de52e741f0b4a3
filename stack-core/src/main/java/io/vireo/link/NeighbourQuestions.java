// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

/** Asks for the MAC address of a neighbour: the link, by ARP, or the kernel of the host. */
interface NeighbourQuestions {
  /** Asks who has an address: everybody, or the station that had it so far. The answer may come before this returns. */
  void request(int address, long destinationMac, long nowNs);
}
