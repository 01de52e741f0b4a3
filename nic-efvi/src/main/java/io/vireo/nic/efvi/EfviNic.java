// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.LinuxHost;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;

/**
 * A queue of a Solarflare card by ef_vi: the card writes received frames into memory that the stack reads them from, and sends them from where the stack builds them; no system call lies between.
 */
public final class EfviNic {
  private EfviNic() {}

  /** {@link #open(String, EfviSettings)} with the default settings. */
  public static Nic open(String interfaceName) throws IOException {
    return open(interfaceName, EfviSettings.defaults());
  }

  /**
   * Shares a port with the kernel: the stack has the kernel's addresses, routes and neighbours ({@link io.vireo.api.StackSettings#ofInterface()}), and only what comes for ports
   * that it listens on or connects from is received here. The kernel keeps everything else: its own connections on the same address, ARP, ICMP. All that ends with the process,
   * however it ends.
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such name
   */
  public static Nic open(String interfaceName, EfviSettings settings) throws IOException {
    return open(interfaceName, settings, true);
  }

  /**
   * Takes all frames that reach a port; the kernel hears nothing of them. The stack needs addresses of its own; its MAC address is the interface's. Needs CAP_NET_ADMIN.
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such name
   */
  public static Nic openPort(String interfaceName, EfviSettings settings) throws IOException {
    return open(interfaceName, settings, false);
  }

  private static Nic open(String interfaceName, EfviSettings settings, boolean shared)
      throws IOException {
    Libciul library = Libciul.load(interfaceName);
    ViLayout layout = ViLayout.of(library);
    KernelInterface kernel = KernelInterface.open(interfaceName);
    Adapter adapter = null;
    LinuxHost host = null;
    WakeableWait wait = null;
    try {
      wait = new WakeableWait("interface " + interfaceName);
      adapter = Adapter.open(interfaceName, kernel.index(), library, layout, settings);
      Filters filters = new Filters(interfaceName, library.functions(), adapter);
      host = shared ? new LinuxHost(kernel, filters) : null;
      EfviQueue nic = new EfviQueue(kernel, adapter, filters, host, wait, settings);
      if (!shared) {
        filters.steerAll();
      }
      return nic;
    } catch (IOException | RuntimeException | Error e) {
      if (host != null) {
        host.close();
      }
      if (adapter != null) {
        adapter.close();
      }
      if (wait != null) {
        wait.close();
      }
      kernel.close();
      throw e;
    }
  }
}
