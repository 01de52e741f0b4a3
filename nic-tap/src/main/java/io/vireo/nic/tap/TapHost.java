// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.nic.linux.LinuxInterface;
import java.io.IOException;

/**
 * The kernel's side of a TAP (or of any interface): its address, its MTU, whether it is up. Needs
 * CAP_NET_ADMIN, and no program; speaks of the network namespace of the calling thread.
 */
public final class TapHost {
  private TapHost() {}

  /**
   * Gives the interface its IPv4 address, in place of one it had. The kernel adds the route to that
   * network once the interface is up.
   *
   * @param addressAndPrefix as in {@code 10.77.0.1/24}
   * @throws IllegalArgumentException if that is no address with a prefix length from 0 to 32
   */
  public static void address(String interfaceName, String addressAndPrefix) throws IOException {
    LinuxInterface.address(interfaceName, addressAndPrefix);
  }

  /** Brings the interface up. */
  public static void up(String interfaceName) throws IOException {
    LinuxInterface.up(interfaceName);
  }

  /** Takes the interface down. */
  public static void down(String interfaceName) throws IOException {
    LinuxInterface.down(interfaceName);
  }

  /** Sets the interface's MTU: a TAP takes 68 to 65,521 bytes. */
  public static void mtu(String interfaceName, int mtuBytes) throws IOException {
    LinuxInterface.mtu(interfaceName, mtuBytes);
  }
}
