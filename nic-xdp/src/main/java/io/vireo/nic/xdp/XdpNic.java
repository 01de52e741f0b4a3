// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.LinuxHost;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;

/**
 * One queue of a network card by AF_XDP: frames lie in memory that the kernel (with driver support, the card) writes and reads itself, and go back
 * and forth as entries of shared rings. Receiving takes no system call; sending takes one per {@link Nic#ring()}, unless the driver needs none.
 */
public final class XdpNic {
  private static final int SMALL_CHUNK_BYTES = 2_048;
  private static final int LARGE_CHUNK_BYTES = 4_096;

  /** A port of an address is one. */
  static final int MOST_FLOWS = 1 << 17;

  private XdpNic() {}

  /**
   * Takes a whole queue of an interface: every frame that arrives on it is received here, and the kernel hears nothing of it. The stack needs addresses
   * of its own; its MAC address is the interface's. An interface with several queues spreads frames over them: leave it one (ethtool -L NAME combined 1).
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such names
   */
  public static Nic openQueue(String interfaceName, int queue) throws IOException {
    return open(interfaceName, queue, 0);
  }

  /**
   * Shares an interface with the kernel: the stack has the kernel's addresses, routes and neighbours ({@link
   * io.vireo.api.StackSettings#ofInterface()}), and only what comes for ports that it listens on or connects from is received here. The kernel keeps everything else: its own
   * connections on the same address, ARP, ICMP. All that ends with the process, however it ends.
   *
   * <p>An interface with several queues spreads frames over them, and only those of this queue are received: leave it one (ethtool -L NAME combined 1).
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such names
   */
  public static Nic open(String interfaceName, int queue) throws IOException {
    return open(interfaceName, queue, MOST_FLOWS);
  }

  /** {@code mostFlows} 0: the whole queue. */
  private static Nic open(String interfaceName, int queue, int mostFlows) throws IOException {
    KernelInterface kernel = KernelInterface.open(interfaceName);
    XdpSocket socket = null;
    LinuxHost host = null;
    WakeableWait wait = null;
    try {
      wait = new WakeableWait("interface " + interfaceName);
      int chunkBytes = chunkFor(kernel);
      socket = XdpSocket.open(
          interfaceName,
          kernel.index(),
          queue,
          mostFlows,
          chunkBytes,
          XdpQueue.RECEIVE_CHUNKS,
          XdpQueue.TRANSMIT_CHUNKS);
      host = mostFlows == 0 ? null : new LinuxHost(kernel, steering(socket));
      return new XdpQueue(kernel, socket, host, wait, chunkBytes);
    } catch (IOException | RuntimeException | Error e) {
      if (host != null) {
        host.close();
      }
      if (socket != null) {
        socket.close();
      }
      if (wait != null) {
        wait.close();
      }
      kernel.close();
      throw e;
    }
  }

  static LinuxHost.Steering steering(XdpSocket socket) {
    return new LinuxHost.Steering() {
      @Override
      public void steer(int address, int port) throws IOException {
        socket.steer(address, port, 0, 0);
      }

      @Override
      public void unsteer(int address, int port) {
        socket.unsteer(address, port, 0, 0);
      }
    };
  }

  private static int chunkFor(KernelInterface kernel) throws IOException {
    int needed = XdpQueue.OVERHEAD_BYTES + kernel.mtu();
    if (needed <= SMALL_CHUNK_BYTES) {
      return SMALL_CHUNK_BYTES;
    }
    if (needed <= LARGE_CHUNK_BYTES) {
      return LARGE_CHUNK_BYTES;
    }
    int most = LARGE_CHUNK_BYTES - (needed - kernel.mtu());
    throw new IOException("the MTU of interface " + kernel.name() + ", " + kernel.mtu()
        + " bytes, is above the " + most + " that AF_XDP has room for: lower it (ip link set "
        + kernel.name() + " mtu " + most + ")");
  }
}
