// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/**
 * A mock of a card with descriptor rings, the shape of ef_vi and AF_XDP, that watches over its buffers:
 *
 * <ul>
 *   <li>Buffers are half a page, and none crosses a page. A received frame begins behind a prefix of the card's.
 *   <li>The receive ring is refilled in batches of 8; a frame that finds no buffer posted is lost and counted.
 *   <li>The card reads a frame late, when {@link #leave()} asks for it; until then it must not change.
 *   <li>That a frame has left is learnt from an event, one for several frames, and events are seen in {@link #receive()} and
 *       {@link #ring()} only. Until then the slot is not free.
 *   <li>Whoever writes into a buffer that belongs to the card is found out by an AssertionError.
 * </ul>
 */
public final class DescriptorRingNic implements Nic {
  static final int RECEIVE_PREFIX_BYTES = 14;
  static final int REFILL_BATCH = 8;
  static final int COMPLETION_BATCH = 4;

  private static final int PAGE_BYTES = 4_096;
  private static final int BUFFER_BYTES = PAGE_BYTES / 2;
  private static final int MTU = 1_500;
  private static final byte PREFIX = (byte) 0xEE;

  /** Polls without an event after which the card reports what it held back to make a batch. */
  private static final int MODERATION_POLLS = 2;

  /** An event: a buffer number received into, or this. */
  private static final int TRANSMIT_EVENT = -1;

  private final NicFeatures features;
  private final WatchedBuffers receiveBuffers;
  private final WatchedBuffers transmitBuffers;

  private final Queue<Integer> events = new ArrayDeque<>();
  private final Queue<Integer> posted = new ArrayDeque<>();
  private final Queue<Integer> released = new ArrayDeque<>();
  private final int[] receivedLengths;
  private long current = EMPTY;

  private final Queue<Integer> freeSlots = new ArrayDeque<>();
  private final boolean[] claimed;
  private final int[] lengths;
  private final Queue<Integer> queued = new ArrayDeque<>();
  private final Queue<Integer> rung = new ArrayDeque<>();
  private final Queue<Integer> left = new ArrayDeque<>();
  private int reportedAsLeft;
  private int pollsWithoutEvent;

  private final long[] counters = new long[NicCounter.values().length];
  private boolean closed;

  /** A card with so many slots to send from, and buffers to receive into. */
  public DescriptorRingNic(int transmitSlots, int receiveSlots) {
    this.features = new NicFeatures(transmitSlots, BUFFER_BYTES, false, false);
    this.receiveBuffers = new WatchedBuffers(receiveSlots, BUFFER_BYTES, PAGE_BYTES);
    this.transmitBuffers = new WatchedBuffers(transmitSlots, BUFFER_BYTES, PAGE_BYTES);
    this.receivedLengths = new int[receiveSlots];
    this.claimed = new boolean[transmitSlots];
    this.lengths = new int[transmitSlots];
    for (int buffer = 0; buffer < receiveSlots; buffer++) {
      posted.add(buffer);
    }
    for (int slot = 0; slot < transmitSlots; slot++) {
      freeSlots.add(slot);
    }
  }

  /** The card's side: a frame comes in from the line. */
  public void arrive(byte[] frame) {
    if (frame.length > MTU + 14) {
      count(NicCounter.RECEIVE_OVERSIZE);
      return;
    }
    if (posted.isEmpty()) {
      count(NicCounter.RECEIVE_OVERRUN);
      return;
    }
    int buffer = posted.remove();
    byte[] written = new byte[RECEIVE_PREFIX_BYTES + frame.length];
    Arrays.fill(written, PREFIX);
    System.arraycopy(frame, 0, written, RECEIVE_PREFIX_BYTES, frame.length);
    receiveBuffers.handOver(buffer, written);
    receivedLengths[buffer] = frame.length;
    events.add(buffer);
  }

  /** The card's side: reads the next frame whose doorbell was rung, and sends it; null if there is none. */
  public byte[] leave() {
    if (rung.isEmpty()) {
      return null;
    }
    int slot = rung.remove();
    byte[] frame = transmitBuffers.read(slot, lengths[slot]);
    left.add(slot);
    count(NicCounter.FRAMES_SENT);
    if (left.size() - reportedAsLeft == COMPLETION_BATCH) {
      report();
    }
    return frame;
  }

  private void report() {
    reportedAsLeft = left.size();
    events.add(TRANSMIT_EVENT);
  }

  @Override
  public ByteBuffer receiveMemory() {
    return receiveBuffers.memory();
  }

  @Override
  public long receive() {
    assert current == EMPTY : "the current frame has not been released";
    while (!closed && !events.isEmpty()) {
      pollsWithoutEvent = 0;
      int event = events.remove();
      if (event != TRANSMIT_EVENT) {
        count(NicCounter.FRAMES_RECEIVED);
        int offset = receiveBuffers.offset(event) + RECEIVE_PREFIX_BYTES;
        current = ReceivedFrame.pack(offset, receivedLengths[event], 0);
        return current;
      }
      reclaim();
    }
    moderate();
    return EMPTY;
  }

  private void reclaim() {
    for (; reportedAsLeft > 0; reportedAsLeft--) {
      int slot = left.remove();
      transmitBuffers.takeBack(slot);
      freeSlots.add(slot);
    }
  }

  private void moderate() {
    if (left.size() > reportedAsLeft && ++pollsWithoutEvent == MODERATION_POLLS) {
      pollsWithoutEvent = 0;
      report();
    }
  }

  @Override
  public void release() {
    assert current != EMPTY : "there is no current frame";
    int buffer = receiveBuffers.number(ReceivedFrame.offset(current));
    receiveBuffers.takeBack(buffer);
    released.add(buffer);
    current = EMPTY;
    if (released.size() == REFILL_BATCH) {
      posted.addAll(released);
      released.clear();
    }
  }

  @Override
  public int receiveSegmentSize() {
    return 0;
  }

  @Override
  public long receiveTimestampNs() {
    assert current != EMPTY : "there is no current frame";
    return 0;
  }

  @Override
  public ByteBuffer transmitMemory() {
    return transmitBuffers.memory();
  }

  @Override
  public int claim(int bytes) {
    assert bytes >= 0 && bytes <= BUFFER_BYTES : bytes;
    if (closed || freeSlots.isEmpty()) {
      count(NicCounter.TRANSMIT_FULL);
      return FULL;
    }
    int slot = freeSlots.remove();
    transmitBuffers.handOver(slot, new byte[0]);
    claimed[slot] = true;
    return transmitBuffers.offset(slot);
  }

  @Override
  public void abandon(int offset) {
    int slot = unclaim(offset);
    transmitBuffers.takeBack(slot);
    freeSlots.add(slot);
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    assert length >= 14 && length <= BUFFER_BYTES && segmentSize == 0 && flags == 0;
    int slot = unclaim(offset);
    lengths[slot] = length;
    transmitBuffers.seal(slot);
    queued.add(slot);
  }

  private int unclaim(int offset) {
    int slot = transmitBuffers.number(offset);
    assert transmitBuffers.offset(slot) == offset && claimed[slot] : "not claimed: " + offset;
    claimed[slot] = false;
    return slot;
  }

  @Override
  public void ring() {
    rung.addAll(queued);
    queued.clear();
    // Received frames stay where they are; what has left before them is seen.
    if (events.removeIf(event -> event == TRANSMIT_EVENT)) {
      pollsWithoutEvent = 0;
      reclaim();
    } else {
      moderate();
    }
  }

  @Override
  public void await(long maxWaitNs) {}

  @Override
  public void wakeup() {}

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return 0x02_00_00_00_00_0DL;
  }

  @Override
  public int mtu() {
    return MTU;
  }

  @Override
  public NicStatus status() {
    return NicStatus.UP;
  }

  @Override
  public IOException failure() {
    return null;
  }

  @Override
  public long counter(NicCounter counter) {
    return counters[counter.ordinal()];
  }

  private void count(NicCounter counter) {
    counters[counter.ordinal()]++;
  }

  @Override
  public void close() {
    closed = true;
  }
}
