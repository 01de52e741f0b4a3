// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * SipHash-2-4 with a 128-bit key (Aumasson and Bernstein, 2012) over messages of one to three
 * words, each standing for eight bytes in little-endian order. For what an outsider sees and must not
 * predict; where he sees nothing of the hash, {@link TupleHash} is ten times cheaper.
 */
final class SipHash {
  private static final int COMPRESSION_ROUNDS = 2;
  private static final int FINALIZATION_ROUNDS = 4;

  private final long k0;
  private final long k1;

  SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  SipHash(Secrets secrets, Secrets.Use use) {
    this(secrets.word(use, 0), secrets.word(use, 1));
  }

  long hash(long a) {
    return hash(1, a, 0, 0);
  }

  long hash(long a, long b) {
    return hash(2, a, b, 0);
  }

  long hash(long a, long b, long c) {
    return hash(3, a, b, c);
  }

  private long hash(int words, long a, long b, long c) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    // The words, then the length in bytes in the highest byte, then the finalization, which takes
    // no input.
    for (int block = 0; block <= words + 1; block++) {
      long input = 0;
      int rounds = COMPRESSION_ROUNDS;
      if (block < words) {
        input = block == 0 ? a : block == 1 ? b : c;
      } else if (block == words) {
        input = ((long) words * Long.BYTES) << 56;
      } else {
        v2 ^= 0xff;
        rounds = FINALIZATION_ROUNDS;
      }
      v3 ^= input;
      for (int round = 0; round < rounds; round++) {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= input;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
