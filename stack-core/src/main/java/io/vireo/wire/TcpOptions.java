// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import io.vireo.api.HotPath;
import java.nio.ByteBuffer;

/**
 * The options of one TCP segment (RFC 9293 section 3.2, RFC 7323, RFC 2018), parsed into fields; the object is used again for
 * every segment. A known option counts only with its legal length, and only the first of its kind. Where the list
 * itself is broken (a length below 2 or past the end), parsing stops, and what was read before stays.
 */
public final class TcpOptions {
  /** Bytes that {@link #writeMss} writes. */
  public static final int MSS_BYTES = 4;

  /** Bytes that {@link #writeWindowScale} writes, with a NOP to stay aligned. */
  public static final int WINDOW_SCALE_BYTES = 4;

  /** Bytes that {@link #writeSackPermitted} writes, with two NOPs. */
  public static final int SACK_PERMITTED_BYTES = 4;

  /** Bytes that {@link #writeTimestamp} writes, with two NOPs. */
  public static final int TIMESTAMP_BYTES = 12;

  /** Bytes that {@link #writeSackHead} writes, with two NOPs, and those of each block behind it. */
  public static final int SACK_HEAD_BYTES = 4;

  public static final int SACK_BLOCK_BYTES = 8;

  /** The options of a SYN that has all: the timestamp takes SACK-permitted in place of its two NOPs. */
  public static final int MOST_SYN_BYTES = MSS_BYTES + TIMESTAMP_BYTES + WINDOW_SCALE_BYTES;

  private static final int END = 0;
  private static final int NO_OPERATION = 1;
  private static final int MSS = 2;
  private static final int WINDOW_SCALE = 3;
  private static final int SACK_PERMITTED = 4;
  private static final int SACK = 5;
  private static final int TIMESTAMP = 8;

  private static final int NOPS = NO_OPERATION << 24 | NO_OPERATION << 16;
  private static final int TIMESTAMP_HEAD = TIMESTAMP << 8 | 10;

  /** NOP, NOP, a timestamp: how RFC 7323 appendix A would have it on all segments but SYNs. */
  private static final int TIMESTAMP_ALONE = NOPS | TIMESTAMP_HEAD;

  /** RFC 7323 section 2.3: a larger shift count is taken for this one. */
  private static final int LARGEST_SHIFT = 14;

  private int mss;
  private int windowScale;
  private boolean sackPermitted;
  private boolean hasTimestamp;
  private int tsVal;
  private int tsEcr;
  private int sackBlocks;
  private int sackOffset;
  private boolean malformed;

  /** Reads length bytes of options at offset, and nothing beyond. */
  public void parse(ByteBuffer memory, int offset, int length) {
    mss = 0;
    windowScale = -1;
    sackPermitted = false;
    hasTimestamp = false;
    sackBlocks = 0;
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
      case SACK_PERMITTED -> sackPermitted |= optionLength == 2;
      case SACK -> onSack(offset, optionLength);
      case TIMESTAMP -> {
        if (optionLength == 10 && !hasTimestamp) {
          hasTimestamp = true;
          tsVal = memory.getInt(offset + 2);
          tsEcr = memory.getInt(offset + 6);
        }
      }
      default -> {
        // RFC 9293 MUST-6: an option that we do not know is skipped by its length.
      }
    }
  }

  private void onSack(int offset, int optionLength) {
    int blocks = optionLength / SACK_BLOCK_BYTES;
    if (sackBlocks == 0 && optionLength == 2 + blocks * SACK_BLOCK_BYTES) {
      sackBlocks = blocks;
      sackOffset = offset + 2;
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

  /** Whether selective acknowledgments may be sent to whoever sent this SYN (RFC 2018 section 2). */
  public boolean sackPermitted() {
    return sackPermitted;
  }

  /** Whether there was a timestamp (RFC 7323 section 3.2). */
  public boolean hasTimestamp() {
    return hasTimestamp;
  }

  /** The sender's clock, if there was a timestamp. */
  public int tsVal() {
    return tsVal;
  }

  /** What it echoes, if there was a timestamp. */
  public int tsEcr() {
    return tsEcr;
  }

  /** Blocks of selective acknowledgment, 0 to 4 (RFC 2018 section 3). */
  public int sackBlocks() {
    return sackBlocks;
  }

  /** Where the first block lies, if there is one: two sequence numbers each, the second behind the last byte. */
  public int sackOffset() {
    return sackOffset;
  }

  /** Whether the list was broken. */
  public boolean malformed() {
    return malformed;
  }

  /**
   * Whether these options are a timestamp between two NOPs and nothing else, as nearly all segments of a connection with timestamps have it. Its
   * values lie at 4 and 8 bytes behind the offset then.
   */
  @HotPath
  public static boolean isTimestampAlone(ByteBuffer memory, int offset, int length) {
    return length == TIMESTAMP_BYTES && memory.getInt(offset) == TIMESTAMP_ALONE;
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

  /** Writes two NOPs and a SACK-permitted option, and returns the length of all. */
  public static int writeSackPermitted(ByteBuffer memory, int offset) {
    memory.putInt(offset, NOPS | SACK_PERMITTED << 8 | 2);
    return SACK_PERMITTED_BYTES;
  }

  /** Writes a SACK-permitted option and a timestamp, and returns the length of both. */
  public static int writeSackPermittedAndTimestamp(
      ByteBuffer memory, int offset, int tsVal, int tsEcr) {
    writeTimestamp(memory, offset, tsVal, tsEcr);
    memory.putShort(offset, (short) (SACK_PERMITTED << 8 | 2));
    return TIMESTAMP_BYTES;
  }

  /** Writes two NOPs and a timestamp, and returns the length of all. */
  @HotPath
  public static int writeTimestamp(ByteBuffer memory, int offset, int tsVal, int tsEcr) {
    memory.putInt(offset, TIMESTAMP_ALONE);
    memory.putLong(offset + 4, (long) tsVal << 32 | (tsEcr & 0xFFFF_FFFFL));
    return TIMESTAMP_BYTES;
  }

  /** Writes two NOPs and the head of a SACK option of 1 to 4 blocks, and returns the length of all. */
  public static int writeSackHead(ByteBuffer memory, int offset, int blocks) {
    memory.putInt(offset, NOPS | SACK << 8 | (2 + blocks * SACK_BLOCK_BYTES));
    return SACK_HEAD_BYTES;
  }

  /** Writes a block behind the head, or behind the block before, and returns its length. {@code end} stands behind its last byte. */
  public static int writeSackBlock(ByteBuffer memory, int offset, int start, int end) {
    memory.putInt(offset, start);
    memory.putInt(offset + 4, end);
    return SACK_BLOCK_BYTES;
  }
}
