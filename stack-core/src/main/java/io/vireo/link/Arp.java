// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counters;
import java.nio.ByteBuffer;

final class Arp {
  Arp(
      ByteBuffer memory,
      NeighbourTable neighbours,
      ArpOutput output,
      Counters counters,
      int[] localAddresses) {}

  boolean accept(int offset, int length, long frameSource, long nowNs) {
    return false;
  }

  void announce(long nowNs) {}
}
