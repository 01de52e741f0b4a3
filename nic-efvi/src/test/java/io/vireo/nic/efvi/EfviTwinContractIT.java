// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.NicContract;
import io.vireo.nic.NicTwin;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.TwinFarEnd;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;

/** What a stack may rely on, with a twin, whose NIC is closed before the tests begin. */
@NeedsTap
@NeedsProgram({"ip", "cc"})
class EfviTwinContractIT extends NicContract {
  @Override
  protected Ends open() throws Exception {
    CardPair pair = new CardPair();
    NicTwin twin = pair.nearNetwork.call(() -> {
      try (Nic nic = EfviNic.openPort(NetworkPair.NEAR, EfviSettings.defaults())) {
        return nic.openTwin();
      }
    });
    return new Ends(twin.nic(), new TwinFarEnd(twin, pair::close));
  }
}
