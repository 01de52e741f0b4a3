// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.wire.SequenceNumber;

/**
 * Finds losses by duplicate ACKs and leads through fast recovery: fast retransmit by RFC 5681 §3.2, partial ACKs by RFC 6582,
 * limited transmit by RFC 3042. Holds no bytes and sends nothing: it answers what is to be sent again.
 */
final class LossRecovery {
  private static final int DUPLICATE_THRESHOLD = 3;

  private final CongestionControl congestion;
  private int duplicateAcks;

  /** The end of all that had been sent at the first duplicate ACK: without what limited transmit sent since. */
  private int firstDuplicateSeq;

  private boolean recovering;

  /** RFC 6582's "recover": what had been sent when recovery began, or when the timer expired last. */
  private int recoverSeq;

  private boolean retransmitDue;

  LossRecovery(CongestionControl congestion) {
    this.congestion = congestion;
  }

  void reset(int iss) {
    duplicateAcks = 0;
    recovering = false;
    recoverSeq = iss;
    retransmitDue = false;
  }

  /** A duplicate ACK for {@code sndUna}, with {@code sndMax} the end of all that was sent. True if it shows a loss. */
  boolean onDuplicateAck(int sndUna, int sndMax, long nowNs) {
    if (recovering) {
      congestion.onDuplicateAck();
      return false;
    }
    duplicateAcks++;
    if (duplicateAcks == 1) {
      firstDuplicateSeq = sndMax;
    }
    // RFC 6582 §3.2 step 1: duplicates of what was sent again after a timeout show no new loss.
    if (duplicateAcks != DUPLICATE_THRESHOLD || !SequenceNumber.greaterThan(sndUna, recoverSeq)) {
      return false;
    }
    recovering = true;
    recoverSeq = sndMax;
    retransmitDue = true;
    // RFC 5681 §3.2 (2): limited transmit must not raise the flight that is halved.
    congestion.onLossDetected(firstDuplicateSeq - sndUna, nowNs);
    return true;
  }

  /** {@code acked} new bytes up to {@code sndUna} are acknowledged; {@code flight} had been under way before. */
  void onAck(int acked, int sndUna, int flight, long nowNs) {
    duplicateAcks = 0;
    if (!recovering) {
      congestion.onAck(acked, flight, nowNs);
      if (SequenceNumber.greaterThan(sndUna, recoverSeq)) {
        // Left behind for 2 GiB, it would seem to lie ahead.
        recoverSeq = sndUna - 1;
      }
    } else if (SequenceNumber.greaterOrEqual(sndUna, recoverSeq)) {
      recovering = false;
      retransmitDue = false;
      congestion.onRecovered(flight - acked);
    } else {
      retransmitDue = true;
      congestion.onPartialAck(acked);
    }
  }

  /** Everything unacknowledged is to be sent again. */
  void onGoBack(int sndMax) {
    duplicateAcks = 0;
    recovering = false;
    retransmitDue = false;
    recoverSeq = sndMax;
  }

  /** The same, though the path was too narrow and not congested: a recovery that was under way ends, and with it what it added to the window. */
  void onCutAnew(int sndMax, int flight) {
    if (recovering) {
      congestion.onRecovered(flight);
    }
    onGoBack(sndMax);
  }

  /** Whether the segment at SND.UNA is to be sent again now. */
  boolean retransmitDue() {
    return retransmitDue;
  }

  void onRetransmitted() {
    retransmitDue = false;
  }

  /** Segments of new data allowed beyond cwnd: one for each of the first two duplicate ACKs (RFC 3042). */
  int extraSegments() {
    return recovering ? 0 : Math.min(duplicateAcks, DUPLICATE_THRESHOLD - 1);
  }

  boolean recovering() {
    return recovering;
  }
}
