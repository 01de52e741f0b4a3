// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.VethPair;
import io.vireo.nic.linux.WakeableWait;

/**
 * {@link EfviQueue} over the datapath of the library that -Dvireo.libciul names, on plain memory with a card that is played, and beside it a queue of the same kind that is used by
 * bare calls.
 */
final class EfviLine implements AutoCloseable {
  private final VethPair network;
  final Nic nic;
  final PlayedCard card;
  final BareQueue bare;

  /** Needs the rights to make a network namespace: the interface is a veth, of 1,500 bytes MTU. */
  EfviLine(boolean ctpio) throws Exception {
    Libciul library = Libciul.load(NetworkPair.NEAR);
    ViLayout layout = ViLayout.of(library);
    network = new VethPair();
    KernelInterface kernel = network.nearNetwork.call(() -> KernelInterface.open(NetworkPair.NEAR));
    HeapQueue queue = PlayedCard.queue(library, layout, ctpio);
    nic = new EfviQueue(
        kernel, queue, null, null, new WakeableWait("card0"), EfviSettings.defaults());
    card = new PlayedCard(queue.card, ctpio);
    bare = new BareQueue(library, layout, ctpio);
  }

  /** Takes frames that have arrived. */
  void receive(int frames) {
    for (int i = 0; i < frames; i++) {
      PlayedCard.check(nic.receive() != Nic.EMPTY, "no frame has come");
      nic.release();
    }
  }

  void send(int frames, int bytes) {
    for (int i = 0; i < frames; i++) {
      int slot = nic.claim(bytes);
      PlayedCard.check(slot != Nic.FULL, "no slot is free");
      nic.transmit(slot, bytes, 0, 0);
    }
    nic.ring();
  }

  /** Takes the event that tells that frames have left. */
  void takeSent() {
    PlayedCard.check(nic.receive() == Nic.EMPTY, "a frame has come");
  }

  @Override
  public void close() {
    nic.close();
    network.close();
  }
}
