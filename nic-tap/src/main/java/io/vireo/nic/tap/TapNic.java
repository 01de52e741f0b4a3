// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;

/**
 * A Linux TAP device as a NIC: what the kernel sends on the interface is received here, and the
 * other way round.
 */
public final class TapNic {
  private TapNic() {}

  /**
   * Opens the TAP of this name, and creates it if there is none; in the network namespace of the
   * calling thread. A TAP created here goes with {@link Nic#close()}, one made before (ip tuntap add)
   * stays. It stays down until the kernel's side is brought up (see {@link TapHost}).
   *
   * <p>The MAC address is made from the name: locally administered, the same each time, and never
   * the kernel's. So two hosts whose TAPs are bridged into one network give them different names.
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such names
   */
  public static Nic open(String name) throws IOException {
    TapDevice device = TapDevice.open(name);
    WakeableWait wait = null;
    try {
      wait = new WakeableWait(name);
      return new TapQueue(device, wait);
    } catch (IOException | RuntimeException | Error e) {
      if (wait != null) {
        wait.close();
      }
      device.close();
      throw e;
    }
  }
}
