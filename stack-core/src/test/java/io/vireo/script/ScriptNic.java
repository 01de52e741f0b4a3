// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import io.vireo.time.NanoClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * The queue between a stack and its scripted peers. A received frame ends where the memory ends, so that a read beyond it throws, and is
 * overwritten when it is released; so is a transmit slot before it is claimed.
 */
final class ScriptNic implements Nic {
  static final long STACK_MAC = 0x0200_0000_0001L;
  static final long PEER_MAC = 0x0200_0000_0002L;

  /** 10.0.0.1. */
  static final int STACK_ADDRESS = 0x0A00_0001;

  private static final int SLOTS = 256;
  private static final byte[] DIRT = new byte[128 << 10];

  static {
    Arrays.fill(DIRT, (byte) 0xDB);
  }

  private final NanoClock clock;
  private int mtu;
  private final int slotBytes;
  private final Consumer<byte[]> onFrame;
  private final ByteBuffer receiveMemory;
  private final ByteBuffer transmitMemory;
  private final Deque<byte[]> arrived = new ArrayDeque<>();
  private final Deque<Integer> free = new ArrayDeque<>();
  private final List<byte[]> queued = new ArrayList<>();
  private int current = -1;
  private boolean full;
  private boolean vouches;

  /** {@code onFrame} is told every frame that leaves, when it leaves. */
  ScriptNic(NanoClock clock, int mtu, Consumer<byte[]> onFrame) {
    this.clock = clock;
    this.mtu = mtu;
    this.onFrame = onFrame;
    slotBytes = mtu + 64;
    receiveMemory = ByteBuffer.allocateDirect(slotBytes);
    transmitMemory = ByteBuffer.allocateDirect(SLOTS * slotBytes);
    for (int slot = 0; slot < SLOTS; slot++) {
      giveBack(slot * slotBytes);
    }
  }

  void arrive(byte[] frame) {
    arrived.add(frame);
  }

  /** Whether no slot is to be had for now. */
  void full(boolean full) {
    this.full = full;
  }

  /** Whether it says of received frames that it has found their checksums right. */
  void vouches(boolean vouches) {
    this.vouches = vouches;
  }

  /** Changes the MTU; not beyond what it was at first. */
  void mtu(int mtu) {
    this.mtu = mtu;
  }

  private void giveBack(int offset) {
    transmitMemory.put(offset, DIRT, 0, slotBytes);
    free.add(offset);
  }

  @Override
  public ByteBuffer receiveMemory() {
    return receiveMemory;
  }

  @Override
  public long receive() {
    if (current >= 0) {
      throw new AssertionError("the current frame has not been released");
    }
    byte[] frame = arrived.poll();
    if (frame == null) {
      return EMPTY;
    }
    current = slotBytes - frame.length;
    receiveMemory.put(current, frame);
    return ReceivedFrame.pack(
        current, frame.length, vouches ? ReceivedFrame.CHECKSUMS_VERIFIED : 0);
  }

  @Override
  public void release() {
    receiveMemory.put(current, DIRT, 0, slotBytes - current);
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
    return full || free.isEmpty() ? FULL : free.remove();
  }

  @Override
  public void abandon(int offset) {
    giveBack(offset);
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    byte[] frame = new byte[length];
    transmitMemory.get(offset, frame);
    queued.add(frame);
    giveBack(offset);
  }

  @Override
  public void ring() {
    List<byte[]> leaving = List.copyOf(queued);
    queued.clear();
    leaving.forEach(onFrame);
  }

  @Override
  public void await(long maxWaitNs) {}

  @Override
  public void wakeup() {}

  @Override
  public long nextFrameNs() {
    return arrived.isEmpty() ? UNKNOWN : clock.nanoTime();
  }

  @Override
  public NicFeatures features() {
    return new NicFeatures(SLOTS, slotBytes, false, false);
  }

  @Override
  public long macAddress() {
    return STACK_MAC;
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
