// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.StackSettings;
import io.vireo.ip.Routes;
import io.vireo.nic.HostNetwork;
import io.vireo.wire.Ipv4Address;
import io.vireo.wire.Ipv4Prefix;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.IntStream;

/** The edge where users' addresses become the ints that the stack works with. */
final class LocalAddresses {
  private static final int REMEMBERED = 256;

  /** Whose addresses these are, too; null: ours alone. */
  private final HostNetwork host;

  private final Routes routes;
  private List<Ipv4Prefix> prefixes;

  /** Hosts met lately, by hash, and their addresses: asking a host for its octets allocates. */
  private final Inet4Address[] hosts = new Inet4Address[REMEMBERED];

  private final int[] addresses = new int[REMEMBERED];

  /** IllegalArgumentException: an address that is misspelt, or that no host may have; or the settings do not fit the NIC. */
  LocalAddresses(StackSettings settings, HostNetwork host) {
    this.host = host;
    boolean shared = settings.addresses().isEmpty();
    if (shared != (host != null)) {
      throw new IllegalArgumentException(
          shared
              ? "this NIC shares no addresses with the kernel: give the stack some of its own (StackSettings.of)"
              : "this NIC's addresses are the kernel's: StackSettings.ofInterface()");
    }
    if (shared) {
      prefixes = hostPrefixes();
      routes = new Routes(prefixes, host::route);
    } else {
      prefixes = settings.addresses().stream().map(Ipv4Prefix::parse).toList();
      String gateway = settings.gateway();
      routes = new Routes(prefixes, gateway == null ? Routes.NO_ROUTE : Ipv4Address.parse(gateway));
    }
  }

  private List<Ipv4Prefix> hostPrefixes() {
    return IntStream.range(0, host.addressCount())
        .mapToObj(i -> new Ipv4Prefix(host.address(i), host.prefixLength(i)))
        .filter(prefix -> Ipv4Address.isHost(prefix.address()))
        .toList();
  }

  /** The host's addresses may have changed. */
  void refresh() {
    prefixes = hostPrefixes();
    routes.setOwn(prefixes);
  }

  Routes routes() {
    return routes;
  }

  /** The preferred one; IllegalStateException if there is none at present. */
  Ipv4Prefix first() {
    if (prefixes.isEmpty()) {
      throw new IllegalStateException("the stack has no address at present");
    }
    return prefixes.get(0);
  }

  int[] all() {
    return prefixes.stream().mapToInt(Ipv4Prefix::address).toArray();
  }

  /** The address of a peer that may be connected to. */
  int remote(InetSocketAddress remote) {
    int address = ipv4(remote, "remote");
    if (remote.getPort() == 0) {
      throw new IllegalArgumentException("remote port 0 in " + remote);
    }
    if (!Ipv4Address.isHost(address) || routes.isBroadcast(address)) {
      throw new IllegalArgumentException("no host has the remote address " + remote);
    }
    if (routes.isOwn(address)) {
      throw new IllegalArgumentException("the remote address " + remote + " is our own");
    }
    return address;
  }

  /** The address to connect from. */
  int local(InetSocketAddress local, int remote) {
    if (local == null || isWildcard(local)) {
      return routes.localAddressFor(remote);
    }
    int address = ipv4(local, "local");
    if (!routes.isOwn(address)) {
      throw new IllegalArgumentException("the local address " + local + " is not ours");
    }
    return address;
  }

  private static boolean isWildcard(InetSocketAddress address) {
    return address.getAddress() != null && address.getAddress().isAnyLocalAddress();
  }

  private int ipv4(InetSocketAddress address, String role) {
    InetAddress host = address.getAddress();
    if (host == null) {
      throw new IllegalArgumentException("the " + role + " address " + address + " is unresolved");
    }
    if (!(host instanceof Inet4Address inet4)) {
      throw new IllegalArgumentException("the " + role + " address " + address + " is not IPv4");
    }
    int index = inet4.hashCode() & (REMEMBERED - 1);
    if (!inet4.equals(hosts[index])) {
      addresses[index] = read(inet4);
      hosts[index] = inet4;
    }
    return addresses[index];
  }

  private static int read(Inet4Address host) {
    byte[] octets = host.getAddress();
    return (octets[0] & 0xFF) << 24
        | (octets[1] & 0xFF) << 16
        | (octets[2] & 0xFF) << 8
        | (octets[3] & 0xFF);
  }
}
