// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.nio.ByteBuffer;

/**
 * An endless stream of bytes that looks random and is always the same: what stands at a position follows from the position alone, so
 * a byte that is lost, repeated or moved shows.
 */
final class PatternBytes {
  private PatternBytes() {}

  /** Writes the bytes from {@code position} of the stream on to target[offset, offset + length). */
  static void fill(ByteBuffer target, int offset, int length, long position) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      long word = word(at >>> 3);
      if ((at & 7) == 0 && length - done >= Long.BYTES) {
        target.putLong(offset + done, word);
        done += Long.BYTES;
      } else {
        target.put(offset + done, (byte) (word >>> (56 - 8 * (at & 7))));
        done++;
      }
    }
  }

  /** SplitMix64, the mixing function of java.util.SplittableRandom. */
  private static long word(long index) {
    long z = (index + 1) * 0x9E37_79B9_7F4A_7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }
}
