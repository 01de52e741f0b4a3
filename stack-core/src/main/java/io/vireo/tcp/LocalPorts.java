// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.SplittableRandom;

/**
 * Proposes local ports for connections that we open, by the double-hash algorithm (RFC 6056 3.3.4):
 * a keyed hash of the destination says where its walk through the ports begins, and a counter, found
 * by a second keyed hash, how far it has come, so that a port returns to a destination as late as
 * possible. Three things make the next port hard to guess:
 *
 * <ul>
 *   <li>The walk does not go from port to neighbouring port, but in strides of the destination's own,
 *       taken from the first hash.
 *   <li>Each port taken moves the counter on by a random number.
 *   <li>There are 65,536 counters with random starts. With few of them, destinations share
 *       counters, and one can watch connections to another (CVE-2022-1012).
 * </ul>
 */
final class LocalPorts {
  private static final int COUNTERS = 1 << 16;
  private static final int STEPS = 8;

  private final SipHash offsetHash;
  private final SipHash counterHash;
  private final SipHash stepHash;

  private final int lowest;
  private final int ports;

  /** Each below ports. */
  private final char[] counters = new char[COUNTERS];

  private long steps;

  // The destination asked for last, because the caller tries many candidates for one: its two
  // hashes, taken apart.
  private long destinationAddressKey;
  private int destinationPort;
  private int offset;
  private int stride;
  private int counter;

  LocalPorts(Secrets secrets, int lowest, int highest) {
    this.lowest = lowest;
    ports = highest - lowest + 1;
    offsetHash = new SipHash(secrets, Secrets.Use.PORT_OFFSET);
    counterHash = new SipHash(secrets, Secrets.Use.PORT_COUNTER);
    stepHash = new SipHash(secrets, Secrets.Use.PORT_STEP);
    // Nothing of these starts can be seen from outside but through the offset, which is keyed by
    // SipHash.
    SplittableRandom starts = new SplittableRandom(secrets.word(Secrets.Use.PORT_START, 0));
    for (int i = 0; i < COUNTERS; i++) {
      counters[i] = (char) starts.nextInt(ports);
    }
    findWalk(0, 0);
  }

  /** How many candidates there are. */
  int count() {
    return ports;
  }

  /** The port to try next. Attempts 0 to count() - 1 give every port once, as long as taken is not called. */
  int candidate(long addressKey, int remotePort, int attempt) {
    assert attempt >= 0;
    assert attempt < ports;
    findWalk(addressKey, remotePort);
    long position = (long) counters[counter] + attempt;
    return lowest + (int) ((offset + position * stride) % ports);
  }

  /** The candidate of this attempt is used now. */
  void taken(long addressKey, int remotePort, int attempt) {
    findWalk(addressKey, remotePort);
    int step = 1 + ((int) stepHash.hash(steps++) & (STEPS - 1));
    counters[counter] = (char) ((counters[counter] + attempt + step) % ports);
  }

  private void findWalk(long addressKey, int remotePort) {
    if (stride != 0 && addressKey == destinationAddressKey && remotePort == destinationPort) {
      return;
    }
    destinationAddressKey = addressKey;
    destinationPort = remotePort;
    long hash = offsetHash.hash(addressKey, remotePort);
    offset = (int) ((hash >>> 32) % ports);
    stride = (int) ((hash & 0xffff_ffffL) % ports);
    while (greatestCommonDivisor(stride, ports) != 1) {
      stride++; // ends: ports - 1 has no divisor in common with ports
    }
    counter = (int) counterHash.hash(addressKey, remotePort) & (COUNTERS - 1);
  }

  private static int greatestCommonDivisor(int a, int b) {
    while (b != 0) {
      int remainder = a % b;
      a = b;
      b = remainder;
    }
    return a;
  }
}
