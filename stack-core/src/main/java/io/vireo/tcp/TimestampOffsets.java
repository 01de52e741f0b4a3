// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * What is added to the clock of each tuple's timestamps: a keyed hash of it, so that the timestamps of one connection tell neither how long this
 * machine has been up nor what those of another are (RFC 7323 §7.1). A tuple keeps its offset from one connection to the next: the clock of a tuple
 * never goes back, and a peer that still has it in TIME-WAIT takes the next SYN (RFC 6191).
 */
final class TimestampOffsets {
  private final SipHash hash;

  TimestampOffsets(Secrets secrets) {
    hash = new SipHash(secrets, Secrets.Use.TIMESTAMP_OFFSET);
  }

  int of(long addressKey, long portKey) {
    return (int) hash.hash(addressKey, portKey);
  }
}
