// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

/**
 * Two networks and the cable between them: {@code near} in the first, 10.9.0.1/24, and {@code far} in the second, 10.9.0.2/24. Every test that asks for one may change
 * what it likes by the program ip.
 */
public final class VethPair implements AutoCloseable {
  public static final String NEAR = "near";
  public static final String FAR = "far";

  public final PrivateNetwork nearNetwork;
  public final PrivateNetwork farNetwork;

  public VethPair() throws Exception {
    nearNetwork = new PrivateNetwork();
    farNetwork = new PrivateNetwork();
    int farThread = farNetwork.call(SystemCalls.CALLS::gettid);
    near("link add near type veth peer name far netns " + farThread);
    near("address add 10.9.0.1/24 dev near");
    near("link set near up");
    far("address add 10.9.0.2/24 dev far");
    far("link set far up");
  }

  /** Lets the far end send segments as a network card would, with checksums and one by one; over a cable of the kernel's own it spares itself both. Needs the program ethtool. */
  public void sendLikeACard() throws Exception {
    String unused = farNetwork.execute("ethtool", "-K", FAR, "tx", "off");
  }

  /** Runs the program ip at the near end, and returns what it printed. */
  public String near(String arguments) throws Exception {
    return nearNetwork.execute(("ip " + arguments).split(" ", -1));
  }

  /** The same at the far end. */
  public String far(String arguments) throws Exception {
    return farNetwork.execute(("ip " + arguments).split(" ", -1));
  }

  @Override
  public void close() {
    nearNetwork.close();
    farNetwork.close();
  }
}
