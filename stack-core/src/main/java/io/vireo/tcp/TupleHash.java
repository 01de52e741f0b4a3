// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;

/**
 * Hashes a connection's key for the tables: two keyed multiplications to 128 bits, folded, as wyhash
 * does. Not for anything that leaves the stack. One multiplication is not enough: it keeps
 * differences, and sequential ports would form long runs in a table with linear probing.
 */
final class TupleHash {
  private final long k0;
  private final long k1;
  private final long k2;
  private final long k3;

  TupleHash(Secrets secrets, Secrets.Use use) {
    k0 = secrets.word(use, 0);
    k1 = secrets.word(use, 1);
    k2 = secrets.word(use, 2);
    k3 = secrets.word(use, 3);
  }

  @HotPath
  int hash(long addressKey, long portKey) {
    long a = addressKey ^ k0;
    long b = portKey ^ k1;
    long low = (a * b) ^ k2;
    long high = Math.multiplyHigh(a, b) ^ k3;
    // The lowest bits of a product are its weakest.
    return (int) (((low * high) ^ Math.multiplyHigh(low, high)) >>> 32);
  }
}
