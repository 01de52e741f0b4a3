// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.util.Arrays;

/**
 * Numbers addresses: a hash table of fixed capacity from an IPv4 address to an index that stays the same until the
 * address is removed. The hash is keyed, so nobody outside can choose addresses that collide.
 */
public final class AddressIndex {
  public static final int NONE = -1;

  private final long key;
  private final int shift;
  private final int[] chains;
  private final int[] next;
  private final int[] addresses;
  private int free;

  public AddressIndex(int capacity, long key) {
    int chainCount = Integer.highestOneBit(capacity) << 1;
    this.key = key;
    this.shift = Long.SIZE - Integer.numberOfTrailingZeros(chainCount);
    this.chains = new int[chainCount];
    this.next = new int[capacity];
    this.addresses = new int[capacity];
    Arrays.fill(chains, NONE);
    for (int i = 0; i < capacity; i++) {
      next[i] = i + 1 < capacity ? i + 1 : NONE;
    }
  }

  private int chainOf(int address) {
    long mixed = ((address & 0xFFFF_FFFFL) ^ key) * 0x9E37_79B9_7F4A_7C15L;
    return (int) (((mixed ^ (mixed >>> 32)) * (key | 1)) >>> shift);
  }

  public int find(int address) {
    int index = chains[chainOf(address)];
    while (index != NONE && addresses[index] != address) {
      index = next[index];
    }
    return index;
  }

  public boolean isFull() {
    return free == NONE;
  }

  /** The index of an address that is not there yet; only if not full. */
  public int add(int address) {
    assert find(address) == NONE;
    assert free != NONE;
    int index = free;
    free = next[index];
    int chain = chainOf(address);
    addresses[index] = address;
    next[index] = chains[chain];
    chains[chain] = index;
    return index;
  }

  public void remove(int index) {
    int chain = chainOf(addresses[index]);
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

  public int address(int index) {
    return addresses[index];
  }
}
