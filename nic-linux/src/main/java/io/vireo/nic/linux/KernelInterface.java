// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import io.vireo.api.HotPath;
import java.io.IOException;
import java.util.Arrays;

/**
 * What the kernel knows of one interface that it shares with a stack: its link, its IPv4 addresses, the routes that lead over it and the neighbours on it.
 * Asked over rtnetlink(7), never by a program. Link, addresses and neighbours are read once, then kept true by what the
 * kernel announces, which {@link #drain} takes in; routes are asked for one by one, in some microseconds each.
 *
 * <p>The kernel does not see the stack's traffic, so that its neighbours would grow old, and be forgotten: whoever sends
 * to one tells it now and then by {@link #resolve}, which is also how a missing one is asked for.
 *
 * <p>For one thread, and the network namespace of the one that opened it.
 */
public final class KernelInterface implements AutoCloseable {
  /** {@link #drain}: MAC address, MTU or state of the link may have changed. */
  public static final int LINK = 1;

  /** {@link #drain}: addresses may have been added or removed. */
  public static final int ADDRESSES = 2;

  /** {@link #drain}: routes may have changed, of this interface or of another. */
  public static final int ROUTES = 4;

  /** {@link #drain}: a neighbour may have changed. */
  public static final int NEIGHBOURS = 8;

  /** {@link #neighbour}: being asked for, or nobody has asked yet. */
  public static final long UNRESOLVED = -1;

  /** {@link #neighbour}: it does not answer. */
  public static final long FAILED = -2;

  /** {@link #route}: no way leads there over this interface. */
  public static final long NO_ROUTE = 0;

  private static final int LINK_UP = InterfaceRequest.IFF_UP | InterfaceRequest.IFF_RUNNING;
  private static final int ALL = LINK | ADDRESSES | ROUTES | NEIGHBOURS;

  /** Kinds of announcement: link, neighbours, IPv4 addresses, routes and rules. */
  private static final int GROUPS = 0x1 | 0x4 | 0x10 | 0x40 | 0x80;

  /** Bounds the work of one drain: messages come in datagrams, of a few kilobytes at most. */
  private static final int DATAGRAMS_PER_DRAIN = 64;

  /** More datagrams than a socket's buffer holds. */
  private static final int MOST_QUEUED = 4_096;

  /** A dump that others disturb is begun again, so often. */
  private static final int DUMPS = 3;

  private static final int IFINFO_BYTES = 16;
  private static final int IFINFO_INDEX = 4;
  private static final int IFINFO_FLAGS = 8;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_MTU = 4;

  private static final int IFADDR_BYTES = 8;
  private static final int IFADDR_PREFIX = 1;
  private static final int IFADDR_INDEX = 4;
  private static final int IFA_LOCAL = 2;

  static final int NEIGHBOUR_BYTES = 12;
  static final int NEIGHBOUR_INDEX = 4;
  static final int NEIGHBOUR_STATE = 8;
  private static final int NEIGHBOUR_FLAGS = 10;
  static final int NDA_DST = 1;
  static final int NDA_LLADDR = 2;
  static final int NUD_REACHABLE = 2;
  private static final int NTF_USE = 1;
  private static final int NUD_FAILED = 0x20;

  /** Reachable, stale, delay, probe, without ARP, permanent: the MAC address may be used. */
  private static final int NUD_VALID = 0x2 | 0x4 | 0x8 | 0x10 | 0x40 | 0x80;

  private final String name;
  private final int index;
  private final NetlinkSocket announcements;
  private final NetlinkSocket questions;

  /** For what is told to the kernel and needs no answer; of a twin another one than the questions'. */
  private final NetlinkSocket requests;

  private final NetlinkMessage announced;
  private final NetlinkMessage message;
  private final NetlinkMessage request;
  private final RouteQuestion routeQuestion;
  private final NeighbourMap neighbours = new NeighbourMap();
  private int sequence;

  /** What {@link #drain} has not told yet. */
  private int untold;

  private boolean exists = true;
  private int flags;
  private int mtu;
  private long macAddress;
  private int[] addresses = new int[4];
  private byte[] prefixLengths = new byte[4];
  private int addressCount;

  /**
   * Opens the view of an interface.
   *
   * @throws IOException if there is no such interface, or the kernel does not answer; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such names
   */
  public static KernelInterface open(String name) throws IOException {
    LibC.load(name);
    int index = LinuxInterface.index(name);
    NetlinkSocket announcements = new NetlinkSocket(GROUPS);
    NetlinkSocket questions = null;
    try {
      questions = new NetlinkSocket(0);
      KernelInterface view = new KernelInterface(name, index, announcements, questions, questions);
      view.readAll();
      return view;
    } catch (IOException | RuntimeException | Error e) {
      announcements.close();
      if (questions != null) {
        questions.close();
      }
      throw e;
    }
  }

  /**
   * A view for a twin: with addresses and MTU as they are now, no neighbours, and the link up. Routes are the kernel's, but what it announces later, and whom it is told to resolve, passes
   * through sockets that are the caller's. They belong to the view, if none of this throws.
   */
  static KernelInterface openTwin(String name, NetlinkSocket announcements, NetlinkSocket requests)
      throws IOException {
    int index = LinuxInterface.index(name);
    NetlinkSocket questions = new NetlinkSocket(0);
    try {
      KernelInterface view = new KernelInterface(name, index, announcements, questions, requests);
      view.readAll();
      view.neighbours.clear();
      view.flags = LINK_UP;
      return view;
    } catch (IOException | RuntimeException | Error e) {
      questions.close();
      throw e;
    }
  }

  private KernelInterface(
      String name,
      int index,
      NetlinkSocket announcements,
      NetlinkSocket questions,
      NetlinkSocket requests) {
    this.name = name;
    this.index = index;
    this.announcements = announcements;
    this.questions = questions;
    this.requests = requests;
    announced = new NetlinkMessage(announcements.memory());
    message = new NetlinkMessage(questions.memory());
    request = new NetlinkMessage(requests.memory());
    routeQuestion = new RouteQuestion(questions, message, name, index);
  }

  // ---- What is known

  /** Its name when it was opened. */
  public String name() {
    return name;
  }

  /** The kernel's number of the interface, which stays when it is renamed. */
  public int index() {
    return index;
  }

  /** Whether it is still there. */
  public boolean exists() {
    return exists;
  }

  /** Whether it is up and has a carrier. */
  public boolean linkUp() {
    return exists && (flags & LINK_UP) == LINK_UP;
  }

  /** Bytes of network-layer packet per frame. */
  public int mtu() {
    return mtu;
  }

  /** The MAC address in the low 48 bits, first octet highest. */
  public long macAddress() {
    return macAddress;
  }

  /** How many IPv4 addresses it has. */
  public int addressCount() {
    return addressCount;
  }

  /** One of its addresses; the first one is the kernel's first. */
  public int address(int i) {
    return addresses[i];
  }

  /** The length of the network part of that address, 0 to 32. */
  public int prefixLength(int i) {
    return prefixLengths[i];
  }

  /** The MAC address of a neighbour, in the low 48 bits; UNRESOLVED or FAILED. */
  @HotPath
  public long neighbour(int address) {
    long known = neighbours.get(address);
    return known == NeighbourMap.NONE ? UNRESOLVED : known;
  }

  /**
   * How to reach a destination over this interface, as the kernel's tables and rules have it: the next hop in the upper half, the address
   * to speak from in the lower; or NO_ROUTE, and {@link #whyNoRoute} says why. A system call or two, of some microseconds.
   */
  public long route(int destination) {
    return routeQuestion.ask(destination, ++sequence);
  }

  /** The MTU that the route last found has by itself; 0: none. */
  public int routeMtu() {
    return routeQuestion.mtu();
  }

  /** Why {@link #route} found none last, for the user who asked for a connection. */
  public String whyNoRoute() {
    return routeQuestion.failure();
  }

  /**
   * Tells the kernel that a neighbour is in use: it asks for one that it does not know or that has failed, and makes sure of one that it has not heard of
   * for long. The outcome is announced. Needs CAP_NET_ADMIN.
   */
  public void resolve(int address) {
    int bytes = request
        .begin(
            NetlinkMessage.RTM_NEWNEIGH,
            NetlinkMessage.NLM_F_REQUEST | NetlinkMessage.NLM_F_CREATE,
            ++sequence,
            NEIGHBOUR_BYTES)
        .putByte(0, LibC.AF_INET)
        .putInt(NEIGHBOUR_INDEX, index)
        .putByte(NEIGHBOUR_FLAGS, NTF_USE)
        .addAddress(NDA_DST, address)
        .finish();
    int unused = requests.send(bytes); // what cannot be asked now is asked again
    refusals();
  }

  // ---- What the kernel announces

  /** Takes in what was announced since, some of it if there is much. Returns what may have changed since this was asked last, as a sum of LINK, ADDRESSES, ROUTES and NEIGHBOURS. */
  public int drain() {
    refresh();
    int changed = untold;
    untold = 0;
    return changed;
  }

  /** The same for somebody who looks for himself; {@link #drain} will tell of it. */
  public void refresh() {
    untold |= takeAnnouncements();
  }

  private int takeAnnouncements() {
    int changed = 0;
    for (int i = 0; i < DATAGRAMS_PER_DRAIN; i++) {
      int bytes = announcements.receive();
      if (bytes == -Errno.ENOBUFS) {
        // More was announced than the socket holds: what was lost cannot be known.
        return readAgain();
      }
      if (bytes <= 0) {
        break;
      }
      for (int at = 0; announced.at(at, bytes); at = announced.next()) {
        changed |= take(announced);
      }
    }
    return changed;
  }

  /** Takes what the kernel has answered to what needs no answer: unread, it would be in the way of answers to come. */
  private void refusals() {
    for (int i = 0; i < MOST_QUEUED && requests.receive() >= 0; i++) {
      // without a right it says so each time
    }
  }

  /** What is still queued is older than what was lost, and must not be taken in behind it. */
  private int readAgain() {
    for (int i = 0; i < MOST_QUEUED && announcements.receive() != -Errno.EAGAIN; i++) {
      // forgotten
    }
    try {
      readAll();
    } catch (IOException e) {
      // What is known is old, and the next announcement is as likely to be lost: as if the link was
      // down.
      flags = 0;
    }
    return ALL;
  }

  private void readAll() throws IOException {
    addressCount = 0;
    neighbours.clear();
    exists = false;
    dump(NetlinkMessage.RTM_GETLINK, IFINFO_BYTES);
    dump(NetlinkMessage.RTM_GETADDR, IFADDR_BYTES);
    dump(NetlinkMessage.RTM_GETNEIGH, NEIGHBOUR_BYTES);
    if (!exists) {
      throw new IOException("interface " + name + " has gone");
    }
  }

  private void dump(int type, int bodyBytes) throws IOException {
    for (int i = 0; i < DUMPS; i++) {
      int bytes = message
          .begin(
              type, NetlinkMessage.NLM_F_REQUEST | NetlinkMessage.NLM_F_DUMP, ++sequence, bodyBytes)
          .putByte(0, type == NetlinkMessage.RTM_GETLINK ? 0 : LibC.AF_INET)
          .finish();
      int error = questions.send(bytes);
      while (error == 0) {
        int received = questions.receive();
        if (received < 0) {
          error = -received;
        } else if (takeDump(received)) {
          return;
        }
      }
      if (i == DUMPS - 1) {
        throw new IOException("the kernel does not say what it knows of interface " + name + " ("
            + Errno.name(error) + "): see rtnetlink(7)");
      }
    }
  }

  /** True when the dump is through. */
  private boolean takeDump(int bytes) {
    for (int at = 0; message.at(at, bytes); at = message.next()) {
      if (message.sequence() == sequence) {
        if (message.type() == NetlinkMessage.NLMSG_DONE
            || message.type() == NetlinkMessage.NLMSG_ERROR) {
          return true;
        }
        int unused = take(message);
      }
    }
    return false;
  }

  /** One message about any interface; returns what it may have changed. */
  private int take(NetlinkMessage m) {
    return switch (m.type()) {
      case NetlinkMessage.RTM_NEWLINK, NetlinkMessage.RTM_DELLINK -> takeLink(m);
      case NetlinkMessage.RTM_NEWADDR, NetlinkMessage.RTM_DELADDR -> takeAddress(m);
      case NetlinkMessage.RTM_NEWNEIGH, NetlinkMessage.RTM_DELNEIGH -> takeNeighbour(m);
      case NetlinkMessage.RTM_NEWROUTE,
          NetlinkMessage.RTM_DELROUTE,
          NetlinkMessage.RTM_NEWRULE,
          NetlinkMessage.RTM_DELRULE -> ROUTES;
      default -> 0;
    };
  }

  private int takeLink(NetlinkMessage m) {
    if (!m.hasBody(IFINFO_BYTES) || m.getInt(IFINFO_INDEX) != index || m.getByte(0) != 0) {
      return 0; // another's, or what a bridge says of it
    }
    exists = m.type() == NetlinkMessage.RTM_NEWLINK;
    flags = m.getInt(IFINFO_FLAGS);
    for (m.rewind(IFINFO_BYTES); m.hasAttribute(); m.nextAttribute()) {
      if (m.attributeType() == IFLA_MTU) {
        mtu = m.value();
      } else if (m.attributeType() == IFLA_ADDRESS) {
        macAddress = m.macAddress();
      }
    }
    return LINK;
  }

  private int takeAddress(NetlinkMessage m) {
    if (!m.hasBody(IFADDR_BYTES)
        || m.getInt(IFADDR_INDEX) != index
        || m.getByte(0) != LibC.AF_INET) {
      return 0;
    }
    int address = 0;
    for (m.rewind(IFADDR_BYTES); m.hasAttribute(); m.nextAttribute()) {
      if (m.attributeType() == IFA_LOCAL) {
        address = m.address();
      }
    }
    int prefixLength = m.getByte(IFADDR_PREFIX);
    if (m.type() == NetlinkMessage.RTM_DELADDR) {
      remove(address, prefixLength);
    } else if (find(address, prefixLength) < 0) {
      add(address, prefixLength);
    }
    return ADDRESSES;
  }

  private void add(int address, int prefixLength) {
    if (addressCount == addresses.length) {
      addresses = Arrays.copyOf(addresses, 2 * addressCount);
      prefixLengths = Arrays.copyOf(prefixLengths, 2 * addressCount);
    }
    addresses[addressCount] = address;
    prefixLengths[addressCount++] = (byte) prefixLength;
  }

  private void remove(int address, int prefixLength) {
    int i = find(address, prefixLength);
    if (i >= 0) {
      addressCount--;
      System.arraycopy(addresses, i + 1, addresses, i, addressCount - i);
      System.arraycopy(prefixLengths, i + 1, prefixLengths, i, addressCount - i);
    }
  }

  /** Where an address is among those known; -1: it is not. The same one may be there with several prefixes. */
  private int find(int address, int prefixLength) {
    for (int i = 0; i < addressCount; i++) {
      if (addresses[i] == address && prefixLengths[i] == prefixLength) {
        return i;
      }
    }
    return -1;
  }

  private int takeNeighbour(NetlinkMessage m) {
    if (!m.hasBody(NEIGHBOUR_BYTES)
        || m.getInt(NEIGHBOUR_INDEX) != index
        || m.getByte(0) != LibC.AF_INET) {
      return 0;
    }
    int address = 0;
    long mac = -1;
    for (m.rewind(NEIGHBOUR_BYTES); m.hasAttribute(); m.nextAttribute()) {
      if (m.attributeType() == NDA_DST) {
        address = m.address();
      } else if (m.attributeType() == NDA_LLADDR) {
        mac = m.macAddress();
      }
    }
    if (address == 0) {
      return 0;
    }
    int state = m.getShort(NEIGHBOUR_STATE);
    if (m.type() == NetlinkMessage.RTM_DELNEIGH) {
      neighbours.remove(address);
    } else if ((state & NUD_VALID) != 0 && mac >= 0) {
      neighbours.put(address, mac);
    } else {
      neighbours.put(address, (state & NUD_FAILED) != 0 ? FAILED : UNRESOLVED);
    }
    return NEIGHBOURS;
  }

  @Override
  public void close() {
    announcements.close();
    questions.close();
    requests.close();
  }
}
