// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.efvi.ciul.HeapCard;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.efvi.ciul.VirtualInterface;
import io.vireo.nic.linux.MappedMemory;
import java.io.IOException;

/** A queue without a driver: on plain memory, with a card that the test plays. */
final class HeapQueue implements CardQueue {
  final HeapCard card;
  private final int prefixBytes;
  private MappedMemory memory;

  HeapQueue(Libciul library, ViLayout layout, int prefixBytes, boolean ctpio) {
    this.prefixBytes = prefixBytes;
    card = new HeapCard(library, layout, prefixBytes, ctpio);
  }

  @Override
  public VirtualInterface vi() {
    return card.vi();
  }

  @Override
  public MappedMemory register(int bytes) throws IOException {
    memory = MappedMemory.anonymous(bytes);
    card.register(memory.buffer());
    return memory;
  }

  @Override
  public long dmaAddress(int offset) {
    return memory.address() + offset;
  }

  @Override
  public int prefixBytes() {
    return prefixBytes;
  }

  @Override
  public int driver() {
    return -1;
  }

  @Override
  public long macAddress() {
    return 0x02_00_00_00_00_01L;
  }

  @Override
  public int largestFrame() {
    return 0;
  }

  @Override
  public void close() {}
}
