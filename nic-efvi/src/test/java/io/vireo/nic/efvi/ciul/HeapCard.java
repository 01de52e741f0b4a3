// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import io.vireo.nic.linux.LibC;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Plays a card of the EF10 kind to a VI on plain memory: reads descriptors when a doorbell rings, puts frames into buffers, and tells of it in events. It runs when it is told to.
 */
public final class HeapCard {
  private static final int BUFFER_BYTES = 1_792;
  private static final int ENTRIES = 512;
  private static final long ADDRESS_MASK = 0xFFFF_FFFF_FFFFL;
  private static final int DESCRIPTOR_LENGTH_SHIFT = 48;
  private static final int DESCRIPTOR_LENGTH_MASK = 0x3FFF;
  private static final long TRANSMIT_CONTINUES = 1L << 62;
  private static final long RECEIVE_CONTINUES = 1L << 14;
  private static final long CHECKSUM_BAD = 1L << 25;
  private static final int INDEX_SHIFT = 48;
  private static final long TRANSMIT_EVENT = 2L << 60;
  private static final long BY_CTPIO = 0x11L << 24;
  private static final int PREFIX_LENGTH_OFFSET = 8;
  private static final int CTPIO_FRAME_OFFSET = 4;
  private static final int CTPIO_LENGTH_MASK = 0xFFF;

  private final HeapVi heap;
  private final int prefixBytes;
  private ByteBuffer memory;
  private long memoryAddress;
  private int received;
  private int sent;
  private int events;
  private final Queue<byte[]> left = new ArrayDeque<>();

  /** CTPIO takes no frame for so many. */
  public int refusedCtpio;

  /** How many frames left by CTPIO. */
  public long ctpioFrames;

  /** How many frames were read by the card. */
  public long dmaFrames;

  /** A VI with rings of 512 entries. */
  public HeapCard(Libciul library, ViLayout layout, int prefixBytes, boolean ctpio) {
    this.prefixBytes = prefixBytes;
    heap = new HeapVi(
        library, layout, 2 * ENTRIES, ENTRIES, ENTRIES, prefixBytes, ctpio ? HeapVi.CTPIO : 0);
  }

  /** The memory that it may read and write; addresses are those of the process. */
  public void register(ByteBuffer registered) {
    memory = registered;
    memoryAddress = LibC.addressOf(registered);
  }

  public VirtualInterface vi() {
    return heap.vi;
  }

  /** How many buffers it has at present. */
  public int buffers() {
    return (heap.io.getInt(HeapVi.RECEIVE_DOORBELL) - received) & (ENTRIES - 1);
  }

  /** A frame arrives. False: it has not the buffers for it. */
  public boolean deliver(byte[] frame, boolean checksumBad) {
    int needed = (prefixBytes + frame.length + BUFFER_BYTES - 1) / BUFFER_BYTES;
    if (buffers() < needed) {
      return false;
    }
    int done = 0;
    for (int part = 0; part < needed; part++) {
      long descriptor = heap.receiveDescriptors.getLong((received & (ENTRIES - 1)) * Long.BYTES);
      int offset = offset(descriptor);
      int bytes = BUFFER_BYTES;
      if (part == 0) {
        memory.order(ByteOrder.LITTLE_ENDIAN);
        if (prefixBytes > 0) {
          memory.putShort(offset + PREFIX_LENGTH_OFFSET, (short) frame.length);
        }
        memory.order(ByteOrder.BIG_ENDIAN);
        offset += prefixBytes;
        bytes -= prefixBytes;
      }
      bytes = Math.min(bytes, frame.length - done);
      memory.put(offset, frame, done, bytes);
      done += bytes;
      received++;
      boolean last = part == needed - 1;
      int length = part == 0 ? prefixBytes + bytes : bytes;
      post(length
          | (last ? 0 : RECEIVE_CONTINUES)
          | (checksumBad && last ? CHECKSUM_BAD : 0)
          | (long) (received & 0xF) << INDEX_SHIFT);
    }
    return true;
  }

  /** Does what the doorbells ask for. */
  public void run() {
    int end = heap.io.getInt(HeapVi.TRANSMIT_DOORBELL) & (ENTRIES - 1);
    while ((sent & (ENTRIES - 1)) != end) {
      boolean ctpio = takesByCtpio();
      left.add(ctpio ? fromAperture() : read());
      if (ctpio) {
        read(); // the fallback's descriptor; the frame in it stays where it is
        ctpioFrames++;
      } else {
        dmaFrames++;
      }
      post(TRANSMIT_EVENT | ((sent - 1) & (ENTRIES - 1)) | (ctpio ? BY_CTPIO : 0));
    }
    heap.aperture.putInt(0, 0);
  }

  private boolean takesByCtpio() {
    return heap.aperture.getInt(0) != 0 && refusedCtpio-- <= 0;
  }

  private byte[] fromAperture() {
    byte[] frame = new byte[heap.aperture.getInt(0) & CTPIO_LENGTH_MASK];
    heap.aperture.get(CTPIO_FRAME_OFFSET, frame);
    return frame;
  }

  /** The next frame, from wherever its pieces are. */
  private byte[] read() {
    List<byte[]> pieces = new ArrayList<>();
    int length = 0;
    long descriptor;
    do {
      descriptor = heap.transmitDescriptors.getLong((sent++ & (ENTRIES - 1)) * Long.BYTES);
      byte[] piece =
          new byte[(int) (descriptor >>> DESCRIPTOR_LENGTH_SHIFT) & DESCRIPTOR_LENGTH_MASK];
      memory.get(offset(descriptor), piece);
      pieces.add(piece);
      length += piece.length;
    } while ((descriptor & TRANSMIT_CONTINUES) != 0);
    ByteBuffer frame = ByteBuffer.allocate(length);
    pieces.forEach(frame::put);
    return frame.array();
  }

  private int offset(long descriptor) {
    long offset = (descriptor & ADDRESS_MASK) - memoryAddress;
    if (offset < 0 || offset >= memory.capacity()) {
      throw new AssertionError("a descriptor points outside of registered memory");
    }
    return (int) offset;
  }

  /** Any event, as the card writes it. */
  public void post(long event) {
    heap.events.putLong((events++ & (2 * ENTRIES - 1)) * Long.BYTES, event);
  }

  /** A frame that has left, or null. */
  public byte[] take() {
    return left.poll();
  }
}
