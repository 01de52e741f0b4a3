// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.wire.SequenceNumber;

/**
 * Whether what was sent again since a loss was found, or the timer expired, was sent in vain: because an ACK answers a segment that was sent before
 * (Eifel, RFC 3522), or because D-SACKs tell that everything sent again had arrived already (RFC 3708). Then the reduction of the congestion window is
 * undone.
 */
final class SpuriousLoss {
  private boolean open;

  /** SND.UNA when it began: D-SACKs of before mean something else. */
  private int startUna;

  /** Bytes sent again of which no D-SACK told yet. */
  private int resentBytes;

  private boolean anyResent;

  /** When the first segment was sent again, by the clock of timestamps. */
  private int firstTsVal;

  private boolean stamped;

  void reset() {
    open = false;
  }

  /** A loss was found, or the timer expired, for the first time since all was well. */
  void begin(int sndUna) {
    open = true;
    startUna = sndUna;
    resentBytes = 0;
    anyResent = false;
    stamped = false;
  }

  /** A segment of {@code bytes} was sent again, with {@code tsVal} if the connection uses timestamps. */
  void onSentAgain(int bytes, boolean stamps, int tsVal) {
    if (!anyResent) {
      anyResent = true;
      stamped = stamps;
      firstTsVal = tsVal;
    }
    resentBytes += bytes;
  }

  /** A D-SACK told of [startSeq, endSeq). */
  void onDuplicateReported(int startSeq, int endSeq) {
    if (SequenceNumber.greaterThan(endSeq, startUna)) {
      resentBytes -= endSeq - startSeq;
    }
  }

  /**
   * Whether it is proven: by an ACK that advances SND.UNA and echoes {@code tsEcr}, if {@code echoes}, or by the D-SACKs so far. Nothing is, before
   * something was sent again.
   */
  boolean isProven(boolean echoes, int tsEcr) {
    if (!open || !anyResent) {
      return false;
    }
    return resentBytes <= 0 || (echoes && stamped && tsEcr - firstTsVal < 0);
  }
}
