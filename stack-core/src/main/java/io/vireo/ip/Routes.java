// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.HotPath;
import io.vireo.wire.AddressSet;
import io.vireo.wire.Ipv4Address;
import io.vireo.wire.Ipv4Prefix;
import java.util.List;
import java.util.stream.IntStream;

/** Which addresses are ours, and where others are reached: on the link or by the gateway, or wherever the host's kernel says. */
public final class Routes {
  /** {@link #nextHop}: nowhere. Also the gateway of those who have none. */
  public static final int NO_ROUTE = Ipv4Address.UNSPECIFIED;

  private final int gateway;

  /** Null: we have routes of our own. */
  private final HostRoutes host;

  private Ipv4Prefix[] own;

  /** The first of our addresses; UNSPECIFIED: we have none. */
  private int first;

  private AddressSet ownAddresses;
  private AddressSet broadcasts;
  private int epoch;

  /**
   * Addresses of our own, the preferred one first. IllegalArgumentException: an address that no host may have.
   *
   * @param gateway the router's address, or NO_ROUTE
   */
  public Routes(List<Ipv4Prefix> own, int gateway) {
    if (own.isEmpty()) {
      throw new IllegalArgumentException("an address of our own is needed");
    }
    this.host = null;
    this.gateway = gateway;
    setOwn(own);
    for (Ipv4Prefix prefix : own) {
      checkHost(prefix.address(), "an address of our own");
    }
    if (own.stream().mapToInt(Ipv4Prefix::address).distinct().count() < own.size()) {
      throw new IllegalArgumentException("an address of our own is given twice");
    }
    if (gateway != NO_ROUTE) {
      checkHost(gateway, "the gateway");
      if (isOwn(gateway)) {
        throw new IllegalArgumentException(
            "the gateway " + Ipv4Address.toString(gateway) + " is an address of our own");
      }
    }
  }

  /** Addresses that the host's kernel shares with us, and its routes. */
  public Routes(List<Ipv4Prefix> own, HostRoutes host) {
    this.gateway = NO_ROUTE;
    this.host = host;
    setOwn(own);
  }

  /** The host has other addresses now, perhaps none. */
  public void setOwn(List<Ipv4Prefix> own) {
    this.own = own.toArray(new Ipv4Prefix[0]);
    this.first = own.isEmpty() ? Ipv4Address.UNSPECIFIED : own.get(0).address();
    this.ownAddresses =
        new AddressSet(own.stream().mapToInt(Ipv4Prefix::address).toArray());
    this.broadcasts = new AddressSet(own.stream()
        .filter(Ipv4Prefix::hasBroadcast)
        .flatMapToInt(prefix -> IntStream.of(prefix.broadcast(), prefix.network()))
        .toArray());
  }

  /** The host's routes have changed: whoever has asked for one asks again. */
  public void onChanged() {
    epoch++;
  }

  /** How often routes have changed. */
  @HotPath
  public int epoch() {
    return epoch;
  }

  private void checkHost(int address, String role) {
    if (!Ipv4Address.isHost(address) || isBroadcast(address)) {
      throw new IllegalArgumentException(
          role + " cannot be " + Ipv4Address.toString(address) + ": no host may have that address");
    }
  }

  public boolean isOwn(int address) {
    return (address == first && address != Ipv4Address.UNSPECIFIED)
        || ownAddresses.contains(address);
  }

  /** Whether an address means everybody: on the link, or on a network of ours, in the old way (RFC 1122 §3.3.6) or the new. */
  public boolean isBroadcast(int address) {
    return address == Ipv4Address.LIMITED_BROADCAST || broadcasts.contains(address);
  }

  /** The address of ours to talk to a remote one from: on the same network if possible, else on the gateway's. */
  public int localAddressFor(int remote) {
    if (host != null) {
      int source = (int) host.route(remote);
      return source == Ipv4Address.UNSPECIFIED ? first : source;
    }
    Ipv4Prefix onLink = longestPrefixOf(remote);
    if (onLink == null && gateway != NO_ROUTE) {
      onLink = longestPrefixOf(gateway);
    }
    return onLink == null ? own[0].address() : onLink.address();
  }

  /** Whom frames for a remote address go to: itself on the link, else the gateway; NO_ROUTE if there is no way. */
  public int nextHop(int remote) {
    if (!Ipv4Address.isHost(remote) || isBroadcast(remote) || isOwn(remote)) {
      return NO_ROUTE;
    }
    if (host != null) {
      return (int) (host.route(remote) >>> 32);
    }
    return longestPrefixOf(remote) != null ? remote : gateway;
  }

  private Ipv4Prefix longestPrefixOf(int address) {
    Ipv4Prefix longest = null;
    for (Ipv4Prefix prefix : own) {
      if (prefix.contains(address)
          && (longest == null || prefix.prefixLength() > longest.prefixLength())) {
        longest = prefix;
      }
    }
    return longest;
  }
}
