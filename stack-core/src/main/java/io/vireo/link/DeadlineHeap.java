// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import java.util.Arrays;

/**
 * Deadlines of numbered things, at most one each, the earliest on top: a binary heap that knows where each thing lies.
 * Times are compared by difference, so all must lie within 146 years of each other.
 */
final class DeadlineHeap {
  private static final int ABSENT = -1;

  private final long[] deadlineNs;
  private final int[] heap;
  private final int[] placeOf;
  private int size;

  DeadlineHeap(int capacity) {
    this.deadlineNs = new long[capacity];
    this.heap = new int[capacity];
    this.placeOf = new int[capacity];
    Arrays.fill(placeOf, ABSENT);
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** The thing with the earliest deadline; only if not empty. */
  int first() {
    assert size > 0;
    return heap[0];
  }

  /** The earliest deadline; only if not empty. */
  long firstNs() {
    return deadlineNs[first()];
  }

  boolean armed(int thing) {
    return placeOf[thing] != ABSENT;
  }

  /** Sets the deadline of a thing, in place of the one it may have. */
  void arm(int thing, long atNs) {
    deadlineNs[thing] = atNs;
    int place = placeOf[thing];
    if (place == ABSENT) {
      place = size++;
      put(thing, place);
    }
    siftUp(place);
    siftDown(placeOf[thing]);
  }

  void disarm(int thing) {
    int place = placeOf[thing];
    if (place == ABSENT) {
      return;
    }
    placeOf[thing] = ABSENT;
    int last = heap[--size];
    if (last != thing) {
      put(last, place);
      siftUp(place);
      siftDown(placeOf[last]);
    }
  }

  private void siftUp(int from) {
    int thing = heap[from];
    int place = from;
    while (place > 0) {
      int parent = (place - 1) >>> 1;
      if (!earlier(thing, heap[parent])) {
        break;
      }
      put(heap[parent], place);
      place = parent;
    }
    put(thing, place);
  }

  private void siftDown(int from) {
    int thing = heap[from];
    int place = from;
    while (true) {
      int child = 2 * place + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && earlier(heap[child + 1], heap[child])) {
        child++;
      }
      if (!earlier(heap[child], thing)) {
        break;
      }
      put(heap[child], place);
      place = child;
    }
    put(thing, place);
  }

  private boolean earlier(int a, int b) {
    return deadlineNs[a] - deadlineNs[b] < 0;
  }

  private void put(int thing, int place) {
    heap[place] = thing;
    placeOf[thing] = place;
  }
}
