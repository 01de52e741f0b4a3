// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.SharedAddressContract;
import io.vireo.nic.linux.VethPair;

/** Over a cable of the kernel's own. */
class XdpSharedAddressIT extends SharedAddressContract {
  @Override
  protected NetworkPair connectNetworks() throws Exception {
    VethPair pair = new VethPair();
    pair.sendLikeACard();
    return pair;
  }

  @Override
  protected Nic open(NetworkPair networks) throws Exception {
    return XdpNic.open(NetworkPair.NEAR, 0);
  }
}
