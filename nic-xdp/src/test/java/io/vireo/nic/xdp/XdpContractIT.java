// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.NicContract;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;

/** What a stack may rely on, with the kernel at the other end of a cable. */
@NeedsTap
@NeedsProgram("ip")
class XdpContractIT extends NicContract {
  @Override
  protected Ends open() throws Exception {
    TestXdp xdp = new TestXdp();
    return new Ends(xdp.nic, xdp.kernel.farEnd(xdp.pair::close));
  }
}
