// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.nic.NicContract;
import io.vireo.nic.linux.InPrivateNetwork;
import java.io.IOException;

/** What a stack may rely on, with the kernel at the far end. */
@InPrivateNetwork
class TapContractIT extends NicContract {
  @Override
  protected Ends open() throws IOException {
    TestTap tap = new TestTap();
    return new Ends(tap.nic, tap.kernel.farEnd(() -> {}));
  }
}
