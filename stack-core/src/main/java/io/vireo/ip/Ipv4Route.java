// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.HotPath;
import io.vireo.link.NeighbourTable;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Address;
import io.vireo.wire.Ipv4Header;
import java.net.InetAddress;

/** The path of one connection: both addresses, the marking of its datagrams and the neighbour on the way. Used again for other connections. */
public final class Ipv4Route {
  private int local;
  private int remote;
  private int neighbour = NeighbourTable.NONE;
  private int marking;
  private int knownMtu;

  /** {@link Routes#epoch} when the neighbour was looked up. */
  private int epoch;

  private long pseudoHeaderSum;

  /** A route that leads nowhere until {@link Ipv4Output#bind}. */
  public Ipv4Route() {}

  void bind(int local, int remote, int marking, int neighbour, int epoch) {
    this.epoch = epoch;
    this.local = local;
    this.remote = remote;
    this.marking = marking;
    this.neighbour = neighbour;
    this.pseudoHeaderSum = InternetChecksum.pseudoHeaderSum(local, remote, Ipv4Header.PROTOCOL_TCP);
  }

  /** The way leads over another neighbour now, or still over the same. */
  void rebind(int neighbour, int epoch) {
    this.neighbour = neighbour;
    this.epoch = epoch;
  }

  @HotPath
  int epoch() {
    return epoch;
  }

  void setKnownMtu(int knownMtu) {
    this.knownMtu = knownMtu;
  }

  /** Bytes of datagram that the path was known to take when the route was bound, 0 if nothing was known. */
  public int knownMtu() {
    return knownMtu;
  }

  /** Forgets the neighbour; the addresses stay readable. */
  void unbind() {
    neighbour = NeighbourTable.NONE;
  }

  /** Whether a neighbour is held. */
  public boolean bound() {
    return neighbour != NeighbourTable.NONE;
  }

  public int local() {
    return local;
  }

  public int remote() {
    return remote;
  }

  /** Index in the neighbour table: what {@link NeighbourTable#pollChanged} names. */
  public int neighbour() {
    return neighbour;
  }

  /** Traffic class and time to live, as {@link Ipv4Header#marking} packs them. */
  public int marking() {
    return marking;
  }

  /** Partial checksum of TCP's pseudo-header, but for the length. */
  public long pseudoHeaderSum() {
    return pseudoHeaderSum;
  }

  /** Both addresses as one key, local in the high half. */
  public long addressKey() {
    return addressKey(local, remote);
  }

  public static long addressKey(int local, int remote) {
    return (long) local << 32 | (remote & 0xFFFF_FFFFL);
  }

  /** Allocates. */
  public InetAddress localInetAddress() {
    return Ipv4Address.toInetAddress(local);
  }

  /** Allocates. */
  public InetAddress remoteInetAddress() {
    return Ipv4Address.toInetAddress(remote);
  }
}
