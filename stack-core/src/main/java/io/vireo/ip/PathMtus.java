// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.HotPath;
import io.vireo.wire.AddressIndex;
import io.vireo.wire.IndexList;

/**
 * What is known of paths that carry less than the link: the largest datagram to a remote address (RFC 1191 section 6.3). Bounded: the
 * entry learnt longest ago makes room. An entry is forgotten after a while, and nothing waits for that: it is noticed by whoever asks.
 * Believing an ICMP message is for TCP to decide, which knows what it has sent.
 */
public final class PathMtus {
  static final int CAPACITY = 256;

  private final long lifetimeNs;
  private final AddressIndex entries;
  private final IndexList byAge = new IndexList(CAPACITY);
  private final int[] mtu = new int[CAPACITY];
  private final long[] sinceNs = new long[CAPACITY];

  /**
   * Nothing is known at first.
   *
   * @param lifetimeNs how long an entry counts
   * @param seed key of the hash
   */
  public PathMtus(long lifetimeNs, long seed) {
    this.lifetimeNs = lifetimeNs;
    this.entries = new AddressIndex(CAPACITY, seed);
  }

  /** Bytes of datagram that the path to an address takes, or 0: nothing is known. */
  @HotPath
  public int limit(int remote, long nowNs) {
    int index = entries.find(remote);
    if (index == AddressIndex.NONE) {
      return 0;
    }
    if (nowNs - sinceNs[index] >= lifetimeNs) {
      forget(index);
      return 0;
    }
    return mtu[index];
  }

  /** The path to an address takes datagrams of so many bytes, in place of what was known. */
  public void learn(int remote, int mtuBytes, long nowNs) {
    int index = entries.find(remote);
    if (index != AddressIndex.NONE) {
      byAge.remove(index);
    } else {
      if (entries.isFull()) {
        forget(byAge.first());
      }
      index = entries.add(remote);
    }
    byAge.add(index);
    mtu[index] = mtuBytes;
    sinceNs[index] = nowNs;
  }

  private void forget(int index) {
    byAge.remove(index);
    entries.remove(index);
  }
}
