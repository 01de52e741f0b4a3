// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.efvi.ciul.HeapCard;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;

/** The card's side: writes its events and does nothing else, so that as little of it as possible is measured. Frames lie where they lay. */
final class PlayedCard {
  private static final int PREFIX_BYTES = 14;
  private static final long MAC = 0x02_00_00_00_00_01L;

  private static final int ENTRIES = 512;
  private static final int INDEX_MASK = 0xF;
  private static final int INDEX_SHIFT = 48;
  private static final long TRANSMIT_EVENT = 2L << 60;
  private static final long BY_CTPIO = 0x11L << 24;

  private final HeapCard card;
  private final long transmitEvent;
  private int received;
  private int sent;

  PlayedCard(HeapCard card, boolean ctpio) {
    this.card = card;
    transmitEvent = TRANSMIT_EVENT | (ctpio ? BY_CTPIO : 0);
  }

  /** A queue on plain memory. */
  static HeapQueue queue(Libciul library, ViLayout layout, boolean ctpio) {
    HeapCard card = new HeapCard(library, layout, ENTRIES, ENTRIES, PREFIX_BYTES, ctpio);
    return new HeapQueue(card, MAC, 0);
  }

  /** Frames arrive, an event for each. */
  void deliver(int frames, int bytes) {
    for (int i = 0; i < frames; i++) {
      received++;
      card.post(bytes + PREFIX_BYTES | (long) (received & INDEX_MASK) << INDEX_SHIFT);
    }
  }

  /** Frames leave, one event for all. */
  void complete(int frames) {
    sent += frames;
    card.post(transmitEvent | (sent - 1 & (ENTRIES - 1)));
  }

  static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
