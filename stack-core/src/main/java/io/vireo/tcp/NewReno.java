// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;

/** Slow start, congestion avoidance and fast recovery by RFC 5681 and RFC 6582, counted in bytes (RFC 3465). */
final class NewReno implements CongestionControl {
  /** Above every window that TCP can offer (RFC 7323: 2^30), so that sums of two fit an int. */
  private static final int MAX_WINDOW_BYTES = 1 << 30;

  private int mss;
  private int initialWindow;
  private int cwnd;
  private int ssthresh;
  private int ackedInAvoidance;

  /** By how much duplicate ACKs may still inflate cwnd: a liar's must not do so without bound (RFC 5681 §5). */
  private int inflationLeft;

  @Override
  public void onEstablished(int mss, boolean handshakeRetransmitted) {
    this.mss = mss;
    // RFC 6928 (1), or one segment after a lost SYN (RFC 5681 §3.1).
    initialWindow = handshakeRetransmitted ? mss : Math.min(10 * mss, Math.max(2 * mss, 14_600));
    cwnd = initialWindow;
    ssthresh = MAX_WINDOW_BYTES;
    ackedInAvoidance = 0;
  }

  @Override
  public void onMss(int mss) {
    this.mss = mss;
    // A path that carries more: no window, now or later, is less than a segment.
    cwnd = Math.max(cwnd, mss);
    initialWindow = Math.max(initialWindow, mss);
    ssthresh = Math.max(ssthresh, 2 * mss);
  }

  @HotPath
  @Override
  public void onAck(int acked, int flight, long nowNs) {
    if (cwnd < ssthresh) {
      // Growth only while at least half of the window was in use (RFC 7661 §4); at most two
      // segments per ACK (RFC 3465 §2.2).
      if (flight >= cwnd >>> 1) {
        grow(Math.min(acked, 2 * mss));
      }
      return;
    }
    if (flight + mss < cwnd) {
      return;
    }
    ackedInAvoidance += acked;
    if (ackedInAvoidance >= cwnd) {
      ackedInAvoidance -= cwnd;
      grow(mss);
    }
  }

  @Override
  public void onLossDetected(int flight, long nowNs) {
    halve(flight);
    cwnd = ssthresh + 3 * mss;
    inflationLeft = flight;
  }

  @Override
  public void onDuplicateAck() {
    if (inflationLeft >= mss) {
      inflationLeft -= mss;
      grow(mss);
    }
  }

  @Override
  public void onPartialAck(int acked) {
    // RFC 6582 §3.2 step 3: deflate by what was acknowledged, add back one segment if at least that
    // much was.
    cwnd = Math.max(cwnd - acked, mss);
    if (acked >= mss) {
      grow(mss);
    }
    inflationLeft = cwnd;
  }

  @Override
  public void onRecovered(int flight) {
    // RFC 6582 §3.2 step 3, option (1): no burst when little is left in flight.
    cwnd = Math.min(ssthresh, Math.max(flight, mss) + mss);
    ackedInAvoidance = 0;
  }

  @Override
  public void onRetransmitTimeout(int flight, boolean repeated, long nowNs) {
    if (!repeated) {
      halve(flight);
    }
    cwnd = mss;
    ackedInAvoidance = 0;
  }

  @Override
  public void onIdle() {
    cwnd = Math.min(cwnd, initialWindow);
  }

  @Override
  public int windowBytes() {
    return cwnd;
  }

  @Override
  public int slowStartThresholdBytes() {
    return ssthresh;
  }

  /** RFC 5681 (4). */
  private void halve(int flight) {
    ssthresh = Math.max(flight / 2, 2 * mss);
  }

  private void grow(int bytes) {
    cwnd = Math.min(cwnd + bytes, MAX_WINDOW_BYTES);
  }
}
