// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * Chooses initial sequence numbers: a clock plus a keyed hash of the connection's key (RFC 6528 (3),
 * RFC 9293 3.4.1 MUST-8, MUST-9, SHLD-1). One connection's numbers grow with time; those of another
 * tell nothing of them.
 */
final class InitialSequence {
  // 4.096 microseconds: RFC 9293 3.4.1 wants a step "roughly every 4 microseconds". A power of two
  // needs no division, and
  // goes on without a jump where nowNs wraps.
  private static final int CLOCK_SHIFT = 12;

  private final SipHash hash;

  InitialSequence(Secrets secrets) {
    hash = new SipHash(secrets, Secrets.Use.INITIAL_SEQUENCE);
  }

  int next(long addressKey, long portKey, long nowNs) {
    return (int) hash.hash(addressKey, portKey) + (int) (nowNs >>> CLOCK_SHIFT);
  }
}
