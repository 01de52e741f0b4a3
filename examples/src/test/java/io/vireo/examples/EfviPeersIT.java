// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.nic.Nic;
import io.vireo.nic.efvi.CardPair;
import io.vireo.nic.efvi.EfviNic;
import io.vireo.nic.efvi.EfviSettings;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;
import org.junit.jupiter.api.Tag;

/** ef_vi, over the card of the double of libciul. */
@Tag("long")
@NeedsProgram({"ip", "cc"})
class EfviPeersIT extends SharedAddressPeers {
  @Override
  NetworkPair connectNetworks() throws Exception {
    return new CardPair();
  }

  @Override
  Nic open() throws IOException {
    return EfviNic.open(NetworkPair.NEAR, EfviSettings.defaults().withReceiveRing(4_096));
  }

  @Override
  String option() {
    return "efvi:" + NetworkPair.NEAR;
  }

  /** The TAPs behind the card do, under bursts. */
  @Override
  boolean losesFrames() {
    return true;
  }
}
