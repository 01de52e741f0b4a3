// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.nic.HostNetwork;
import io.vireo.tcp.PortHost;

/** The host of a NIC as TCP sees it. */
record HostPorts(HostNetwork host, LocalAddresses local) implements PortHost {
  @Override
  public int[] addresses() {
    return local.all();
  }

  @Override
  public int reserve(int address, int port) {
    return host.reserve(address, port);
  }

  @Override
  public String refusal() {
    return host.refusal();
  }

  @Override
  public void release(int port) {
    host.release(port);
  }
}
