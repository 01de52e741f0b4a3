// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The queue of a stack that is fuzzed. A received frame ends where the memory ends, so that a read beyond it throws, and is overwritten
 * when it is released; so is a transmit slot. It is used again by the next stack: only slots are counted anew.
 */
final class FuzzNic implements Nic {
  /** Told every frame that leaves, in the order in which they leave. */
  interface Line {
    void onFrame(byte[] frame, int length);
  }

  static final int MTU = 1500;

  /** Larger than any frame that the MTU allows. */
  static final int LARGEST_ARRIVAL = 4096;

  private static final int SLOTS = 32;
  private static final int SLOT_BYTES = MTU + 32;
  private static final int QUEUE = 64;
  private static final byte[] DIRT = new byte[LARGEST_ARRIVAL];

  static {
    Arrays.fill(DIRT, (byte) 0xDB);
  }

  private final long mac;
  private final ByteBuffer receiveMemory = ByteBuffer.allocateDirect(LARGEST_ARRIVAL);
  private final ByteBuffer transmitMemory = ByteBuffer.allocateDirect(SLOTS * SLOT_BYTES);
  private final byte[][] arrived = new byte[QUEUE][LARGEST_ARRIVAL];
  private final int[] arrivedLengths = new int[QUEUE];
  private final byte[][] leaving = new byte[SLOTS * 4][SLOT_BYTES];
  private final int[] leavingLengths = new int[SLOTS * 4];
  private final boolean[] claimed = new boolean[SLOTS];
  private Line line;
  private int firstArrived;
  private int arrivedCount;
  private int leavingCount;
  private int slotsInUse;
  private int slotLimit;
  private int current;
  private boolean vouches;
  private boolean ringing;
  long framesTaken;
  long framesSent;

  FuzzNic(long mac) {
    this.mac = mac;
    transmitMemory.put(0, new byte[SLOTS * SLOT_BYTES]);
  }

  /** As new, for another stack. */
  void reset(Line line) {
    this.line = line;
    Arrays.fill(claimed, false);
    firstArrived = 0;
    arrivedCount = 0;
    leavingCount = 0;
    slotsInUse = 0;
    slotLimit = SLOTS;
    current = -1;
    vouches = false;
    ringing = false;
    framesTaken = 0;
    framesSent = 0;
  }

  /** False: there is no room for the frame; it is lost. */
  boolean arrive(byte[] frame, int offset, int length) {
    if (arrivedCount == QUEUE) {
      return false;
    }
    int place = (firstArrived + arrivedCount++) % QUEUE;
    System.arraycopy(frame, offset, arrived[place], 0, length);
    arrivedLengths[place] = length;
    return true;
  }

  boolean hasArrived() {
    return arrivedCount > 0;
  }

  /** How many slots there are for now. */
  void slots(int limit) {
    slotLimit = Math.min(limit, SLOTS);
  }

  int slotsInUse() {
    return slotsInUse;
  }

  /** Whether it says of received frames that it has found their checksums right. */
  void vouches(boolean vouches) {
    this.vouches = vouches;
  }

  @Override
  public ByteBuffer receiveMemory() {
    return receiveMemory;
  }

  @Override
  public long receive() {
    Oracle.require(current < 0, "the current frame has not been released");
    if (arrivedCount == 0) {
      return EMPTY;
    }
    int length = arrivedLengths[firstArrived];
    current = LARGEST_ARRIVAL - length;
    receiveMemory.put(current, arrived[firstArrived], 0, length);
    firstArrived = (firstArrived + 1) % QUEUE;
    arrivedCount--;
    framesTaken++;
    return ReceivedFrame.pack(current, length, vouches ? ReceivedFrame.CHECKSUMS_VERIFIED : 0);
  }

  @Override
  public void release() {
    receiveMemory.put(current, DIRT, 0, LARGEST_ARRIVAL - current);
    current = -1;
  }

  @Override
  public int receiveSegmentSize() {
    return 0;
  }

  @Override
  public long receiveTimestampNs() {
    return 0;
  }

  @Override
  public ByteBuffer transmitMemory() {
    return transmitMemory;
  }

  @Override
  public int claim(int bytes) {
    Oracle.require(bytes >= 0 && bytes <= SLOT_BYTES, "claims more than a slot holds");
    if (slotsInUse >= slotLimit) {
      return FULL;
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      if (!claimed[slot]) {
        claimed[slot] = true;
        slotsInUse++;
        return slot * SLOT_BYTES;
      }
    }
    return FULL;
  }

  @Override
  public void abandon(int offset) {
    int slot = offset / SLOT_BYTES;
    Oracle.require(offset % SLOT_BYTES == 0 && claimed[slot], "gives back what it has not");
    claimed[slot] = false;
    slotsInUse--;
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    Oracle.require(length <= 14 + MTU, "sends a frame beyond the MTU");
    if (leavingCount == leaving.length) {
      ring();
    }
    transmitMemory.get(offset, leaving[leavingCount], 0, length);
    leavingLengths[leavingCount++] = length;
    framesSent++;
    transmitMemory.put(offset, DIRT, 0, Math.max(length, 64));
    abandon(offset);
  }

  @Override
  public void ring() {
    Oracle.require(!ringing, "rings inside ring");
    ringing = true;
    int count = leavingCount;
    for (int i = 0; i < count; i++) {
      line.onFrame(leaving[i], leavingLengths[i]);
    }
    leavingCount = 0;
    ringing = false;
  }

  @Override
  public void await(long maxWaitNs) {}

  @Override
  public void wakeup() {}

  @Override
  public NicFeatures features() {
    return new NicFeatures(SLOTS, SLOT_BYTES, false, false);
  }

  @Override
  public long macAddress() {
    return mac;
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
    return 0;
  }

  @Override
  public void close() {}
}
