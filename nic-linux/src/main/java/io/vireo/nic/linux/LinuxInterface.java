// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;

/**
 * Sets what the kernel knows of an interface: its address, its MTU, whether it is up. Needs
 * CAP_NET_ADMIN, and no program; speaks of the network namespace of the calling thread.
 */
public final class LinuxInterface {
  private LinuxInterface() {}

  /**
   * Gives the interface its IPv4 address, in place of one it had. The kernel adds the route to that
   * network once the interface is up.
   *
   * @param addressAndPrefix as in {@code 10.77.0.1/24}
   * @throws IllegalArgumentException if that is no address with a prefix length from 0 to 32
   */
  public static void address(String interfaceName, String addressAndPrefix) throws IOException {
    String[] parts = addressAndPrefix.split("/", -1);
    if (parts.length != 2) {
      throw noAddress(addressAndPrefix);
    }
    int address = parse(parts[0], addressAndPrefix);
    int prefix = number(parts[1], 32, addressAndPrefix);
    int mask = prefix == 0 ? 0 : -1 << (32 - prefix);
    InterfaceRequest request = request(interfaceName);
    set(
        interfaceName,
        request.ipv4Address(address),
        InterfaceRequest.SIOCSIFADDR,
        "set the address of");
    set(
        interfaceName,
        request.ipv4Address(mask),
        InterfaceRequest.SIOCSIFNETMASK,
        "set the netmask of");
  }

  /** Brings the interface up. */
  public static void up(String interfaceName) throws IOException {
    changeFlags(interfaceName, InterfaceRequest.IFF_UP, 0, "bring up");
  }

  /** Takes the interface down. */
  public static void down(String interfaceName) throws IOException {
    changeFlags(interfaceName, 0, InterfaceRequest.IFF_UP, "take down");
  }

  /** Sets the interface's MTU. */
  public static void mtu(String interfaceName, int mtuBytes) throws IOException {
    set(
        interfaceName,
        request(interfaceName).mtu(mtuBytes),
        InterfaceRequest.SIOCSIFMTU,
        "set the MTU to " + mtuBytes + " bytes on");
  }

  /** The kernel's number of an interface, which stays when it is renamed. */
  static int index(String interfaceName) throws IOException {
    InterfaceRequest request = request(interfaceName);
    set(interfaceName, request, InterfaceRequest.SIOCGIFINDEX, "find");
    return request.index();
  }

  private static InterfaceRequest request(String interfaceName) throws IOException {
    LibC.load(interfaceName);
    return new InterfaceRequest(interfaceName);
  }

  private static void changeFlags(String interfaceName, int on, int off, String what)
      throws IOException {
    InterfaceRequest request = request(interfaceName);
    set(interfaceName, request, InterfaceRequest.SIOCGIFFLAGS, what);
    set(
        interfaceName,
        request.flags((request.flags() & ~off) | on),
        InterfaceRequest.SIOCSIFFLAGS,
        what);
  }

  private static void set(String interfaceName, InterfaceRequest request, long command, String what)
      throws IOException {
    int socket = LibC.functions().socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
    int error = socket < 0 ? LibC.errno() : request.call(socket, command);
    LibC.functions().close(socket);
    if (error != 0) {
      throw new IOException("cannot " + what + " interface " + interfaceName + " ("
          + Errno.name(error) + "): " + cure(error));
    }
  }

  private static String cure(int error) {
    return switch (error) {
      case Errno.EPERM, Errno.EACCES -> "run as root";
      case Errno.ENODEV -> "there is none of this name";
      case Errno.EINVAL -> "the interface does not take this value";
      default -> "see errno(3)";
    };
  }

  private static int parse(String dottedQuad, String whole) {
    String[] octets = dottedQuad.split("\\.", -1);
    if (octets.length != 4) {
      throw noAddress(whole);
    }
    int address = 0;
    for (String octet : octets) {
      address = address << 8 | number(octet, 255, whole);
    }
    return address;
  }

  private static int number(String digits, int most, String whole) {
    if (!digits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(digits) > most) {
      throw noAddress(whole);
    }
    return Integer.parseInt(digits);
  }

  private static IllegalArgumentException noAddress(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is no IPv4 address with a prefix length (0 to 32), as in 10.77.0.1/24");
  }
}
