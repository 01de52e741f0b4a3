// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** Reads the bytes of an input from front to back; past its end there are zeros. */
final class Input {
  private final byte[] bytes;
  private int at;

  Input(byte[] bytes) {
    this.bytes = bytes;
  }

  int left() {
    return bytes.length - at;
  }

  boolean ended() {
    return at >= bytes.length;
  }

  int u8() {
    return at < bytes.length ? bytes[at++] & 0xFF : 0;
  }

  int s8() {
    return (byte) u8();
  }

  int u16() {
    return u8() << 8 | u8();
  }

  int u32() {
    return u16() << 16 | u16();
  }

  /** Copies up to length bytes, as far as there are any; returns how many. */
  int copy(byte[] target, int offset, int length) {
    int count = Math.min(Math.min(length, left()), target.length - offset);
    System.arraycopy(bytes, at, target, offset, count);
    at += count;
    return count;
  }
}
