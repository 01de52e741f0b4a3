// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.SharedAddressContract;
import io.vireo.testing.NeedsProgram;

/** With the double's card between two kernels: what no filter takes goes to the near one. */
@NeedsProgram({"ip", "cc"})
class EfviSharedAddressIT extends SharedAddressContract {
  private static final int MTU = 1_500;

  /** A card whose wire ends in the far network. */
  private static final class CardPair extends NetworkPair {
    CardPair() throws Exception {
      Card card = Card.insert();
      int port = nearNetwork.call(() -> {
        int made = card.port(NEAR, 1, MTU);
        Card.check(card.functions.card_port_tap_kernel(made), "a TAP for the kernel");
        return made;
      });
      farNetwork.run(
          () -> Card.check(card.functions.card_port_tap_wire(port, FAR), "a TAP for the wire"));
      card.functions.card_auto(1);
      configure();
    }
  }

  @Override
  protected NetworkPair connectNetworks() throws Exception {
    return new CardPair();
  }

  @Override
  protected Nic open(NetworkPair networks) throws Exception {
    return EfviNic.open(NetworkPair.NEAR);
  }
}
