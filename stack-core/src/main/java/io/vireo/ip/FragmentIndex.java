// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import java.util.Arrays;

/**
 * Numbers the datagrams whose fragments are held, by what RFC 791 tells them apart by: addresses, protocol and identification. The hash is
 * keyed, so nobody outside can choose identifications that collide.
 */
final class FragmentIndex {
  static final int NONE = -1;

  private final long key;
  private final int shift;
  private final int[] chains;
  private final int[] next;
  private final long[] addresses;
  private final int[] identities;
  private int free;

  FragmentIndex(int capacity, long key) {
    int chainCount = Integer.highestOneBit(capacity) << 1;
    this.key = key;
    this.shift = Long.SIZE - Integer.numberOfTrailingZeros(chainCount);
    this.chains = new int[chainCount];
    this.next = new int[capacity];
    this.addresses = new long[capacity];
    this.identities = new int[capacity];
    Arrays.fill(chains, NONE);
    for (int i = 0; i < capacity; i++) {
      next[i] = i + 1 < capacity ? i + 1 : NONE;
    }
  }

  private int chainOf(long addressKey, int identity) {
    // Multiplied by the key to 128 bits and folded, twice: one multiplication keeps differences.
    long a = addressKey ^ key;
    long b = Long.rotateLeft(key, 32) | 1;
    long mixed = (a * b) ^ Math.multiplyHigh(a, b) ^ identity;
    long c = key * 0x9E37_79B9_7F4A_7C15L | 1;
    long folded = (mixed * c) ^ Math.multiplyHigh(mixed, c);
    return (int) ((folded * 0x9E37_79B9_7F4A_7C15L) >>> shift);
  }

  /** @param identity protocol and identification in one word */
  int find(long addressKey, int identity) {
    int index = chains[chainOf(addressKey, identity)];
    while (index != NONE && (addresses[index] != addressKey || identities[index] != identity)) {
      index = next[index];
    }
    return index;
  }

  boolean isFull() {
    return free == NONE;
  }

  /** The index of a datagram that is not there yet; only if not full. */
  int add(long addressKey, int identity) {
    assert find(addressKey, identity) == NONE;
    assert free != NONE;
    int index = free;
    free = next[index];
    int chain = chainOf(addressKey, identity);
    addresses[index] = addressKey;
    identities[index] = identity;
    next[index] = chains[chain];
    chains[chain] = index;
    return index;
  }

  void remove(int index) {
    int chain = chainOf(addresses[index], identities[index]);
    if (chains[chain] == index) {
      chains[chain] = next[index];
    } else {
      int at = chains[chain];
      while (next[at] != index) {
        at = next[at];
      }
      next[at] = next[index];
    }
    next[index] = free;
    free = index;
  }

  /** How many datagrams the worst look-up compares. */
  int longestChain() {
    int longest = 0;
    for (int first : chains) {
      int length = 0;
      for (int at = first; at != NONE; at = next[at]) {
        length++;
      }
      longest = Math.max(longest, length);
    }
    return longest;
  }
}
