// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.SoftError;

/** What time does to a connection: RFC 9293 §3.10.8. Holds no state of any connection. */
final class Timeouts {
  /** R1: at least three retransmissions (SHLD-10). */
  private static final int TRANSMISSIONS_BEFORE_TROUBLE = 4;

  private final Counters counters;
  private final ConnectionEvents events;

  Timeouts(Counters counters, ConnectionEvents events) {
    this.counters = counters;
    this.events = events;
  }

  /** Some deadline has come. */
  void onDeadline(Connection c, long nowNs) {
    if (take(c, Deadlines.LIFE, nowNs)) {
      onLife(c, nowNs);
    }
    if (take(c, Deadlines.RETRANSMIT, nowNs)) {
      onRetransmit(c, nowNs);
    }
    if (take(c, Deadlines.DELAYED_ACK, nowNs)) {
      c.acks.soon();
    }
    if (take(c, Deadlines.CORK, nowNs)) {
      c.sender.onQueued(false);
    }
    for (int timer = 0; timer < c.deadlines.userTimers(); timer++) {
      if (take(c, Deadlines.USER + timer, nowNs)) {
        c.delivery.onTimer(timer);
      }
    }
  }

  private static boolean take(Connection c, int kind, long nowNs) {
    if (!c.deadlines.isDue(kind, nowNs)) {
      return false;
    }
    c.deadlines.disarm(kind);
    return true;
  }

  private static void onLife(Connection c, long nowNs) {
    if (!c.state().synchronised()) {
      c.reset(CloseReason.CONNECT_TIMEOUT);
    } else if (c.state() != TcpState.FIN_WAIT_2 || c.settings.finWaitNs() == 0) {
      onKeepAlive(c, nowNs);
    } else if (!c.receiver.roomForPeer()) {
      // The peer has to wait for us, and asks as seldom as it likes.
      c.onHeardInFinWait(nowNs);
    } else {
      c.reset(CloseReason.TIMEOUT);
    }
  }

  private static void onKeepAlive(Connection c, long nowNs) {
    if (c.keepsAlive()) {
      boolean busy = c.sender.outstanding() || c.sender.hasUnsent();
      long nextNs = c.keepAlive.onDeadline(c.settings, busy, nowNs);
      if (nextNs == KeepAlive.GONE) {
        c.reset(CloseReason.TIMEOUT);
      } else {
        c.deadlines.arm(Deadlines.LIFE, nowNs + nextNs);
      }
    }
  }

  private void onRetransmit(Connection c, long nowNs) {
    if (!c.state().synchronised()) {
      c.handshake.onRetransmission();
      c.rtt.onTimeout();
      c.repeatSyn();
      tellTrouble(c, c.handshake.retransmissions());
      return;
    }
    if (!c.retransmitTimer.isForRetransmission()) {
      onEarlyTimeout(c, nowNs);
      return;
    }
    int timeouts = c.retransmitTimer.timeouts();
    if (c.recovery.isWaiting()) {
      suspectSize(c, timeouts + 1);
    }
    boolean recovering = c.recovery.recovering();
    if (!c.retransmitTimer.onExpired(nowNs)) {
      c.reset(CloseReason.TIMEOUT);
    } else if (c.retransmitTimer.timeouts() > timeouts) {
      counters.increment(Counter.RETRANSMIT_TIMEOUTS);
      if (recovering) {
        events.onRecoveryEnd(c, ConnectionEvents.TIMEOUT);
      }
      events.onTimeout(c);
      tellTrouble(c, c.retransmitTimer.timeouts());
    }
  }

  /** RFC 8985: segments that are late by now are lost, or the tail of what is under way may be. */
  private void onEarlyTimeout(Connection c, long nowNs) {
    if (c.retransmitTimer.isForTailProbe()) {
      c.recovery.tailProbe.onTimeout();
      c.retransmitTimer.onTailProbe(nowNs);
      return;
    }
    if (c.recovery.onReorderingTimeout(nowNs) == LossRecovery.LOSS_FOUND) {
      counters.increment(Counter.FAST_RETRANSMITS);
      events.onRecoveryBegin(c);
    }
    c.retransmitTimer.onReorderingTimeout(nowNs);
  }

  /** The oldest segment may be too large for the path. */
  private void suspectSize(Connection c, int timeouts) {
    int length = Math.min(c.sender.mss(), c.recovery.board.outstandingBytes());
    if (c.pathMtu.onTimeout(timeouts, length)) {
      counters.increment(Counter.PATH_MTU_REDUCED);
      c.onMss(Math.min(c.sender.mss(), c.pathMtu.limitMss()));
    }
  }

  /** RFC 9293 §3.8.3, R1 (SHLD-9). */
  private static void tellTrouble(Connection c, int timeouts) {
    if (timeouts == TRANSMISSIONS_BEFORE_TROUBLE) {
      c.delivery.onSoftError(SoftError.RETRANSMITTING);
    }
  }
}
