// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import java.nio.ByteBuffer;

/**
 * Copies of frames that are held back, each until a time of its own: a bounded binary heap, the earliest frame on top, and of
 * frames with the same time the one that came first.
 */
final class HeldFrames {
  private static final int MEMORY_BYTES = 8 << 20;
  private static final int MOST_FRAMES = 4_096;
  private static final int FEWEST_FRAMES = 64;

  final ByteBuffer memory;
  private final int slotBytes;
  private final int[] lengths;
  private final int[] segmentSizes;
  private final int[] flags;
  private final long[] releasesNs;
  private final long[] numbers;

  /** Slots; those below {@code count} are taken and form the heap, the others are free. */
  private final int[] heap;

  private int count;
  private long nextNumber;

  HeldFrames(int largestFrame) {
    this.slotBytes = largestFrame;
    int slots = Math.max(FEWEST_FRAMES, Math.min(MOST_FRAMES, MEMORY_BYTES / largestFrame));
    this.memory = ByteBuffer.allocateDirect(slots * slotBytes);
    this.lengths = new int[slots];
    this.segmentSizes = new int[slots];
    this.flags = new int[slots];
    this.releasesNs = new long[slots];
    this.numbers = new long[slots];
    this.heap = new int[slots];
    for (int slot = 0; slot < slots; slot++) {
      heap[slot] = slot;
    }
  }

  /** Copies a frame; false if there is no room. */
  boolean hold(
      ByteBuffer source, int offset, int length, int segmentSize, int flags, long releaseNs) {
    if (count == heap.length) {
      return false;
    }
    int slot = heap[count];
    memory.put(slot * slotBytes, source, offset, length);
    lengths[slot] = length;
    segmentSizes[slot] = segmentSize;
    this.flags[slot] = flags;
    releasesNs[slot] = releaseNs;
    numbers[slot] = nextNumber++;
    rise(count++);
    return true;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Of the first frame: when it may go on. */
  long firstNs() {
    return releasesNs[heap[0]];
  }

  /** Of the first frame: where in {@link #memory} it begins. */
  int offset() {
    return heap[0] * slotBytes;
  }

  int length() {
    return lengths[heap[0]];
  }

  int segmentSize() {
    return segmentSizes[heap[0]];
  }

  int flags() {
    return flags[heap[0]];
  }

  void removeFirst() {
    assert count > 0;
    swap(0, --count);
    sink();
  }

  private void rise(int at) {
    while (at > 0 && isBefore(at, (at - 1) / 2)) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }

  private void sink() {
    int at = 0;
    int child = 1;
    while (child < count) {
      if (child + 1 < count && isBefore(child + 1, child)) {
        child++;
      }
      if (!isBefore(child, at)) {
        return;
      }
      swap(child, at);
      at = child;
      child = 2 * at + 1;
    }
  }

  private boolean isBefore(int a, int b) {
    long difference = releasesNs[heap[a]] - releasesNs[heap[b]];
    return difference < 0 || (difference == 0 && numbers[heap[a]] < numbers[heap[b]]);
  }

  private void swap(int a, int b) {
    int slot = heap[a];
    heap[a] = heap[b];
    heap[b] = slot;
  }
}
