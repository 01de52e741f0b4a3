// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.SharedAddressContract;
import io.vireo.testing.NeedsProgram;

/** With the double's card between two kernels: what no filter takes goes to the near one. */
@NeedsProgram({"ip", "cc"})
class EfviSharedAddressIT extends SharedAddressContract {
  @Override
  protected NetworkPair connectNetworks() throws Exception {
    return new CardPair();
  }

  @Override
  protected Nic open(NetworkPair networks) throws Exception {
    return EfviNic.open(NetworkPair.NEAR);
  }
}
