// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import io.vireo.api.HotPath;

/** How to read an ef_event: 16 bytes, as two longs of which {@code first} begins with the type. */
public final class Event {
  /** A frame, or a part of one, was received. */
  public static final int RX = 0;

  /** A frame was sent, or several. */
  public static final int TX = 1;

  /** A frame was received and is not fit for use. */
  public static final int RX_DISCARD = 2;

  /** A frame could not be sent. */
  public static final int TX_ERROR = 3;

  /** A frame was cut off, for want of buffers. */
  public static final int RX_NO_DESC_TRUNC = 4;

  /** The event queue has overflown. */
  public static final int OFLOW = 6;

  /** Several frames were received. */
  public static final int RX_MULTI = 9;

  /** Several frames were received that are not fit for use. */
  public static final int RX_MULTI_DISCARD = 11;

  /** The adapter was reset. */
  public static final int RESET = 12;

  public static final int BYTES = 16;

  // Kinds of RX_DISCARD.
  public static final int CHECKSUM_BAD = 0;
  public static final int MULTICAST_MISMATCH = 1;
  public static final int CRC_BAD = 2;
  public static final int TRUNCATED = 3;
  public static final int RIGHTS = 4;
  public static final int ERROR = 5;
  public static final int OTHER = 6;
  public static final int INNER_CHECKSUM_BAD = 7;
  public static final int DISCARD_KINDS = 8;

  private static final int START_OF_PACKET = 1;
  private static final int CONTINUES = 2;
  private static final String[] SEND_ERRORS = {
    "RIGHTS: the queue may not send this",
    "OFLOW: the queue was overrun",
    "2BIG: a frame was too large",
    "BUS: memory could not be read"
  };

  private Event() {}

  @HotPath
  public static int type(long first) {
    return (int) first & 0xFFFF;
  }

  /** RX, RX_DISCARD: the id of the buffer. */
  @HotPath
  public static int id(long first) {
    return (int) (first >>> 32);
  }

  /** RX, RX_DISCARD: bytes since the beginning of the frame, the prefix included. */
  @HotPath
  public static int length(long second) {
    return (int) second & 0xFFFF;
  }

  /** RX: the frame begins with this buffer. */
  @HotPath
  public static boolean startsFrame(long second) {
    return (second >>> 16 & START_OF_PACKET) != 0;
  }

  /** RX: the frame goes on in the next buffer. */
  @HotPath
  public static boolean continues(long second) {
    return (second >>> 16 & CONTINUES) != 0;
  }

  /** RX_MULTI: each of the buffers holds a frame, a whole one. */
  public static boolean areWhole(long first) {
    return (int) (first >>> 48 & (START_OF_PACKET | CONTINUES)) == START_OF_PACKET;
  }

  /** RX_DISCARD: why, 0 to 7. */
  public static int discardKind(long second) {
    return kind((int) (second >>> 32) & 0xFFFF);
  }

  /** RX_MULTI_DISCARD: the same. */
  public static int multiDiscardKind(long second) {
    return kind((int) second & 0xFFFF);
  }

  private static int kind(int reason) {
    return reason < DISCARD_KINDS ? reason : OTHER;
  }

  /** TX_ERROR: why, in words. It stands in the second half since Onload 9.1, in the first before; what stands in the other means nothing. */
  public static String sendError(long first, long second) {
    int since91 = (int) second & 0xFFFF;
    int before = (int) (first >>> 48);
    boolean known = since91 < SEND_ERRORS.length && (since91 > 0 || before >= SEND_ERRORS.length);
    int error = known ? since91 : before;
    return error < SEND_ERRORS.length ? SEND_ERRORS[error] : "error " + error;
  }
}
