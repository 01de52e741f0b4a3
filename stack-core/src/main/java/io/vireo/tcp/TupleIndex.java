// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import java.util.Arrays;

/**
 * Finds the entry of a table by its connection's key. The owner numbers the entries from 0; the
 * index keeps their keys. Open addressing with linear probing: at most half of the buckets are used,
 * and a removal closes the gap, so that nothing is left behind by churn. A look-up reads one bucket and
 * one key, a miss mostly one bucket alone, because a bucket holds the whole hash.
 */
final class TupleIndex {
  static final int NONE = -1;

  private static final int LARGEST_CAPACITY = 1 << 28;
  private static final long EMPTY = 0;

  private final TupleHash tupleHash;

  /** By entry: address key, port key. */
  private long[] keys;

  /** EMPTY, or the hash in the high half and entry + 1 in the low one. A power of two of them. */
  private long[] buckets;

  private int size;

  TupleIndex(Secrets secrets, Secrets.Use use, int capacity) {
    tupleHash = new TupleHash(secrets, use);
    keys = new long[2 * capacity];
    buckets = new long[bucketsFor(capacity)];
  }

  /** The entry with this key, or NONE. */
  @HotPath
  int find(long addressKey, long portKey) {
    int hash = tupleHash.hash(addressKey, portKey);
    long[] buckets = this.buckets;
    int at = hash & (buckets.length - 1);
    for (long bucket = buckets[at]; bucket != EMPTY; bucket = buckets[at]) {
      if (hashOf(bucket) == hash) {
        int entry = entryOf(bucket);
        if (keys[2 * entry] == addressKey && keys[2 * entry + 1] == portKey) {
          return entry;
        }
      }
      at = (at + 1) & (buckets.length - 1);
    }
    return NONE;
  }

  /** The key must be new, and the entry not in use. */
  void insert(long addressKey, long portKey, int entry) {
    assert find(addressKey, portKey) == NONE;
    assert !contains(entry);
    keys[2 * entry] = addressKey;
    keys[2 * entry + 1] = portKey;
    place(buckets, bucket(tupleHash.hash(addressKey, portKey), entry));
    size++;
  }

  void remove(int entry) {
    assert contains(entry);
    int last = buckets.length - 1;
    int gap = tupleHash.hash(addressKey(entry), portKey(entry)) & last;
    while (entryOf(buckets[gap]) != entry) {
      gap = (gap + 1) & last;
    }
    // Whatever follows without a gap moves up, unless that would put it before its own place.
    for (int at = (gap + 1) & last; buckets[at] != EMPTY; at = (at + 1) & last) {
      int home = hashOf(buckets[at]) & last;
      if (((at - home) & last) >= ((at - gap) & last)) {
        buckets[gap] = buckets[at];
        gap = at;
      }
    }
    buckets[gap] = EMPTY;
    size--;
  }

  boolean contains(int entry) {
    return find(addressKey(entry), portKey(entry)) == entry;
  }

  long addressKey(int entry) {
    return keys[2 * entry];
  }

  long portKey(int entry) {
    return keys[2 * entry + 1];
  }

  int size() {
    return size;
  }

  /** Entries must be below this. */
  int capacity() {
    return keys.length / 2;
  }

  /** Allocates. Entries keep their numbers. */
  void growTo(int capacity) {
    assert capacity >= capacity();
    keys = Arrays.copyOf(keys, 2 * capacity);
    long[] grown = new long[bucketsFor(capacity)];
    for (long bucket : buckets) {
      if (bucket != EMPTY) {
        place(grown, bucket);
      }
    }
    buckets = grown;
  }

  /** How many buckets the worst look-up of a present key reads. */
  int longestProbe() {
    int longest = 0;
    int last = buckets.length - 1;
    for (int at = 0; at <= last; at++) {
      if (buckets[at] != EMPTY) {
        longest = Math.max(longest, ((at - hashOf(buckets[at])) & last) + 1);
      }
    }
    return longest;
  }

  private static int bucketsFor(int capacity) {
    assert capacity >= 0;
    assert capacity <= LARGEST_CAPACITY;
    return Integer.highestOneBit(Math.max(2, 2 * capacity - 1)) << 1;
  }

  private static void place(long[] buckets, long bucket) {
    int at = hashOf(bucket) & (buckets.length - 1);
    while (buckets[at] != EMPTY) {
      at = (at + 1) & (buckets.length - 1);
    }
    buckets[at] = bucket;
  }

  private static long bucket(int hash, int entry) {
    return ((long) hash << 32) | (entry + 1);
  }

  private static int hashOf(long bucket) {
    return (int) (bucket >>> 32);
  }

  private static int entryOf(long bucket) {
    return (int) bucket - 1;
  }
}
