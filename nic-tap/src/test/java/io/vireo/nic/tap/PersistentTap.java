// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static io.vireo.nic.linux.SystemCalls.check;

import io.vireo.nic.linux.InterfaceRequest;
import io.vireo.nic.linux.LibC;
import java.io.IOException;

/** Devices that are there before anybody opens them, as {@code ip tuntap add} makes them. */
public final class PersistentTap {
  private static final long TUNSETPERSIST = 0x4004_54CBL;
  private static final int IFF_TUN = 0x0001;
  private static final int IFF_TAP = 0x0002;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_MULTI_QUEUE = 0x0100;

  private PersistentTap() {}

  public static void make(String name) throws IOException {
    make(name, IFF_TAP | IFF_NO_PI);
  }

  /** A tunnel without Ethernet. */
  static void makeTun(String name) throws IOException {
    make(name, IFF_TUN | IFF_NO_PI);
  }

  static void makeWithQueues(String name) throws IOException {
    make(name, IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
  }

  private static void make(String name, int flags) throws IOException {
    int fd = (int) check(LibC.functions().open("/dev/net/tun", LibC.O_RDWR), "open");
    int error = new InterfaceRequest(name).flags(flags).call(fd, InterfaceRequest.TUNSETIFF);
    check(-error, "TUNSETIFF");
    check(LibC.functions().ioctl(fd, TUNSETPERSIST, 1), "TUNSETPERSIST");
    LibC.functions().close(fd);
  }
}
