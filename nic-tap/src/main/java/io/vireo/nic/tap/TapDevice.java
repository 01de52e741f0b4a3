// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.InterfaceRequest;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.SocketPair;
import java.io.IOException;

/** An attached TAP: its file descriptor, and what the kernel says of the interface behind it. */
final class TapDevice {
  private static final String TUN = "/dev/net/tun";
  private static final int IFF_TAP = 0x0002;
  private static final int IFF_NO_PI = 0x1000; // frames without a header of the driver's own
  private static final int LINK_UP = InterfaceRequest.IFF_UP | InterfaceRequest.IFF_RUNNING;
  private static final long TUNSETOFFLOAD = 0x4004_54D0L;

  private final String name;
  private final int fd;
  private final int controlSocket;
  private final InterfaceRequest request;

  /** Flags that the interface is taken to have, whatever the kernel says of it. */
  private final int assumedFlags;

  private TapDevice(
      String name, int fd, int controlSocket, InterfaceRequest request, int assumedFlags) {
    this.name = name;
    this.fd = fd;
    this.controlSocket = controlSocket;
    this.request = request;
    this.assumedFlags = assumedFlags;
  }

  /** Creates the device, or attaches to it if it is there; in the network namespace of this thread. */
  static TapDevice open(String name) throws IOException {
    LibC.load(name);
    InterfaceRequest request = new InterfaceRequest(name);
    int fd = LibC.functions().open(TUN, LibC.O_RDWR | LibC.O_NONBLOCK | LibC.O_CLOEXEC);
    if (fd < 0) {
      throw cannotOpen(name, LibC.errno());
    }
    int error = request.flags(IFF_TAP | IFF_NO_PI).call(fd, InterfaceRequest.TUNSETIFF);
    if (error != 0) {
      LibC.functions().close(fd);
      throw cannotAttach(name, error);
    }
    // A persistent device keeps what its last user set. We have no header to tell of offloads in.
    LibC.functions().ioctl(fd, TUNSETOFFLOAD, 0);
    int controlSocket =
        LibC.functions().socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
    if (controlSocket < 0) {
      error = LibC.errno();
      LibC.functions().close(fd);
      throw new IOException("no socket to ask for the MTU of TAP device " + name + " ("
          + Errno.name(error) + "): raise the limit of open files (ulimit -n)");
    }
    return new TapDevice(name, fd, controlSocket, request, 0);
  }

  private static IOException cannotOpen(String name, int error) {
    String cure = switch (error) {
      case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV ->
        "load the kernel's module (modprobe tun), or give the container the device (--device " + TUN
            + ")";
      case Errno.EACCES, Errno.EPERM ->
        "run as root, or give this user the right to read and write " + TUN;
      case Errno.EMFILE, Errno.ENFILE -> "raise the limit of open files (ulimit -n)";
      default -> "see errno(3)";
    };
    return new IOException(
        "cannot open " + TUN + " for TAP device " + name + " (" + Errno.name(error) + "): " + cure);
  }

  private static IOException cannotAttach(String name, int error) {
    String cure = switch (error) {
      case Errno.EBUSY -> "another process or stack uses it; end that one, or choose another name";
      case Errno.EPERM ->
        "run as root, or let root make the device once (ip tuntap add dev " + name
            + " mode tap user USER)";
      case Errno.EINVAL ->
        "an interface of this name exists and is no TAP of one queue; choose another name";
      default -> "see errno(3)";
    };
    return new IOException(
        "cannot attach to TAP device " + name + " (" + Errno.name(error) + "): " + cure);
  }

  /**
   * A device whose frames come from a socket in place of the TAP's file, and go there; of the interface it says what this one says, but that it is up. The socket is its own from now on.
   */
  TapDevice twin(SocketPair.End socket) throws IOException {
    int control = LibC.functions().dup(controlSocket);
    if (control < 0) {
      throw new IOException("no twin of TAP device " + name + " (" + Errno.name(LibC.errno())
          + "): raise the limit of open files (ulimit -n)");
    }
    return new TapDevice(name, socket.take(), control, new InterfaceRequest(name), LINK_UP);
  }

  String name() {
    return name;
  }

  int fd() {
    return fd;
  }

  /** The interface's MTU, or {@code otherwise} if the kernel does not say. */
  int mtu(int otherwise) {
    return ask(InterfaceRequest.SIOCGIFMTU) ? request.mtu() : otherwise;
  }

  /** Whether the interface is up and has a carrier; {@code otherwise} if the kernel does not say. */
  boolean linkUp(boolean otherwise) {
    if (!ask(InterfaceRequest.SIOCGIFFLAGS)) {
      return otherwise;
    }
    return ((request.flags() | assumedFlags) & LINK_UP) == LINK_UP;
  }

  /** The MAC address of the kernel's side. */
  long kernelMacAddress() {
    return ask(InterfaceRequest.SIOCGIFHWADDR) ? request.macAddress() : 0;
  }

  private boolean ask(long what) {
    int error = request.call(controlSocket, what);
    if (error == Errno.ENODEV && request.call(fd, InterfaceRequest.TUNGETIFF) == 0) {
      error = request.call(controlSocket, what); // it had been renamed
    }
    return error == 0;
  }

  void close() {
    LibC.functions().close(fd);
    LibC.functions().close(controlSocket);
  }
}
