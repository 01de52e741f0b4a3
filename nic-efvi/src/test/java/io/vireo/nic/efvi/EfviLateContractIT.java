// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

/** The same with a card that reads frames itself, late, and tells of many at once. */
class EfviLateContractIT extends EfviContractIT {
  @Override
  EfviSettings settings() {
    return EfviSettings.defaults().withCtpioThreshold(EfviSettings.NO_CTPIO);
  }

  @Override
  void manners(Card of) {
    super.manners(of);
    of.set(Card.TX_DELAY, 3);
    of.set(Card.COMPLETION_DELAY, 5);
    of.set(Card.COMPLETION_BATCH, 64);
    of.set(Card.RX_MULTI, 8);
    of.set(Card.EAGAIN_NTH, 7);
  }
}
