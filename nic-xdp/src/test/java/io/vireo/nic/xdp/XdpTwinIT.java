// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.TwinContract;
import io.vireo.nic.linux.VethPair;

/** Twins of a queue of a cable's near end. */
class XdpTwinIT extends TwinContract {
  @Override
  protected NetworkPair connectNetworks() throws Exception {
    return new VethPair();
  }

  @Override
  protected Nic open(boolean shared) throws Exception {
    return shared ? XdpNic.open(NetworkPair.NEAR, 0) : XdpNic.openQueue(NetworkPair.NEAR, 0);
  }

  @Override
  protected int mostArrived() {
    return XdpQueue.RECEIVE_CHUNKS;
  }
}
