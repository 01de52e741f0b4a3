// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.nio.ByteBuffer;

/**
 * One direction of one tuple as it appeared on the wire, where its sender put it: before any fault. Judges each segment by what
 * both directions said before.
 */
final class Flow {
  /** A probe of a closed window, or a FIN behind a full one, may stand this far beyond the right edge. */
  private static final int BEYOND_EDGE = 1;

  /** A SYN-ACK and its retries, of which {@link HostPlan} draws up to six; each SYN that comes, perhaps twice, draws one more. */
  private static final int MOST_SYNS = 7;

  private final int mostOffered;
  Flow back;
  private boolean open;

  /** Whether the other direction is known to be of the same connection. */
  private boolean paired;

  /** What it acknowledges and offers may have been more in its former life. */
  private int iss;

  // Of the connection that this direction is of, at its sender.
  private boolean timeWait;
  private long timeWaitUntilNs;
  private int timeWaitRcvNxt;
  private boolean timeWaitStamped;
  private int timeWaitTsRecent;

  // What arrived at the sender of this direction.
  private boolean arrivedStamped;
  private int arrivedTsVal;
  private int arrivedAck;
  private long answeredNs;
  private boolean answered;

  private int syns;

  /** SYNs of the other end that its sender has read: copies of them, too. */
  private int synsArrived;

  /** Something left that is no SYN. */
  private boolean begun;

  private int offeredScale;

  /** Of the SYN before: a cookie and an entry may have answered the same one. */
  private int lastIss;

  private int lastOfferedScale;
  private final FlowOptions options = new FlowOptions();
  private int endSent;
  private boolean finSent;
  private int finSeq;
  private Stream stream;

  /** Of the other direction's sequence numbers: what this one acknowledged last, and the right edge it offered. */
  private boolean acked;

  private int lastAck;
  private int rightEdge;

  /** {@code mostOffered}: bytes of the largest receive buffer on the sender's side. */
  Flow(int mostOffered) {
    this.mostOffered = mostOffered;
  }

  /** The sender is in TIME-WAIT, at least until then by its own clock. */
  void onTimeWait(long untilNs, int rcvNxt, boolean stamped, int tsRecent) {
    timeWait = true;
    timeWaitUntilNs = untilNs;
    timeWaitRcvNxt = rcvNxt;
    timeWaitStamped = stamped;
    timeWaitTsRecent = tsRecent;
  }

  /** RFC 9293 §3.6.1, RFC 6191: until TIME-WAIT is over, only a SYN from after the last connection begins another. */
  private void checkReopening(TcpFrame f) {
    if (timeWait && f.localNs < timeWaitUntilNs && f.has(TcpFrame.ACK)) {
      boolean stamped = timeWaitStamped && f.hasTimestamp;
      int ticks = stamped ? f.tsEcr - timeWaitTsRecent : 0;
      boolean later = f.ack - 1 - timeWaitRcvNxt > 0;
      Violation.unless(ticks > 0 || (ticks == 0 && later), "an old SYN ends TIME-WAIT");
    }
    timeWait = false;
  }

  /** The sender of this direction has read a segment of the other one. */
  void onArrival(ByteBuffer frame, long localNs) {
    int flags = frame.get(47);
    int ack = frame.getInt(42);
    if ((flags & (TcpFrame.SYN | TcpFrame.RST)) != 0) {
      synsArrived += (flags & TcpFrame.SYN) != 0 ? 1 : 0;
      arrivedStamped = false;
      answered = false;
      return;
    }
    boolean old = false;
    int options = frame.getInt(54);
    if (frame.get(46) >>> 4 != 5 && options == 0x0101_080A) {
      int tsVal = frame.getInt(58);
      old = arrivedStamped && tsVal - arrivedTsVal < 0;
      arrivedTsVal = old ? arrivedTsVal : tsVal;
      arrivedStamped = true;
    }
    if (!old && ack == endSent && frame.getInt(38) == back.endSent) {
      answered = true;
      answeredNs = localNs;
      arrivedAck = ack;
    }
  }

  /**
   * Whether the peer has acknowledged all of {@code bytes}, and its FIN, and was heard then or later, less than {@code ns} ago: so quickly nobody is given up
   * who answers (RFC 9293 §3.8.4).
   */
  boolean heardWithin(long ns, int bytes, long nowNs) {
    boolean all = answered && arrivedAck == endSent && endSent == iss + 1 + bytes;
    return all && nowNs - answeredNs < ns;
  }

  /** Whether what it acknowledged last is of a peer's connection with this initial sequence number. */
  boolean isAckOfPeer(int irs) {
    return acked && paired && back.iss == irs;
  }

  /** Whether it is that of a connection with this initial sequence number. */
  boolean isOf(int iss) {
    return open && this.iss == iss;
  }

  /** The sequence number behind all that was sent. */
  int endSent() {
    return endSent;
  }

  /** What it acknowledged last. */
  int lastAck() {
    return lastAck;
  }

  void onSegment(TcpFrame f, ByteBuffer memory) {
    if (f.has(TcpFrame.RST)) {
      checkReset(f);
      return;
    }
    if (f.has(TcpFrame.SYN)) {
      onSyn(f);
      options.onSyn(f);
    }
    begun |= !f.has(TcpFrame.SYN);
    if (!open) {
      return;
    }
    options.onSegment(f, back.options, paired && back.paired);
    if (!isKeepAlive(f)) {
      checkSequence(f, memory);
    }
    if (f.has(TcpFrame.ACK)) {
      checkAck(f);
    }
  }

  /** One that ends a connection stands where its receiver believes it; one without a connection says 0, or what it was asked. */
  private void checkReset(TcpFrame f) {
    if (f.has(TcpFrame.ACK) && f.seq != 0 && open && paired && back.acked) {
      // Whether the peer has taken the byte of a probe, nobody can know.
      Violation.unless(f.seq - back.lastAck >= -1, "a RST before what the peer has acknowledged");
      Violation.unless(f.seq - endSent <= 0, "a RST behind all that was sent");
    }
  }

  private void onSyn(TcpFrame f) {
    checkReopening(f);
    syns++;
    int most = MOST_SYNS + Math.max(3 * back.syns, synsArrived);
    Violation.unless(syns <= most || !f.has(TcpFrame.ACK), "SYN-ACKs without end");
    if (open && f.seq == iss) {
      Violation.unless(
          f.windowScale == offeredScale || offeredScale >= 0, "a repeated SYN with new options");
      // The answer to a SYN without the option may leave it out.
      offeredScale = f.windowScale;
      if (begun && f.has(TcpFrame.ACK)) {
        // An entry is gone by now: an old copy of the SYN drew the same cookie again.
        options.onCookieAgain();
      }
      return;
    }
    open = true;
    begun = false;
    options.begin();
    lastIss = iss;
    lastOfferedScale = offeredScale;
    iss = f.seq;
    endSent = iss + 1;
    finSent = false;
    offeredScale = f.windowScale;
    stream = Stream.of(iss, f.sourceAddress, f.sourcePort, f.destinationPort);
    acked = false;
    // It begins something new, whatever the other end still believes in.
    paired = f.has(TcpFrame.ACK) && (!back.open || f.ack == back.iss + 1);
    back.paired = false;
    back.acked = false;
  }

  /** RFC 9293 §3.8.4: an empty segment one below the next one, when all is acknowledged. */
  private boolean isKeepAlive(TcpFrame f) {
    boolean empty = f.dataLength == 0 && f.flags == TcpFrame.ACK;
    return empty && f.seq == endSent - 1 && (!paired || !back.acked || back.lastAck == endSent);
  }

  /**
   * A server that gives out SYN cookies has one connection more. Its SYN-ACK need not be the last one: a cookie, and later an entry,
   * may have answered the same SYN.
   */
  void onAccepted(int acceptedIss, Stream acceptedStream) {
    if (!open || acceptedIss == iss) {
      return;
    }
    offeredScale = acceptedIss == lastIss ? lastOfferedScale : -1;
    options.forget();
    iss = acceptedIss;
    endSent = acceptedIss + 1;
    finSent = false;
    stream = acceptedStream;
    acked = false;
    paired = false;
    back.paired = false;
    back.acked = false;
  }

  private void checkSequence(TcpFrame f, ByteBuffer memory) {
    int from = f.seq - iss;
    int end = f.endSeq();
    Violation.unless(from >= 0, "a segment before its own SYN");
    if (!f.has(TcpFrame.SYN)) {
      Violation.unless(from >= 1, "a segment with the sequence number of the SYN");
      int different = stream.firstDifference(memory, f.dataOffset, from - 1, f.dataLength);
      if (different >= 0) {
        throw new Violation(
            "byte " + (from - 1 + different) + " of the stream is wrong on the wire");
      }
    }
    if (f.has(TcpFrame.FIN)) {
      Violation.unless(!finSent || finSeq == f.seq + f.dataLength, "the FIN has moved");
      finSent = true;
      finSeq = f.seq + f.dataLength;
    }
    Violation.unless(!finSent || finSeq + 1 - end >= 0, "something behind the FIN");
    if (end - endSent > 0) {
      if (paired && back.paired && back.acked) {
        int beyond = end - back.rightEdge;
        if (beyond > BEYOND_EDGE) {
          throw new Violation(beyond + " bytes beyond the largest window ever offered");
        }
      }
      endSent = end;
    }
  }

  private void checkAck(TcpFrame f) {
    if (!paired) {
      // Which of the two lives of the other end is meant shows in what is acknowledged.
      paired = back.open && f.ack - back.iss > 0 && f.ack - back.endSent <= 0;
      if (!paired) {
        return;
      }
    }
    Violation.unless(f.ack - back.iss > 0, "acknowledges what is before the peer's SYN");
    Violation.unless(f.ack - back.endSent <= 0, "acknowledges what the peer never sent");
    for (int i = 0; i < f.sackBlocks; i++) {
      Violation.unless(f.sackEnd(i) - back.endSent <= 0, "SACKs what the peer never sent");
      Violation.unless(f.sackStart(i) - back.iss > 0, "SACKs what is before the peer's SYN");
    }
    if (acked && f.has(TcpFrame.SYN)) {
      // A SYN-ACK again: it says what it said, also long after, to an old duplicate of the SYN.
      return;
    }
    Violation.unless(!acked || f.ack - lastAck >= 0, "takes an acknowledgment back");
    boolean scales = !f.has(TcpFrame.SYN) && offeredScale >= 0 && back.offeredScale >= 0;
    int window = scales ? f.window << offeredScale : f.window;
    // RFC 7323 §2.4: what cannot be said in units of the scale is rounded, and may seem to move.
    int rounding = scales ? (1 << offeredScale) - 1 : 0;
    if (window > mostOffered + rounding) {
      throw new Violation("offers " + window + " bytes, holds at most " + mostOffered);
    }
    int edge = f.ack + window;
    boolean all = back.finSent && f.ack == back.finSeq + 1;
    if (acked && !all) {
      if (edge + rounding - rightEdge < 0) {
        throw new Violation("moves the right edge back by " + (rightEdge - edge) + " bytes");
      }
    }
    rightEdge = acked && rightEdge - edge > 0 ? rightEdge : edge;
    lastAck = f.ack;
    acked = true;
  }
}
