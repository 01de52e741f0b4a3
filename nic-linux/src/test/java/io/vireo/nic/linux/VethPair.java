// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

/** Two networks and a cable of the kernel's own between them. */
public final class VethPair extends NetworkPair {
  public VethPair() throws Exception {
    int farThread = farNetwork.call(SystemCalls.CALLS::gettid);
    near("link add near type veth peer name far netns " + farThread);
    configure();
  }

  /** Lets the far end send segments as a network card would, with checksums and one by one; over a cable of the kernel's own it spares itself both. Needs the program ethtool. */
  public void sendLikeACard() throws Exception {
    String unused = farNetwork.execute("ethtool", "-K", FAR, "tx", "off");
  }
}
