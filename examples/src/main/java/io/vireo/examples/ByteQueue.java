// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Bytes on their way from one thread to another: a few buffers that go round, full one way and empty the other. The thread of the
 * stack must not block, so it uses the methods that begin with poll; the other thread blocks.
 */
final class ByteQueue {
  private static final int BUFFERS = 4;
  private static final int BUFFER_BYTES = 64 << 10;

  private final BlockingQueue<ByteBuffer> empty = new ArrayBlockingQueue<>(BUFFERS);
  private final BlockingQueue<ByteBuffer> full = new ArrayBlockingQueue<>(BUFFERS + 1);

  ByteQueue() {
    for (int i = 0; i < BUFFERS; i++) {
      empty.add(ByteBuffer.allocateDirect(BUFFER_BYTES));
    }
  }

  /** A buffer to fill, or null. */
  ByteBuffer pollEmpty() {
    return empty.poll();
  }

  /** A buffer to fill; waits for one. */
  ByteBuffer takeEmpty() throws InterruptedException {
    return empty.take();
  }

  /** Whether {@link #pollEmpty} has one. */
  boolean hasEmpty() {
    return !empty.isEmpty();
  }

  /** Hands over a buffer between position and limit; without any bytes in it, it means the end. Never blocks. */
  void addFull(ByteBuffer buffer) {
    full.add(buffer);
  }

  /** The next buffer handed over, or null. */
  ByteBuffer pollFull() {
    return full.poll();
  }

  /** The next buffer handed over; waits for one. */
  ByteBuffer takeFull() throws InterruptedException {
    return full.take();
  }

  /** Gives a buffer back. */
  void addEmpty(ByteBuffer buffer) {
    empty.add(buffer.clear());
  }
}
