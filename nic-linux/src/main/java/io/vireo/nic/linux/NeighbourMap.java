// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import io.vireo.api.HotPath;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * IPv4 address to MAC address, or to what is known instead: a hash table with open addressing, which grows with
 * the kernel's. Where an address lies depends on a random number, because neighbours choose theirs.
 */
final class NeighbourMap {
  /** {@link #get}: nothing is known. */
  static final long NONE = Long.MIN_VALUE;

  /** No host has the address 0.0.0.0. */
  private static final int EMPTY = 0;

  private static final int SMALLEST = 64;

  private final int salt = ThreadLocalRandom.current().nextInt();
  private int[] addresses = new int[SMALLEST];
  private long[] values = new long[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  @HotPath
  long get(int address) {
    int index = indexOf(address);
    return addresses[index] == EMPTY ? NONE : values[index];
  }

  void put(int address, long value) {
    assert address != EMPTY;
    int index = indexOf(address);
    if (addresses[index] == EMPTY) {
      if (2 * ++size > addresses.length) {
        grow();
        index = indexOf(address);
      }
      addresses[index] = address;
    }
    values[index] = value;
  }

  void remove(int address) {
    int hole = indexOf(address);
    if (addresses[hole] == EMPTY) {
      return;
    }
    size--;
    int mask = addresses.length - 1;
    // Whoever is farther from home than from the hole moves into it.
    for (int i = (hole + 1) & mask; addresses[i] != EMPTY; i = (i + 1) & mask) {
      if (((i - home(addresses[i])) & mask) >= ((i - hole) & mask)) {
        addresses[hole] = addresses[i];
        values[hole] = values[i];
        hole = i;
      }
    }
    addresses[hole] = EMPTY;
  }

  void clear() {
    Arrays.fill(addresses, EMPTY);
    size = 0;
  }

  private void grow() {
    int[] oldAddresses = addresses;
    long[] oldValues = values;
    addresses = new int[2 * oldAddresses.length];
    values = new long[addresses.length];
    for (int i = 0; i < oldAddresses.length; i++) {
      if (oldAddresses[i] != EMPTY) {
        int index = indexOf(oldAddresses[i]);
        addresses[index] = oldAddresses[i];
        values[index] = oldValues[i];
      }
    }
  }

  /** Where the address is, or could be put. */
  @HotPath
  private int indexOf(int address) {
    int index = home(address);
    while (addresses[index] != address && addresses[index] != EMPTY) {
      index = (index + 1) & (addresses.length - 1);
    }
    return index;
  }

  @HotPath
  private int home(int address) {
    int hash = (address ^ salt) * 0x9E37_79B1;
    hash = (hash ^ hash >>> 15) * 0x85EB_CA77;
    return (hash ^ hash >>> 13) & (addresses.length - 1);
  }
}
