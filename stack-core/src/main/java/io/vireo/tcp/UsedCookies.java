// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.Arrays;

/**
 * SYN cookies that have made a connection, or that their user refused. Each is good once: with the connection gone, a late duplicate of the segment
 * that brought it would make another one, and deliver its bytes again. Two sets of marks, of the present slot of time and of the one before, as long as
 * a cookie can live. Memory grows with use up to a cap, and is kept then; what is used beyond the cap is not remembered.
 */
final class UsedCookies {
  /** 7,600 connections a second by cookies alone. */
  static final int CAPACITY = 1 << 19;

  private static final int FIRST_PLACES = 1 << 8;

  /** Open addressing, at most half full; 0: free. */
  private long[] present = {};

  private long[] past = {};
  private int count;
  private long slot;

  /** Whether the cookie with this mark, a keyed hash, was used in this slot or the last. */
  boolean contains(long mark, long slot) {
    turnTo(slot);
    return holds(present, mark) || holds(past, mark);
  }

  /** It is used now. Allocates while it grows. */
  void add(long mark, long slot) {
    turnTo(slot);
    if (count == CAPACITY) {
      return;
    }
    if (2 * (count + 1) > present.length) {
      grow();
    }
    insert(present, mark);
    count++;
  }

  private void turnTo(long slot) {
    if (slot == this.slot) {
      return;
    }
    long[] older = past;
    past = present;
    present = older;
    Arrays.fill(present, 0);
    if (slot != SynCookies.slotAfter(this.slot)) {
      Arrays.fill(past, 0);
    }
    count = 0;
    this.slot = slot;
  }

  private void grow() {
    long[] larger = new long[Math.max(2 * present.length, FIRST_PLACES)];
    for (long mark : present) {
      if (mark != 0) {
        insert(larger, mark);
      }
    }
    present = larger;
  }

  private static void insert(long[] places, long mark) {
    int mask = places.length - 1;
    int place = placeOf(mark) & mask;
    while (places[place] != 0) {
      place = (place + 1) & mask;
    }
    places[place] = mark;
  }

  private static boolean holds(long[] places, long mark) {
    if (places.length == 0) {
      return false;
    }
    int mask = places.length - 1;
    int place = placeOf(mark) & mask;
    while (places[place] != 0 && places[place] != mark) {
      place = (place + 1) & mask;
    }
    return places[place] != 0;
  }

  /** The peer has seen the lower half of the hash, which is the cookie, and may have chosen it; nobody has seen the upper half. */
  private static int placeOf(long mark) {
    return (int) (mark >>> 32);
  }

  /** How many places the worst look-up in the present set compares. */
  int longestRun() {
    int longest = 0;
    int run = 0;
    for (long mark : present) {
      run = mark == 0 ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
    return longest;
  }
}
