// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.Nic;
import io.vireo.nic.NicStatus;
import io.vireo.nic.linux.KernelSide;
import io.vireo.nic.linux.VethPair;

/** A NIC on the near end of a cable, and a raw socket at the far end. */
final class TestXdp implements AutoCloseable {
  final VethPair pair;
  final Nic nic;
  final KernelSide kernel;

  TestXdp() throws Exception {
    pair = new VethPair();
    nic = pair.nearNetwork.call(() -> XdpNic.openQueue("near", 0));
    while (nic.status() != NicStatus.UP) {
      nic.await(1_000_000);
    }
    kernel = pair.farNetwork.call(() -> new KernelSide("far"));
  }

  @Override
  public void close() {
    kernel.close();
    nic.close();
    pair.close();
  }
}
