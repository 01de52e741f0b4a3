// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.efvi.ciul.HeapCard;
import io.vireo.nic.efvi.ciul.VirtualInterface;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.MappedMemory;
import io.vireo.nic.linux.SocketPair;
import java.io.IOException;

/** A queue without a driver: on plain memory, with a card that is played. For twins, and for tests. */
final class HeapQueue implements CardQueue {
  private static final int NONE = -1;

  final HeapCard card;
  private final long macAddress;
  private final int largestFrame;
  private MappedMemory memory;
  private int driver = NONE;

  /** {@code largestFrame}: bytes of it; 0: the card does not say. */
  HeapQueue(HeapCard card, long macAddress, int largestFrame) {
    this.card = card;
    this.macAddress = macAddress;
    this.largestFrame = largestFrame;
  }

  /** In place of the driver's descriptor, until the end. */
  void driveBy(SocketPair.End end) {
    driver = end.take();
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
    return card.prefixBytes();
  }

  @Override
  public int driver() {
    return driver;
  }

  @Override
  public long macAddress() {
    return macAddress;
  }

  @Override
  public int largestFrame() {
    return largestFrame;
  }

  /** Who plays the card decides what arrives. */
  @Override
  public int addFilter(long filter, long cookie) {
    return 0;
  }

  @Override
  public void removeFilter(long cookie) {}

  @Override
  public HeapCard playedCard(EfviSettings settings) {
    return card.another();
  }

  @Override
  public void close() {
    if (driver != NONE) {
      LibC.functions().close(driver);
      driver = NONE;
    }
  }
}
