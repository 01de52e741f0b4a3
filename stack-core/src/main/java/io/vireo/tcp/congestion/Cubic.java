// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;

/**
 * CUBIC (RFC 9438), in bytes, with HyStart++ in its first slow start.
 *
 * <pre>
 *   cwnd                                   .        W_cubic(t) = C (t - K)^3 + W_max
 *   W_max  ─ ─ ─ ─ ─ ─ ─ . - ─ ─ ─ ─ ─ ─ '
 *                  . '   │                 K = cbrt((W_max - cwnd_epoch) / C): when W_max is reached again
 *               .'       │
 *   cwnd_epoch ·─────────┴──────────────── t
 *              0         K
 * </pre>
 *
 * <p>Its arithmetic is the same on every JVM, bit by bit: sums, products and quotients of doubles, and StrictMath's cube root.
 * Times within an epoch are microseconds: an int of them is longer than the curve takes to the largest window.
 */
public final class Cubic extends LossBased {
  private static final double C = 0.4;

  /** α_cubic of §4.3: 3 (1 - β) / (1 + β), with β = 0.7. */
  private static final double ALPHA = 9.0 / 17;

  private static final int NO_EPOCH = -1;
  private static final int LONGEST_EPOCH_US = 1 << 30;
  private static final int CURVE_MEMO_BYTES = 9 * Integer.BYTES + 2 * Long.BYTES;

  private final HyStart hyStart = new HyStart();

  /** W_max; 0: undefined. */
  private int wMax;

  /** cwnd before the last reduction; 0: there was none. */
  private int cwndPrior;

  /** K. */
  private int kUs;

  /** t: the time since the epoch began in which the window was used; {@link #NO_EPOCH} outside congestion avoidance. */
  private int elapsedUs = NO_EPOCH;

  /** Up to when {@link #elapsedUs} counts. */
  private long elapsedUntilNs;

  /** W_est. */
  private double wEst;

  /** What cwnd has grown by beyond whole bytes. */
  private float fraction;

  // What the last reduction changed (§4.9).
  private int undoWMax;
  private int undoCwndPrior;
  private int undoKUs;
  private int undoElapsedUs;
  private int undoWEst;

  /** For {@code idleRestart} see {@link CongestionControl#of}. */
  public Cubic(boolean idleRestart) {
    super(idleRestart);
  }

  @Override
  public void onEstablished(int mss, int initialWindowBytes, long nowNs) {
    super.onEstablished(mss, initialWindowBytes, nowNs);
    wMax = 0;
    cwndPrior = 0;
    fraction = 0;
  }

  /** The first slow start has no curve yet, and nothing to undo; afterwards nobody asks HyStart++ before it is reset. */
  @Override
  public void keep(Memo memo) {
    super.keep(memo);
    memo.putInt(Float.floatToRawIntBits(fraction));
    if (inFirstSlowStart()) {
      hyStart.keep(memo);
      memo.skip(CURVE_MEMO_BYTES - HyStart.MEMO_BYTES);
    } else {
      keepCurve(memo);
    }
  }

  private void keepCurve(Memo memo) {
    memo.putInt(wMax);
    memo.putInt(cwndPrior);
    memo.putInt(kUs);
    memo.putInt(elapsedUs);
    memo.putLong(elapsedUntilNs);
    memo.putLong(Double.doubleToRawLongBits(wEst));
    memo.putInt(undoWMax);
    memo.putInt(undoCwndPrior);
    memo.putInt(undoKUs);
    memo.putInt(undoElapsedUs);
    memo.putInt(undoWEst);
  }

  @Override
  public void recall(Memo memo) {
    super.recall(memo);
    fraction = Float.intBitsToFloat(memo.getInt());
    if (inFirstSlowStart()) {
      wMax = 0;
      cwndPrior = 0;
      elapsedUs = NO_EPOCH;
      hyStart.recall(memo);
      memo.skip(CURVE_MEMO_BYTES - HyStart.MEMO_BYTES);
    } else {
      hyStart.reset();
      recallCurve(memo);
    }
  }

  private void recallCurve(Memo memo) {
    wMax = memo.getInt();
    cwndPrior = memo.getInt();
    kUs = memo.getInt();
    elapsedUs = memo.getInt();
    elapsedUntilNs = memo.getLong();
    wEst = Double.longBitsToDouble(memo.getLong());
    undoWMax = memo.getInt();
    undoCwndPrior = memo.getInt();
    undoKUs = memo.getInt();
    undoElapsedUs = memo.getInt();
    undoWEst = memo.getInt();
  }

  private boolean inFirstSlowStart() {
    return inSlowStart() && ssthresh == MAX_WINDOW_BYTES;
  }

  @Override
  public void onMss(int mss) {
    super.onMss(mss);
    // The curve counts in segments: a new one begins where the old one was left.
    elapsedUs = NO_EPOCH;
    undoElapsedUs = NO_EPOCH;
  }

  @HotPath
  @Override
  public void onAck(AckSample ack, long nowNs) {
    if (ack.recovering) {
      return;
    }
    validate(ack, nowNs);
    if (inSlowStart()) {
      onAckInSlowStart(ack, nowNs);
      return;
    }
    if (elapsedUs == NO_EPOCH) {
      beginEpoch(nowNs);
    }
    if (ack.windowLimited) {
      long us = (nowNs - elapsedUntilNs) / 1_000;
      elapsedUntilNs += us * 1_000;
      elapsedUs = (int) Math.min(elapsedUs + us, LONGEST_EPOCH_US);
      growInAvoidance(Math.min(ack.ackedBytes, cwnd), ack.srttNs / 1_000);
    } else {
      elapsedUntilNs = nowNs; // §5.8: time in which the window was not used does not count
    }
  }

  private void onAckInSlowStart(AckSample ack, long nowNs) {
    // RFC 9406 §4.3: in the first slow start only. The next ones know where to end.
    boolean first = ssthresh == MAX_WINDOW_BYTES;
    if (ack.windowLimited) {
      double bytes = slowStartBytes(ack.ackedBytes, HyStart.LIMIT_SEGMENTS);
      growBy(first ? hyStart.slowed(bytes) : bytes);
    }
    if (first) {
      hyStart.onAck(ack, nowNs);
      if (hyStart.finished()) {
        ssthresh = Math.max(cwnd, 2 * mss);
      }
    }
  }

  /** A stage of congestion avoidance begins. */
  private void beginEpoch(long nowNs) {
    elapsedUs = 0;
    elapsedUntilNs = nowNs;
    wEst = cwnd;
    if (afterTimeout || wMax <= cwnd) {
      wMax = cwnd; // §4.8, §4.10
      kUs = 0;
    } else {
      kUs = (int) (1e6 * StrictMath.cbrt((wMax - cwnd) / (C * mss)));
    }
    afterTimeout = false;
  }

  private void growInAvoidance(int ackedBytes, long srttUs) {
    // §4.3: W_est grows like Reno's window; once it has recovered what was reduced, as fast.
    double alpha = wEst >= cwndPrior ? 1 : ALPHA;
    wEst = Math.min(wEst + alpha * mss * ackedBytes / cwnd, MAX_WINDOW_BYTES);
    if (wCubic(elapsedUs) < wEst) {
      // Never down: cwnd may have followed the curve's next round trip beyond W_est.
      cwnd = Math.max(cwnd, (int) wEst);
      return;
    }
    // §4.2, §4.4, §4.5.
    double target = Math.min(wCubic(elapsedUs + srttUs), 1.5 * cwnd);
    growBy(Math.max(target - cwnd, 0) * ackedBytes / cwnd);
  }

  /** W_cubic (1). */
  private double wCubic(long us) {
    double seconds = (us - kUs) / 1e6;
    return C * mss * seconds * seconds * seconds + wMax;
  }

  private void growBy(double bytes) {
    double sum = fraction + bytes;
    int whole = (int) sum;
    fraction = (float) (sum - whole);
    grow(whole);
  }

  /** §4.6: times β. */
  @Override
  int decreased(int bytes) {
    return (int) (bytes * 7L / 10);
  }

  @Override
  void onReduction() {
    undoWMax = wMax;
    undoCwndPrior = cwndPrior;
    undoKUs = kUs;
    undoElapsedUs = elapsedUs;
    undoWEst = (int) wEst;
    // §4.7, fast convergence: who lost before he was back leaves room to others, cwnd (1 + β) / 2.
    wMax = cwnd < wMax ? (int) (cwnd * 17L / 20) : cwnd;
    cwndPrior = cwnd;
  }

  @Override
  void undoReduction(long nowNs) {
    wMax = undoWMax;
    cwndPrior = undoCwndPrior;
    kUs = undoKUs;
    elapsedUs = undoElapsedUs;
    wEst = undoWEst;
    elapsedUntilNs = nowNs;
    hyStart.reset();
  }

  @Override
  void onWindowCut() {
    elapsedUs = NO_EPOCH;
    hyStart.reset();
  }

  @Override
  public void onIdle(long idleNs, long rtoNs, long nowNs) {
    super.onIdle(idleNs, rtoNs, nowNs);
    elapsedUntilNs = nowNs;
  }
}
