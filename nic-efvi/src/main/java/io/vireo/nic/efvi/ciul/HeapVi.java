// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import io.vireo.nic.linux.LibC;
import java.nio.ByteBuffer;

/**
 * A VI on plain memory, without driver or card: libciul's code for EF10 writes its descriptors and doorbells there, and whoever plays the card answers with events. For the
 * test of a library before hardware is touched ({@link SelfTest}), and for tests.
 *
 * <pre>
 *   io: 0x830 receive doorbell, 0xA10 transmit doorbell │ events │ receive descriptors │ transmit descriptors │ state, ids
 * </pre>
 */
public final class HeapVi {
  static final int RECEIVE_DOORBELL = 0x830;
  static final int TRANSMIT_DOORBELL = 0xA18;
  static final long CTPIO = 0x100_0000;

  private static final int IO_BYTES = 8 << 10;
  private static final int EF10 = 1;
  private static final int VARIANT = 'D';
  private static final int REVISION = 0x5A;
  private static final long PHYSICAL_ADDRESSES = 0x60;
  private static final int PAGE_BYTES = 4 << 10;

  final VirtualInterface vi;
  final ByteBuffer io;
  final ByteBuffer events;
  final ByteBuffer receiveDescriptors;
  final ByteBuffer transmitDescriptors;

  /** Where CTPIO writes. */
  final ByteBuffer aperture;

  private final ByteBuffer state;

  /** Rings of so many entries, powers of two, from 512 on. {@code flags}: {@link #CTPIO} or 0. */
  HeapVi(
      Libciul library,
      ViLayout layout,
      int eventEntries,
      int receiveEntries,
      int transmitEntries,
      int prefixBytes,
      long flags) {
    Libciul.Functions functions = library.functions();
    io = pages(IO_BYTES);
    events = pages(eventEntries * Long.BYTES);
    receiveDescriptors = pages(receiveEntries * Long.BYTES);
    transmitDescriptors = pages(transmitEntries * Long.BYTES);
    aperture = pages(PAGE_BYTES);
    int stateBytes = functions.ef_vi_calc_state_bytes(0, 0);
    int idBytes = (receiveEntries + transmitEntries) * Integer.BYTES;
    state = LibC.structure(stateBytes + idBytes);
    for (int i = 0; i < events.capacity(); i += Long.BYTES) {
      events.putLong(i, -1);
    }
    vi = new VirtualInterface(library, layout);
    long address = vi.address();
    long stateAddress = LibC.addressOf(state);
    long ids = stateAddress + stateBytes;
    functions.ef_vi_init(
        address, EF10, VARIANT, REVISION, PHYSICAL_ADDRESSES | flags, 0, stateAddress);
    functions.ef_vi_init_io(address, LibC.addressOf(io));
    functions.ef_vi_init_evq(address, eventEntries, LibC.addressOf(events), eventEntries);
    functions.ef_vi_init_rxq(
        address, receiveEntries, LibC.addressOf(receiveDescriptors), ids, prefixBytes);
    functions.ef_vi_init_txq(
        address,
        transmitEntries,
        LibC.addressOf(transmitDescriptors),
        ids + (long) receiveEntries * Integer.BYTES);
    functions.ef_vi_init_state(address);
    int unused = functions.ef_vi_add_queue(address, address);
    if ((flags & CTPIO) != 0) {
      vi.memory().putLong(VirtualInterface.CTPIO_APERTURE, LibC.addressOf(aperture));
    }
    vi.bind();
  }

  private static ByteBuffer pages(int bytes) {
    ByteBuffer memory = ByteBuffer.allocateDirect(bytes + PAGE_BYTES).alignedSlice(PAGE_BYTES);
    return memory.slice(0, bytes).order(java.nio.ByteOrder.nativeOrder());
  }
}
