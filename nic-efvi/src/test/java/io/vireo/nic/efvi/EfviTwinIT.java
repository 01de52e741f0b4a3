// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.TwinContract;
import io.vireo.testing.NeedsProgram;

/** Twins of a queue of the double's card: by CTPIO. */
@NeedsProgram({"ip", "cc"})
class EfviTwinIT extends TwinContract {
  EfviSettings settings() {
    return EfviSettings.defaults();
  }

  @Override
  protected NetworkPair connectNetworks() throws Exception {
    return new CardPair();
  }

  @Override
  protected Nic open(boolean shared) throws Exception {
    Nic nic = shared
        ? EfviNic.open(NetworkPair.NEAR, settings())
        : EfviNic.openPort(NetworkPair.NEAR, settings());
    Card.awaitLink(nic);
    return nic;
  }

  /** Eight buffers are never given to the card. */
  @Override
  protected int mostArrived() {
    return settings().receiveRing() - 8;
  }
}
