// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.efvi.ciul.BareVi;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.MappedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Receives and sends by the calls into libciul alone: takes no event apart, and keeps no account of buffers. */
final class BareQueue {
  private static final int BUFFER_BYTES = 2_048;
  private static final int BUFFERS = 504;
  private static final int BATCH = 8;
  private static final int IOVEC_BYTES = 16;
  private static final int IOVEC_LENGTH = 8;

  final PlayedCard card;
  private final BareVi vi;
  private final long memory;
  private final ByteBuffer vector = LibC.structure(IOVEC_BYTES);
  private final long vectorAddress = LibC.addressOf(vector);
  private int unpushed;

  BareQueue(Libciul library, ViLayout layout, boolean ctpio) throws IOException {
    HeapQueue queue = PlayedCard.queue(library, layout, ctpio);
    card = new PlayedCard(queue.card, ctpio);
    vi = new BareVi(library, layout, queue.vi());
    MappedMemory registered = queue.register(BUFFERS * BUFFER_BYTES);
    memory = registered.address();
    vector.putLong(0, memory);
    for (int i = 0; i < BUFFERS; i++) {
      giveBuffer();
    }
  }

  private void giveBuffer() {
    PlayedCard.check(vi.receiveInit(memory, 0) == 0, "the receive ring is full");
    if (++unpushed == BATCH) {
      unpushed = 0;
      vi.receivePush();
    }
  }

  int poll() {
    return vi.poll();
  }

  /** Takes frames that have arrived, and gives as many buffers back. */
  void receive(int frames) {
    PlayedCard.check(vi.poll() == frames, "other frames have come");
    for (int i = 0; i < frames; i++) {
      giveBuffer();
    }
  }

  void send(int frames, int bytes) {
    for (int i = 0; i < frames; i++) {
      PlayedCard.check(vi.transmitInit(memory, bytes, i) == 0, "the transmit ring is full");
    }
    vi.transmitPush();
  }

  void sendByCtpio(int frames, int bytes) {
    for (int i = 0; i < frames; i++) {
      vector.putLong(IOVEC_LENGTH, bytes);
      vi.transmitCtpio(bytes, vectorAddress, EfviSettings.STORE_AND_FORWARD);
      PlayedCard.check(vi.ctpioFallback(memory, bytes, i) == 0, "the transmit ring is full");
    }
  }

  /** Takes the event that tells that they have left. */
  void takeSent(int frames) {
    PlayedCard.check(vi.poll() == 1, "nothing has left");
    PlayedCard.check(vi.unbundle() == frames, "other frames have left");
  }
}
