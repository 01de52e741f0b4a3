// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.ip.Ipv4Output;
import io.vireo.wire.SequenceNumber;
import io.vireo.wire.TcpHeader;

/**
 * Sends what a connection has to send: {@link #flush} is the only way by which its segments leave. Holds no state of any connection;
 * asks its pieces what is due and tells them what left.
 */
final class Transmitter {
  /** {@link #flush}: all that may leave has left. */
  static final int DONE = 0;

  /** No transmit slot is free. */
  static final int FULL = 1;

  /** The connection has had its share; there is more. */
  static final int MORE = 2;

  /** The next hop is not known yet, or does not answer. */
  static final int NO_NEIGHBOUR = 3;

  /** Segments that one connection may send before others have their turn. */
  static final int QUANTUM = 32;

  /** After so many timeouts in a row the next hop is asked whether it is still there. */
  private static final int SUSPECT_AFTER = 2;

  final SteadyOutput steady;
  private final SegmentComposer composer;
  private final Ipv4Output output;
  private final Counters counters;
  private final ResetQueue resets;

  Transmitter(SegmentWriter writer, Ipv4Output output, ResetQueue resets, Counters counters) {
    this.resets = resets;
    composer = new SegmentComposer(writer);
    steady = new SteadyOutput(composer, output);
    this.output = output;
    this.counters = counters;
  }

  /** The largest segment the path takes at present. */
  int localMss() {
    return SegmentComposer.localMss(output);
  }

  /** Sends what is due; {@code sent} segments of this turn's share have left. */
  @HotPath
  int flush(Connection c, int sent, long nowNs) {
    if (!c.hasOutput() && !c.acks.dueNow()) {
      return DONE;
    }
    composer.begin(nowNs);
    if (!c.route.bound() || !output.ready(c.route)) {
      return withoutNeighbour(c, nowNs);
    }
    if (c.state().synchronised()) {
      return flushStream(c, sent, nowNs);
    }
    return flushHandshake(c, nowNs);
  }

  private int withoutNeighbour(Connection c, long nowNs) {
    if (c.state() == TcpState.CLOSED) {
      return sendLastReset(c);
    }
    c.pathMtu.onNextHopLost();
    if (output.unreachable(c.route)) {
      output.suspect(c.route, nowNs);
      c.onNextHopFailed();
    }
    if (c.state().synchronised() && !c.retransmitTimer.isArmed()) {
      c.retransmitTimer.onBlocked(nowNs);
    }
    return c.state() == TcpState.CLOSED ? DONE : NO_NEIGHBOUR;
  }

  private int flushHandshake(Connection c, long nowNs) {
    if (c.resetDue()) {
      return sendReset(c);
    }
    if (c.synDue()) {
      return sendSyn(c, nowNs);
    }
    boolean acks = c.state() == TcpState.SYN_RECEIVED && c.acks.dueNow();
    return acks && !sendAck(c) ? FULL : DONE;
  }

  @HotPath
  private int flushStream(Connection c, int sent, long nowNs) {
    while (c.acks.duplicatesOwed() > 0) {
      if (!sendAck(c)) {
        return FULL;
      }
      c.acks.onDuplicateSent();
    }
    int mss = c.pathMtu.mss(localMss(), nowNs);
    if (mss != c.sender.mss()) {
      c.onMss(mss);
    }
    if (c.recovery.tailProbe.isDue() && !sendTailProbe(c, nowNs)) {
      return FULL;
    }
    if (c.keepAlive.probeDue() && !sendKeepAlive(c)) {
      return FULL;
    }
    int result =
        c.sender.hasUnsent() || c.recovery.retransmitDue() ? sendStream(c, sent, nowNs) : DONE;
    // Also while payload waits for a slot: an ACK may use the reserve.
    return c.acks.dueNow() && !sendAck(c) ? FULL : result;
  }

  /** What was lost, then what was never sent. */
  @HotPath
  private int sendStream(Connection c, int sentBefore, long nowNs) {
    long idleNs = c.sender.idleFor(nowNs);
    if (idleNs > c.rtt.retransmitTimeoutNs()) {
      c.congestion.onIdle(idleNs, c.rtt.retransmitTimeoutNs(), nowNs);
    }
    boolean first = c.recovery.board.inFlightBytes() == 0;
    int result = MORE;
    int sent = sentBefore;
    while (sent < QUANTUM && (c.sender.hasUnsent() || c.recovery.retransmitDue())) {
      result = c.recovery.retransmitDue() ? sendLost(c, nowNs) : sendNew(c, nowNs);
      if (result != MORE) {
        break;
      }
      sent++;
    }
    if (sent > sentBefore) {
      c.retransmitTimer.onDataSent(first, nowNs);
    }
    if (result == FULL) {
      // What slots came free were its share: the next ones are for others.
      return sent > 0 ? MORE : FULL;
    }
    if (result == DONE) {
      return waitForWindow(c, nowNs);
    }
    if (c.sender.hasUnsent() || c.recovery.retransmitDue()) {
      return MORE;
    }
    noteAllSent(c);
    return c.sender.corked() ? waitForWindow(c, nowNs) : DONE;
  }

  /** Nothing is left to send: the user is what stops the sender, unless the window would, too. */
  @HotPath
  static void noteAllSent(Connection c) {
    if (c.recovery.roomBytes() < c.sender.mss()) {
      c.recovery.onWindowLimited();
    } else {
      c.recovery.onApplicationLimited();
    }
  }

  /** Sends a segment of what was never sent. MORE, FULL, or DONE if nothing may leave. */
  @HotPath
  private int sendNew(Connection c, long nowNs) {
    LossRecovery recovery = c.recovery;
    int room = recovery.roomBytes();
    int length = c.sender.next(room);
    if (length == Sender.NOTHING) {
      if (room < c.sender.mss()) {
        recovery.onWindowLimited();
      }
      return DONE;
    }
    if (!recovery.board.hasRoom()) {
      return DONE;
    }
    return sendFromNext(c, length, nowNs) ? MORE : FULL;
  }

  /** Sends the first segment again that was lost. MORE, FULL, or DONE if it may not leave. */
  private int sendLost(Connection c, long nowNs) {
    LossRecovery recovery = c.recovery;
    int index = recovery.cuts.firstLost();
    int length = recovery.board.length(index);
    if (recovery.roomBytes() < Math.min(length, c.sender.mss())) {
      recovery.onWindowLimited();
      return DONE;
    }
    int startSeq = recovery.board.startSeq(index);
    int bytes = c.sender.dataLength(startSeq, length);
    int permitted = c.sender.again(startSeq, Math.min(bytes, c.sender.mss()));
    if (permitted == Sender.NOTHING
        || (permitted < bytes && !recovery.cuts.mayCut(index, startSeq + permitted))) {
      return DONE;
    }
    return sendAgain(c, index, permitted, nowNs) ? MORE : FULL;
  }

  /** Sends a record again, or {@code length} bytes of it if it holds more; it counts as under way. False: no slot is free. */
  private boolean sendAgain(Connection c, int index, int length, long nowNs) {
    Scoreboard board = c.recovery.board;
    Sender sender = c.sender;
    int startSeq = board.startSeq(index);
    int flags = TcpHeader.ACK;
    if (sender.endsQueue(startSeq, length)) {
      flags |= length > 0 ? TcpHeader.PSH : 0;
    }
    if (sender.isFin(board.endSeq(index)) && sender.endsQueue(startSeq, length)) {
      flags |= TcpHeader.FIN;
    } else if (length < board.length(index)) {
      // Without memory for one more record the rest counts as sent, too, and is found lost later.
      board.split(index, startSeq + length);
    }
    if (!sendData(c, startSeq, length, flags)) {
      return false;
    }
    c.recovery.onSentAgain(index, nowNs);
    sender.onSentAgain(nowNs);
    onSentAgain(c, c.retransmitTimer.timeouts(), nowNs);
    return true;
  }

  /** RFC 8985 §7.3: a segment that was never sent, whatever the congestion window, or else the last one again. False: no slot is free. */
  private boolean sendTailProbe(Connection c, long nowNs) {
    LossRecovery recovery = c.recovery;
    Sender sender = c.sender;
    boolean again = true;
    if (!recovery.probesTail()) {
      recovery.tailProbe.cancel();
      return true;
    }
    int fresh = sender.next(Integer.MAX_VALUE);
    if (fresh != Sender.NOTHING && recovery.board.hasRoom()) {
      if (!sendFromNext(c, fresh, nowNs)) {
        return false;
      }
      again = false;
    } else {
      int index = recovery.cuts.lastSegment();
      int startSeq = recovery.board.startSeq(index);
      int length = recovery.board.length(index);
      int bytes = Math.min(sender.dataLength(startSeq, length), sender.mss());
      if (sender.again(startSeq, bytes) != bytes) {
        recovery.tailProbe.cancel();
        return true;
      }
      if (!sendAgain(c, index, bytes, nowNs)) {
        return false;
      }
    }
    recovery.tailProbe.onSent(sender.sndNxt(), again);
    c.retransmitTimer.onTailProbe(nowNs);
    counters.increment(Counter.TAIL_LOSS_PROBES_SENT);
    return true;
  }

  /** Nothing may leave. If nothing is under way either, no ACK will come: only a probe can find out when the window opens. */
  @HotPath
  private int waitForWindow(Connection c, long nowNs) {
    if (c.sender.corked() && waitsForMore(c, nowNs)) {
      return DONE;
    }
    if (c.recovery.isWaiting()) {
      if (!c.retransmitTimer.isArmed()) {
        // After a timeout, what was to be sent again may be longer than the window has room for.
        c.retransmitTimer.arm(nowNs);
      }
      return DONE;
    }
    if (!(c.sender.hasUnsent() || c.recovery.retransmitDue())) {
      return DONE;
    }
    if (c.retransmitTimer.probeDue()) {
      return sendProbe(c, nowNs);
    }
    if (!c.retransmitTimer.isArmed()) {
      c.retransmitTimer.onBlocked(nowNs);
    }
    return DONE;
  }

  /** RFC 9293 §3.8.4 (SHLD-12): one before SND.NXT, so that the peer has to answer, and without data. */
  private boolean sendKeepAlive(Connection c) {
    if (!composer.send(c, c.sender.sndNxt() - 1, 0, TcpHeader.ACK, true)) {
      return false;
    }
    c.keepAlive.onProbeSent();
    counters.increment(Counter.KEEP_ALIVES_SENT);
    return true;
  }

  /** More is said to come: what is unsent waits for it, but not for ever. True if nothing else is waited for, so that no probe is due. */
  private static boolean waitsForMore(Connection c, long nowNs) {
    if (!c.sender.hasUnsent()) {
      c.deadlines.disarm(Deadlines.CORK);
    } else if (!c.deadlines.isArmed(Deadlines.CORK)) {
      c.deadlines.arm(Deadlines.CORK, nowNs + c.settings.corkNs());
    }
    boolean waits = c.recovery.board.isEmpty() && c.sender.waitsForMore();
    if (waits) {
      c.retransmitTimer.onHeld();
    }
    return waits;
  }

  private int sendProbe(Connection c, long nowNs) {
    boolean sent = c.recovery.retransmitDue() ? probeAgain(c, nowNs) : probeFromNext(c, nowNs);
    if (!sent) {
      return FULL;
    }
    c.retransmitTimer.onProbeSent();
    counters.increment(Counter.WINDOW_PROBES_SENT);
    return DONE;
  }

  /** Probes with bytes that were never sent. Where they fit, it is the override of silly-window avoidance (RFC 9293 §3.8.6.2.1), and they count as sent. */
  private boolean probeFromNext(Connection c, long nowNs) {
    Sender sender = c.sender;
    int length = sender.probeLength(sender.sndNxt());
    if (sender.fits(sender.sndNxt(), length)) {
      boolean first = c.recovery.board.inFlightBytes() == 0;
      return sendFromNext(c, length, nowNs) && setTimer(c, first, nowNs);
    }
    if (!sendData(c, sender.sndNxt(), length, TcpHeader.ACK | TcpHeader.PSH)) {
      return false;
    }
    sender.onProbeSent(length, nowNs);
    c.retransmitTimer.arm(nowNs);
    return true;
  }

  /** The same with bytes that were lost, when the peer has taken their window back. */
  private boolean probeAgain(Connection c, long nowNs) {
    int index = c.recovery.cuts.firstLost();
    int startSeq = c.recovery.board.startSeq(index);
    int length = Math.min(c.sender.probeLength(startSeq), c.recovery.board.length(index));
    if (c.sender.fits(startSeq, length)) {
      boolean first = c.recovery.board.inFlightBytes() == 0;
      return sendAgain(c, index, length, nowNs) && setTimer(c, first, nowNs);
    }
    if (!sendData(c, startSeq, length, TcpHeader.ACK | TcpHeader.PSH)) {
      return false;
    }
    c.retransmitTimer.arm(nowNs);
    return true;
  }

  private static boolean setTimer(Connection c, boolean first, long nowNs) {
    c.retransmitTimer.onDataSent(first, nowNs);
    return true;
  }

  /** Sends {@code length} bytes from SND.NXT, and the FIN if they are the last. */
  @HotPath
  private boolean sendFromNext(Connection c, int length, long nowNs) {
    Sender sender = c.sender;
    int seq = sender.sndNxt();
    int flags = TcpHeader.ACK;
    int sequenceLength = length;
    if (sender.endsQueue(seq, length)) {
      if (length > 0) {
        flags |= TcpHeader.PSH;
      }
      if (sender.finQueued()) {
        flags |= TcpHeader.FIN;
        sequenceLength++;
      }
    }
    if (!sendData(c, seq, length, flags)) {
      return false;
    }
    boolean again = SequenceNumber.lessThan(seq, sender.sndMax());
    sender.onSent(sequenceLength, nowNs);
    c.recovery.onSent(sender.sndNxt(), again, nowNs);
    if (again) {
      onSentAgain(c, c.retransmitTimer.timeouts(), nowNs);
    } else {
      c.pathMtu.onSent(sender.sndNxt(), length);
    }
    return true;
  }

  /** RFC 9293 §3.8.3 (MUST-20): {@code timeouts} in a row, of a SYN as of anything else (MUST-22). */
  private void onSentAgain(Connection c, int timeouts, long nowNs) {
    counters.increment(Counter.SEGMENTS_RETRANSMITTED);
    c.recovery.onSegmentResent();
    c.pathMtu.onRetransmission();
    if (timeouts >= SUSPECT_AFTER) {
      output.suspect(c.route, nowNs);
    }
  }

  @HotPath
  private boolean sendData(Connection c, int seq, int length, int flags) {
    return composer.send(c, seq, length, flags, false);
  }

  @HotPath
  private boolean sendAck(Connection c) {
    return composer.send(c, c.sender.ackSeq(), 0, TcpHeader.ACK, true);
  }

  private int sendSyn(Connection c, long nowNs) {
    if (!composer.sendSyn(c, localMss())) {
      return FULL;
    }
    c.onSynSent();
    if (c.handshake.synSent()) {
      c.rtt.onRetransmission();
      onSentAgain(c, c.handshake.retransmissions(), nowNs);
    } else {
      c.rtt.onSent(c.handshake.iss() + 1, nowNs);
    }
    c.handshake.onSynSent();
    c.retransmitTimer.armForSyn(nowNs);
    return DONE;
  }

  private int sendReset(Connection c) {
    resets.add(c, output.station(c.route), composer.tick());
    resets.flush(1);
    return DONE;
  }

  /**
   * The connection is over before its next hop was known. A RST goes where the peer's handshake came from, or nowhere: we opened, and the peer
   * cannot have answered.
   */
  private int sendLastReset(Connection c) {
    long mac = c.handshake.peerMac();
    if (c.resetDue() && mac != 0) {
      resets.add(c, mac, composer.tick());
      resets.flush(1);
    }
    c.onResetSent();
    return DONE;
  }
}
