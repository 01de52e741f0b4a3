// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.api.HotPath;
import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import io.vireo.time.NanoClock;
import java.nio.ByteBuffer;

/**
 * One direction of a wire: the sender's slots, and the frames under way in the order in which they were sent.
 *
 * <pre>
 *   frames:   … received | under way | queued, not rung | …
 *                        head        rung               tail
 * </pre>
 */
final class WireLane {
  private static final byte FREE = 0;
  private static final byte CLAIMED = 1;
  private static final byte SENT = 2;
  private static final byte RECEIVED = 3;

  final ByteBuffer memory;
  private final NanoClock clock;
  private final long delayNs;
  private final int slotShift;

  private final int[] freeOffsets;
  private int freeCount;

  private final long[] frames;
  private final long[] arrivalsNs;
  private final int mask;
  private int head;
  private int rung;
  private int tail;

  /** Who has which slot; kept only where assertions are on. */
  private final byte[] owners;

  WireLane(NanoClock clock, WireSettings settings) {
    int slots = settings.slots();
    this.clock = clock;
    this.delayNs = settings.delayNs();
    this.slotShift = Integer.numberOfTrailingZeros(settings.slotBytes());
    this.memory = ByteBuffer.allocateDirect(slots << slotShift);
    this.freeOffsets = new int[slots];
    for (int slot = 0; slot < slots; slot++) {
      freeOffsets[slot] = (slots - 1 - slot) << slotShift;
    }
    this.freeCount = slots;
    int ring = Integer.highestOneBit(2 * slots - 1);
    this.frames = new long[ring];
    this.arrivalsNs = new long[ring];
    this.mask = ring - 1;
    this.owners = new byte[slots];
  }

  @HotPath
  int claim() {
    if (freeCount == 0) {
      return Nic.FULL;
    }
    int offset = freeOffsets[--freeCount];
    assert passes(offset, FREE, CLAIMED);
    return offset;
  }

  @HotPath
  void abandon(int offset) {
    assert passes(offset, CLAIMED, FREE);
    freeOffsets[freeCount++] = offset;
  }

  @HotPath
  void queue(int offset, int length, int flags) {
    assert passes(offset, CLAIMED, SENT);
    frames[tail++ & mask] = ReceivedFrame.pack(offset, length, flags);
  }

  /** Sends what is queued on its way; returns how many frames. */
  @HotPath
  int ring() {
    int count = tail - rung;
    if (delayNs != 0 && count != 0) {
      long arrivalNs = clock.nanoTime() + delayNs;
      for (int at = rung; at != tail; at++) {
        arrivalsNs[at & mask] = arrivalNs;
      }
    }
    rung = tail;
    return count;
  }

  @HotPath
  long receive() {
    if (head == rung) {
      return Nic.EMPTY;
    }
    if (delayNs != 0 && arrivalsNs[head & mask] - clock.nanoTime() > 0) {
      return Nic.EMPTY;
    }
    long frame = frames[head++ & mask];
    assert passes(ReceivedFrame.offset(frame), SENT, RECEIVED);
    return frame;
  }

  @HotPath
  void release(long frame) {
    int offset = ReceivedFrame.offset(frame);
    assert passes(offset, RECEIVED, FREE);
    freeOffsets[freeCount++] = offset;
  }

  /** Gives back every slot that was sent and has not been received. */
  void discard() {
    for (; head != tail; head++) {
      int offset = ReceivedFrame.offset(frames[head & mask]);
      assert passes(offset, SENT, FREE);
      freeOffsets[freeCount++] = offset;
    }
    rung = tail;
  }

  /** When the frame received last arrived; 0 if frames take no time. */
  long lastArrivalNs() {
    return delayNs == 0 ? 0 : arrivalsNs[(head - 1) & mask];
  }

  long nextArrivalNs() {
    if (head == rung) {
      return Nic.UNKNOWN;
    }
    return delayNs == 0 ? clock.nanoTime() : arrivalsNs[head & mask];
  }

  private boolean passes(int offset, byte from, byte to) {
    int slot = offset >>> slotShift;
    assert offset == slot << slotShift : "no slot begins at " + offset;
    assert owners[slot] == from
        : "slot at " + offset + " is in state " + owners[slot] + ", expected " + from;
    owners[slot] = to;
    return true;
  }
}
