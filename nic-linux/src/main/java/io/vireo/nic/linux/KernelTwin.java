// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;

/**
 * The part of the kernel that is played to the {@link KernelInterface} of a twin ({@link io.vireo.nic.NicTwin}). Addresses, MTU and routes are those of the real interface, and the link is up; but
 * every neighbour that is asked for has the same MAC address, and nobody on the network is asked. For the thread of the NIC.
 *
 * <pre>
 *              requests                announcements
 *   resolve ──────────────► {@link #run} ───────────────────► drain
 * </pre>
 */
public final class KernelTwin implements AutoCloseable {
  /** The MAC address of every neighbour: one that no maker gives. */
  public static final long NEIGHBOUR = 0x02_56_49_52_45_4FL;

  private final NetlinkSocket requests;
  private final NetlinkSocket announcements;
  private final NetlinkMessage request;
  private final NetlinkMessage announcement;
  private final KernelInterface view;

  /**
   * Opens a twin's view of an interface, in the network of the calling thread. The view is the caller's, who closes it before this.
   *
   * @throws IOException if there is no such interface, or the kernel does not answer; the message says why, and what helps
   */
  public KernelTwin(String interfaceName) throws IOException {
    LibC.load(interfaceName);
    String purpose = "a twin of interface " + interfaceName;
    NetlinkSocket nearRequests = null;
    NetlinkSocket nearAnnouncements = null;
    try (SocketPair requestPair = new SocketPair(purpose);
        SocketPair announcementPair = new SocketPair(purpose)) {
      nearRequests = NetlinkSocket.over(requestPair.near());
      nearAnnouncements = NetlinkSocket.over(announcementPair.near());
      view = KernelInterface.openTwin(interfaceName, nearAnnouncements, nearRequests);
      requests = NetlinkSocket.over(requestPair.far());
      announcements = NetlinkSocket.over(announcementPair.far());
    } catch (IOException | RuntimeException | Error e) {
      if (nearRequests != null) {
        nearRequests.close();
      }
      if (nearAnnouncements != null) {
        nearAnnouncements.close();
      }
      throw e;
    }
    request = new NetlinkMessage(requests.memory());
    announcement = new NetlinkMessage(announcements.memory());
  }

  /** What the NIC sees of the interface. */
  public KernelInterface view() {
    return view;
  }

  /** Answers what was asked since. */
  public void run() {
    for (int bytes = requests.receive(); bytes > 0; bytes = requests.receive()) {
      if (request.at(0, bytes) && request.type() == NetlinkMessage.RTM_NEWNEIGH) {
        announce(requested());
      }
    }
  }

  private int requested() {
    int address = 0;
    for (request.rewind(KernelInterface.NEIGHBOUR_BYTES);
        request.hasAttribute();
        request.nextAttribute()) {
      if (request.attributeType() == KernelInterface.NDA_DST) {
        address = request.address();
      }
    }
    return address;
  }

  private void announce(int address) {
    int bytes = announcement
        .begin(NetlinkMessage.RTM_NEWNEIGH, 0, 0, KernelInterface.NEIGHBOUR_BYTES)
        .putByte(0, LibC.AF_INET)
        .putInt(KernelInterface.NEIGHBOUR_INDEX, view.index())
        .putShort(KernelInterface.NEIGHBOUR_STATE, KernelInterface.NUD_REACHABLE)
        .addAddress(KernelInterface.NDA_DST, address)
        .addMacAddress(KernelInterface.NDA_LLADDR, NEIGHBOUR)
        .finish();
    int unused = announcements.send(bytes); // what finds no room is asked for again
  }

  /** After the view. */
  @Override
  public void close() {
    requests.close();
    announcements.close();
  }
}
