// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.util.Arrays;

/** A list of numbered things in the order of joining, each at most once; leaving from the middle is cheap. */
public final class IndexList {
  public static final int NONE = -1;

  private static final int ABSENT = -2;

  private final int[] before;
  private final int[] after;
  private int first = NONE;
  private int last = NONE;

  public IndexList(int capacity) {
    this.before = new int[capacity];
    this.after = new int[capacity];
    Arrays.fill(before, ABSENT);
  }

  /** The one that joined first, or NONE. */
  public int first() {
    return first;
  }

  public void add(int index) {
    assert before[index] == ABSENT;
    before[index] = last;
    after[index] = NONE;
    if (last == NONE) {
      first = index;
    } else {
      after[last] = index;
    }
    last = index;
  }

  /** Harmless if it is not in the list. */
  public void remove(int index) {
    int predecessor = before[index];
    if (predecessor == ABSENT) {
      return;
    }
    int successor = after[index];
    if (predecessor == NONE) {
      first = successor;
    } else {
      after[predecessor] = successor;
    }
    if (successor == NONE) {
      last = predecessor;
    } else {
      before[successor] = predecessor;
    }
    before[index] = ABSENT;
  }

  public boolean contains(int index) {
    return before[index] != ABSENT;
  }
}
