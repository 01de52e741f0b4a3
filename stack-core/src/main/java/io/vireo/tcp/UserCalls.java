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
  int send(Connection c, ByteBuffer source, int offset, int length, boolean more) {
    if (c.delivery.closeReason() != null) {
      return 0;
    }
    int taken = c.sender.buffer.append(source, offset, length);
    if (taken < length) {
      onShort(c, length - taken);
    }
    if (more || c.sender.holds()) {
      // Whoever was refused has no more to add now.
      onQueued(c, more && taken == length);
    }
    return taken;
  }

  /** The same for what remains in each of sources[first, first + count); moves their positions. */
  @HotPath
  int send(Connection c, ByteBuffer[] sources, int first, int count) {
    if (c.delivery.closeReason() != null) {
      return 0;
    }
    int total = 0;
    for (int i = first; i < first + count; i++) {
      ByteBuffer source = sources[i];
      int length = source.remaining();
      int taken = c.sender.buffer.append(source, source.position(), length);
      source.position(source.position() + taken);
      total += taken;
      if (taken < length) {
        onShort(c, remaining(c, sources, i, first + count));
        break;
      }
    }
    if (c.sender.holds()) {
      onQueued(c, false);
    }
    return total;
  }

  /** What is left in sources[from, to), or half the send buffer if that is less. */
  private static int remaining(Connection c, ByteBuffer[] sources, int from, int to) {
    int enough = c.settings.sendBufferBytes() >>> 1;
    int left = 0;
    for (int i = from; i < to && left < enough; i++) {
      left += Math.min(sources[i].remaining(), enough);
    }
    return left;
  }

  /** {@code left} bytes came too much; half the buffer is room enough to tell of. */
  private static void onShort(Connection c, int left) {
    c.delivery.onRefused(Math.min(left, c.settings.sendBufferBytes() >>> 1));
  }

  private static void onQueued(Connection c, boolean more) {
    c.sender.onQueued(more && c.settings.corkNs() > 0);
    if (!more) {
      c.deadlines.disarm(Deadlines.CORK);
    }
  }

  /** Reserves room for {@code length} bytes in one piece; false if there is none now, or the end is pending. */
  @HotPath
  boolean claim(Connection c, int length) {
    if (c.delivery.closeReason() != null) {
      return false;
    }
    if (c.sender.buffer.claim(length) == SendBuffer.REFUSED) {
      c.delivery.onClaimRefused(length);
      onQueued(c, false);
      return false;
    }
    c.delivery.onClaimed();
    return true;
  }

  /** Queues the first {@code length} bytes of the open claim; drops them once the end is pending. */
  @HotPath
  void commit(Connection c, int length, boolean more) {
    boolean over = c.delivery.closeReason() != null;
    c.sender.buffer.commit(over ? 0 : length);
    if (more || c.sender.holds()) {
      onQueued(c, more);
    }
    if (c.delivery.waitsForRoom()) {
      // Nobody was told while the claim was open.
      c.onRoom();
    }
    if (c.sender.finAwaitsCommit() && !over) {
      queueFin(c);
    }
  }

  /** What is queued need not wait for more. */
  void flush(Connection c) {
    c.sender.onFlush();
    c.deadlines.disarm(Deadlines.CORK);
  }

  void setNagle(Connection c, boolean on) {
    c.sender.setNagle(on);
  }

  /** FIN behind everything queued, and behind the open claim. */
  void sendFin(Connection c) {
    if (c.sender.finQueued() || c.delivery.closeReason() != null) {
      return;
    }
    c.delivery.onSendClosed();
    if (c.sender.buffer.claimed() > 0) {
      c.sender.queueFinAfterCommit();
    } else {
      queueFin(c);
    }
  }

  private static void queueFin(Connection c) {
    c.sender.queueFin();
    c.deadlines.disarm(Deadlines.CORK);
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
    c.retransmitTimer.setPatience(timeoutNs);
    if (c.state().synchronised()) {
      c.retransmitTimer.onPatienceChanged(nowNs);
    }
  }

  void setUserTimer(Connection c, int timer, long delayNs, long nowNs) {
    c.delivery.cancelTimer(timer);
    if (delayNs == 0) {
      c.deadlines.disarm(Deadlines.USER + timer);
    } else if (!c.delivery.isCutShort()) {
      c.deadlines.arm(Deadlines.USER + timer, nowNs + delayNs);
    }
  }

  /** The user of a steady connection has consumed what was in view. */
  @HotPath
  void onViewConsumed(Connection c, long nowNs) {
    c.receiver.onViewConsumed(c.rtt.smoothedNs(), nowNs);
    c.onStreamAdvanced(nowNs);
    if (c.receiver.windowUpdateDue()) {
      c.acks.soon();
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
    boolean waits = !c.delivery.isPaused() && !c.delivery.waitsForRoom();
    c.receiver.onShown(leftover, waits, c.rtt.smoothedNs(), nowNs);
    c.onStreamAdvanced(nowNs);
    if (c.receiver.windowUpdateDue()) {
      c.acks.soon();
      if (c.state() == TcpState.FIN_WAIT_2) {
        // It may have waited for this, rather than kept silent.
        c.onHeardInFinWait(nowNs);
      }
    }
    if (c.receiver.hasFilledUp() && waits) {
      c.delivery.onSoftError(SoftError.RECEIVE_BUFFER_FULL);
    }
    return kept;
  }
}
