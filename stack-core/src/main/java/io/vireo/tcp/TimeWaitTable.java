// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import java.util.Arrays;

/**
 * Connections in TIME-WAIT (RFC 9293 3.6.1, MUST-13): what is needed to answer a late segment, and
 * no more. All wait equally long, so that the order of their coming is that of their going. Memory
 * grows with use up to the cap, where the oldest gives way, and is kept then.
 */
final class TimeWaitTable {
  static final int NONE = TupleIndex.NONE;

  private static final int FIRST_ENTRIES = 64;
  private static final int WAITING = 1;

  private final int capacity;
  private final long timeWaitNs;
  private final Counters counters;
  private final TupleIndex index;

  /** Null: every port is ours. */
  private final SharedPorts ports;

  /** FREE, and WAITING in the order of expiry. */
  private final EntryLists lists = new EntryLists(2);

  private int[] sndNxt = {};
  private int[] rcvNxt = {};
  private int[] tsRecent = {};
  private byte[] usesTimestamps = {};
  private long[] deadlineNs = {};

  TimeWaitTable(
      Secrets secrets, int capacity, long timeWaitNs, SharedPorts ports, Counters counters) {
    this.ports = ports;
    this.capacity = capacity;
    this.timeWaitNs = timeWaitNs;
    this.counters = counters;
    index = new TupleIndex(secrets, Secrets.Use.TIME_WAIT_TABLE, 0);
    growTo(Math.min(FIRST_ENTRIES, capacity));
  }

  /** The entry with this key, or NONE. An entry stays good until it is removed, expires or is recycled by add. */
  @HotPath
  int find(long addressKey, long portKey) {
    return index.find(addressKey, portKey);
  }

  int sndNxt(int entry) {
    return sndNxt[entry];
  }

  int rcvNxt(int entry) {
    return rcvNxt[entry];
  }

  boolean usesTimestamps(int entry) {
    return usesTimestamps[entry] != 0;
  }

  /** TS.Recent of RFC 7323, if timestamps are used. */
  int tsRecent(int entry) {
    return tsRecent[entry];
  }

  /** The connection uses timestamps, and the peer's clock stands here. */
  void setTsRecent(int entry, int tsVal) {
    usesTimestamps[entry] = 1;
    tsRecent[entry] = tsVal;
  }

  /** A connection without timestamps, NONE if nothing is kept. The key must be new. Times never go back from call to call. Allocates while it grows. */
  int add(long addressKey, long portKey, int sndNxt, int rcvNxt, long nowNs) {
    if (capacity == 0) {
      return NONE;
    }
    int entry = freeEntry();
    index.insert(addressKey, portKey, entry);
    this.sndNxt[entry] = sndNxt;
    this.rcvNxt[entry] = rcvNxt;
    usesTimestamps[entry] = 0;
    lists.move(entry, EntryLists.FREE, WAITING);
    deadlineNs[entry] = nowNs + timeWaitNs;
    if (ports != null) {
      ports.use(portKey);
    }
    return entry;
  }

  /** The wait begins anew (RFC 9293 3.10.7.4: a FIN again). */
  void restart(int entry, long nowNs) {
    assert index.contains(entry);
    lists.move(entry, WAITING, WAITING);
    deadlineNs[entry] = nowNs + timeWaitNs;
  }

  void remove(int entry) {
    index.remove(entry);
    lists.move(entry, WAITING, EntryLists.FREE);
    if (ports != null) {
      ports.drop(index.portKey(entry));
    }
  }

  /** Removes at most limit entries whose time is over. Returns how many. */
  int expire(long nowNs, int limit) {
    int expired = 0;
    while (expired < limit && !isEmpty() && nextDeadlineNs() - nowNs <= 0) {
      remove(lists.first(WAITING));
      expired++;
    }
    return expired;
  }

  boolean isEmpty() {
    return index.size() == 0;
  }

  int size() {
    return index.size();
  }

  /** When the next entry expires. Not to be asked when empty. */
  long nextDeadlineNs() {
    assert !isEmpty();
    return deadlineNs[lists.first(WAITING)];
  }

  private int freeEntry() {
    if (lists.count(EntryLists.FREE) == 0) {
      if (lists.entries() < capacity) {
        growTo(Math.min(2 * lists.entries(), capacity));
      } else {
        remove(lists.first(WAITING));
        counters.increment(Counter.TIME_WAIT_RECYCLED);
      }
    }
    return lists.last(EntryLists.FREE);
  }

  private void growTo(int entries) {
    index.growTo(entries);
    lists.growEntriesTo(entries);
    sndNxt = Arrays.copyOf(sndNxt, entries);
    rcvNxt = Arrays.copyOf(rcvNxt, entries);
    tsRecent = Arrays.copyOf(tsRecent, entries);
    usesTimestamps = Arrays.copyOf(usesTimestamps, entries);
    deadlineNs = Arrays.copyOf(deadlineNs, entries);
  }
}
