// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import java.io.IOException;

/**
 * Runs a library's own code once around on memory that no card sees: what {@link ViLayout} has found is what it takes it for, or nobody touches hardware with it. A wrong
 * pointer would end the JVM here, and not in the midst of trading.
 */
final class SelfTest {
  private static final int ENTRIES = 512;
  private static final int FRAME_BYTES = 100;
  private static final int ID = 3;
  private static final long SENT = 2L << 60;

  private final Libciul library;
  private final HeapVi heap;
  private final VirtualInterface vi;

  private SelfTest(Libciul library, ViLayout layout) {
    this.library = library;
    heap = new HeapVi(library, layout, ENTRIES, ENTRIES, ENTRIES, 0, 0);
    vi = heap.vi;
  }

  /** Throws if the library does not do what it should. */
  static void run(Libciul library, ViLayout layout) throws IOException {
    SelfTest test = new SelfTest(library, layout);
    test.expect(test.vi.isComplete(), "it has not all operations");
    test.receive();
    test.send();
  }

  private void receive() throws IOException {
    expect(vi.poll() == 0, "an empty event queue has events");
    for (int id = 0; id < 8; id++) {
      expect(vi.receiveInit(0x10_0000L + id * 0x800L, id) == 0, "a buffer was refused");
    }
    expect(heap.io.getInt(HeapVi.RECEIVE_DOORBELL) == 0, "a doorbell came too early");
    vi.receivePush();
    expect(heap.io.getInt(HeapVi.RECEIVE_DOORBELL) == 8, "no doorbell for eight buffers");
    expect(
        (heap.receiveDescriptors.getLong(Long.BYTES) & 0xFFFF_FFFF_FFFFL) == 0x10_0800,
        "the second buffer is not where it was put");
    // Of buffer 0: its index, plus one, in bits 48 to 51.
    heap.events.putLong(0, FRAME_BYTES | 1L << 48);
    expect(vi.poll() == 1, "a frame that came was not seen");
    expect(Event.type(vi.firstHalf(0)) == Event.RX, "a frame that came is none");
    expect(Event.id(vi.firstHalf(0)) == 0, "a frame came into another buffer");
    expect(Event.length(vi.secondHalf(0)) == FRAME_BYTES, "a frame has another length");
  }

  private void send() throws IOException {
    expect(vi.transmitInit(0x20_0000, FRAME_BYTES, ID) == 0, "a frame was refused");
    vi.transmitPush();
    expect(heap.io.getInt(HeapVi.TRANSMIT_DOORBELL) == 1, "no doorbell for a frame");
    long descriptor = heap.transmitDescriptors.getLong(0);
    expect((descriptor & 0xFFFF_FFFF_FFFFL) == 0x20_0000, "a frame lies elsewhere");
    heap.events.putLong(Long.BYTES, SENT);
    expect(vi.poll() == 1 && Event.type(vi.firstHalf(0)) == Event.TX, "no frame has left");
    expect(vi.unbundleSent(0) == 1 && vi.id(0) == ID, "another frame has left");
  }

  private void expect(boolean holds, String otherwise) throws IOException {
    if (!holds) {
      throw new IOException(library.name() + ", \"" + library.version()
          + "\", does not work as libraries of ef_vi do (" + otherwise
          + "): use the libciul.so of Onload 8.1 to 9.2, or tell the authors of Vireo");
    }
  }
}
