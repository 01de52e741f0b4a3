// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.api.Limits;
import io.vireo.api.SoftError;
import io.vireo.wire.SequenceNumber;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;

/**
 * What a segment does to a connection: RFC 9293 §3.10.7, in its order of checks, with RFC 5961. Holds no state of any connection;
 * what follows from the segment is recorded in the connection's pieces.
 */
final class SegmentArrival {
  /** {@link #onSegment}: the segment was dealt with. */
  static final int TAKEN = 0;

  /** The segment belongs to another incarnation: it deserves a RST of its own, the connection lives on. */
  static final int REFUSED = 1;

  private final Limits limits;
  private final Counters counters;
  private final ConnectionEvents events;
  private final TcpOptions options = new TcpOptions();
  private final AckArrival ack = new AckArrival();

  SegmentArrival(Limits limits, Counters counters, ConnectionEvents events) {
    this.limits = limits;
    this.counters = counters;
    this.events = events;
  }

  /**
   * {@code localMss}: the largest segment that the path takes. Returns TAKEN or REFUSED.
   *
   * <p>All checks of a synchronised connection stand in this one method. Cut into several, it is inlined into the turn of the stack, and the JIT runs
   * out of registers there (docs/decisions/0011-what-is-compiled-together.md).
   */
  @HotPath(compiledAlone = true)
  int onSegment(Connection c, Segment segment, int localMss, long nowNs) {
    if (!c.state().synchronised()) {
      return c.state() == TcpState.SYN_SENT
          ? onSegmentInSynSent(c, segment, localMss, nowNs)
          : onSegmentInSynReceived(c, segment, localMss, nowNs);
    }
    segment.readAgreedOptions(options, c.handshake.agreed());
    int flags = segment.flags;
    // Second and fourth check: they come before the first, see onResetOrSyn.
    if ((flags & (TcpHeader.RST | TcpHeader.SYN)) != 0) {
      onResetOrSyn(c, segment, nowNs);
      return TAKEN;
    }
    // RFC 7323 §5.3 (R1), whatever the sequence number. Deviation from §3.2: a segment without a
    // timestamp passes, as it does elsewhere, for there are middleboxes that take it out.
    if (segment.hasTimestamp && c.timestamps.isOld(segment.tsVal, nowNs)) {
      onOldTimestamp(c, segment, nowNs);
      return TAKEN;
    }
    // First check: the sequence number.
    if (!c.receiver.acceptable(segment.seq, segment.length())
        && !countsOutsideWindow(c, segment, nowNs)) {
      return TAKEN;
    }
    // Fifth check: the ACK field. RFC 5961 §5.2 (MAY-12): neither what was never sent, nor what is
    // long past.
    if ((flags & TcpHeader.ACK) == 0) {
      counters.increment(Counter.TCP_BAD_FLAGS);
      return TAKEN;
    }
    Sender sender = c.sender;
    if (SequenceNumber.greaterThan(segment.ack, sender.sndMax())
        || SequenceNumber.lessThan(segment.ack, sender.sndUna() - sender.maxSndWnd())) {
      counters.increment(Counter.TCP_BAD_ACK);
      answer(c, segment, nowNs);
      return TAKEN;
    }
    int facts = sender.onAck(segment, nowNs);
    if (facts != 0 || segment.sackBlocks > 0) {
      onAckNews(c, segment, facts, nowNs);
    }
    if (segment.hasTimestamp) {
      c.timestamps.onAccepted(segment.seq, segment.tsVal, nowNs);
    }
    if (c.keepAlive.onHeard(nowNs)) {
      c.armKeepAlive(nowNs);
    }
    onUrgent(c, segment);
    onStream(c, segment, nowNs);
    if (c.state() == TcpState.FIN_WAIT_2) {
      c.onHeardInFinWait(nowNs);
    }
    return TAKEN;
  }

  /** RFC 9293 §3.10.7.3. */
  private int onSegmentInSynSent(Connection c, Segment segment, int localMss, long nowNs) {
    boolean acks = segment.has(TcpHeader.ACK);
    if (acks && segment.ack != c.handshake.iss() + 1) {
      counters.increment(Counter.TCP_BAD_ACK);
      if (segment.has(TcpHeader.RST)) {
        return TAKEN;
      }
      if (c.handshake.mayRepeatEarly()) {
        // RFC 9293 §3.5.1, figure 9: the peer still holds an old connection. Our RST ends it, and
        // then our SYN is welcome.
        c.handshake.onRepeatedEarly();
        c.repeatSyn();
      }
      return REFUSED;
    }
    if (segment.has(TcpHeader.RST)) {
      if (acks) {
        counters.increment(Counter.RESETS_RECEIVED);
        c.close(CloseReason.REFUSED);
      }
      return TAKEN;
    }
    if (!segment.has(TcpHeader.SYN)) {
      counters.increment(Counter.TCP_BAD_FLAGS);
      return TAKEN;
    }
    segment.readOptions(options);
    int mss = Handshake.believedMss(options.mss(), limits.leastMss());
    c.onSyn(segment.seq, mss, options.windowScale(), Handshake.offers(options), localMss);
    c.timestamps.onSyn(options.tsVal(), segment.seq + 1, nowNs);
    if (!acks) {
      // Both ends opened at once (RFC 9293 §3.5, figure 7): our SYN goes out again, with an ACK.
      c.enterSynReceived();
      return TAKEN;
    }
    c.establish(segment, localMss, nowNs);
    c.acks.soon();
    onUrgent(c, segment);
    segment.dropSyn();
    onStream(c, segment, nowNs);
    return TAKEN;
  }

  /** SYN-RECEIVED after a simultaneous open; that of a passive open is an entry of HalfOpenTable. */
  private int onSegmentInSynReceived(Connection c, Segment segment, int localMss, long nowNs) {
    segment.readAgreedOptions(options, c.handshake.agreed());
    if (segment.has(TcpHeader.SYN)
        && !segment.has(TcpHeader.RST)
        && segment.seq == c.handshake.irs()) {
      if (segment.hasTimestamp) {
        c.timestamps.onAccepted(segment.seq, segment.tsVal, nowNs);
      }
      if (!segment.has(TcpHeader.ACK)) {
        c.repeatSyn();
        return TAKEN;
      }
      // The peer's half of the simultaneous open: its SYN is known, its ACK counts.
      segment.dropSyn();
    }
    if (segment.has(TcpHeader.RST | TcpHeader.SYN)) {
      onResetOrSyn(c, segment, nowNs);
      return TAKEN;
    }
    if (segment.hasTimestamp && c.timestamps.isOld(segment.tsVal, nowNs)) {
      onOldTimestamp(c, segment, nowNs);
      return TAKEN;
    }
    if (!c.receiver.acceptable(segment.seq, segment.length())
        && !countsOutsideWindow(c, segment, nowNs)) {
      return TAKEN;
    }
    if (!segment.has(TcpHeader.ACK)) {
      counters.increment(Counter.TCP_BAD_FLAGS);
      return TAKEN;
    }
    if (segment.ack != c.handshake.iss() + 1) {
      counters.increment(Counter.TCP_BAD_ACK);
      return REFUSED;
    }
    if (segment.hasTimestamp) {
      c.timestamps.onAccepted(segment.seq, segment.tsVal, nowNs);
    }
    c.establish(segment, localMss, nowNs);
    onUrgent(c, segment);
    onStream(c, segment, nowNs);
    return TAKEN;
  }

  private void onOldTimestamp(Connection c, Segment segment, long nowNs) {
    counters.increment(Counter.TCP_OLD_TIMESTAMP);
    // Overtaken by its own repetition, perhaps: that is worth a D-SACK.
    c.receiver.onUnacceptable(segment);
    answer(c, segment, nowNs);
  }

  /** What counts although it is outside the window. Answers the rest. */
  private boolean countsOutsideWindow(Connection c, Segment segment, long nowNs) {
    if (c.receiver.window() <= 0 && segment.seq == c.receiver.rcvNxt()) {
      // A probe of our closed window: ACK and window count, what does not fit does not (RFC 9293
      // §3.4).
      if (segment.dataLength > 0) {
        segment.flags &= ~TcpHeader.FIN;
        segment.dataLength = 0;
      }
      c.acks.soon();
      return true;
    }
    counters.increment(Counter.TCP_OUT_OF_WINDOW);
    c.receiver.onUnacceptable(segment);
    answer(c, segment, nowNs);
    return false;
  }

  /**
   * Second and fourth check: RST and SYN. They come before the first, because RFC 5961 looks at the sequence number alone: a RST exactly
   * at RCV.NXT counts, even behind a closed window (MUST-66); inside the window it is challenged (§3.2), as a SYN is anywhere (§4.2).
   */
  private void onResetOrSyn(Connection c, Segment segment, long nowNs) {
    if (segment.has(TcpHeader.RST)) {
      onReset(c, segment, nowNs);
    } else {
      challenge(c, nowNs);
    }
  }

  private void onReset(Connection c, Segment segment, long nowNs) {
    if (segment.seq == c.receiver.rcvNxt()) {
      counters.increment(Counter.RESETS_RECEIVED);
      c.onReset();
    } else if (c.receiver.offers(segment.seq)) {
      challenge(c, nowNs);
    } else {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
    }
  }

  @HotPath
  private void onAckNews(Connection c, Segment segment, int facts, long nowNs) {
    if (ack.read(c, segment, facts == Sender.DUPLICATE, nowNs)) {
      int found = c.recovery.onAck(segment, ack, nowNs);
      if (found != 0) {
        tell(c, found);
      }
    }
    if (facts == Sender.ADVANCED) {
      c.onAdvance(nowNs);
    } else {
      c.retransmitTimer.onNews(ack.precedesOldest(), nowNs);
    }
  }

  private void tell(Connection c, int found) {
    if ((found & LossRecovery.UNDONE) != 0) {
      counters.increment(Counter.RECOVERIES_UNDONE);
      events.onRecoveryEnd(c, ConnectionEvents.UNDONE);
    }
    if ((found & LossRecovery.REPAIRED) != 0) {
      events.onRecoveryEnd(c, ConnectionEvents.REPAIRED);
    }
    if ((found & LossRecovery.LOSS_FOUND) != 0) {
      counters.increment(Counter.FAST_RETRANSMITS);
      events.onRecoveryBegin(c);
    }
  }

  /** Sixth check: urgent data comes in line; that it is there is told beforehand. Nothing but its news depends on the pointer. */
  private static void onUrgent(Connection c, Segment segment) {
    if (!segment.has(TcpHeader.URG)) {
      return;
    }
    int pointer = TcpHeader.urgentPointer(segment.memory, segment.headerOffset);
    if (c.state().receiving() && c.receiver.onUrgent(segment.seq + pointer)) {
      c.delivery.onSoftError(SoftError.URGENT);
    }
  }

  /** Seventh and eighth: payload and FIN. */
  @HotPath
  private void onStream(Connection c, Segment segment, long nowNs) {
    boolean fin = (segment.flags & TcpHeader.FIN) != 0;
    if (segment.dataLength == 0 && !fin) {
      return;
    }
    if (!c.state().receiving()) {
      // The peer repeats its FIN, or sends data behind it: it has not heard our ACK, or it is
      // wrong.
      counters.increment(Counter.TCP_DATA_AFTER_END);
      c.acks.soon();
      return;
    }
    if (segment.dataLength > 0) {
      onPayload(c, segment);
    }
    if (fin) {
      onFin(c, segment);
    }
    if (c.receiver.viewLength() == 0) {
      // Else RCV.NXT moves when the user was shown what is in view.
      c.onStreamAdvanced(nowNs);
    }
  }

  @HotPath
  private void onPayload(Connection c, Segment segment) {
    switch (c.receiver.onPayload(segment, segment.inFrame && !c.delivery.isPaused())) {
      case Receiver.IN_ORDER -> {
        c.acks.onPayload(segment.dataLength);
        c.delivery.onData();
      }
      case Receiver.FILLS_GAP -> {
        c.acks.onGapFilled();
        c.delivery.onData();
      }
      case Receiver.EARLY -> {
        counters.increment(Counter.TCP_OUT_OF_ORDER);
        c.acks.duplicate();
      }
      case Receiver.DUPLICATE -> {
        counters.increment(Counter.TCP_DUPLICATE_DATA);
        c.acks.soon();
      }
      default -> {
        counters.increment(Counter.TCP_DATA_DROPPED);
        c.acks.duplicate();
      }
    }
    if (c.receiver.sackReport().owesDuplicate()) {
      c.acks.soon();
    }
  }

  private void onFin(Connection c, Segment segment) {
    if (!c.receiver.onFin(segment.seq + segment.dataLength)) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
    }
    c.acks.soon();
  }

  /** The peer is to hear where we stand. A segment that carries something is never throttled: its ACK was lost, perhaps. */
  private void answer(Connection c, Segment segment, long nowNs) {
    if (segment.length() > 0) {
      c.acks.soon();
    } else if (segment.seq == c.receiver.rcvNxt() - 1) {
      countChallenge(c.acks.answerProbe(limits.challengeAckNs(), nowNs));
    } else {
      challenge(c, nowNs);
    }
  }

  private void challenge(Connection c, long nowNs) {
    countChallenge(c.acks.challenge(limits.challengeAckNs(), nowNs));
  }

  private void countChallenge(boolean sent) {
    if (sent) {
      counters.increment(Counter.CHALLENGE_ACKS_SENT);
    } else {
      counters.increment(Counter.REPLIES_SUPPRESSED);
    }
  }
}
