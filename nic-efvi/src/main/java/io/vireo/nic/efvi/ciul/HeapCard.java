// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import io.vireo.nic.linux.LibC;
import java.nio.ByteBuffer;

/**
 * Plays a card of the EF10 kind to a VI on plain memory: puts frames that arrive into the buffers it was given, takes those that leave from where they lie, and tells of both in events. It
 * does so when it is told to.
 */
public final class HeapCard {
  private static final int BUFFER_BYTES = 1_792;
  private static final long ADDRESS_MASK = 0xFFFF_FFFF_FFFFL;
  private static final int DESCRIPTOR_LENGTH_SHIFT = 48;
  private static final int DESCRIPTOR_LENGTH_MASK = 0x3FFF;
  private static final long TRANSMIT_CONTINUES = 1L << 62;
  private static final long RECEIVE_CONTINUES = 1L << 14;
  private static final long CHECKSUM_BAD = 1L << 25;
  private static final int INDEX_MASK = 0xF;
  private static final int INDEX_SHIFT = 48;
  private static final long TRANSMIT_EVENT = 2L << 60;
  private static final long BY_CTPIO = 0x11L << 24;
  private static final int PREFIX_LENGTH_OFFSET = 8;

  final HeapVi heap;
  private final Libciul library;
  private final ViLayout layout;
  private final int prefixBytes;
  private final boolean ctpio;
  private final int receiveMask;
  private final int transmitMask;
  private final int eventMask;
  private ByteBuffer memory;
  private long memoryAddress;
  private int received;
  private int sent;
  private int events;

  /** A VI with rings of so many entries, powers of two from 512 on. */
  public HeapCard(
      Libciul library,
      ViLayout layout,
      int receiveEntries,
      int transmitEntries,
      int prefixBytes,
      boolean ctpio) {
    this.library = library;
    this.layout = layout;
    this.prefixBytes = prefixBytes;
    this.ctpio = ctpio;
    receiveMask = receiveEntries - 1;
    transmitMask = transmitEntries - 1;
    int eventEntries = 2 * Math.max(receiveEntries, transmitEntries); // one for each descriptor
    eventMask = eventEntries - 1;
    long flags = ctpio ? HeapVi.CTPIO : 0;
    heap = new HeapVi(
        library, layout, eventEntries, receiveEntries, transmitEntries, prefixBytes, flags);
  }

  /** Another one of the same properties. */
  public HeapCard another() {
    return new HeapCard(library, layout, receiveMask + 1, transmitMask + 1, prefixBytes, ctpio);
  }

  /** The memory that it may read and write; addresses are those of the process. */
  public void register(ByteBuffer registered) {
    memory = registered;
    memoryAddress = LibC.addressOf(registered);
  }

  /** The VI, which works as long as the card is reachable: its rings are the card's. */
  public VirtualInterface vi() {
    return heap.vi;
  }

  /** Bytes that it puts before each received frame. */
  public int prefixBytes() {
    return prefixBytes;
  }

  /** How many buffers it has at present. */
  public int buffers() {
    return (heap.io.getInt(HeapVi.RECEIVE_DOORBELL) - received) & receiveMask;
  }

  /** A frame arrives, with right checksums or wrong ones. False: it has not the buffers for it. */
  public boolean deliver(ByteBuffer from, int offset, int length, boolean checksumBad) {
    int needed = (prefixBytes + length + BUFFER_BYTES - 1) / BUFFER_BYTES;
    if (buffers() < needed) {
      return false;
    }
    int done = 0;
    for (int part = 0; part < needed; part++) {
      long descriptor = heap.receiveDescriptors.getLong((received & receiveMask) * Long.BYTES);
      int prefix = part == 0 ? prefixBytes : 0;
      int bytes = Math.min(BUFFER_BYTES - prefix, length - done);
      if (prefix > 0) {
        // little-endian, unlike the buffer
        memory.putShort(
            place(descriptor) + PREFIX_LENGTH_OFFSET, Short.reverseBytes((short) length));
      }
      memory.put(place(descriptor) + prefix, from, offset + done, bytes);
      done += bytes;
      received++;
      boolean last = part == needed - 1;
      post(prefix + bytes
          | (last ? 0 : RECEIVE_CONTINUES)
          | (checksumBad && last ? CHECKSUM_BAD : 0)
          | (long) (received & INDEX_MASK) << INDEX_SHIFT);
    }
    return true;
  }

  /** The next frame leaves, to {@code offset} of a buffer. Returns its length; 0: there is none. What CTPIO wrote is the same as what the descriptors say, and is read there. */
  public int take(ByteBuffer to, int offset) {
    int end = heap.io.getInt(HeapVi.TRANSMIT_DOORBELL) & transmitMask;
    if ((sent & transmitMask) == end) {
      return 0;
    }
    int length = 0;
    long descriptor;
    do {
      descriptor = heap.transmitDescriptors.getLong((sent++ & transmitMask) * Long.BYTES);
      int bytes = (int) (descriptor >>> DESCRIPTOR_LENGTH_SHIFT) & DESCRIPTOR_LENGTH_MASK;
      to.put(offset + length, memory, place(descriptor), bytes);
      length += bytes;
    } while ((descriptor & TRANSMIT_CONTINUES) != 0);
    boolean byCtpio = heap.aperture.getInt(0) != 0;
    post(TRANSMIT_EVENT | ((sent - 1) & transmitMask) | (byCtpio ? BY_CTPIO : 0));
    if ((sent & transmitMask) == end) {
      heap.aperture.putInt(0, 0);
    }
    return length;
  }

  private int place(long descriptor) {
    long offset = (descriptor & ADDRESS_MASK) - memoryAddress;
    if (offset < 0 || offset >= memory.capacity()) {
      throw new AssertionError("a descriptor points outside of registered memory");
    }
    return (int) offset;
  }

  /** Any event, as the card writes it. */
  public void post(long event) {
    heap.events.putLong((events++ & eventMask) * Long.BYTES, event);
  }

  /** Whether all events have been taken. */
  public boolean isHeard() {
    return ((heap.vi.currentEvent() ^ events * Long.BYTES) & (eventMask * Long.BYTES)) == 0;
  }
}
