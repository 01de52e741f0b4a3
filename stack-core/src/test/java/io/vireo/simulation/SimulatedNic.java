// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * One end of the wire as a card of its own: a ring of slots that come free late, frames that meet their fate by {@link
 * LinkPlan}, and memory that is overwritten as soon as it no longer belongs to the stack. What arrives lies in the memory of
 * the {@link io.vireo.nic.lab.MemoryWire} behind it, whose slots are the receive ring: a frame that finds none free is lost.
 */
final class SimulatedNic implements Nic {
  private static final byte STALE = (byte) 0xDB;

  /** A stack reads the MTU again when it runs its timers: this long after the last time, and not later than in so many turns. */
  private static final long MTU_NOTICE_NS = 500_000_000L;

  private static final int MTU_NOTICE_TURNS = 10;

  private record Held(long releaseNs, long number, ByteBuffer frame) {}

  private final Nic wire;
  private final Host host;
  private final LinkPlan plan;
  private final WireObserver observer;
  private final NicFeatures features;
  private final ByteBuffer memory;
  private final byte[] stale;
  private final int slotBytes;
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private final boolean[] claimed;

  /** Sent, and still the card's: slot and when it comes free. */
  private final ArrayDeque<long[]> completing = new ArrayDeque<>();

  private final ArrayDeque<byte[]> queued = new ArrayDeque<>();
  private final ArrayDeque<Integer> queuedSlots = new ArrayDeque<>();
  private final PriorityQueue<Held> held = new PriorityQueue<>(
      Comparator.comparingLong(Held::releaseNs).thenComparingLong(Held::number));

  private int mtu;
  private int formerMtu;
  private long formerUntilNs;
  private int formerTurns;
  private long frames;
  private long serial;
  private long lastInOrderNs;
  private long current = EMPTY;
  private long awaitedNs = -1;
  private boolean frameWaits = true;
  long lost;
  long overrun;

  SimulatedNic(Nic wire, Host host, LinkPlan plan, WireObserver observer, int mtu) {
    this.wire = wire;
    this.host = host;
    this.plan = plan;
    this.observer = observer;
    this.mtu = mtu;
    int slots = plan.transmitSlots;
    slotBytes = wire.features().largestFrame();
    features = new NicFeatures(slots, slotBytes, false, false);
    memory = ByteBuffer.allocateDirect(slots * slotBytes);
    stale = new byte[slotBytes];
    Arrays.fill(stale, STALE);
    claimed = new boolean[slots];
    for (int slot = 0; slot < slots; slot++) {
      memory.put(slot * slotBytes, stale);
      free.add(slot);
    }
  }

  // ---- What time does

  /** Lets those frames arrive, and those slots come free, whose time has come. */
  void pump(long nowNs) {
    while (!completing.isEmpty() && completing.peek()[1] <= nowNs && !plan.isStuck(nowNs)) {
      free.add((int) completing.remove()[0]);
    }
    boolean any = false;
    while (!held.isEmpty() && held.peek().releaseNs() <= nowNs) {
      ByteBuffer frame = held.remove().frame();
      int offset = wire.claim(frame.limit());
      if (offset == FULL) {
        overrun++;
        continue;
      }
      wire.transmitMemory().put(offset, frame, 0, frame.limit());
      wire.transmit(offset, frame.limit(), 0, 0);
      any = true;
    }
    if (any) {
      wire.ring();
      Host peer = host.peer();
      if (peer != null) {
        peer.nic.frameWaits = true;
      }
    }
  }

  /** When something happens here by itself, or Long.MAX_VALUE. */
  long nextNs(long nowNs) {
    long next = held.isEmpty() ? Long.MAX_VALUE : held.peek().releaseNs();
    if (plan.isStuck(nowNs)) {
      next = Math.min(next, plan.stuckUntilNs(nowNs));
    } else if (!completing.isEmpty()) {
      next = Math.min(next, completing.peek()[1]);
    }
    return next;
  }

  boolean frameWaits() {
    return frameWaits;
  }

  /** How long the stack wants to sleep, in nanoseconds; -1 if it has not called {@link #await} since the last time. */
  long takeAwaited() {
    long awaited = awaitedNs;
    awaitedNs = -1;
    return awaited;
  }

  void mtu(int mtu) {
    formerMtu = Math.max(largestPacket(), mtu);
    formerUntilNs = host.elapsedNs() + MTU_NOTICE_NS;
    formerTurns = MTU_NOTICE_TURNS;
    this.mtu = mtu;
  }

  void onTurn() {
    if (formerTurns > 0 && host.elapsedNs() >= formerUntilNs) {
      formerTurns--;
    }
  }

  /** The longest packet that may leave now: a stack reads its NIC's MTU now and then. */
  int largestPacket() {
    return formerTurns > 0 ? formerMtu : mtu;
  }

  /** Slots that are the NIC's to give. */
  int freeSlots() {
    return free.size() + completing.size();
  }

  // ---- The NIC

  @Override
  public ByteBuffer receiveMemory() {
    return wire.receiveMemory();
  }

  @Override
  public long receive() {
    current = wire.receive();
    frameWaits = current != EMPTY;
    return current;
  }

  @Override
  public void release() {
    wire.receiveMemory()
        .put(ReceivedFrame.offset(current), stale, 0, ReceivedFrame.length(current));
    wire.release();
    current = EMPTY;
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
    return memory;
  }

  @Override
  public int claim(int bytes) {
    assert bytes <= slotBytes;
    if (free.isEmpty() || plan.isStuck(host.elapsedNs())) {
      return FULL;
    }
    int slot = free.remove();
    claimed[slot] = true;
    return slot * slotBytes;
  }

  @Override
  public void abandon(int offset) {
    free.add(unclaim(offset));
  }

  private int unclaim(int offset) {
    int slot = offset / slotBytes;
    Violation.unless(
        slot * slotBytes == offset && claimed[slot], "a slot that was not claimed: " + offset);
    claimed[slot] = false;
    memory.put(slot * slotBytes, stale);
    return slot;
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    observer.onFrame(host, memory, offset, length);
    byte[] frame = new byte[length];
    memory.get(offset, frame);
    queuedSlots.add(unclaim(offset));
    queued.add(frame);
  }

  @Override
  public void ring() {
    long nowNs = host.elapsedNs();
    while (!queued.isEmpty()) {
      int slot = queuedSlots.remove();
      if (plan.completionNs == 0) {
        free.add(slot);
      } else {
        completing.add(new long[] {slot, nowNs + plan.completionNs});
      }
      send(queued.remove(), frames++, nowNs);
    }
    if (!held.isEmpty() && held.peek().releaseNs() <= nowNs) {
      pump(nowNs);
    }
  }

  private void send(byte[] frame, long number, long nowNs) {
    if (plan.loses(number, nowNs, FrameKind.of(ByteBuffer.wrap(frame), 0))) {
      lost++;
      return;
    }
    int bit = plan.corruptedBit(number, nowNs, frame.length);
    if (bit >= 0) {
      frame[bit / 8] ^= (byte) (1 << bit % 8);
    }
    long releaseNs = nowNs + plan.underWayNs(number, nowNs);
    if (plan.reorders(number, nowNs)) {
      releaseNs += plan.reorderingNs;
    } else {
      lastInOrderNs = Math.max(lastInOrderNs, releaseNs);
      releaseNs = lastInOrderNs;
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    held.add(new Held(releaseNs, serial++, bytes));
    if (plan.duplicates(number, nowNs)) {
      held.add(new Held(releaseNs + (number & 1) * plan.delayNs, serial++, bytes));
    }
  }

  @Override
  public void await(long maxWaitNs) {
    awaitedNs = maxWaitNs;
  }

  @Override
  public void wakeup() {}

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return wire.macAddress();
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public NicStatus status() {
    return wire.status();
  }

  @Override
  public IOException failure() {
    return wire.failure();
  }

  @Override
  public long counter(NicCounter counter) {
    return wire.counter(counter);
  }

  @Override
  public void close() {
    wire.close();
  }
}
