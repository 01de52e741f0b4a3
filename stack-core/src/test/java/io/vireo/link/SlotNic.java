// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * A NIC whose frames a test hands over and takes away. A received frame ends where the memory ends, so that a read
 * beyond it throws, and the rest of the memory is dirt; transmit slots are dirty too, and given back only when the test
 * says so.
 */
public final class SlotNic implements Nic {
  public static final long MAC = 0x0200_0000_0002L;
  public static final byte DIRT = (byte) 0xA5;

  private static final int RECEIVE_BYTES = 70_000;

  private final int slotBytes;
  private final boolean fillsChecksums;
  private final ByteBuffer receiveMemory = ByteBuffer.allocateDirect(RECEIVE_BYTES);
  private final ByteBuffer transmitMemory;
  private final Deque<Integer> freeSlots = new ArrayDeque<>();
  private final BitSet claimed = new BitSet();
  private final List<Integer> underWay = new ArrayList<>();
  private final List<byte[]> queued = new ArrayList<>();
  private final List<byte[]> sent = new ArrayList<>();
  private int mtu = 1_500;
  private int receiveSegmentSize;
  private int lastFlags;
  private int rings;

  public SlotNic() {
    this(64, false);
  }

  public SlotNic(int slots, boolean fillsChecksums) {
    this.slotBytes = 2_048;
    this.fillsChecksums = fillsChecksums;
    this.transmitMemory = ByteBuffer.allocateDirect(slots * slotBytes);
    for (int slot = 0; slot < slots; slot++) {
      giveBack(slot * slotBytes);
    }
  }

  private void giveBack(int offset) {
    for (int i = 0; i < slotBytes; i++) {
      transmitMemory.put(offset + i, DIRT);
    }
    freeSlots.add(offset);
  }

  /** Lays a received frame out; returns its offset. */
  public int lay(byte[] frame) {
    byte[] dirt = new byte[RECEIVE_BYTES - frame.length];
    Arrays.fill(dirt, DIRT);
    receiveMemory.put(0, dirt);
    receiveMemory.put(dirt.length, frame);
    return dirt.length;
  }

  /** Takes all frames that have left since the last call: those after which was rung. */
  public List<byte[]> takeSent() {
    List<byte[]> frames = List.copyOf(sent);
    sent.clear();
    return frames;
  }

  /** Completes all that is under way: its slots are free again. */
  public void complete() {
    underWay.forEach(this::giveBack);
    underWay.clear();
  }

  public int claimedSlots() {
    return claimed.cardinality();
  }

  public int rings() {
    return rings;
  }

  public int lastFlags() {
    return lastFlags;
  }

  public void setMtu(int mtu) {
    this.mtu = mtu;
  }

  public void setReceiveSegmentSize(int bytes) {
    this.receiveSegmentSize = bytes;
  }

  @Override
  public ByteBuffer receiveMemory() {
    return receiveMemory;
  }

  @Override
  public long receive() {
    return EMPTY;
  }

  @Override
  public void release() {}

  @Override
  public int receiveSegmentSize() {
    return receiveSegmentSize;
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
    assert bytes <= slotBytes;
    if (freeSlots.isEmpty()) {
      return FULL;
    }
    int offset = freeSlots.remove();
    claimed.set(offset);
    return offset;
  }

  @Override
  public void abandon(int offset) {
    assert claimed.get(offset) : "not claimed: " + offset;
    claimed.clear(offset);
    giveBack(offset);
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    assert claimed.get(offset) : "not claimed: " + offset;
    claimed.clear(offset);
    byte[] frame = new byte[length];
    transmitMemory.get(offset, frame);
    queued.add(frame);
    underWay.add(offset);
    lastFlags = flags;
  }

  @Override
  public void ring() {
    rings++;
    sent.addAll(queued);
    queued.clear();
  }

  @Override
  public void await(long maxWaitNs) {}

  @Override
  public void wakeup() {}

  @Override
  public NicFeatures features() {
    int slots = transmitMemory.capacity() / slotBytes;
    return new NicFeatures(slots, slotBytes, true, fillsChecksums);
  }

  @Override
  public long macAddress() {
    return MAC;
  }

  @Override
  public int mtu() {
    return mtu;
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
