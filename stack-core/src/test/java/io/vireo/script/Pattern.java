// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

/** What the streams of all scripts consist of: every byte follows from its place, so that each one can be checked wherever it turns up. */
enum Pattern {
  OF_PEER(0x35),
  OF_STACK(0xCA);

  private final int salt;

  Pattern(int salt) {
    this.salt = salt;
  }

  byte at(long place) {
    return (byte) (place ^ place >>> 8 ^ place >>> 13 ^ salt);
  }

  byte[] bytes(long from, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = at(from + i);
    }
    return bytes;
  }
}
