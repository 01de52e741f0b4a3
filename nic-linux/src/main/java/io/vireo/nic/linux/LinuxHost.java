// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import io.vireo.nic.HostNetwork;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The kernel of Linux as the host of a NIC: addresses, routes and neighbours from {@link KernelInterface}, ports by {@link LocalPortReservations} and the NIC's own steering,
 * ICMP errors from {@link IcmpErrorSocket}.
 */
public final class LinuxHost implements HostNetwork, AutoCloseable {
  /** How a NIC brings the segments for a port to its queue, past the kernel. */
  public interface Steering {
    /** From now on they come to the queue. */
    void steer(int address, int port) throws IOException;

    /** From now on they go to the kernel. */
    void unsteer(int address, int port);
  }

  private final KernelInterface kernel;
  private final Steering steering;
  private final IcmpErrorSocket icmp;
  private final LocalPortReservations reservations;
  private String refusal = "";

  /** The view of the interface stays the caller's, who closes it. Throws if a right is missing, and says which. */
  public LinuxHost(KernelInterface kernel, Steering steering) throws IOException {
    this(kernel, steering, false);
  }

  /** For a twin, by a view from {@link KernelTwin}: it takes no port from anybody, and hears no ICMP errors. Throws as the other does. */
  public static LinuxHost ofTwin(KernelInterface kernel, Steering steering) throws IOException {
    return new LinuxHost(kernel, steering, true);
  }

  private LinuxHost(KernelInterface kernel, Steering steering, boolean twin) throws IOException {
    if (!Capabilities.mayHave(Capabilities.NET_ADMIN)) {
      // Without it the kernel refuses each question, and connects would only time out.
      throw new IOException("interface " + kernel.name()
          + " cannot be shared with the kernel, which is to be asked for neighbours: run as root, or"
          + " with CAP_NET_ADMIN and CAP_NET_RAW");
    }
    this.kernel = kernel;
    this.steering = steering;
    reservations = twin ? LocalPortReservations.ofTwin() : new LocalPortReservations();
    icmp = twin ? IcmpErrorSocket.deaf(kernel.name()) : new IcmpErrorSocket(kernel.name());
  }

  @Override
  public int drain() {
    int changed = kernel.drain();
    return ((changed & KernelInterface.ADDRESSES) != 0 ? ADDRESSES : 0)
        | ((changed & KernelInterface.ROUTES) != 0 ? ROUTES : 0)
        | ((changed & KernelInterface.NEIGHBOURS) != 0 ? NEIGHBOURS : 0);
  }

  @Override
  public int addressCount() {
    return kernel.addressCount();
  }

  @Override
  public int address(int i) {
    return kernel.address(i);
  }

  @Override
  public int prefixLength(int i) {
    return kernel.prefixLength(i);
  }

  @Override
  public long route(int destination) {
    return kernel.route(destination);
  }

  @Override
  public long neighbour(int address) {
    return kernel.neighbour(address);
  }

  @Override
  public void resolve(int address) {
    kernel.resolve(address);
  }

  @Override
  public int reserve(int address, int port) {
    if (reservations.holds(address, port)) {
      return port;
    }
    int reserved = reservations.reserve(address, port);
    if (reserved <= 0) {
      refusal = cannotReserve(reserved, address, port);
      return REFUSED;
    }
    try {
      steering.steer(address, reserved);
    } catch (IOException e) {
      reservations.release(address, reserved);
      refusal = e.getMessage();
      return REFUSED;
    }
    return reserved;
  }

  private String cannotReserve(int result, int address, int port) {
    String what = (port == 0 ? "no port of " : "port " + port + " of ") + Ipv4Text.of(address);
    String error = " (" + reservations.lastError() + "): ";
    return what
        + switch (result) {
          case LocalPortReservations.TAKEN -> " is taken" + error + "ss -tan shows by whom";
          case LocalPortReservations.NO_ADDRESS ->
            " cannot be had" + error + "the address is none of this machine's any more";
          default ->
            " cannot be had" + error
                + "raise the limit of open files (ulimit -n), and for ports below"
                + " 1024 run as root";
        };
  }

  @Override
  public String refusal() {
    return refusal;
  }

  @Override
  public void release(int port) {
    for (int address = reservations.addressOf(port);
        address != 0;
        address = reservations.addressOf(port)) {
      steering.unsteer(address, port);
      reservations.release(address, port);
    }
  }

  @Override
  public ByteBuffer icmpMemory() {
    return icmp.memory();
  }

  @Override
  public int receiveIcmp() {
    return icmp.receive();
  }

  @Override
  public void close() {
    icmp.close();
    reservations.close();
  }
}
