// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** What a target says when something that must hold does not. */
final class Oracle {
  private Oracle() {}

  static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  static String hex(byte[] bytes, int length) {
    StringBuilder text = new StringBuilder(2 * length);
    for (int i = 0; i < length; i++) {
      text.append(Character.forDigit(bytes[i] >> 4 & 0xF, 16));
      text.append(Character.forDigit(bytes[i] & 0xF, 16));
    }
    return text.toString();
  }
}
