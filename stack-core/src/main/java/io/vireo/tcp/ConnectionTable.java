// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;

/** Finds a connection's slot by its key, once per segment. Slots are small numbers, each used for one connection at a time. */
final class ConnectionTable {
  static final int NONE = TupleIndex.NONE;

  private final TupleIndex index;

  ConnectionTable(Secrets secrets, int capacity) {
    index = new TupleIndex(secrets, Secrets.Use.CONNECTION_TABLE, capacity);
  }

  /** The slot of the connection with this key, or NONE. */
  @HotPath
  int get(long addressKey, long portKey) {
    return index.find(addressKey, portKey);
  }

  /** The key must be new, and the slot free. Allocates if the slot is beyond the capacity. */
  void put(long addressKey, long portKey, int slot) {
    if (slot >= index.capacity()) {
      ensureCapacity(Math.max(slot + 1, 2 * index.capacity()));
    }
    index.insert(addressKey, portKey, slot);
  }

  /** Whether it was there. */
  boolean remove(long addressKey, long portKey) {
    int slot = index.find(addressKey, portKey);
    if (slot == NONE) {
      return false;
    }
    index.remove(slot);
    return true;
  }

  int size() {
    return index.size();
  }

  /** Room for slots 0 to capacity - 1. Allocates. */
  void ensureCapacity(int capacity) {
    if (capacity > index.capacity()) {
      index.growTo(capacity);
    }
  }
}
