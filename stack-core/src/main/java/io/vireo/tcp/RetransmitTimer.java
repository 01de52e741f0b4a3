// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.api.TcpSettings;

/**
 * The timer of what is unanswered: retransmission (RFC 6298 §5), probes of a closed window (RFC 9293 §3.8.6.1), never both; and the
 * patience that ends the connection when nothing helps (RFC 9293 §3.8.3, R2).
 */
final class RetransmitTimer {
  private static final long OVERRIDE_NS = 1_000_000_000L;

  private final Deadlines deadlines;
  private final Sender sender;
  private final RttEstimator rtt;
  private final CongestionControl congestion;
  private final LossRecovery recovery;

  private final TcpSettings settings;

  /** How long the peer may leave everything unanswered; 0: for ever. */
  private long patienceNs;

  /** Since when the peer's window has been closed to what waits, while {@link #isShutOut}. */
  private long shutOutSinceNs;

  /** Timeouts in a row, and attempts to get past a closed window or a missing neighbour. */
  private int timeouts;

  private int probes;
  private boolean probeDue;

  RetransmitTimer(
      Deadlines deadlines,
      Sender sender,
      RttEstimator rtt,
      CongestionControl congestion,
      LossRecovery recovery,
      TcpSettings settings) {
    this.deadlines = deadlines;
    this.sender = sender;
    this.rtt = rtt;
    this.congestion = congestion;
    this.recovery = recovery;
    this.settings = settings;
  }

  /** A new connection begins. */
  void reset() {
    patienceNs = settings.userTimeoutNs();
    onAnswered();
  }

  private void onAnswered() {
    timeouts = 0;
    probes = 0;
    probeDue = false;
  }

  /** The user changes his mind about how long to wait. */
  void setPatience(long patienceNs) {
    this.patienceNs = patienceNs;
  }

  /** That counts for what is unanswered already, too. Not for a SYN. */
  void onPatienceChanged(long nowNs) {
    if (isArmed() && patienceNs > 0) {
      long armedNs = deadlines.deadlineNs(Deadlines.RETRANSMIT) - nowNs;
      arm(nowNs, Math.max(armedNs, 0));
    }
  }

  /** Sets the timer for what was just sent, or could not be: the RTO, or the growing interval of probes; not beyond the patience. */
  @HotPath
  void arm(long nowNs) {
    arm(nowNs, delayNs());
  }

  @HotPath
  private void arm(long nowNs, long delayNs) {
    long delay = delayNs;
    if (patienceNs > 0) {
      long leftNs = sender.waitingSinceNs() + patienceNs - nowNs;
      delay = Math.min(delay, Math.max(leftNs, 0));
    }
    if (isShutOut()) {
      long leftNs = shutOutSinceNs + settings.zeroWindowTimeoutNs() - nowNs;
      delay = Math.min(delay, Math.max(leftNs, 0));
    }
    deadlines.arm(Deadlines.RETRANSMIT, nowNs + delay);
  }

  /** The same for a SYN, whose patience is a deadline of its own. */
  void armForSyn(long nowNs) {
    deadlines.arm(Deadlines.RETRANSMIT, nowNs + rtt.retransmitTimeoutNs());
  }

  private long delayNs() {
    return Math.min(rtt.retransmitTimeoutNs() << Math.min(probes, 16), RttEstimator.MAX_RTO_NS);
  }

  boolean isArmed() {
    return deadlines.isArmed(Deadlines.RETRANSMIT);
  }

  /** New bytes are acknowledged: RFC 6298 (5.2) and (5.3). */
  @HotPath
  void onAdvance(long nowNs) {
    onAnswered();
    if (sender.outstanding()) {
      arm(nowNs);
    } else {
      deadlines.disarm(Deadlines.RETRANSMIT);
    }
  }

  /** Nothing is unanswered, and what is unsent waits for more of its user's, not for the peer. */
  void onHeld() {
    onAnswered();
    deadlines.disarm(Deadlines.RETRANSMIT);
  }

  /** Bytes left for which the window had room. */
  void onDataSent() {
    probes = 0;
  }

  /** Nothing could be sent; patience runs from the first time. */
  void onBlocked(long nowNs) {
    if (probes == 0 && !sender.outstanding()) {
      sender.onBlocked(nowNs);
    }
    noteOpenWindow(nowNs);
    // RFC 9293 §3.8.6.2.1 (4): a silly window is put up with for 0.1 to 1 s, whatever the RTO.
    arm(nowNs, sender.sndWnd() > 0 ? Math.min(delayNs(), OVERRIDE_NS) : delayNs());
  }

  /** The timer has expired. False: patience is at its end. */
  boolean onExpired(long nowNs) {
    if (patienceNs > 0 && nowNs - sender.waitingSinceNs() >= patienceNs) {
      return false;
    }
    if (isShutOut() && nowNs - shutOutSinceNs >= settings.zeroWindowTimeoutNs()) {
      return false;
    }
    if (sender.flight() > 0) {
      noteOpenWindow(nowNs);
      congestion.onRetransmitTimeout(sender.flight(), timeouts > 0, nowNs);
      recovery.onGoBack(sender.sndMax());
      sender.goBack();
      rtt.onTimeout();
      timeouts++;
    } else if (sender.hasUnsent()) {
      probes++;
      probeDue = true;
    }
    return true;
  }

  /**
   * Whether the time of a closed window runs. A FIN is sent in spite of it, and asks like a probe; a neighbour that is missing closes no window.
   */
  @HotPath
  private boolean isShutOut() {
    return settings.zeroWindowTimeoutNs() > 0 && sender.sndWnd() == 0 && (probes | timeouts) > 0;
  }

  /** Until now, the peer's window was open, or nothing had been asked in vain. */
  private void noteOpenWindow(long nowNs) {
    if (sender.sndWnd() > 0 || (probes | timeouts) == 0) {
      shutOutSinceNs = nowNs;
    }
  }

  /** Whether a probe of the window is to be sent. */
  boolean probeDue() {
    return probeDue;
  }

  void onProbeSent() {
    probeDue = false;
  }

  /** Retransmission timeouts since the last answer. */
  int timeouts() {
    return timeouts;
  }
}
