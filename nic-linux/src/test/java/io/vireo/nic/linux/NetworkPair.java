// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

/**
 * Two networks with an interface each, "near" with 10.9.0.1/24 and "far" with 10.9.0.2/24, and a cable between them. Whose the interfaces are, and what the cable is, says who extends it.
 */
public abstract class NetworkPair implements AutoCloseable {
  public static final String NEAR = "near";
  public static final String FAR = "far";

  public final PrivateNetwork nearNetwork = new PrivateNetwork();
  public final PrivateNetwork farNetwork = new PrivateNetwork();

  protected NetworkPair() throws Exception {}

  /** Both interfaces are there: gives them their addresses, and brings them up. */
  protected final void configure() throws Exception {
    near("address add 10.9.0.1/24 dev near");
    near("link set near up");
    far("address add 10.9.0.2/24 dev far");
    far("link set far up");
  }

  /** Runs the program ip at the near end, and returns what it printed. */
  public final String near(String arguments) throws Exception {
    return nearNetwork.execute(("ip " + arguments).split(" ", -1));
  }

  /** The same at the far end. */
  public final String far(String arguments) throws Exception {
    return farNetwork.execute(("ip " + arguments).split(" ", -1));
  }

  @Override
  public void close() {
    nearNetwork.close();
    farNetwork.close();
  }
}
