// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.Nic;
import io.vireo.nic.NicContract;
import io.vireo.nic.NicTwin;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.TwinFarEnd;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;

/** What a stack may rely on, with a twin, whose NIC is closed before the tests begin. */
@NeedsTap
@NeedsProgram("ip")
class XdpTwinContractIT extends NicContract {
  @Override
  protected Ends open() throws Exception {
    VethPair pair = new VethPair();
    NicTwin twin = pair.nearNetwork.call(() -> {
      try (Nic nic = XdpNic.openQueue(NetworkPair.NEAR, 0)) {
        return nic.openTwin();
      }
    });
    return new Ends(twin.nic(), new TwinFarEnd(twin, pair::close));
  }
}
