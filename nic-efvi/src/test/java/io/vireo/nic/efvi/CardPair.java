// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.linux.NetworkPair;

/**
 * Two networks, and the double's card between them: "near" is its port as the kernel has it, and its wire ends in "far". The card works while a stack polls, or waits; without one
 * the cable is dead. Needs the programs ip and cc.
 */
public final class CardPair extends NetworkPair {
  private static final int MTU = 1_500;

  private final Card card = Card.insert();

  public CardPair() throws Exception {
    int port = nearNetwork.call(() -> {
      int made = card.port(NEAR, 1, MTU);
      Card.check(card.functions.card_port_tap_kernel(made), "a TAP for the kernel");
      return made;
    });
    farNetwork.run(
        () -> Card.check(card.functions.card_port_tap_wire(port, FAR), "a TAP for the wire"));
    card.functions.card_auto(1);
    configure();
    // A TAP drops what finds its queue full, where a card would hold the kernel back.
    near("link set near txqueuelen 10000");
    far("link set far txqueuelen 10000");
  }

  /** The NIC is closed: nothing is left, and nothing was misused. */
  @Override
  public void close() {
    super.close();
    assertEquals("", card.complaints());
  }
}
