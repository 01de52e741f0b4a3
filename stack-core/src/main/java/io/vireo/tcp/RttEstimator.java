// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.wire.SequenceNumber;

/**
 * SRTT, RTTVAR, RTO and its back-off (RFC 6298). One segment is timed at a time, never one that was sent twice (Karn).
 */
final class RttEstimator {
  static final long INITIAL_RTO_NS = 1_000_000_000L;
  static final long MAX_RTO_NS = 60_000_000_000L;

  /** RFC 6298 (5.7): for data, if the SYN was retransmitted and nothing better is known. */
  private static final long AFTER_LOST_SYN_RTO_NS = 3_000_000_000L;

  /** RFC 6298's G: the wheel rounds a deadline up by at most this much. */
  private static final long GRANULARITY_NS = 1_000_000L;

  private long minRtoNs;
  private long smoothedNs;
  private long variationNs;
  private long rtoNs;
  private boolean timing;
  private int timedEndSeq;
  private long timedAtNs;

  void reset(long minRtoNs) {
    this.minRtoNs = minRtoNs;
    smoothedNs = 0;
    variationNs = 0;
    rtoNs = INITIAL_RTO_NS;
    timing = false;
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
      sample(Math.max(nowNs - timedAtNs, 1));
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
  }

  /** RFC 6298 (5.5): the timer expired; it stays backed off until the next sample. */
  void onTimeout() {
    timing = false;
    rtoNs = Math.min(2 * rtoNs, MAX_RTO_NS);
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
