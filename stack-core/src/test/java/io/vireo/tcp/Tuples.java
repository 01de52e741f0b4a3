// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/** Keys of connections for tests, made as the stack makes them for IPv4. */
final class Tuples {
  /** 10.77.0.2. */
  static final int LOCAL = 0x0a4d0002;

  private Tuples() {}

  static long addressKey(int local, int remote) {
    return ((long) local << 32) | Integer.toUnsignedLong(remote);
  }

  static long addressKey(int remote) {
    return addressKey(LOCAL, remote);
  }

  static long portKey(int localPort, int remotePort) {
    return ((long) localPort << 16) | remotePort;
  }

  record Tuple(long addressKey, long portKey) {}
}
