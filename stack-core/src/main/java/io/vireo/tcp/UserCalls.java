// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.api.HotPath;
import io.vireo.api.SoftError;
import java.nio.ByteBuffer;

/** What the user of a connection does to it: RFC 9293 §3.10.1 to §3.10.6. Holds no state of any connection. */
final class UserCalls {
  /** Queues what fits of the range; 0 once the end is pending. */
  @HotPath
  int send(Connection c, ByteBuffer source, int offset, int length) {
    if (c.delivery.closeReason() != null) {
      return 0;
    }
    int taken = c.sender.buffer.append(source, offset, length);
    if (taken < length) {
      c.delivery.onRefused(Math.min(length - taken, c.settings.sendBufferBytes() >>> 1));
    }
    return taken;
  }

  /** FIN behind everything queued. */
  void sendFin(Connection c) {
    if (c.sender.finQueued() || c.delivery.closeReason() != null) {
      return;
    }
    c.sender.queueFin();
    c.delivery.onSendClosed();
    c.onFinQueued();
  }

  /** Ends the connection for {@code reason}, with a RST if the peer knows of it. */
  void abort(Connection c, CloseReason reason) {
    if (c.delivery.closeReason() == CloseReason.CLOSED) {
      // TCP is through already; only the user had not been told.
      c.delivery.abandon(reason);
      c.deadlines.reset();
    } else if (c.delivery.closeReason() == null) {
      c.reset(reason);
    }
  }

  /** Probes after {@code idleNs} of silence; 0: no probes. */
  void setKeepAlive(Connection c, long idleNs, long nowNs) {
    c.keepAlive.setIdle(idleNs);
    c.armKeepAlive(nowNs);
  }

  /** How long sent bytes may stay unanswered; 0: for ever. */
  void setUserTimeout(Connection c, long timeoutNs, long nowNs) {
    c.retransmitTimer.setPatience(timeoutNs, nowNs);
  }

  void setUserTimer(Connection c, int timer, long delayNs, long nowNs) {
    c.delivery.cancelTimer(timer);
    if (delayNs == 0) {
      c.deadlines.disarm(Deadlines.USER + timer);
    } else if (!c.delivery.isCutShort()) {
      c.deadlines.arm(Deadlines.USER + timer, nowNs + delayNs);
    }
  }

  /** The user was shown what is in view or left over, and left {@code leftover} bytes of it. False if not all could be kept. */
  @HotPath
  boolean onDataShown(Connection c, int leftover, long nowNs) {
    if (c.delivery.isCutShort()) {
      c.receiver.release();
      return true;
    }
    boolean kept = true;
    if (c.receiver.viewLength() > 0) {
      kept = c.receiver.onViewShown(leftover);
      if (c.receiver.readable() > leftover) {
        c.delivery.onData();
      }
    } else {
      c.receiver.onLeftoverShown(leftover);
    }
    c.onStreamAdvanced(nowNs);
    if (c.receiver.windowUpdateDue()) {
      c.acks.soon();
      if (c.state() == TcpState.FIN_WAIT_2) {
        // It may have waited for this, rather than kept silent.
        c.onHeardInFinWait(nowNs);
      }
    }
    if (c.receiver.hasFilledUp() && !c.delivery.isPaused() && !c.delivery.waitsForRoom()) {
      c.delivery.onSoftError(SoftError.RECEIVE_BUFFER_FULL);
    }
    return kept;
  }
}
