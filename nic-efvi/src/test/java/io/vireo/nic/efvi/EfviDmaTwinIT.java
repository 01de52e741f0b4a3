// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

/** The same with larger rings of different sizes, and frames that the card reads itself. */
class EfviDmaTwinIT extends EfviTwinIT {
  @Override
  EfviSettings settings() {
    return EfviSettings.defaults()
        .withReceiveRing(2_048)
        .withTransmitRing(1_024)
        .withCtpioThreshold(EfviSettings.NO_CTPIO);
  }
}
