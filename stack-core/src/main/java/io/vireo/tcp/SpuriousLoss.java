// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.wire.SequenceNumber;

/**
 * Whether what was sent again since a loss was found, or the timer expired, was sent in vain: because what was taken for lost arrived after all, as
 * its ACK's timestamp shows (Eifel, RFC 3522), or because D-SACKs tell that everything sent again had arrived already (RFC 3708). Then the reduction of
 * the congestion window is undone.
 */
final class SpuriousLoss {
  private boolean open;

  /** SND.UNA when it began: D-SACKs of before mean something else. */
  private int startUna;

  /** Bytes sent again of which no D-SACK told yet. */
  private int resentBytes;

  private boolean anyResent;

  void reset() {
    open = false;
  }

  /** A loss was found, or the timer expired, for the first time since all was well. */
  void begin(int sndUna) {
    open = true;
    startUna = sndUna;
    resentBytes = 0;
    anyResent = false;
  }

  /** A segment of {@code bytes} was sent again. */
  void onSentAgain(int bytes) {
    anyResent = true;
    resentBytes += bytes;
  }

  /** A D-SACK told of [startSeq, endSeq). */
  void onDuplicateReported(int startSeq, int endSeq) {
    if (SequenceNumber.greaterThan(endSeq, startUna)) {
      resentBytes -= endSeq - startSeq;
    }
  }

  /** Whether it is proven; {@code originalArrived}: by the ACK of the oldest segment. Nothing is, before something was sent again. */
  boolean isProven(boolean originalArrived) {
    return open && anyResent && (originalArrived || resentBytes <= 0);
  }
}
