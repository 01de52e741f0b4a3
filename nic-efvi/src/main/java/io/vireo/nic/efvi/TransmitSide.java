// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.api.HotPath;
import io.vireo.nic.Nic;
import io.vireo.nic.efvi.ciul.VirtualInterface;
import io.vireo.nic.linux.LibC;
import java.nio.ByteBuffer;

/**
 * Frames on their way out: slots in registered memory, which the card reads (DMA) or, where it can, has written into it (CTPIO). A slot is the card's until the event that tells
 * that its frame has left.
 */
final class TransmitSide {
  /** Two of them fill a page. */
  private static final int SMALL_SLOT_BYTES = 2_048;

  private static final int MOST_SLOTS = 256;

  /** Of one frame, so many bytes fit CTPIO's aperture. */
  private static final int CTPIO_BYTES = 4_080;

  private static final int IOVEC_BYTES = 16;
  private static final int IOVEC_LENGTH = 8;

  private static final byte FREE = 0;
  private static final byte CLAIMED = 1;
  private static final byte SENT = 2;

  private final VirtualInterface vi;
  private final int ctpioThreshold;
  private final int slotShift;
  private final int piecesPerSlot;
  private final byte[] slots;
  private final int[] freeSlots;
  private int freeCount;
  private final int[] lengths;
  private final long[] dmaAddresses;

  /** For each slot: struct iovec, by which CTPIO reads it, and an ef_iovec for each page of it. */
  private final ByteBuffer vectors;

  private final long vectorsAddress;
  private final int vectorBytes;

  /** Slots for which the card's ring had no place, oldest first. */
  private final int[] backlog;

  private int backlogHead;
  private int backlogTail;

  /** CTPIO has written the first of them; its fallback is missing. */
  private boolean fallbackDue;

  /** Frames are in the card's ring of which it does not know. */
  private boolean unpushed;

  /**
   * Slots for frames of up to {@code largestFrame} bytes at the beginning of registered memory.
   *
   * @param entries of the card's ring
   * @param ctpioThreshold {@link EfviSettings#ctpioThreshold}; what the card lacks is not used
   */
  TransmitSide(
      CardQueue queue, long memoryAddress, int entries, int largestFrame, int ctpioThreshold) {
    vi = queue.vi();
    this.ctpioThreshold = vi.hasCtpio() ? ctpioThreshold : EfviSettings.NO_CTPIO;
    int slotBytes = slotBytes(largestFrame);
    int count = slotCount(entries, slotBytes);
    slotShift = Integer.numberOfTrailingZeros(slotBytes);
    piecesPerSlot = Math.max(slotBytes / CardQueue.DMA_PAGE_BYTES, 1);
    slots = new byte[count];
    freeSlots = new int[count];
    lengths = new int[count];
    backlog = new int[count];
    dmaAddresses = new long[count];
    vectorBytes = (1 + piecesPerSlot) * IOVEC_BYTES;
    vectors = LibC.structure(count * vectorBytes);
    vectorsAddress = LibC.addressOf(vectors);
    for (int slot = count - 1; slot >= 0; slot--) {
      freeSlots[freeCount++] = slot;
      dmaAddresses[slot] = queue.dmaAddress(slot << slotShift);
      vectors.putLong(slot * vectorBytes, memoryAddress + (slot << slotShift));
      for (int piece = 0; piece < piecesPerSlot; piece++) {
        int offset = (slot << slotShift) + piece * CardQueue.DMA_PAGE_BYTES;
        vectors.putLong(pieceOffset(slot, piece), queue.dmaAddress(offset));
      }
    }
  }

  /** A power of two, so that pages begin where slots do. */
  private static int slotBytes(int largestFrame) {
    int bytes = SMALL_SLOT_BYTES;
    while (bytes < largestFrame) {
      bytes <<= 1;
    }
    return bytes;
  }

  /** Those of all slots together find places in the ring, which holds one less than it has entries. */
  private static int slotCount(int entries, int slotBytes) {
    int pieces = Math.max(slotBytes / CardQueue.DMA_PAGE_BYTES, 1);
    return Math.min(MOST_SLOTS, Integer.highestOneBit((entries - 1) / pieces));
  }

  /** Bytes of memory for slots. */
  static int bytesFor(int entries, int largestFrame) {
    int slotBytes = slotBytes(largestFrame);
    return slotCount(entries, slotBytes) * slotBytes;
  }

  private int pieceOffset(int slot, int piece) {
    return slot * vectorBytes + (1 + piece) * IOVEC_BYTES;
  }

  /** Whether the card reads frames itself, and so can fill in their checksums. */
  boolean isDmaOnly() {
    return ctpioThreshold == EfviSettings.NO_CTPIO;
  }

  int slotCount() {
    return slots.length;
  }

  /** A free slot's offset, or {@link Nic#FULL}. */
  @HotPath
  int claim() {
    if (freeCount == 0) {
      return Nic.FULL;
    }
    int slot = freeSlots[--freeCount];
    slots[slot] = CLAIMED;
    return slot << slotShift;
  }

  @HotPath
  boolean isClaimed(int offset) {
    int slot = offset >>> slotShift;
    return slot < slots.length && slot << slotShift == offset && slots[slot] == CLAIMED;
  }

  /** A claimed slot is free again. */
  @HotPath
  void abandon(int offset) {
    free(offset >>> slotShift);
  }

  @HotPath
  private void free(int slot) {
    slots[slot] = FREE;
    freeSlots[freeCount++] = slot;
  }

  /** Queues the frame in a claimed slot. */
  @HotPath
  void transmit(int offset, int length) {
    int slot = offset >>> slotShift;
    slots[slot] = SENT;
    lengths[slot] = length;
    if (hasBacklog() || !submit(slot)) {
      backlog[backlogTail++ & (backlog.length - 1)] = slot;
    }
  }

  @HotPath
  boolean hasBacklog() {
    return backlogHead != backlogTail;
  }

  /** False: the card's ring has no place. */
  @HotPath
  private boolean submit(int slot) {
    int length = lengths[slot];
    if (ctpioThreshold != EfviSettings.NO_CTPIO && length <= CTPIO_BYTES) {
      return submitCtpio(slot, length);
    }
    int result = length <= CardQueue.DMA_PAGE_BYTES || piecesPerSlot == 1
        ? vi.transmitInit(dmaAddresses[slot], length, slot)
        : submitPieces(slot, length);
    unpushed |= result == 0;
    return result == 0;
  }

  /** The card may have no room for it, or be busy with frames that it reads itself: then it reads this one as well. */
  @HotPath
  private boolean submitCtpio(int slot, int length) {
    if (!fallbackDue) {
      push();
      vectors.putLong(slot * vectorBytes + IOVEC_LENGTH, length);
      vi.transmitCtpio(length, vectorsAddress + (long) slot * vectorBytes, 1, ctpioThreshold);
    }
    fallbackDue = vi.ctpioFallback(dmaAddresses[slot], length, slot) != 0;
    return !fallbackDue;
  }

  private int submitPieces(int slot, int length) {
    int count = 0;
    for (int left = length; left > 0; left -= CardQueue.DMA_PAGE_BYTES) {
      int bytes = Math.min(left, CardQueue.DMA_PAGE_BYTES);
      vectors.putInt(pieceOffset(slot, count++) + IOVEC_LENGTH, bytes);
    }
    return vi.transmitvInit(vectorsAddress + pieceOffset(slot, 0), count, slot);
  }

  /** Tells the card of what is queued; what found no place before may find one now. */
  @HotPath
  void ring() {
    while (hasBacklog() && submit(backlog[backlogHead & (backlog.length - 1)])) {
      backlogHead++;
    }
    push();
  }

  @HotPath
  private void push() {
    if (unpushed) {
      unpushed = false;
      vi.transmitPush();
    }
  }

  /** A frame has left. */
  @HotPath
  void onSent(int slot) {
    assert slot >= 0 && slot < slots.length && slots[slot] == SENT : "it was not sent: " + slot;
    free(slot);
  }

  int largestFrame() {
    return 1 << slotShift;
  }
}
