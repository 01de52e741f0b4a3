// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.time.TimerWheel;
import java.util.Arrays;

/**
 * Connections in SYN-RECEIVED that a listener has not accepted yet: one small entry per SYN, no
 * connection object, because anybody can send a SYN. An entry keeps its number until it is removed.
 * Memory grows with use up to the cap, and is kept then; what to do when the table is full is the
 * caller's decision.
 */
final class HalfOpenTable {
  static final int NONE = TupleIndex.NONE;

  private static final int FIRST_ENTRIES = 64;

  /** Since our last answer an empty segment was told where we stand. */
  private static final int CHALLENGED = 4;

  private final int capacity;
  private final TupleIndex index;
  private final TimerWheel timers;

  /** FREE, and one list per listener in the order of coming. */
  private final EntryLists lists = new EntryLists(1);

  // By entry. What the peer sent in its SYN:
  private int[] irs = {};
  private char[] peerMss = {};
  private byte[] peerWindowScale = {};
  private long[] peerMac = {};
  private int[] tsRecent = {};

  // What we answered:
  private int[] iss = {};
  private byte[] ownWindowScale = {};
  private byte[] agreed = {};

  /** How often, 2 standing for more, and when last: one answer alone can be timed (RFC 6298 (3)). With {@link #CHALLENGED}. */
  private byte[] answers = {};

  private long[] answeredNs = {};

  private int[] listener = {};
  private byte[] retries = {};

  HalfOpenTable(Secrets secrets, int capacity, long startNs) {
    this.capacity = capacity;
    index = new TupleIndex(secrets, Secrets.Use.HALF_OPEN_TABLE, 0);
    int entries = Math.min(FIRST_ENTRIES, capacity);
    timers = new TimerWheel(entries, startNs);
    growTo(entries);
  }

  /** The entry with this key, or NONE. */
  @HotPath
  int find(long addressKey, long portKey) {
    return index.find(addressKey, portKey);
  }

  /** A new entry, without retries and without a timer, or NONE if the table is full. The key must be new. Allocates while it grows. */
  int add(long addressKey, long portKey, int listener) {
    if (lists.count(EntryLists.FREE) == 0) {
      if (lists.entries() == capacity) {
        return NONE;
      }
      growTo(Math.min(2 * lists.entries(), capacity));
    }
    if (listOf(listener) >= lists.lists()) {
      lists.growListsTo(Math.max(listOf(listener) + 1, 2 * lists.lists()));
    }
    int entry = lists.last(EntryLists.FREE);
    index.insert(addressKey, portKey, entry);
    lists.move(entry, EntryLists.FREE, listOf(listener));
    this.listener[entry] = listener;
    retries[entry] = 0;
    answers[entry] = 0;
    agreed[entry] = 0;
    return entry;
  }

  /** Keeps what the SYN said; its window is of no use, the ACK that completes the handshake brings a newer one. windowScale -1: no such option. */
  void setPeer(int entry, int irs, int mss, int windowScale, long mac) {
    assert mss == (char) mss;
    assert windowScale == (byte) windowScale;
    this.irs[entry] = irs;
    peerMss[entry] = (char) mss;
    peerWindowScale[entry] = (byte) windowScale;
    peerMac[entry] = mac;
  }

  /** Keeps what our SYN-ACK says. windowScale -1: no such option. */
  void setOwn(int entry, int iss, int windowScale) {
    assert windowScale == (byte) windowScale;
    this.iss[entry] = iss;
    ownWindowScale[entry] = (byte) windowScale;
  }

  /** Keeps what both SYNs offer, bits of {@link Handshake}, and the peer's clock if timestamps are among it. */
  void setAgreed(int entry, int agreed, int tsVal) {
    this.agreed[entry] = (byte) agreed;
    tsRecent[entry] = tsVal;
  }

  /** The peer's clock has gone on. */
  void setTsRecent(int entry, int tsVal) {
    tsRecent[entry] = tsVal;
  }

  /** Our SYN-ACK left. */
  void onAnswered(int entry, long nowNs) {
    answers[entry] = (byte) Math.min(answers(entry) + 1, 2);
    answeredNs[entry] = nowNs;
  }

  /** An empty segment that does not fit is about to be answered; false: since our last SYN-ACK one was. */
  boolean mayChallenge(int entry) {
    boolean may = (answers[entry] & CHALLENGED) == 0;
    answers[entry] |= CHALLENGED;
    return may;
  }

  private int answers(int entry) {
    return answers[entry] & ~CHALLENGED;
  }

  boolean answered(int entry) {
    return answers(entry) > 0;
  }

  boolean answeredOnce(int entry) {
    return answers(entry) == 1;
  }

  /** When our last SYN-ACK left, if one did. */
  long answeredNs(int entry) {
    return answeredNs[entry];
  }

  /** Also disarms its timer. */
  void remove(int entry) {
    timers.cancel(entry);
    index.remove(entry);
    lists.move(entry, listOf(listener[entry]), EntryLists.FREE);
  }

  long addressKey(int entry) {
    return index.addressKey(entry);
  }

  long portKey(int entry) {
    return index.portKey(entry);
  }

  int irs(int entry) {
    return irs[entry];
  }

  int peerMss(int entry) {
    return peerMss[entry];
  }

  int peerWindowScale(int entry) {
    return peerWindowScale[entry];
  }

  /** Bits of {@link Handshake}. */
  int agreed(int entry) {
    return agreed[entry];
  }

  boolean usesTimestamps(int entry) {
    return (agreed[entry] & Handshake.TIMESTAMPS) != 0;
  }

  /** TS.Recent of RFC 7323, if timestamps are used. */
  int tsRecent(int entry) {
    return tsRecent[entry];
  }

  /** Where the SYN came from, and the answer goes. */
  long peerMac(int entry) {
    return peerMac[entry];
  }

  int iss(int entry) {
    return iss[entry];
  }

  int ownWindowScale(int entry) {
    return ownWindowScale[entry];
  }

  int listener(int entry) {
    return listener[entry];
  }

  /** How often countRetry was called; stops at 127. */
  int retries(int entry) {
    return retries[entry];
  }

  void countRetry(int entry) {
    retries[entry] = (byte) Math.min(retries[entry] + 1, Byte.MAX_VALUE);
  }

  int size() {
    return index.size();
  }

  boolean isFull() {
    return index.size() == capacity;
  }

  /** Entries of one listener: its backlog. */
  int count(int listener) {
    return listOf(listener) < lists.lists() ? lists.count(listOf(listener)) : 0;
  }

  /** The entry of this listener that came first, or NONE. */
  int oldest(int listener) {
    return listOf(listener) < lists.lists() ? lists.first(listOf(listener)) : NONE;
  }

  /** Removes at most limit entries of this listener, the oldest first. Returns how many. */
  int removeAll(int listener, int limit) {
    int removed = 0;
    for (int entry = oldest(listener); entry != NONE && removed < limit; entry = oldest(listener)) {
      remove(entry);
      removed++;
    }
    return removed;
  }

  /** Sets the one timer of an entry; replaces what was set. */
  void arm(int entry, long deadlineNs) {
    assert index.contains(entry);
    timers.arm(entry, deadlineNs);
  }

  /** An entry whose timer has run out and is disarmed now, or NONE: none, or none that one call can find (nextDeadlineNs is due then). */
  int pollExpired(long nowNs) {
    return timers.pollExpired(nowNs);
  }

  /** No timer is armed. */
  boolean isEmpty() {
    return timers.isEmpty();
  }

  /** No timer runs out earlier. Not to be asked when empty. */
  long nextDeadlineNs() {
    return timers.nextDeadlineNs();
  }

  private static int listOf(int listener) {
    assert listener >= 0;
    return listener + 1;
  }

  private void growTo(int entries) {
    index.growTo(entries);
    timers.ensureCapacity(entries);
    lists.growEntriesTo(entries);
    irs = Arrays.copyOf(irs, entries);
    peerMss = Arrays.copyOf(peerMss, entries);
    peerWindowScale = Arrays.copyOf(peerWindowScale, entries);
    peerMac = Arrays.copyOf(peerMac, entries);
    tsRecent = Arrays.copyOf(tsRecent, entries);
    agreed = Arrays.copyOf(agreed, entries);
    iss = Arrays.copyOf(iss, entries);
    ownWindowScale = Arrays.copyOf(ownWindowScale, entries);
    listener = Arrays.copyOf(listener, entries);
    retries = Arrays.copyOf(retries, entries);
    answers = Arrays.copyOf(answers, entries);
    answeredNs = Arrays.copyOf(answeredNs, entries);
  }
}
