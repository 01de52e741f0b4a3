// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.VethPair;
import io.vireo.nic.xdp.XdpNic;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;

/** AF_XDP, over a cable of the kernel's own. */
@NeedsProgram({"ip", "ethtool"})
class XdpPeersIT extends SharedAddressPeers {
  @Override
  NetworkPair connectNetworks() throws Exception {
    VethPair pair = new VethPair();
    pair.sendLikeACard();
    return pair;
  }

  @Override
  Nic open() throws IOException {
    return XdpNic.open(NetworkPair.NEAR, 0);
  }

  @Override
  String option() {
    return "xdp:" + NetworkPair.NEAR;
  }
}
