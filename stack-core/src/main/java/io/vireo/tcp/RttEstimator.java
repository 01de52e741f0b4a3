// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;
import io.vireo.wire.SequenceNumber;

/**
 * SRTT, RTTVAR, RTO and its back-off (RFC 6298), and the shortest round trip. Nothing that was sent twice is a sample (Karn).
 */
final class RttEstimator {
  static final long INITIAL_RTO_NS = 1_000_000_000L;
  static final long MAX_RTO_NS = 60_000_000_000L;

  /** RFC 6298 (5.7): for data, if the SYN was retransmitted and nothing better is known. */
  private static final long AFTER_LOST_SYN_RTO_NS = 3_000_000_000L;

  /** RFC 6298's G: the wheel rounds a deadline up by at most this much. */
  private static final long GRANULARITY_NS = 1_000_000L;

  /** How long the shortest round trip counts: paths change. */
  private static final long SHORTEST_PERIOD_NS = 300_000_000_000L;

  private long minRtoNs;
  private long smoothedNs;
  private long variationNs;
  private long rtoNs;
  private boolean backedOff;
  private boolean timing;
  private int timedEndSeq;
  private long timedAtNs;

  /** Samples of data up to here are of a round trip that has been sampled. */
  private int sampledEndSeq;

  /** The shortest round trip since {@link #periodNs} began, and in the period before; 0: none. */
  private long shortestNs;

  private long shortestBeforeNs;
  private long periodNs;

  void reset(long minRtoNs) {
    this.minRtoNs = minRtoNs;
    smoothedNs = 0;
    variationNs = 0;
    rtoNs = INITIAL_RTO_NS;
    timing = false;
    backedOff = false;
    shortestNs = 0;
    shortestBeforeNs = 0;
  }

  boolean isAtRest() {
    return !timing && !backedOff;
  }

  void keep(Memo memo) {
    memo.putLong(smoothedNs);
    memo.putLong(variationNs);
    memo.putLong(rtoNs);
    memo.putInt(sampledEndSeq);
    memo.putLong(shortestNs);
    memo.putLong(shortestBeforeNs);
    memo.putLong(periodNs);
  }

  void recall(long minRtoNs, Memo memo) {
    reset(minRtoNs);
    smoothedNs = memo.getLong();
    variationNs = memo.getLong();
    rtoNs = memo.getLong();
    sampledEndSeq = memo.getInt();
    shortestNs = memo.getLong();
    shortestBeforeNs = memo.getLong();
    periodNs = memo.getLong();
  }

  /** New bytes up to {@code endSeq} left; times them unless others are being timed. */
  @HotPath
  void onSent(int endSeq, long nowNs) {
    if (!timing) {
      timing = true;
      timedEndSeq = endSeq;
      timedAtNs = nowNs;
    }
  }

  /** Karn: what is sent again can no longer be timed (RFC 6298 (3)). */
  void onRetransmission() {
    timing = false;
  }

  /** Everything before {@code ack} is acknowledged. */
  @HotPath
  void onAck(int ack, long nowNs) {
    if (timing && SequenceNumber.greaterOrEqual(ack, timedEndSeq)) {
      timing = false;
      long rttNs = Math.max(nowNs - timedAtNs, 1);
      sample(rttNs);
      noteShortest(rttNs, nowNs);
    }
  }

  /** RFC 6298 (2.2) to (2.4). A clock that stood still makes a sample of 1 ns, one that leapt is cut to the longest RTO. */
  void sample(long rttNs) {
    long rtt = Math.min(rttNs, MAX_RTO_NS);
    if (smoothedNs == 0) {
      smoothedNs = rtt;
      variationNs = rtt / 2;
    } else {
      variationNs += (Math.abs(smoothedNs - rtt) - variationNs) / 4;
      smoothedNs = Math.max(smoothedNs + (rtt - smoothedNs) / 8, 1);
    }
    rtoNs = clamp(smoothedNs + Math.max(GRANULARITY_NS, 4 * variationNs));
    backedOff = false;
  }

  /** Data may be sent from {@code sndNxt} on. */
  void onEstablished(int sndNxt) {
    sampledEndSeq = sndNxt;
  }

  /**
   * A segment up to {@code endSeq}, sent once, arrived after {@code rttNs}; others with it after no less than {@code shortestNs}. One sample for each
   * round trip goes into SRTT, so that RFC 6298's weights mean what they say.
   */
  @HotPath
  void onArrived(int endSeq, long rttNs, long shortestNs, int sndNxt, long nowNs) {
    if (SequenceNumber.greaterThan(endSeq, sampledEndSeq)) {
      sampledEndSeq = sndNxt;
      sample(rttNs);
    }
    noteShortest(Math.max(shortestNs, 1), nowNs);
  }

  @HotPath
  private void noteShortest(long ns, long nowNs) {
    if (shortestNs == 0) {
      shortestNs = ns;
      periodNs = nowNs;
    } else if (nowNs - periodNs > SHORTEST_PERIOD_NS) {
      boolean next = nowNs - periodNs <= 2 * SHORTEST_PERIOD_NS;
      shortestBeforeNs = next ? shortestNs : 0;
      shortestNs = ns;
      periodNs = next ? periodNs + SHORTEST_PERIOD_NS : nowNs;
    } else {
      shortestNs = Math.min(shortestNs, ns);
    }
  }

  /** The shortest round trip of the last five to ten minutes; 0: none was measured. */
  @HotPath
  long minimumNs() {
    return shortestBeforeNs == 0 ? shortestNs : Math.min(shortestNs, shortestBeforeNs);
  }

  long variationNs() {
    return variationNs;
  }

  /** RFC 6298 (5.5): the timer expired; it stays backed off until the next sample. */
  void onTimeout() {
    timing = false;
    backedOff = true;
    rtoNs = Math.min(2 * rtoNs, MAX_RTO_NS);
  }

  /** Whether the RTO was doubled, and no sample taken since. */
  boolean isBackedOff() {
    return backedOff;
  }

  /** The handshake ended. {@code retransmitted}: its SYN had to be sent again, so there is no sample (RFC 6298 (5.7)). */
  void onHandshakeDone(boolean retransmitted) {
    if (retransmitted && smoothedNs == 0) {
      rtoNs = AFTER_LOST_SYN_RTO_NS;
    }
  }

  long retransmitTimeoutNs() {
    return rtoNs;
  }

  long smoothedNs() {
    return smoothedNs;
  }

  private long clamp(long ns) {
    return Math.max(minRtoNs, Math.min(ns, MAX_RTO_NS));
  }
}
