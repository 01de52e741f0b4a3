// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The vectors are those of the paper and its reference code: key 00 01 … 0f, messages 00 01 02 …. */
class SipHashTest {
  private static final long K0 = 0x0706050403020100L;
  private static final long K1 = 0x0f0e0d0c0b0a0908L;
  private static final long A = 0x0706050403020100L;
  private static final long B = 0x0f0e0d0c0b0a0908L;
  private static final long C = 0x1716151413121110L;

  private final SipHash hash = new SipHash(K0, K1);

  @Test
  void oneWordMatchesTheReferenceVectorOfEightBytes() {
    assertEquals(0x93f5f5799a932462L, hash.hash(A));
  }

  @Test
  void twoWordsMatchTheReferenceVectorOf16Bytes() {
    assertEquals(0x3f2acc7f57c29bdbL, hash.hash(A, B));
  }

  @Test
  void threeWordsMatchTheReferenceVectorOf24Bytes() {
    assertEquals(0xb8ad50c6f649af94L, hash.hash(A, B, C));
  }

  @Test
  void theModelBelowMatchesTheVectorOfThePaper() {
    byte[] message = new byte[15];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) i;
    }

    assertEquals(0xa129ca6149be45e5L, model(K0, K1, message));
  }

  @Test
  void randomKeysAndWordsAgreeWithTheModel() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 10_000; i++) {
      long k0 = random.nextLong();
      long k1 = random.nextLong();
      long a = random.nextLong();
      long b = random.nextLong();
      long c = random.nextLong();
      SipHash keyed = new SipHash(k0, k1);

      assertEquals(model(k0, k1, bytes(a)), keyed.hash(a));
      assertEquals(model(k0, k1, bytes(a, b)), keyed.hash(a, b));
      assertEquals(model(k0, k1, bytes(a, b, c)), keyed.hash(a, b, c));
    }
  }

  private static byte[] bytes(long... words) {
    ByteBuffer bytes =
        ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long word : words) {
      bytes.putLong(word);
    }
    return bytes.array();
  }

  /** Written from the paper, step by step, over bytes. */
  private static long model(long k0, long k1, byte[] message) {
    long[] v = {
      k0 ^ 0x736f6d6570736575L,
      k1 ^ 0x646f72616e646f6dL,
      k0 ^ 0x6c7967656e657261L,
      k1 ^ 0x7465646279746573L
    };
    ByteBuffer padded =
        ByteBuffer.allocate((message.length / 8 + 1) * 8).order(ByteOrder.LITTLE_ENDIAN);
    padded.put(message).put(padded.capacity() - 1, (byte) message.length).rewind();
    while (padded.hasRemaining()) {
      long m = padded.getLong();
      v[3] ^= m;
      sipRound(v);
      sipRound(v);
      v[0] ^= m;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++) {
      sipRound(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void sipRound(long[] v) {
    halfRound(v, 0, 1, 2, 3, 13, 16);
    halfRound(v, 2, 1, 0, 3, 17, 21);
  }

  private static void halfRound(long[] v, int a, int b, int c, int d, int s, int t) {
    v[a] += v[b];
    v[c] += v[d];
    v[b] = Long.rotateLeft(v[b], s) ^ v[a];
    v[d] = Long.rotateLeft(v[d], t) ^ v[c];
    v[a] = Long.rotateLeft(v[a], 32);
  }
}
