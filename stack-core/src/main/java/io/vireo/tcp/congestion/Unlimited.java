// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.memory.Memo;

/**
 * No congestion control: a window larger than any that a peer can offer, before and after losses, so that the peer's window is
 * the only bound. For two known peers with a link of their own. Has no state; all connections share it.
 */
final class Unlimited implements CongestionControl {
  static final Unlimited INSTANCE = new Unlimited();

  private Unlimited() {}

  @Override
  public void onEstablished(int mss, int initialWindowBytes, long nowNs) {}

  @Override
  public void onMss(int mss) {}

  @Override
  public void onAck(AckSample ack, long nowNs) {}

  @Override
  public void onLossDetected(int flight, long nowNs) {}

  @Override
  public void onRecovered(long nowNs) {}

  @Override
  public void onRetransmitTimeout(int flight, int stillInFlight, boolean repeated, long nowNs) {}

  @Override
  public void onSpuriousLoss(long nowNs) {}

  @Override
  public void onIdle(long idleNs, long rtoNs, long nowNs) {}

  @Override
  public void keep(Memo memo) {}

  @Override
  public void recall(Memo memo) {}

  @Override
  public int windowBytes() {
    return LossBased.MAX_WINDOW_BYTES;
  }

  @Override
  public int slowStartThresholdBytes() {
    return LossBased.MAX_WINDOW_BYTES;
  }

  @Override
  public boolean inSlowStart() {
    return false;
  }

  @Override
  public boolean governsRecovery() {
    return true;
  }
}
