// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.nic.Nic;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import java.nio.ByteBuffer;

/** A wire of whose ends one is driven by hand. */
final class WireTwin implements NicTwin {
  private final Nic nic;
  private final Nic hand;

  WireTwin(Nic nic, Nic hand) {
    this.nic = nic;
    this.hand = hand;
  }

  @Override
  public Nic nic() {
    return nic;
  }

  @Override
  public boolean deliver(ByteBuffer memory, int offset, int length) {
    int slot = hand.claim(length);
    if (slot == Nic.FULL) {
      return false;
    }
    hand.transmitMemory().put(slot, memory, offset, length);
    hand.transmit(slot, length, 0, 0);
    hand.ring();
    return true;
  }

  @Override
  public int take(ByteBuffer memory, int offset) {
    long frame = hand.receive();
    if (frame == Nic.EMPTY) {
      return 0;
    }
    int length = ReceivedFrame.length(frame);
    memory.put(offset, hand.receiveMemory(), ReceivedFrame.offset(frame), length);
    hand.release();
    return length;
  }

  @Override
  public void close() {
    nic.close();
    hand.close();
  }
}
