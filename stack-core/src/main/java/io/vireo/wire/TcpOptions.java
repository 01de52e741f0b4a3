// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.nio.ByteBuffer;

/**
 * The options of one TCP segment (RFC 9293 section 3.2, RFC 7323), parsed into fields; the object is used again for
 * every segment. A known option counts only with its legal length, and only the first of its kind. Where the list
 * itself is broken (a length below 2 or past the end), parsing stops, and what was read before stays.
 */
public final class TcpOptions {
  /** Bytes that {@link #writeMss} writes. */
  public static final int MSS_BYTES = 4;

  /** Bytes that {@link #writeWindowScale} writes, with a NOP to stay aligned. */
  public static final int WINDOW_SCALE_BYTES = 4;

  private static final int END = 0;
  private static final int NO_OPERATION = 1;
  private static final int MSS = 2;
  private static final int WINDOW_SCALE = 3;

  /** RFC 7323 section 2.3: a larger shift count is taken for this one. */
  private static final int LARGEST_SHIFT = 14;

  private int mss;
  private int windowScale;
  private boolean malformed;

  /** Reads length bytes of options at offset, and nothing beyond. */
  public void parse(ByteBuffer memory, int offset, int length) {
    mss = 0;
    windowScale = -1;
    malformed = false;
    int end = offset + length;
    int at = offset;
    while (at < end) {
      int kind = memory.get(at) & 0xFF;
      if (kind == END) {
        return;
      }
      if (kind == NO_OPERATION) {
        at++;
        continue;
      }
      int optionLength = at + 1 < end ? memory.get(at + 1) & 0xFF : 0;
      if (optionLength < 2 || optionLength > end - at) {
        malformed = true;
        return;
      }
      onOption(memory, at, kind, optionLength);
      at += optionLength;
    }
  }

  private void onOption(ByteBuffer memory, int offset, int kind, int optionLength) {
    switch (kind) {
      case MSS -> {
        if (optionLength == 4 && mss == 0) {
          mss = memory.getShort(offset + 2) & 0xFFFF;
        }
      }
      case WINDOW_SCALE -> {
        if (optionLength == 3 && windowScale < 0) {
          windowScale = Math.min(memory.get(offset + 2) & 0xFF, LARGEST_SHIFT);
        }
      }
      default -> {
        // RFC 9293 MUST-6: an option that we do not know is skipped by its length.
      }
    }
  }

  /** The maximum segment size announced; 0 if none was, or if 0 was. */
  public int mss() {
    return mss;
  }

  /** The shift count announced, at most 14; -1 if none was. */
  public int windowScale() {
    return windowScale;
  }

  /** Whether the list was broken. */
  public boolean malformed() {
    return malformed;
  }

  /** Writes an MSS option and returns its length. */
  public static int writeMss(ByteBuffer memory, int offset, int mss) {
    memory.putInt(offset, MSS << 24 | MSS_BYTES << 16 | mss);
    return MSS_BYTES;
  }

  /** Writes a NOP and a window scale option, and returns the length of both. */
  public static int writeWindowScale(ByteBuffer memory, int offset, int shift) {
    memory.putInt(offset, NO_OPERATION << 24 | WINDOW_SCALE << 16 | 3 << 8 | shift);
    return WINDOW_SCALE_BYTES;
  }
}
