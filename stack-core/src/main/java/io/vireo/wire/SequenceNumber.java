// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

/**
 * Comparison of TCP sequence numbers, modulo 2^32 (RFC 9293 section 3.4). Right while the numbers
 * compared lie less than 2^31 apart.
 */
public final class SequenceNumber {
  private SequenceNumber() {}

  public static boolean lessThan(int a, int b) {
    return a - b < 0;
  }

  public static boolean lessOrEqual(int a, int b) {
    return a - b <= 0;
  }

  public static boolean greaterThan(int a, int b) {
    return a - b > 0;
  }

  public static boolean greaterOrEqual(int a, int b) {
    return a - b >= 0;
  }

  public static int max(int a, int b) {
    return a - b >= 0 ? a : b;
  }

  public static int min(int a, int b) {
    return a - b <= 0 ? a : b;
  }

  /** Whether x lies in [low, highExclusive); an empty range, low equal to highExclusive, holds nothing. */
  public static boolean between(int low, int x, int highExclusive) {
    return Integer.compareUnsigned(x - low, highExclusive - low) < 0;
  }
}
