// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static io.vireo.nic.linux.SystemCalls.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What the tests do to an interface where no ioctl can: delete it, rename it, take its carrier. */
public final class RouteNetlink {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final long SIOCGIFINDEX = 0x8933;
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int NLM_F_REQUEST_ACK = 1 | 4;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_CARRIER = 33;
  private static final int NLMSG_ERROR = 2;
  private static final int HEADER_BYTES = 32; // struct nlmsghdr, struct ifinfomsg
  private static final int ATTRIBUTE_HEADER_BYTES = 4;
  private static final int MESSAGE_BYTES = 1_024;

  private RouteNetlink() {}

  public static int interfaceIndex(String name) throws IOException {
    InterfaceRequest request = new InterfaceRequest(name);
    int socket = (int) check(LibC.functions().socket(LibC.AF_INET, LibC.SOCK_DGRAM, 0), "socket");
    int error = request.call(socket, SIOCGIFINDEX);
    LibC.functions().close(socket);
    if (error != 0) {
      throw new IOException("index of " + name + ": " + Errno.name(error));
    }
    return request.mtu(); // an int in the same place
  }

  public static void delete(String name) throws IOException {
    request(LibC.structure(MESSAGE_BYTES), RTM_DELLINK, interfaceIndex(name), HEADER_BYTES);
  }

  public static void carrier(String name, boolean on) throws IOException {
    attribute(name, IFLA_CARRIER, new byte[] {(byte) (on ? 1 : 0)});
  }

  public static void rename(String name, String to) throws IOException {
    attribute(name, IFLA_IFNAME, (to + "\0").getBytes(StandardCharsets.UTF_8));
  }

  private static void attribute(String name, int type, byte... value) throws IOException {
    ByteBuffer message = LibC.structure(MESSAGE_BYTES);
    int bytes = ATTRIBUTE_HEADER_BYTES + value.length;
    message.putShort(HEADER_BYTES, (short) bytes).putShort(HEADER_BYTES + 2, (short) type);
    message.put(HEADER_BYTES + ATTRIBUTE_HEADER_BYTES, value);
    request(message, RTM_NEWLINK, interfaceIndex(name), HEADER_BYTES + (bytes + 3) / 4 * 4);
  }

  private static void request(ByteBuffer message, int type, int index, int bytes)
      throws IOException {
    message.putInt(0, bytes).putShort(4, (short) type).putShort(6, (short) NLM_F_REQUEST_ACK);
    message.putInt(20, index);
    long address = LibC.addressOf(message);
    int socket = (int) check(LibC.functions().socket(AF_NETLINK, SOCK_RAW, 0), "socket");
    try {
      check(LibC.functions().write(socket, address, bytes), "request to the kernel");
      check(LibC.functions().read(socket, address, MESSAGE_BYTES), "its answer");
    } finally {
      LibC.functions().close(socket);
    }
    int error = -message.getInt(16);
    if (message.getShort(4) != NLMSG_ERROR || error != 0) {
      throw new IOException("the kernel answered " + Errno.name(error));
    }
  }
}
