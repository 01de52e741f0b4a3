// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.ip.Ipv4Output;
import io.vireo.ip.Ipv4Route;

/** OPEN call, active (RFC 9293 §3.10.1): finds a route and a free local port, and starts the connection. */
final class ActiveOpen {
  /** {@link #freePort}: every port of the range is taken for this peer. */
  private static final int NONE = -1;

  private final Ipv4Output output;
  private final Registry registry;
  private final HalfOpenTable halfOpen;
  private final LocalPorts localPorts;
  private final InitialSequence initialSequence;

  /** Null: every port is ours. */
  private final SharedPorts sharedPorts;

  ActiveOpen(
      Ipv4Output output,
      Registry registry,
      HalfOpenTable halfOpen,
      LocalPorts localPorts,
      SharedPorts sharedPorts,
      InitialSequence initialSequence) {
    this.sharedPorts = sharedPorts;
    this.output = output;
    this.registry = registry;
    this.halfOpen = halfOpen;
    this.localPorts = localPorts;
    this.initialSequence = initialSequence;
  }

  /** Starts {@code c} towards the peer. {@code localPort} 0: ours to choose. If it cannot be started, it has failed afterwards. */
  void open(
      Connection c, int local, int localPort, int remote, int remotePort, int marking, long nowNs) {
    long id = registry.nextId(c);
    // First of all, so that a connection that fails shows where it was to go.
    boolean bound = output.bind(c.route, local, remote, marking, nowNs);
    long addressKey = Ipv4Route.addressKey(local, remote);
    int port = localPort;
    if (port == 0) {
      port = sharedPorts == null
          ? freePort(addressKey, remotePort)
          : freeSharedPort(local, addressKey, remotePort);
    } else if (isTaken(addressKey, port, remotePort)
        || (sharedPorts != null && !sharedPorts.take(local, port))) {
      port = NONE;
    }
    if (port == NONE) {
      c.openFailed(id, localPort, remotePort, CloseReason.NO_LOCAL_PORT, nowNs);
      return;
    }
    if (!bound) {
      if (sharedPorts != null) {
        sharedPorts.giveUp(port);
      }
      c.openFailed(id, port, remotePort, CloseReason.UNREACHABLE, nowNs);
      return;
    }
    long portKey = (long) port << 16 | remotePort;
    c.open(id, port, remotePort, initialSequence.next(addressKey, portKey, nowNs), nowNs);
    registry.register(c);
  }

  /** RFC 6056: unpredictable, and not one that this tuple used a moment ago. */
  private int freePort(long addressKey, int remotePort) {
    for (int attempt = 0; attempt < localPorts.count(); attempt++) {
      int candidate = localPorts.candidate(addressKey, remotePort, attempt);
      if (!isTaken(addressKey, candidate, remotePort)) {
        localPorts.taken(addressKey, remotePort, attempt);
        return candidate;
      }
    }
    return NONE;
  }

  /** The same from ports that the host has given us. */
  private int freeSharedPort(int local, long addressKey, int remotePort) {
    int attempt = 0;
    while (true) {
      int candidate = sharedPorts.candidate(local, attempt);
      if (candidate == SharedPorts.NONE) {
        if (sharedPorts.takeBlock(local) == 0) {
          return NONE;
        }
        attempt = 0;
      } else if (isTaken(addressKey, sharedPorts.port(candidate), remotePort)) {
        attempt = sharedPorts.attemptAfter(candidate);
      } else {
        return sharedPorts.port(candidate);
      }
    }
  }

  private boolean isTaken(long addressKey, int localPort, int remotePort) {
    long portKey = (long) localPort << 16 | remotePort;
    return registry.find(addressKey, portKey) != null
        || registry.timeWait.find(addressKey, portKey) != TimeWaitTable.NONE
        || halfOpen.find(addressKey, portKey) != HalfOpenTable.NONE;
  }
}
