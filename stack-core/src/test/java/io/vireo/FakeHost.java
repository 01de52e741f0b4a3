// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.nic.HostNetwork;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/** A host whose kernel does what a test says. Its network is a /24; everything else is reached by its gateway, if it has one. */
final class FakeHost implements HostNetwork {
  final List<Integer> addresses = new ArrayList<>();
  final Map<Integer, Long> neighbours = new HashMap<>();
  final List<Integer> resolved = new ArrayList<>();

  /** Each as address and port. */
  final Set<Long> reserved = new HashSet<>();

  /** What others have, each as address and port. */
  final Set<Long> taken = new HashSet<>();

  final Queue<byte[]> icmp = new ArrayDeque<>();
  int gateway;
  int nextPort = 40_000;
  int mostPorts = 1_000;
  private final ByteBuffer icmpMemory = ByteBuffer.allocateDirect(2_048);
  private int changed;

  FakeHost(int address) {
    addresses.add(address);
  }

  static long key(int address, int port) {
    return (long) address << 16 | port;
  }

  /** The stack will hear of it. */
  void announce(int changes) {
    changed |= changes;
  }

  void know(int address, long mac) {
    neighbours.put(address, mac);
    announce(NEIGHBOURS);
  }

  @Override
  public int drain() {
    int told = changed;
    changed = 0;
    return told;
  }

  @Override
  public int addressCount() {
    return addresses.size();
  }

  @Override
  public int address(int i) {
    return addresses.get(i);
  }

  @Override
  public int prefixLength(int i) {
    return 24;
  }

  @Override
  public long route(int destination) {
    for (int address : addresses) {
      if (address >>> 8 == destination >>> 8) {
        return (long) destination << 32 | address;
      }
    }
    boolean leads = gateway != 0 && !addresses.isEmpty();
    return leads ? (long) gateway << 32 | addresses.get(0) : NO_ROUTE;
  }

  @Override
  public long neighbour(int address) {
    return neighbours.getOrDefault(address, UNRESOLVED);
  }

  @Override
  public void resolve(int address) {
    resolved.add(address);
  }

  @Override
  public int reserve(int address, int port) {
    int given = port == 0 ? nextPort++ : port;
    long key = key(address, given);
    if (reserved.contains(key)) {
      return given;
    }
    boolean refused =
        taken.contains(key) || reserved.size() >= mostPorts || !addresses.contains(address);
    if (refused) {
      return REFUSED;
    }
    reserved.add(key);
    return given;
  }

  @Override
  public String refusal() {
    return "the port is taken";
  }

  @Override
  public void release(int port) {
    boolean unused = reserved.removeIf(key -> (key & 0xFFFF) == port);
  }

  @Override
  public ByteBuffer icmpMemory() {
    return icmpMemory;
  }

  @Override
  public int receiveIcmp() {
    byte[] datagram = icmp.poll();
    if (datagram == null) {
      return 0;
    }
    icmpMemory.put(0, datagram);
    return datagram.length;
  }
}
