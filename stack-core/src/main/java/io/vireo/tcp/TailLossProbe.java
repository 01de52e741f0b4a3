// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;
import io.vireo.wire.SequenceNumber;

/**
 * Tail loss probe (RFC 8985 §7): where nothing that follows would show the loss of the last segments, one more is sent after two round trips,
 * rather than waiting for the retransmission timer; its ACK tells.
 */
final class TailLossProbe {
  /** {@link #onAck}: nothing to do. */
  static final int NOTHING = 0;

  /** The probe repaired a loss that nobody else saw: congestion control is to hear of it. */
  static final int REPAIRED = 1;

  /** RFC 8985 §7.2: with one segment under way, its ACK may be delayed by as much. */
  private static final long DELAYED_ACK_NS = 200_000_000L;

  private static final long WITHOUT_SAMPLE_NS = 1_000_000_000L;

  private boolean due;

  /** A probe is under way, whose ACK is {@link #endSeq} or beyond. */
  private boolean probing;

  private boolean sentAgain;
  private int endSeq;

  /** Of this connection. */
  private int sentCount;

  /** A connection begins. */
  void begin() {
    sentCount = 0;
    reset();
  }

  void reset() {
    due = false;
    probing = false;
  }

  /** None is under way. */
  void keep(Memo memo) {
    memo.putInt(sentCount);
  }

  void recall(Memo memo) {
    begin();
    sentCount = memo.getInt();
  }

  /** After how long a probe goes, if nothing is heard of what is under way. */
  @HotPath
  static long timeoutNs(RttEstimator rtt, boolean oneSegment) {
    long smoothedNs = rtt.smoothedNs();
    if (smoothedNs == 0) {
      return WITHOUT_SAMPLE_NS;
    }
    return 2 * smoothedNs + (oneSegment ? DELAYED_ACK_NS : 0);
  }

  /** The time has come. */
  void onTimeout() {
    due = true;
  }

  /** Whether a probe is to be sent. */
  @HotPath
  boolean isDue() {
    return due;
  }

  /** It cannot be, or need not. */
  void cancel() {
    due = false;
  }

  /** It left: a segment sent for the first time, or {@code sentAgain}; up to {@code endSeq} is under way now. */
  void onSent(int endSeq, boolean sentAgain) {
    sentCount++;
    due = false;
    probing = true;
    this.sentAgain = sentAgain;
    this.endSeq = endSeq;
  }

  /** How many left since the connection began. */
  int sentCount() {
    return sentCount;
  }

  /** Whether one is under way: there is one at a time. */
  @HotPath
  boolean isProbing() {
    return probing;
  }

  /** Whether none is under way, and none due. */
  @HotPath
  boolean isQuiet() {
    return !probing && !due;
  }

  /** RFC 8985 §7.4.2. {@code duplicateReported}: by a D-SACK. {@code duplicate}: a duplicate ACK without any SACK. */
  int onAck(int ack, boolean duplicateReported, boolean duplicate) {
    if (!probing || SequenceNumber.lessThan(ack, endSeq)) {
      return NOTHING;
    }
    if (!sentAgain || duplicateReported) {
      probing = false;
      return NOTHING;
    }
    if (SequenceNumber.greaterThan(ack, endSeq)) {
      probing = false;
      return REPAIRED;
    }
    probing = !duplicate;
    return NOTHING;
  }
}
