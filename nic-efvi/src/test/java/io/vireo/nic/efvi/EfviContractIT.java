// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.FarEnd;
import io.vireo.nic.Nic;
import io.vireo.nic.NicContract;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;

/** What a stack may rely on, with the double's card: by CTPIO. */
@NeedsTap
@NeedsProgram({"ip", "cc"})
class EfviContractIT extends NicContract {
  private static final int MTU = 1_500;

  private Card card;

  EfviSettings settings() {
    return EfviSettings.defaults();
  }

  /** How late, in what portions, the card does what it does. */
  void manners(Card of) {
    of.set(Card.CHECK_RX_BUFFERS, 1);
    of.set(Card.CHECK_TX_BUFFERS, 1);
  }

  @Override
  protected Ends open() throws Exception {
    card = Card.insert();
    manners(card);
    VethPair pair = new VethPair();
    int port = pair.nearNetwork.call(() -> card.port(VethPair.NEAR, 1, MTU));
    card.functions.card_auto(1);
    Nic nic = pair.nearNetwork.call(() -> EfviNic.openPort(VethPair.NEAR, settings()));
    Card.awaitLink(nic);
    return new Ends(nic, farEnd(port, pair));
  }

  private FarEnd farEnd(int port, VethPair pair) {
    return new FarEnd() {
      @Override
      public void inject(byte[] frame) {
        card.inject(port, frame);
        card.run();
      }

      @Override
      public byte[] collect() {
        card.run();
        return card.take(port);
      }

      @Override
      public void settle() {
        for (int i = 0; i < 100; i++) {
          card.run();
        }
      }

      /** The NIC is closed: nothing is left, and nothing was misused. */
      @Override
      public void close() {
        pair.close();
        assertEquals("", card.complaints());
      }
    };
  }
}
