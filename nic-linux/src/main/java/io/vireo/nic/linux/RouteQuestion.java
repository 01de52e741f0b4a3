// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

/** Asks the kernel how a destination is reached, and whether that is over a given interface. */
final class RouteQuestion {
  private static final int ROUTE_BYTES = 12;
  private static final int DESTINATION_BITS = 1;
  private static final int TYPE = 7;
  private static final int RTN_UNICAST = 1;
  private static final int RTN_LOCAL = 2;
  private static final int RTN_BROADCAST = 3;
  private static final int RTN_MULTICAST = 5;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int RTA_PREFSRC = 7;
  private static final int RTA_METRICS = 8;
  private static final int RTA_VIA = 18;
  private static final int RTAX_MTU = 2;

  private final NetlinkSocket socket;
  private final NetlinkMessage message;
  private final String interfaceName;
  private final int interfaceIndex;

  private int destination;
  private int error;
  private int type;
  private int outgoing;
  private int gateway;
  private int source;
  private int mtu;
  private boolean otherFamily;

  RouteQuestion(NetlinkSocket socket, NetlinkMessage message, String name, int index) {
    this.socket = socket;
    this.message = message;
    interfaceName = name;
    interfaceIndex = index;
  }

  /** The next hop in the upper half, the address to speak from in the lower; or {@link KernelInterface#NO_ROUTE}. */
  long ask(int destination, int sequence) {
    this.destination = destination;
    type = 0;
    outgoing = 0;
    gateway = 0;
    source = 0;
    mtu = 0;
    otherFamily = false;
    int bytes = message
        .begin(NetlinkMessage.RTM_GETROUTE, NetlinkMessage.NLM_F_REQUEST, sequence, ROUTE_BYTES)
        .putByte(0, LibC.AF_INET)
        .putByte(DESTINATION_BITS, Integer.SIZE)
        .addAddress(RTA_DST, destination)
        .finish();
    error = socket.send(bytes);
    if (error == 0) {
      error = receive(sequence);
    }
    boolean found = error == 0
        && type == RTN_UNICAST
        && outgoing == interfaceIndex
        && source != 0
        && !otherFamily;
    if (!found) {
      return KernelInterface.NO_ROUTE;
    }
    int nextHop = gateway == 0 ? destination : gateway;
    return (long) nextHop << 32 | (source & 0xFFFF_FFFFL);
  }

  /** Takes the answer in, behind answers to questions before that nobody waited for. Returns 0, or errno. */
  private int receive(int sequence) {
    while (true) {
      int bytes = socket.receive();
      if (bytes < 0) {
        return -bytes;
      }
      for (int at = 0; message.at(at, bytes); at = message.next()) {
        if (message.sequence() == sequence) {
          return take();
        }
      }
    }
  }

  private int take() {
    if (message.type() == NetlinkMessage.NLMSG_ERROR) {
      return message.hasBody(Integer.BYTES) ? -message.getInt(0) : Errno.EINVAL;
    }
    if (message.type() != NetlinkMessage.RTM_NEWROUTE || !message.hasBody(ROUTE_BYTES)) {
      return Errno.EINVAL;
    }
    type = message.getByte(TYPE);
    for (message.rewind(ROUTE_BYTES); message.hasAttribute(); message.nextAttribute()) {
      switch (message.attributeType()) {
        case RTA_OIF -> outgoing = message.value();
        case RTA_GATEWAY -> gateway = message.address();
        case RTA_PREFSRC -> source = message.address();
        case RTA_VIA -> otherFamily = true;
        case RTA_METRICS -> mtu = message.nestedValue(RTAX_MTU);
        default -> {}
      }
    }
    return 0;
  }

  /** The MTU that the route found last has by itself; 0: none. */
  int mtu() {
    return mtu;
  }

  /** Why none was found. */
  String failure() {
    String target = Ipv4Text.of(destination);
    if (error == Errno.ENETUNREACH || error == Errno.EHOSTUNREACH) {
      return "no route leads to " + target + ": ip route get " + target + " asks the kernel";
    }
    if (error != 0) {
      return "the kernel does not route to " + target + " (" + Errno.name(error)
          + "): ip route get " + target + " asks it";
    }
    return switch (type) {
      case RTN_LOCAL -> target + " is an address of this machine";
      case RTN_BROADCAST, RTN_MULTICAST -> target + " is an address of many";
      case RTN_UNICAST -> otherWay(target);
      default -> "the kernel's routes forbid " + target;
    };
  }

  private String otherWay(String target) {
    if (outgoing != interfaceIndex) {
      return target + " is reached over another interface (number " + outgoing + "), not over "
          + interfaceName;
    }
    return otherFamily
        ? target + " is reached over an IPv6 gateway"
        : interfaceName + " has no IPv4 address to reach " + target + " from";
  }
}
