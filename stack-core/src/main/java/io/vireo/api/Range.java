// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/** Range checks of settings, with a message that names value and limits. */
final class Range {
  /** The longest time span a setting may have, about 146 years: half of what differences of longs can tell apart. */
  static final long LONGEST_NS = Long.MAX_VALUE / 2;

  private Range() {}

  static void check(String name, long value, long lowest, long highest) {
    if (value < lowest || value > highest) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must be " + lowest + " to " + highest);
    }
  }

  static void checkZeroOr(String name, long value, long lowest, long highest) {
    if (value != 0 && (value < lowest || value > highest)) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must be 0 or " + lowest + " to " + highest);
    }
  }
}
