// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.nic.HostNetwork;
import io.vireo.nic.Nic;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.MacAddress;
import java.nio.ByteBuffer;

/**
 * The Ethernet link of one NIC queue: tells which frames are for us and what they carry, answers ARP, and frames what
 * leaves. Nothing here rings the NIC by itself: replies wait for {@link #ring()}.
 */
public final class EthernetLink {
  /** {@link #claim}: no slot is free. */
  public static final int FULL = FrameOutput.FULL;

  /** {@link #send}: the NIC fills in the IPv4 and TCP checksums; only if {@link #fillsChecksums()}. */
  public static final int FILL_CHECKSUMS = Nic.FILL_CHECKSUMS;

  /** RFC 791: every link carries datagrams of 68 bytes; a NIC that says less is not believed. */
  private static final int SMALLEST_MTU = 68;

  private final Nic nic;
  private final Counters counters;
  private final ByteBuffer receiveMemory;
  private final InternetChecksum receiveChecksum;
  private final FrameOutput output;
  private final long ownMac;
  private final NeighbourTable neighbours;

  /** Null where the neighbours are the host's. */
  private final Arp arp;

  /** Null where they are not. */
  private final HostNeighbours hostNeighbours;

  private int mtu;
  private long sourceMac;

  /**
   * Claims the transmit reserve at once.
   *
   * @param host whose addresses we share, and who answers ARP for them; null: we do
   * @param localAddresses our own, which ARP answers for; the preferred one first
   * @param neighbourCount most neighbours known at a time
   * @param seed key of the neighbour table's hash
   */
  public EthernetLink(
      Nic nic,
      HostNetwork host,
      int[] localAddresses,
      int neighbourCount,
      Counters counters,
      long seed) {
    this.nic = nic;
    this.counters = counters;
    this.receiveMemory = nic.receiveMemory();
    this.receiveChecksum = new InternetChecksum(receiveMemory);
    this.output = new FrameOutput(nic, counters);
    this.ownMac = nic.macAddress();
    if (host == null) {
      ArpOutput arpOutput = new ArpOutput(output, counters, localAddresses);
      this.hostNeighbours = null;
      this.neighbours = new NeighbourTable(arpOutput, neighbourCount, counters, seed);
      this.arp = new Arp(receiveMemory, neighbours, arpOutput, counters, localAddresses, ownMac);
    } else {
      this.hostNeighbours = new HostNeighbours(host);
      this.neighbours = new NeighbourTable(hostNeighbours, neighbourCount, counters, seed);
      this.arp = null;
      hostNeighbours.tell(neighbours);
    }
    refresh();
  }

  /** Looks at the NIC's current frame; returns what it is, as {@link LinkFrame} says. */
  @HotPath
  public long accept(int offset, int length, long nowNs) {
    counters.increment(Counter.FRAMES_RECEIVED);
    if (length < EthernetHeader.LENGTH) {
      return drop(Counter.ETHERNET_RUNT);
    }
    if (length > mtu + EthernetHeader.LENGTH) {
      return acceptLong(offset, length, nowNs);
    }
    return acceptFitting(offset, length, nowNs);
  }

  /** A frame of up to the MTU and a VLAN tag, or one that the NIC merged from several, may be longer. */
  @HotPath
  private long acceptLong(int offset, int length, long nowNs) {
    boolean tagged = EthernetHeader.type(receiveMemory, offset) == EthernetHeader.TYPE_VLAN;
    int longest = mtu + EthernetHeader.LENGTH + (tagged ? EthernetHeader.VLAN_TAG_LENGTH : 0);
    if (length > longest && nic.receiveSegmentSize() == 0) {
      return drop(Counter.ETHERNET_OVERSIZE);
    }
    return acceptFitting(offset, length, nowNs);
  }

  @HotPath
  private long acceptFitting(int offset, int length, long nowNs) {
    long destination = EthernetHeader.destination(receiveMemory, offset);
    if (destination != ownMac && destination != MacAddress.BROADCAST) {
      return drop(Counter.ETHERNET_NOT_FOR_US);
    }
    long sourceAndType = EthernetHeader.sourceAndType(receiveMemory, offset);
    sourceMac = EthernetHeader.source(sourceAndType);
    if (!MacAddress.isStation(sourceMac) || sourceMac == ownMac) {
      // Our own address: a mirror port or a hub shows us what we sent.
      return drop(Counter.ETHERNET_BAD_SOURCE);
    }
    int type = EthernetHeader.type(sourceAndType);
    int headerLength = EthernetHeader.LENGTH;
    if (type == EthernetHeader.TYPE_VLAN) {
      headerLength += EthernetHeader.VLAN_TAG_LENGTH;
      if (length < headerLength) {
        return drop(Counter.ETHERNET_RUNT);
      }
      // VLAN 0 means a priority and no VLAN (IEEE 802.1Q): those frames are ours.
      boolean priorityOnly = EthernetHeader.vlanId(receiveMemory, offset) == 0;
      type = priorityOnly ? EthernetHeader.vlanInnerType(receiveMemory, offset) : 0;
    }
    return acceptType(type, destination, offset + headerLength, length - headerLength, nowNs);
  }

  @HotPath
  private long acceptType(int type, long destination, int offset, int length, long nowNs) {
    if (type == EthernetHeader.TYPE_IPV4) {
      // RFC 1122 section 3.3.6: nothing that we speak answers a link-layer broadcast.
      return destination == ownMac
          ? LinkFrame.pack(LinkFrame.IPV4, offset, length)
          : drop(Counter.ETHERNET_NOT_FOR_US);
    }
    if (type == EthernetHeader.TYPE_ARP && arp != null) {
      return arp.accept(offset, length, sourceMac, nowNs)
          ? LinkFrame.ARP_HANDLED
          : LinkFrame.DROPPED;
    }
    return drop(Counter.ETHERNET_UNKNOWN_TYPE);
  }

  private long drop(Counter cause) {
    counters.increment(cause);
    return LinkFrame.DROPPED;
  }

  /** Who sent the frame accepted last. */
  public long sourceMac() {
    return sourceMac;
  }

  /** The memory that frames received lie in. */
  public ByteBuffer receiveMemory() {
    return receiveMemory;
  }

  public InternetChecksum receiveChecksum() {
    return receiveChecksum;
  }

  /** The memory that {@link #claim}'s offsets refer to. */
  public ByteBuffer transmitMemory() {
    return output.memory();
  }

  public InternetChecksum transmitChecksum() {
    return output.checksum();
  }

  /**
   * Claims a slot for a frame; returns the offset of its network-layer payload in transmit memory, or FULL.
   *
   * @param payloadBytes at most {@link #mtu()}
   * @param urgent whether the reserve may be used, if the payload is at most 128 bytes long: for ACK, RST and the like
   */
  @HotPath
  public int claim(int payloadBytes, boolean urgent) {
    return output.claim(payloadBytes, urgent);
  }

  /** Gives a claimed slot back unsent. */
  public void abandon(int payloadOffset) {
    output.abandon(payloadOffset);
  }

  /**
   * Frames the payload in a claimed slot, pads it with zeros and queues it.
   *
   * @param flags {@link Nic#FILL_CHECKSUMS} or 0
   */
  @HotPath
  public void send(
      int payloadOffset, int payloadBytes, int etherType, long destinationMac, int flags) {
    frame(payloadOffset, etherType, destinationMac);
    transmit(payloadOffset, payloadBytes, flags);
  }

  /** The first half of {@link #send}: writes the Ethernet header. The payload may follow. */
  @HotPath
  public void frame(int payloadOffset, int etherType, long destinationMac) {
    output.frame(payloadOffset, etherType, destinationMac);
  }

  /** The second half: pads and queues. */
  @HotPath
  public void transmit(int payloadOffset, int payloadBytes, int flags) {
    output.transmit(payloadOffset, payloadBytes, flags);
  }

  /** Rings the NIC if anything was queued since the last time. */
  @HotPath
  public void ring() {
    output.ring();
  }

  /** Bytes of network-layer packet per frame, as of the last {@link #refresh()}. */
  public int mtu() {
    return mtu;
  }

  /** Whether the NIC fills in checksums of what is sent with {@link Nic#FILL_CHECKSUMS}. */
  public boolean fillsChecksums() {
    return nic.features().fillsChecksums();
  }

  /** Reads the NIC's MTU again; true if it has changed. */
  public boolean refresh() {
    int before = mtu;
    mtu = Math.max(SMALLEST_MTU, Math.min(nic.mtu(), output.largestPayload()));
    return mtu != before;
  }

  public NeighbourTable neighbours() {
    return neighbours;
  }

  /** Tells the link who has our addresses (RFC 5227 section 2.3), so that old entries for them are corrected. */
  public void announce() {
    if (arp != null) {
      arp.announce();
    }
  }

  /** Takes in what the host's kernel has announced; neighbours are told of by {@link NeighbourTable#pollChanged}, the rest is returned, as {@link HostNetwork#drain} does. */
  public int drainHost(long nowNs) {
    return hostNeighbours.drain(nowNs);
  }

  /** Where the host puts ICMP datagrams; null: there is no host. */
  public ByteBuffer hostMemory() {
    return hostNeighbours == null ? null : hostNeighbours.icmpMemory();
  }

  /** Whether somebody waits for what the host's kernel will announce soon. */
  public boolean waitsForHost() {
    return hostNeighbours != null && neighbours.isAsking();
  }

  /** Gives the transmit reserve back to the NIC, which stays open. */
  public void close() {
    output.close();
  }
}
