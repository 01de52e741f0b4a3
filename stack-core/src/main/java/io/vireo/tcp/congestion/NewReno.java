// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;

/** Slow start and congestion avoidance by RFC 5681, counted in bytes (RFC 3465). */
public final class NewReno extends LossBased {
  /** RFC 3465 §2.2: L. */
  private static final int LIMIT_SEGMENTS = 2;

  /** What the window has grown by beyond whole bytes, in bytes times cwnd. */
  private int remainder;

  /** For {@code idleRestart} see {@link CongestionControl#of}. */
  public NewReno(boolean idleRestart) {
    super(idleRestart);
  }

  @Override
  public void keep(Memo memo) {
    super.keep(memo);
    memo.putInt(remainder);
  }

  @Override
  public void recall(Memo memo) {
    super.recall(memo);
    remainder = memo.getInt();
  }

  @HotPath
  @Override
  public void onAck(AckSample ack, long nowNs) {
    if (ack.recovering) {
      return;
    }
    validate(ack, nowNs);
    if (!ack.windowLimited) {
      return;
    }
    if (inSlowStart()) {
      grow(slowStartBytes(ack.ackedBytes, LIMIT_SEGMENTS));
      return;
    }
    afterTimeout = false;
    // RFC 5681 (3): a segment for each window acknowledged, byte by byte, so that the half segment
    // of a reduced window is soon a whole one. No more than
    // a window: what a single ACK took beyond it was sent under another window.
    long growth = remainder + (long) mss * Math.min(ack.ackedBytes, cwnd);
    remainder = (int) (growth % cwnd);
    grow((int) (growth / cwnd));
  }

  /** RFC 5681 (4). */
  @Override
  int decreased(int bytes) {
    return bytes / 2;
  }

  @Override
  void onReduction() {}

  @Override
  void undoReduction(long nowNs) {}

  @Override
  void onWindowCut() {
    remainder = 0;
  }
}
