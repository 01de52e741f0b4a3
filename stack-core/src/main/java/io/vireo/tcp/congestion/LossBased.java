// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;

/**
 * What algorithms that take a loss for congestion have in common: cwnd and ssthresh, their reduction and its undoing, and what
 * becomes of a window that is not used. How the window grows, and by how much it is reduced, is the algorithm's.
 */
abstract class LossBased implements CongestionControl {
  /** Above every window that TCP can offer (RFC 7323: 2^30), so that sums of two, less one, fit an int. */
  static final int MAX_WINDOW_BYTES = 1 << 30;

  /** RFC 7661 §4.4: how long a window is kept of which less than half is used. */
  static final long NON_VALIDATED_PERIOD_NS = 300_000_000_000L;

  /**
   * RFC 3465's L, in segments, of a slow start that follows a timeout: an ACK may tell of segments received long ago. Deviation: its §2.3 asks for 1
   * there; 2 does not fall behind a peer that acknowledges every other segment.
   */
  private static final int AFTER_TIMEOUT_SEGMENTS = 2;

  int mss;
  int cwnd;
  int ssthresh;
  private int initialWindow;

  /** cwnd and ssthresh before the last reduction; 0: there is none to undo. */
  private int undoCwnd;

  private int undoSsthresh;

  /** The last reduction was that of a fast recovery, for something lost; what can be undone is the timeout that ended it. */
  private boolean reductionStays;

  /** When half of cwnd or more was last seen to be used. */
  private long validatedNs;

  private final boolean idleRestart;
  private boolean fastRecovery;

  /** The last reduction came by a timeout, and no congestion avoidance since. */
  boolean afterTimeout;

  LossBased(boolean idleRestart) {
    this.idleRestart = idleRestart;
  }

  /** {@code bytes} times the factor of multiplicative decrease. */
  abstract int decreased(int bytes);

  /** Before a reduction: what the algorithm remembers of cwnd, and what {@link #undoReduction} will need. */
  abstract void onReduction();

  /** After cwnd and ssthresh are what they were before {@link #onReduction}. */
  abstract void undoReduction(long nowNs);

  /** cwnd has become smaller: what counts towards its next increase is void. */
  abstract void onWindowCut();

  @Override
  public void onEstablished(int mss, int initialWindowBytes, long nowNs) {
    this.mss = mss;
    initialWindow = initialWindowBytes;
    cwnd = initialWindowBytes;
    ssthresh = MAX_WINDOW_BYTES;
    undoCwnd = 0;
    validatedNs = nowNs;
    fastRecovery = false;
    afterTimeout = false;
    onWindowCut();
  }

  @Override
  public void onMss(int mss) {
    this.mss = mss;
    // A path that carries more: no window, now or later, is less than a segment.
    cwnd = Math.max(cwnd, mss);
    initialWindow = Math.max(initialWindow, mss);
    ssthresh = Math.max(ssthresh, 2 * mss);
  }

  @Override
  public void onLossDetected(int flight, long nowNs) {
    reduceThreshold(flight);
    cwnd = ssthresh;
    fastRecovery = true;
    afterTimeout = false;
    onWindowCut();
  }

  @Override
  public void onRecovered(long nowNs) {
    if (fastRecovery) {
      fastRecovery = false;
      cwnd = ssthresh;
    }
  }

  @Override
  public void onRetransmitTimeout(int flight, int stillInFlight, boolean repeated, long nowNs) {
    // RFC 5681 §3.1: ssthresh stays when the same segment is lost again. A timeout in fast recovery
    // ends what was answered.
    if (!repeated && !fastRecovery) {
      reduceThreshold(flight);
    } else if (fastRecovery) {
      undoCwnd = ssthresh;
      undoSsthresh = ssthresh;
      reductionStays = true;
    }
    fastRecovery = false;
    afterTimeout = true;
    cwnd = Math.min(stillInFlight + mss, MAX_WINDOW_BYTES);
    onWindowCut();
  }

  /** RFC 5681 (4), RFC 9438 §4.6; what limited transmit sent beyond cwnd does not count. */
  private void reduceThreshold(int flight) {
    undoCwnd = cwnd;
    undoSsthresh = ssthresh;
    reductionStays = false;
    onReduction();
    ssthresh = Math.max(decreased(Math.min(cwnd, flight)), 2 * mss);
  }

  @Override
  public void onSpuriousLoss(long nowNs) {
    if (undoCwnd == 0) {
      return;
    }
    cwnd = Math.max(cwnd, undoCwnd);
    ssthresh = Math.max(undoSsthresh, 2 * mss);
    undoCwnd = 0;
    fastRecovery = false;
    afterTimeout = false;
    if (!reductionStays) {
      undoReduction(nowNs);
    }
  }

  @Override
  public void onIdle(long idleNs, long rtoNs, long nowNs) {
    if (!idleRestart) {
      if (nowNs - validatedNs >= NON_VALIDATED_PERIOD_NS) {
        decay(initialWindow, nowNs);
      }
    } else if (idleNs > rtoNs && cwnd > initialWindow) {
      cwnd = initialWindow;
      onWindowCut();
    }
  }

  @Override
  public void keep(Memo memo) {
    memo.putInt(mss);
    memo.putInt(cwnd);
    memo.putInt(ssthresh);
    memo.putInt(initialWindow);
    memo.putInt(undoCwnd);
    memo.putInt(undoSsthresh);
    memo.putLong(validatedNs);
    memo.putFlags(reductionStays, fastRecovery, afterTimeout);
  }

  @Override
  public void recall(Memo memo) {
    mss = memo.getInt();
    cwnd = memo.getInt();
    ssthresh = memo.getInt();
    initialWindow = memo.getInt();
    undoCwnd = memo.getInt();
    undoSsthresh = memo.getInt();
    validatedNs = memo.getLong();
    int flags = memo.getByte();
    reductionStays = (flags & 1) != 0;
    fastRecovery = (flags & 2) != 0;
    afterTimeout = (flags & 4) != 0;
  }

  /** To be told of every ACK outside fast recovery: keeps the window of a connection that sends little for a while, not for ever. */
  @HotPath
  final void validate(AckSample ack, long nowNs) {
    if (ack.windowLimited || ack.priorFlight >= cwnd >>> 1) {
      validatedNs = nowNs;
    } else if (!idleRestart && nowNs - validatedNs >= NON_VALIDATED_PERIOD_NS) {
      decay(Math.max(ack.priorFlight, initialWindow), nowNs);
    }
  }

  /** RFC 7661 §4.4.3, once for each period that has passed; down to {@code floor} at most. */
  private void decay(int floor, long nowNs) {
    while (cwnd > floor && nowNs - validatedNs >= NON_VALIDATED_PERIOD_NS) {
      ssthresh = Math.max(ssthresh, cwnd - (cwnd >>> 2));
      cwnd = Math.max(cwnd >>> 1, floor);
      validatedNs += NON_VALIDATED_PERIOD_NS;
      onWindowCut();
    }
  }

  /** What an ACK adds in slow start, at most {@code limitSegments}, RFC 3465's L. */
  @HotPath
  final int slowStartBytes(int ackedBytes, int limitSegments) {
    return Math.min(ackedBytes, (afterTimeout ? AFTER_TIMEOUT_SEGMENTS : limitSegments) * mss);
  }

  @HotPath
  final void grow(int bytes) {
    cwnd = Math.min(cwnd + bytes, MAX_WINDOW_BYTES);
  }

  @Override
  public final int windowBytes() {
    return cwnd;
  }

  @Override
  public final int slowStartThresholdBytes() {
    return ssthresh;
  }

  @Override
  public final boolean inSlowStart() {
    return cwnd < ssthresh;
  }
}
