// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A NIC whose link a hostile station shares: its frames come at a rate of their own among those of the others, as many as a ring of
 * {@link #BACKLOG} holds when the stack is slow; what the stack sends to it does not reach the link.
 */
final class HostileNic implements Nic {
  private static final int BACKLOG = 512;
  private static final int FRAME_BYTES = 2_048;

  private final Nic nic;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(2 * FRAME_BYTES);
  private volatile Attack attack;
  private volatile long intervalNs;
  private final AtomicLong sent = new AtomicLong();
  private long startNs;
  private long due;
  private Attack present;
  private boolean turnOfOthers;
  private boolean othersFrame;

  HostileNic(Nic nic) {
    this.nic = nic;
  }

  /** Begins an attack, or ends it: {@code perSecond} 0. Any thread. */
  void attack(Attack attack, int perSecond) {
    intervalNs = perSecond == 0 ? 0 : 1_000_000_000L / perSecond;
    this.attack = perSecond == 0 ? null : attack;
  }

  /** Hostile frames that the stack has taken. Any thread. */
  long sent() {
    return sent.get();
  }

  @Override
  public long receive() {
    turnOfOthers = !turnOfOthers;
    if (turnOfOthers) {
      long frame = receiveFromOthers();
      return frame == EMPTY ? receiveHostile() : frame;
    }
    long frame = receiveHostile();
    return frame == EMPTY ? receiveFromOthers() : frame;
  }

  private long receiveFromOthers() {
    long frame = nic.receive();
    if (frame == EMPTY) {
      return EMPTY;
    }
    othersFrame = true;
    int length = Math.min(ReceivedFrame.length(frame), FRAME_BYTES);
    memory.put(0, nic.receiveMemory(), ReceivedFrame.offset(frame), length);
    Attack running = attack;
    if (running != null) {
      running.overhears(memory, 0, length);
    }
    return ReceivedFrame.pack(0, length, 0);
  }

  private long receiveHostile() {
    Attack running = attack;
    if (running == null) {
      return EMPTY;
    }
    long nowNs = System.nanoTime();
    if (!running.equals(present)) {
      present = running;
      startNs = nowNs;
      due = 0;
    }
    long arrived = (nowNs - startNs) / Math.max(intervalNs, 1);
    if (arrived <= due) {
      return EMPTY;
    }
    due = Math.max(due + 1, arrived - BACKLOG);
    int length = running.next(memory, FRAME_BYTES);
    if (length == 0) {
      return EMPTY;
    }
    othersFrame = false;
    sent.incrementAndGet();
    return ReceivedFrame.pack(FRAME_BYTES, length, 0);
  }

  @Override
  public void release() {
    if (othersFrame) {
      nic.release();
    }
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    ByteBuffer out = nic.transmitMemory();
    Attack running = attack;
    long target = (out.getShort(offset) & 0xFFFFL) << 32 | (out.getInt(offset + 2) & 0xFFFF_FFFFL);
    boolean asksAll = target == 0xFFFF_FFFF_FFFFL;
    if (running != null && (asksAll || target == HostileFrames.MAC)) {
      running.hears(out, offset, length);
    }
    if (target == HostileFrames.MAC) {
      nic.abandon(offset);
    } else {
      nic.transmit(offset, length, segmentSize, flags);
    }
  }

  @Override
  public void await(long maxWaitNs) {
    long waitNs = maxWaitNs;
    if (attack != null && attack.equals(present)) {
      waitNs = Math.min(waitNs, startNs + (due + 1) * intervalNs - System.nanoTime());
    }
    if (waitNs > 0) {
      nic.await(waitNs);
    }
  }

  @Override
  public ByteBuffer receiveMemory() {
    return memory;
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
    return nic.transmitMemory();
  }

  @Override
  public int claim(int bytes) {
    return nic.claim(bytes);
  }

  @Override
  public void abandon(int offset) {
    nic.abandon(offset);
  }

  @Override
  public void ring() {
    nic.ring();
  }

  @Override
  public void wakeup() {
    nic.wakeup();
  }

  @Override
  public NicFeatures features() {
    return nic.features();
  }

  @Override
  public long macAddress() {
    return nic.macAddress();
  }

  @Override
  public int mtu() {
    return nic.mtu();
  }

  @Override
  public NicStatus status() {
    return nic.status();
  }

  @Override
  public IOException failure() {
    return nic.failure();
  }

  @Override
  public long counter(NicCounter counter) {
    return nic.counter(counter);
  }

  @Override
  public void close() {
    nic.close();
  }
}
