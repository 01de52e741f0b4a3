// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.api.TcpSettings;
import io.vireo.memory.Memo;

/**
 * The timer of what is unanswered: retransmission (RFC 6298 §5) or probes of a closed window (RFC 9293 §3.8.6.1), never both; before the first of
 * these a tail loss probe, or the end of the reordering window (RFC 8985); and the patience that ends the connection when nothing helps (RFC 9293
 * §3.8.3, R2).
 */
final class RetransmitTimer {
  private static final long OVERRIDE_NS = 1_000_000_000L;

  /** What the timer is set for. */
  private static final byte RETRANSMISSION = 0;

  private static final byte TAIL_PROBE = 1;
  private static final byte REORDERING = 2;

  private final Deadlines deadlines;
  private final Sender sender;
  private final RttEstimator rtt;
  private final LossRecovery recovery;

  private final TcpSettings settings;

  /** How long the peer may leave everything unanswered; 0: for ever. */
  private long patienceNs;

  /** Since when the peer's window has been closed to what waits, while {@link #isShutOut}. */
  private long shutOutSinceNs;

  /** Timeouts in a row, and attempts to get past a closed window or a missing neighbour. */
  private int timeouts;

  /** Timeouts since the connection began. */
  private int allTimeouts;

  private int probes;
  private boolean probeDue;
  private byte purpose;

  /** The timer has expired, and nothing has left since: no slot was free. Then it runs for the patience alone. */
  private boolean waitsForSlot;

  /** When what is unanswered is sent again; the timer may be set to something earlier. */
  private long retransmitNs;

  RetransmitTimer(
      Deadlines deadlines,
      Sender sender,
      RttEstimator rtt,
      LossRecovery recovery,
      TcpSettings settings) {
    this.deadlines = deadlines;
    this.sender = sender;
    this.rtt = rtt;
    this.recovery = recovery;
    this.settings = settings;
  }

  /** A new connection begins. */
  void reset() {
    patienceNs = settings.userTimeoutNs();
    allTimeouts = 0;
    onAnswered();
  }

  private void onAnswered() {
    waitsForSlot = false;
    timeouts = 0;
    probes = 0;
    probeDue = false;
  }

  /** While {@link #isSteady}; it does not run. */
  void keep(Memo memo) {
    memo.putLong(patienceNs);
    memo.putInt(allTimeouts);
  }

  void recall(Memo memo) {
    onAnswered();
    patienceNs = memo.getLong();
    allTimeouts = memo.getInt();
  }

  /** The user changes his mind about how long to wait. */
  void setPatience(long patienceNs) {
    this.patienceNs = patienceNs;
  }

  /** That counts for what is unanswered already, too. Not for a SYN. */
  void onPatienceChanged(long nowNs) {
    if (waitsForSlot) {
      runOutPatience();
    } else if (isArmed() && patienceNs > 0) {
      long armedNs = retransmitNs - nowNs;
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
    waitsForSlot = false;
    retransmitNs = nowNs + delay;
    set(nowNs);
  }

  /** Sets the timer to what comes first. */
  @HotPath
  private void set(long nowNs) {
    long leftNs = retransmitNs - nowNs;
    long earlierNs = leftNs;
    purpose = RETRANSMISSION;
    long reorderingNs = recovery.reorderingWaitNs();
    if (reorderingNs > 0) {
      if (reorderingNs < leftNs) {
        earlierNs = reorderingNs;
        purpose = REORDERING;
      }
    } else if (timeouts == 0 && recovery.probesTail()) {
      // RFC 8985 §7.2: the probe takes the place of the first timeout if it would not be due
      // before.
      earlierNs = Math.min(TailLossProbe.timeoutNs(rtt, recovery.board.count() == 1), leftNs);
      purpose = TAIL_PROBE;
    }
    deadlines.arm(Deadlines.RETRANSMIT, nowNs + earlierNs);
  }

  /** The same for a SYN, whose patience is a deadline of its own. */
  void armForSyn(long nowNs) {
    purpose = RETRANSMISSION;
    deadlines.arm(Deadlines.RETRANSMIT, nowNs + rtt.retransmitTimeoutNs());
  }

  private long delayNs() {
    return Math.min(rtt.retransmitTimeoutNs() << Math.min(probes, 16), RttEstimator.MAX_RTO_NS);
  }

  /** Whether it runs for what is unanswered; the end of patience alone does not count. */
  boolean isArmed() {
    return deadlines.isArmed(Deadlines.RETRANSMIT) && !waitsForSlot;
  }

  /** New bytes are acknowledged: RFC 6298 (5.2) and (5.3). */
  @HotPath
  void onAdvance(long nowNs) {
    onAnswered();
    if (sender.outstanding()) {
      if (recovery.restartsTimer() || !isArmed()) {
        arm(nowNs);
      }
    } else {
      deadlines.disarm(Deadlines.RETRANSMIT);
    }
  }

  /** Nothing is unanswered, and what is unsent waits for more of its user's, not for the peer. */
  void onHeld() {
    onAnswered();
    deadlines.disarm(Deadlines.RETRANSMIT);
  }

  /** An ACK said something, and SND.UNA is where it was. {@code anew}: the oldest segment is given as much time as if it left now. */
  void onNews(boolean anew, long nowNs) {
    if (anew) {
      arm(nowNs);
    } else if (isArmed()) {
      set(nowNs);
    }
  }

  /** The reordering window has ended. */
  void onReorderingTimeout(long nowNs) {
    set(nowNs);
  }

  /** Segments left for which the window had room; {@code first}: nothing else was under way before. */
  @HotPath
  void onDataSent(boolean first, long nowNs) {
    probes = 0;
    if (first || !isArmed()) {
      arm(nowNs);
    } else {
      set(nowNs);
    }
  }

  /** A tail loss probe is to be sent now; it has a retransmission timeout of its own (RFC 8985 §7.3). */
  void onTailProbe(long nowNs) {
    probes = 0;
    arm(nowNs, delayNs());
    purpose = RETRANSMISSION;
    deadlines.arm(Deadlines.RETRANSMIT, retransmitNs);
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
    if (recovery.isWaiting()) {
      noteOpenWindow(nowNs);
      recovery.onRetransmitTimeout(timeouts > 0, nowNs);
      rtt.onTimeout();
      timeouts++;
      allTimeouts++;
      runOutPatience();
    } else if (sender.hasUnsent() || recovery.retransmitDue()) {
      probes++;
      probeDue = true;
    }
    return true;
  }

  /** Should no slot come free for what is to be sent again, patience has its end all the same. */
  private void runOutPatience() {
    waitsForSlot = true;
    purpose = RETRANSMISSION;
    if (patienceNs > 0) {
      deadlines.arm(Deadlines.RETRANSMIT, sender.waitingSinceNs() + patienceNs);
    } else {
      deadlines.disarm(Deadlines.RETRANSMIT);
    }
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

  /** Whether what has expired, or will, is the retransmission timer itself, or that of probes of a window. */
  boolean isForRetransmission() {
    return purpose == RETRANSMISSION;
  }

  boolean isForTailProbe() {
    return purpose == TAIL_PROBE;
  }

  /** Whether all that was sent was answered in time so far. */
  boolean isSteady() {
    return (timeouts | probes) == 0 && !probeDue && !waitsForSlot;
  }

  /** Whether a probe of the window is to be sent. */
  boolean probeDue() {
    return probeDue;
  }

  void onProbeSent() {
    probeDue = false;
  }

  /** Retransmission timeouts since the connection began; those of a SYN do not count. */
  int allTimeouts() {
    return allTimeouts;
  }

  /** Retransmission timeouts since the last answer. */
  int timeouts() {
    return timeouts;
  }
}
