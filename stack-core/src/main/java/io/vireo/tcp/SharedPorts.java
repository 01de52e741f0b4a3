// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The ports that we have of a host whose addresses we share: those that are listened on, of every address, and those that connections were opened from. A port is kept
 * while anything of it is alive, TIME-WAIT included: the host would answer a late segment with a RST. Ports to connect from are taken in blocks, and
 * kept for the next connections until the stack ends.
 */
final class SharedPorts {
  /** {@link #candidate}: there are no more. */
  static final int NONE = -1;

  private static final int PORTS = 1 << 16;

  /** So many at a time: each costs the host a socket and a filter, and some microseconds. */
  private static final int BLOCK = 16;

  private final PortHost host;
  private final SplittableRandom random;

  /** By port: a listener, connections, and entries in TIME-WAIT. */
  private final int[] users = new int[PORTS];

  /** By port: whether it stays ours without users, to connect from. */
  private final boolean[] kept = new boolean[PORTS];

  private char[] ports = new char[BLOCK];
  private int[] addresses = new int[BLOCK];
  private int count;

  /** Where the walk through them began that is under way. */
  private int start;

  SharedPorts(PortHost host, Secrets secrets) {
    this.host = host;
    random = new SplittableRandom(secrets.word(Secrets.Use.PORT_START, 1));
  }

  // ---- Listening

  /** Takes a port of every address. Returns null, or why the host refuses it. */
  String listen(int port) {
    for (int address : host.addresses()) {
      if (host.reserve(address, port) < 0) {
        String refusal = host.refusal();
        giveUp(port);
        return refusal;
      }
    }
    users[port]++;
    return null;
  }

  /** There may be more addresses now: the port is taken of those, too, if they have it. */
  void listenOnAll(int port) {
    for (int address : host.addresses()) {
      int unused = host.reserve(address, port);
    }
  }

  // ---- Connecting

  /** Takes a given port to connect from. False if the host refuses it. */
  boolean take(int address, int port) {
    return host.reserve(address, port) == port;
  }

  /** A port that was taken, and that nobody made use of. */
  void giveUp(int port) {
    if (users[port] == 0 && !kept[port]) {
      host.release(port);
    }
  }

  /** The number of the port to try next for a connection from an address, or NONE. Attempts begin at 0, and go on with {@link #attemptAfter}. */
  int candidate(int address, int attempt) {
    if (attempt == 0) {
      start = count == 0 ? 0 : random.nextInt(count);
    }
    for (int i = attempt; i < count; i++) {
      int at = (start + i) % count;
      if (addresses[at] == address) {
        return at;
      }
    }
    return NONE;
  }

  /** The port of a candidate. */
  int port(int candidate) {
    return ports[candidate];
  }

  /** The attempt that follows a candidate. */
  int attemptAfter(int candidate) {
    return (candidate - start + count) % count + 1;
  }

  /** Takes another block of an address. Returns how many ports it has: 0 if the host refuses more. */
  int takeBlock(int address) {
    int taken = 0;
    while (taken < BLOCK) {
      int port = host.reserve(address, 0);
      if (port <= 0) {
        break;
      }
      if (count == ports.length) {
        ports = Arrays.copyOf(ports, 2 * count);
        addresses = Arrays.copyOf(addresses, 2 * count);
      }
      kept[port] = true;
      ports[count] = (char) port;
      addresses[count++] = address;
      taken++;
    }
    return taken;
  }

  // ---- Whoever is alive

  /** Something of the port is alive: a connection, or its entry in TIME-WAIT. */
  void use(long portKey) {
    users[(int) (portKey >>> 16)]++;
  }

  /** It is over. */
  void drop(long portKey) {
    drop((int) (portKey >>> 16));
  }

  /** The same, or nobody listens on the port any more. */
  void drop(int port) {
    assert users[port] > 0;
    if (--users[port] == 0 && !kept[port]) {
      host.release(port);
    }
  }

  /** The stack has ended. */
  void close() {
    for (int port = 0; port < PORTS; port++) {
      if (users[port] > 0 || kept[port]) {
        users[port] = 0;
        kept[port] = false;
        host.release(port);
      }
    }
    count = 0;
  }
}
