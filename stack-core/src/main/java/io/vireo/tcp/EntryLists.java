// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.Arrays;

/**
 * Doubly linked lists of a table's entries, held in arrays. Each entry is in exactly one list at a
 * time; list 0 is that of the free ones, from which the one freed last is taken first.
 */
final class EntryLists {
  static final int NONE = -1;
  static final int FREE = 0;

  // By entry.
  private int[] previous = {};
  private int[] next = {};

  // By list.
  private int[] first;
  private int[] last;
  private int[] count;

  EntryLists(int lists) {
    first = new int[0];
    last = new int[0];
    count = new int[0];
    growListsTo(lists);
  }

  /** The entry that has been in this list longest, or NONE. */
  int first(int list) {
    return first[list];
  }

  /** The entry that came into this list last, or NONE. */
  int last(int list) {
    return last[list];
  }

  int count(int list) {
    return count[list];
  }

  int lists() {
    return count.length;
  }

  int entries() {
    return next.length;
  }

  /** Moves an entry from the list it is in to the end of another, or of the same. */
  void move(int entry, int from, int to) {
    int before = previous[entry];
    int after = next[entry];
    if (before == NONE) {
      assert first[from] == entry;
      first[from] = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      assert last[from] == entry;
      last[from] = before;
    } else {
      previous[after] = before;
    }
    count[from]--;
    append(to, entry);
  }

  /** Allocates. The new entries are free, the lowest one to be taken first. */
  void growEntriesTo(int entries) {
    int old = entries();
    assert entries >= old;
    previous = Arrays.copyOf(previous, entries);
    next = Arrays.copyOf(next, entries);
    for (int entry = entries - 1; entry >= old; entry--) {
      append(FREE, entry);
    }
  }

  /** Allocates. The new lists are empty. */
  void growListsTo(int lists) {
    int old = lists();
    assert lists >= old;
    first = Arrays.copyOf(first, lists);
    last = Arrays.copyOf(last, lists);
    count = Arrays.copyOf(count, lists);
    Arrays.fill(first, old, lists, NONE);
    Arrays.fill(last, old, lists, NONE);
  }

  private void append(int list, int entry) {
    int before = last[list];
    previous[entry] = before;
    next[entry] = NONE;
    if (before == NONE) {
      first[list] = entry;
    } else {
      next[before] = entry;
    }
    last[list] = entry;
    count[list]++;
  }
}
