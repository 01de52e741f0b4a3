// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;

/**
 * HyStart++ (RFC 9406): ends the first slow start when round trips grow longer, before a queue overflows. First by a
 * conservative slow start (CSS) of five rounds, which is taken back if they fall again.
 *
 * <p>The first HyStart's other sign is heeded too, a long train of ACKs (docs/decisions/0012): from it on slow start is as
 * conservative, until a whole round has round trips that are longer than the least one, or five rounds have none. It looks and answers; the window is its
 * owner's.
 */
final class HyStart {
  /** L: what one ACK adds, in segments. Without pacing; with it the RFC knows no limit. */
  static final int LIMIT_SEGMENTS = 8;

  /** What {@link #keep} writes. */
  static final int MEMO_BYTES = 4 * Integer.BYTES + 2 * Long.BYTES + 4;

  // RFC 9406 §4.3.
  private static final int MIN_RTT_THRESH_US = 4_000;
  private static final int MAX_RTT_THRESH_US = 16_000;
  private static final int MIN_RTT_DIVISOR = 8;
  private static final int N_RTT_SAMPLE = 8;
  private static final int CSS_GROWTH_DIVISOR = 4;
  private static final int CSS_ROUNDS = 5;

  // Ha and Rhee, "Taming the elephants" (2011): more than half of a round trip without a gap. The
  // first ACK after a gap begins a train.
  private static final int TRAIN_DIVISOR = 2;
  private static final int TRAIN_GAP_DIVISOR = 8;

  private static final int INFINITE_US = Integer.MAX_VALUE;
  private static final int LONGEST_US = 1 << 30;

  /** The round ends when this, SND.NXT when it began, is acknowledged. */
  private int windowEnd;

  private int lastRoundMinUs;
  private int currentRoundMinUs;

  /** The round trip time with which CSS began; infinite outside it. */
  private int cssBaselineMinUs;

  /** When the train began that the last ACK belongs to. */
  private long trainStartNs;

  private long lastAckNs;

  /** Up to {@link #N_RTT_SAMPLE}. */
  private byte rttSampleCount;

  /** Rounds of CSS that are over. */
  private byte cssRounds;

  private boolean inRound;
  private boolean trainSeen;

  /** There was a train, and all round trips of this round are long so far, eight at least. */
  private boolean full;

  private boolean finished;

  /** Slow start begins, if one follows. */
  void reset() {
    inRound = false;
    currentRoundMinUs = INFINITE_US;
    cssBaselineMinUs = INFINITE_US;
    cssRounds = 0;
    trainSeen = false;
    full = false;
    finished = false;
  }

  /** {@link #MEMO_BYTES}. */
  void keep(Memo memo) {
    memo.putInt(windowEnd);
    memo.putInt(lastRoundMinUs);
    memo.putInt(currentRoundMinUs);
    memo.putInt(cssBaselineMinUs);
    memo.putLong(trainStartNs);
    memo.putLong(lastAckNs);
    memo.putByte(rttSampleCount);
    memo.putByte(cssRounds);
    memo.putFlags(inRound, trainSeen, full);
    memo.putFlags(finished, false, false);
  }

  void recall(Memo memo) {
    windowEnd = memo.getInt();
    lastRoundMinUs = memo.getInt();
    currentRoundMinUs = memo.getInt();
    cssBaselineMinUs = memo.getInt();
    trainStartNs = memo.getLong();
    lastAckNs = memo.getLong();
    rttSampleCount = (byte) memo.getByte();
    cssRounds = (byte) memo.getByte();
    int flags = memo.getByte();
    inRound = (flags & 1) != 0;
    trainSeen = (flags & 2) != 0;
    full = (flags & 4) != 0;
    finished = (memo.getByte() & 1) != 0;
  }

  /** An ACK in slow start. Only one of a window in use measures: what others queued is no reason to stay small. */
  @HotPath
  void onAck(AckSample ack, long nowNs) {
    if (!inRound) {
      inRound = true;
      beginRound(ack.sndNxt);
      trainStartNs = nowNs;
      lastAckNs = nowNs;
    }
    if (ack.rttNs > 0 && ack.windowLimited) {
      onSample((int) Math.min(ack.rttNs / 1_000, LONGEST_US), ack.minRttNs);
    }
    followTrain(ack, nowNs);
    if (ack.sndUna - windowEnd >= 0) {
      // Of a round that measured nothing CSS learns nothing.
      if ((inCss() || trainSeen) && rttSampleCount > 0) {
        cssRounds++;
      }
      endRound();
      beginRound(ack.sndNxt);
    }
  }

  /**
   * ACKs that come one after the other for half of a round trip: the path is half full, and what their round lets out fills
   * it. The least round trip of a round tells that a round later, and the window would double once more.
   */
  private void followTrain(AckSample ack, long nowNs) {
    long gapNs = nowNs - lastAckNs;
    lastAckNs = nowNs;
    if (!ack.windowLimited || gapNs > ack.minRttNs / TRAIN_GAP_DIVISOR) {
      trainStartNs = nowNs;
    } else if (nowNs - trainStartNs > ack.minRttNs / TRAIN_DIVISOR) {
      seeTrain();
    }
  }

  private void seeTrain() {
    if (!trainSeen) {
      trainSeen = true;
      cssRounds = 0;
      cssBaselineMinUs = INFINITE_US;
    }
  }

  private void endRound() {
    if (!trainSeen) {
      finished = cssRounds == CSS_ROUNDS;
    } else if (full) {
      finished = true;
    } else if (cssRounds == CSS_ROUNDS) {
      // The window is three times what it was, and nothing queues: whoever made the train, it was
      // not the path.
      trainSeen = false;
      cssRounds = 0;
    }
  }

  private void beginRound(int sndNxt) {
    windowEnd = sndNxt;
    lastRoundMinUs = currentRoundMinUs;
    currentRoundMinUs = INFINITE_US;
    rttSampleCount = 0;
    full = false;
  }

  private void onSample(int rttUs, long minRttNs) {
    currentRoundMinUs = Math.min(currentRoundMinUs, rttUs);
    if (rttSampleCount < N_RTT_SAMPLE - 1) {
      rttSampleCount++;
      return;
    }
    rttSampleCount = N_RTT_SAMPLE;
    if (trainSeen) {
      int leastUs = (int) Math.min(minRttNs / 1_000, LONGEST_US);
      full = currentRoundMinUs >= leastUs + threshold(leastUs);
    } else if (inCss()) {
      if (currentRoundMinUs < cssBaselineMinUs) {
        cssBaselineMinUs = INFINITE_US;
        cssRounds = 0;
      }
    } else if (lastRoundMinUs != INFINITE_US
        && currentRoundMinUs >= lastRoundMinUs + threshold(lastRoundMinUs)) {
      cssBaselineMinUs = currentRoundMinUs;
    }
  }

  private static int threshold(int rttUs) {
    return Math.max(MIN_RTT_THRESH_US, Math.min(rttUs / MIN_RTT_DIVISOR, MAX_RTT_THRESH_US));
  }

  private boolean inCss() {
    return cssBaselineMinUs != INFINITE_US;
  }

  /** How much is left now of what standard slow start would grow by. While a round is full nothing is: its end confirms it. */
  double slowed(double bytes) {
    if (full) {
      return 0;
    }
    return inCss() || trainSeen ? bytes / CSS_GROWTH_DIVISOR : bytes;
  }

  /** Congestion avoidance begins. */
  boolean finished() {
    return finished;
  }
}
