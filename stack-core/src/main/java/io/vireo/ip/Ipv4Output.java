// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.link.EthernetLink;
import io.vireo.link.NeighbourTable;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import java.nio.ByteBuffer;

/** The way out: writes IPv4 headers, and keeps the neighbours that routes lead to. Datagrams are never fragmented. */
public final class Ipv4Output {
  /** {@link #claim}: no slot is free. */
  public static final int FULL = EthernetLink.FULL;

  private final EthernetLink link;
  private final NeighbourTable neighbours;
  private final Routes routes;
  private final Counters counters;
  private final PathMtus pathMtus;
  private PathFeatures path;
  private long routesChangedNs;

  public Ipv4Output(EthernetLink link, Routes routes, PathMtus pathMtus, Counters counters) {
    this.link = link;
    this.neighbours = link.neighbours();
    this.routes = routes;
    this.pathMtus = pathMtus;
    this.counters = counters;
    this.path = new PathFeatures(link.mtu(), link.fillsChecksums());
  }

  /** The memory that {@link #claim}'s offsets refer to. */
  public ByteBuffer memory() {
    return link.transmitMemory();
  }

  /** The checksum over {@link #memory()}. */
  public InternetChecksum checksum() {
    return link.transmitChecksum();
  }

  /** What the way out can do, as of the last {@link #refresh()}. */
  public PathFeatures path() {
    return path;
  }

  /** What routers said of single destinations. */
  public PathMtus pathMtus() {
    return pathMtus;
  }

  /** Bytes that fit behind the IP header. */
  public int payloadLimit() {
    return path.mtu() - Ipv4Header.MIN_LENGTH;
  }

  /** Reads the NIC's MTU again. Allocates if it has changed. */
  public void refresh() {
    if (link.refresh()) {
      path = new PathFeatures(link.mtu(), link.fillsChecksums());
    }
  }

  /**
   * Claims a slot; returns where the IP payload goes in {@link #memory()}, or FULL.
   *
   * @param payloadBytes at most {@link #payloadLimit()}
   * @param urgent whether the reserve may be used, if the payload is at most 108 bytes long
   */
  @HotPath
  public int claim(int payloadBytes, boolean urgent) {
    int datagram = link.claim(payloadBytes + Ipv4Header.MIN_LENGTH, urgent);
    return datagram == FULL ? FULL : datagram + Ipv4Header.MIN_LENGTH;
  }

  /** Gives a claimed slot back unsent. */
  public void abandon(int payloadOffset) {
    link.abandon(payloadOffset - Ipv4Header.MIN_LENGTH);
  }

  /** Whether the route's neighbour is known: datagrams may be sent. */
  @HotPath
  public boolean ready(Ipv4Route route) {
    if (route.epoch() != routes.epoch()) {
      rebind(route);
    }
    return neighbours.resolved(route.neighbour());
  }

  /** The same for any route: false if it leads nowhere. */
  @HotPath
  public boolean leads(Ipv4Route route) {
    return route.bound() && ready(route);
  }

  /** The host's routes have changed since the way was looked up. Where none is left, the old one is kept: the connection's own timeouts decide. */
  private void rebind(Ipv4Route route) {
    int nextHop = routes.nextHop(route.remote());
    int held = route.neighbour();
    if (nextHop != Routes.NO_ROUTE && nextHop != neighbours.address(held)) {
      int neighbour = neighbours.hold(nextHop, routesChangedNs);
      if (neighbour != NeighbourTable.NONE) {
        neighbours.letGo(held);
        held = neighbour;
      }
    }
    route.rebind(held, routes.epoch());
  }

  /** The host's routes have changed: each way is looked up again when it is used next. */
  public void onRoutesChanged(long nowNs) {
    routesChangedNs = nowNs;
    routes.onChanged();
  }

  /** Whether an address is ours. */
  public boolean isOwn(int address) {
    return routes.isOwn(address);
  }

  /** Whether the route's neighbour did not answer. It is asked again now and then while routes lead there. */
  public boolean unreachable(Ipv4Route route) {
    return neighbours.failed(route.neighbour());
  }

  /** The station that {@link #frame} addresses on a route that is {@link #ready}. */
  public long station(Ipv4Route route) {
    return neighbours.mac(route.neighbour());
  }

  /**
   * The first half of sending on a route that is {@link #ready}: writes the headers in front of a payload in a claimed slot, which may be written later. Headers come
   * first and in a row, because for the compiler nothing known of the memory holds beyond a copy.
   */
  @HotPath
  public void frame(Ipv4Route route, int payloadOffset, int payloadBytes, int protocol) {
    int neighbour = route.neighbour();
    assert neighbours.resolved(neighbour);
    neighbours.used(neighbour);
    long mac = neighbours.mac(neighbour);
    frame(
        mac, route.local(), route.remote(), route.marking(), payloadOffset, payloadBytes, protocol);
  }

  /** The second half: what was framed leaves. */
  @HotPath
  public void transmit(int payloadOffset, int payloadBytes, int protocol) {
    int flags = fillsChecksums(protocol) ? EthernetLink.FILL_CHECKSUMS : 0;
    int totalLength = payloadBytes + Ipv4Header.MIN_LENGTH;
    link.transmit(payloadOffset - Ipv4Header.MIN_LENGTH, totalLength, flags);
  }

  /**
   * Sends what was built in a claimed slot to a station, without route: replies that keep no state go back where their
   * cause came from, so nothing is learnt and nothing waits.
   *
   * @param marking as {@link Ipv4Header#marking} packs it
   */
  public void sendTo(
      long mac,
      int local,
      int remote,
      int marking,
      int payloadOffset,
      int payloadBytes,
      int protocol) {
    frame(mac, local, remote, marking, payloadOffset, payloadBytes, protocol);
    transmit(payloadOffset, payloadBytes, protocol);
  }

  @HotPath
  private void frame(
      long mac,
      int local,
      int remote,
      int marking,
      int payloadOffset,
      int payloadBytes,
      int protocol) {
    int datagram = payloadOffset - Ipv4Header.MIN_LENGTH;
    int totalLength = payloadBytes + Ipv4Header.MIN_LENGTH;
    int headerChecksum = fillsChecksums(protocol)
        ? 0
        : Ipv4Header.checksumOf(totalLength, marking, protocol, local, remote);
    Ipv4Header.write(
        link.transmitMemory(),
        datagram,
        totalLength,
        marking,
        protocol,
        headerChecksum,
        local,
        remote);
    link.frame(datagram, EthernetHeader.TYPE_IPV4, mac);
  }

  /** The flag speaks of IPv4 and TCP; what a NIC makes of other protocols is not said. */
  @HotPath
  private boolean fillsChecksums(int protocol) {
    return path.fillsChecksums() && protocol == Ipv4Header.PROTOCOL_TCP;
  }

  /** Rings the NIC if anything was queued since the last time. */
  public void ring() {
    link.ring();
  }

  /**
   * Looks up the way to remote and holds the neighbour on it. False: there is no way, and the route only has its addresses. Each success needs
   * an {@link #unbind}.
   *
   * @param marking of all that is sent on the route, as {@link Ipv4Header#marking} packs it
   */
  public boolean bind(Ipv4Route route, int local, int remote, int marking, long nowNs) {
    assert !route.bound();
    route.bind(local, remote, marking, NeighbourTable.NONE, routes.epoch());
    int nextHop = routes.nextHop(remote);
    if (nextHop == Routes.NO_ROUTE) {
      counters.increment(Counter.IP_NO_ROUTE);
      return false;
    }
    int neighbour = neighbours.hold(nextHop, nowNs);
    if (neighbour == NeighbourTable.NONE) {
      return false;
    }
    route.bind(local, remote, marking, neighbour, routes.epoch());
    route.setKnownMtu(pathMtus.limit(remote, nowNs));
    return true;
  }

  /** Lets the neighbour go; the route keeps its addresses. Harmless if it is not bound. */
  public void unbind(Ipv4Route route) {
    if (route.bound()) {
      neighbours.letGo(route.neighbour());
      route.unbind();
    }
  }

  /** What was sent on the route seems to vanish: its neighbour is asked whether it is still there, behind the traffic. */
  public void suspect(Ipv4Route route, long nowNs) {
    neighbours.suspect(route.neighbour(), nowNs);
  }
}
