// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.wire.SequenceNumber;
import io.vireo.wire.TcpHeader;

/**
 * The send half: SND.UNA, SND.NXT, SND.WND and our FIN.
 *
 * <pre>
 *    acknowledged |  under way  | probe of a closed window | not yet sent | FIN
 *   --------------|-------------|--------------------------|--------------|
 *              SND.UNA       SND.NXT                    sndMax         endSeq
 * </pre>
 *
 * What becomes of what is under way, and what of it is sent again, is {@link LossRecovery}'s.
 */
final class Sender {
  /** {@link #next}: nothing may be sent. */
  static final int NOTHING = -1;

  /** {@link #onAck} bits: new bytes are acknowledged. */
  static final int ADVANCED = 1;

  /** {@link #onAck} bits: a duplicate ACK by RFC 5681 §2. */
  static final int DUPLICATE = 2;

  /** Bits of {@link #holding}: an incomplete segment waits for the ACK of what is under way (Nagle's algorithm). */
  private static final int NAGLE = 1;

  /** More is to come: the incomplete last segment waits for it. */
  private static final int CORKED = 2;

  /** What is queued is to leave all the same. */
  private static final int FLUSHED = 4;

  final SendBuffer buffer;

  /** What may keep an incomplete last segment back though the windows let it go; 0: nothing. */
  private int holding;

  private int mss;
  private int scale;
  private int sndUna;
  private int sndNxt;
  private int sndMax;
  private int sndWnd;
  private int sndWl1;
  private int sndWl2;
  private int maxSndWnd;

  /** How often SND.UNA has passed the last sequence number. */
  private int laps;

  private boolean finQueued;
  private boolean finAcked;

  /** The FIN stands behind a claim that is still open. */
  private boolean finAwaitsCommit;

  /** It never left, and will not. */
  private boolean finDropped;

  private long waitingSinceNs;
  private long lastSentNs;

  Sender(BufferArena arena, int limitBytes) {
    buffer = new SendBuffer(arena, limitBytes);
  }

  /** The connection is about to be opened: bytes may be queued, nothing may be sent. */
  void reset(int iss, boolean nagle) {
    buffer.clear();
    holding = nagle ? NAGLE : 0;
    sndUna = iss + 1;
    sndNxt = sndUna;
    sndMax = sndUna;
    sndWnd = 0;
    maxSndWnd = 0;
    laps = 0;
    finQueued = false;
    finDropped = false;
    finAcked = false;
    finAwaitsCommit = false;
  }

  /** Whether nothing is queued or claimed, nothing unacknowledged, and no end in sight. */
  boolean isAtRest() {
    return sndMax == sndUna
        && sndNxt == sndUna
        && buffer.isIdle()
        && !finQueued
        && !finAcked
        && !finAwaitsCommit;
  }

  void keep(Memo memo) {
    memo.putByte(holding);
    memo.putByte(scale);
    memo.putInt(mss);
    memo.putInt(sndUna);
    memo.putInt(sndWnd);
    memo.putInt(sndWl1);
    memo.putInt(sndWl2);
    memo.putInt(maxSndWnd);
    memo.putInt(laps);
    memo.putLong(waitingSinceNs);
    memo.putLong(lastSentNs);
    memo.putInt(buffer.limitBytes());
  }

  void recall(Memo memo) {
    int held = memo.getByte();
    scale = memo.getByte();
    mss = memo.getInt();
    reset(memo.getInt() - 1, false);
    holding = held;
    sndWnd = memo.getInt();
    sndWl1 = memo.getInt();
    sndWl2 = memo.getInt();
    maxSndWnd = memo.getInt();
    laps = memo.getInt();
    waitingSinceNs = memo.getLong();
    lastSentNs = memo.getLong();
    buffer.recallLimit(memo.getInt());
  }

  /** The handshake is complete; {@code window} is what {@code segment} offers, already scaled. */
  void onEstablished(int mss, int scale, int window, Segment segment, long nowNs) {
    this.mss = mss;
    this.scale = scale;
    sndWl1 = segment.seq;
    sndWl2 = segment.ack;
    lastSentNs = nowNs;
    setWindow(window);
  }

  /**
   * Takes SEG.ACK, which the caller has found to lie between SND.UNA less the largest window and sndMax, and SEG.WND. Returns ADVANCED,
   * DUPLICATE or neither.
   */
  @HotPath
  int onAck(Segment segment, long nowNs) {
    int facts = 0;
    int ack = segment.ack;
    int window = segment.window << scale;
    if (SequenceNumber.greaterThan(ack, sndUna)) {
      advance(ack, nowNs);
      facts = ADVANCED;
    } else if (ack == sndUna
        && sndNxt != sndUna
        && window == sndWnd
        && segment.dataLength == 0
        && !segment.has(TcpHeader.FIN)) {
      facts = DUPLICATE;
    }
    if (facts == ADVANCED || isNewer(segment)) {
      sndWl1 = SequenceNumber.max(sndWl1, segment.seq);
      sndWl2 = ack;
      setWindow(window);
      if (window == 0) {
        // An answered probe is an answer: the connection stays open as long as they come (MUST-37).
        waitingSinceNs = nowNs;
      }
    }
    return facts;
  }

  /** Whether all that was sent is under way, and what is queued may leave as soon as the windows let it. */
  boolean isSteady() {
    return holding == 0 && sndNxt == sndMax && !finQueued && !finAwaitsCommit;
  }

  /**
   * In a steady connection: takes SEG.ACK, between SND.UNA and SND.NXT, of the segment that is next, and SEG.WND if that is newer than what we have: an ACK may have overtaken the
   * bytes that were sent before it.
   */
  @HotPath
  void onSteadyAck(Segment segment, long nowNs) {
    int ack = segment.ack;
    if (ack != sndUna) {
      advance(ack, nowNs);
    } else if (SequenceNumber.greaterThan(sndWl1, segment.seq)) {
      return;
    }
    sndWl1 = SequenceNumber.max(sndWl1, segment.seq);
    sndWl2 = ack;
    setWindow(segment.window << scale);
    if (sndWnd == 0) {
      waitingSinceNs = nowNs;
    }
  }

  /** In a steady connection: bytes that wait to be sent from SND.NXT on. */
  @HotPath
  int unsentBytes() {
    return buffer.length() - (sndNxt - sndUna);
  }

  /** How many more the peer's window has room for; negative after the peer has taken some of it back. */
  @HotPath
  int roomBytes() {
    return sndWnd - (sndNxt - sndUna);
  }

  /**
   * RFC 9293 §3.10.7.4: only a newer segment may change the window. Deviation: one that acknowledges new bytes always does. It may be
   * a retransmission with an old sequence number, and the old window, counted from the new SND.UNA, would be too large.
   */
  @HotPath
  private boolean isNewer(Segment segment) {
    return segment.ack == sndUna
        && (SequenceNumber.lessThan(sndWl1, segment.seq)
            || (sndWl1 == segment.seq && SequenceNumber.lessOrEqual(sndWl2, segment.ack)));
  }

  /**
   * How many bytes to send from SND.NXT now, when {@code congestionRoom} more may be under way; 0 means a FIN alone; NOTHING if there is nothing, the windows or silly-window avoidance
   * forbid it (RFC 9293 §3.8.6.2.1), or the last segment waits for more.
   */
  @HotPath
  int next(int congestionRoom) {
    int sent = sndNxt - sndUna;
    int unsent = buffer.length() - sent;
    if (unsent <= 0) {
      return unsent == 0 && finQueued && !finAcked ? 0 : NOTHING;
    }
    int length = Math.min(unsent, mss);
    if (congestionRoom < length) {
      return NOTHING;
    }
    int room = sndWnd - sent;
    if (room >= length) {
      return length < mss && holding != 0 && isHeld(length) ? NOTHING : length;
    }
    return room > 0 && room >= maxSndWnd >>> 1 && !awaitsAck() ? room : NOTHING;
  }

  /** Whether a last segment of {@code length} bytes, for which the windows have room, waits for more. */
  @HotPath
  private boolean isHeld(int length) {
    return awaitsAck() || isCorked(length);
  }

  /**
   * How many of {@code length} bytes that lie at {@code startSeq}, and were sent before, to send again; NOTHING where the peer has taken back the
   * window that it offered for them (RFC 9293 §3.8.6).
   */
  int again(int startSeq, int length) {
    int room = sndWnd - (startSeq - sndUna);
    if (room >= length) {
      return length;
    }
    return room > 0 && room >= maxSndWnd >>> 1 ? room : NOTHING;
  }

  /** RFC 9293 §3.7.4: while anything new is unacknowledged, only full segments are sent, unless the FIN follows. What was sent before is never held. */
  @HotPath
  private boolean awaitsAck() {
    return (holding & (NAGLE | FLUSHED)) == NAGLE
        && sndMax != sndUna
        && sndNxt == sndMax
        && !finQueued;
  }

  /** With a window below a segment, what fills the window is full. */
  @HotPath
  private boolean isCorked(int length) {
    return (holding & CORKED) != 0 && length < sndWnd && sndNxt == sndMax && !finQueued;
  }

  /** With nothing in flight: whether what is unsent waits for more, and not for the peer. */
  boolean waitsForMore() {
    int unsent = buffer.length();
    return unsent > 0 && unsent < mss && isCorked(unsent);
  }

  /** Whether {@link #onQueued} has anything to change. */
  @HotPath
  boolean holds() {
    return holding != 0;
  }

  /** Whether more was said to come. */
  @HotPath
  boolean corked() {
    return (holding & CORKED) != 0;
  }

  /** Something was queued; {@code more} is to come, or nothing that we know of. */
  void onQueued(boolean more) {
    holding = (holding & NAGLE) | (more ? CORKED : 0);
  }

  /** All that is queued may leave now. */
  void onFlush() {
    holding = (holding & NAGLE) == 0 ? 0 : NAGLE | FLUSHED;
  }

  void setNagle(boolean on) {
    holding = on ? holding | NAGLE : holding & CORKED;
  }

  /** What a probe or an override of silly-window avoidance sends from {@code startSeq} on: at least one byte, whatever the window. */
  int probeLength(int startSeq) {
    int before = startSeq - sndUna;
    return Math.min(Math.min(buffer.length() - before, mss), Math.max(sndWnd - before, 1));
  }

  /** Whether the peer's window has room for {@code length} bytes at {@code startSeq}. */
  boolean fits(int startSeq, int length) {
    return sndWnd - (startSeq - sndUna) >= length;
  }

  /** {@code length} sequence numbers left from SND.NXT on. */
  @HotPath
  void onSent(int length, long nowNs) {
    if (sndNxt == sndUna && sndMax == sndUna) {
      waitingSinceNs = nowNs;
    }
    lastSentNs = nowNs;
    sndNxt += length;
    sndMax = SequenceNumber.max(sndMax, sndNxt);
  }

  /** A probe of {@code length} bytes left from SND.NXT on; they do not count as sent unless the peer takes them. */
  void onProbeSent(int length, long nowNs) {
    if (sndMax == sndUna) {
      waitingSinceNs = nowNs;
    }
    sndMax = SequenceNumber.max(sndMax, sndNxt + length);
  }

  /** Something was sent again. */
  void onSentAgain(long nowNs) {
    lastSentNs = nowNs;
  }

  void queueFin() {
    finQueued = true;
    finAwaitsCommit = false;
  }

  /** The FIN will be queued when the open claim is committed. */
  void queueFinAfterCommit() {
    finAwaitsCommit = true;
  }

  @HotPath
  boolean finAwaitsCommit() {
    return finAwaitsCommit;
  }

  boolean finQueued() {
    return finQueued;
  }

  boolean finAcked() {
    return finAcked;
  }

  /** Whether our FIN ever left. */
  boolean finSent() {
    return finQueued && !finDropped && (finAcked || SequenceNumber.greaterThan(sndMax, endSeq()));
  }

  /** The connection is over: drops what is queued. */
  void drop() {
    finDropped = finQueued && !finSent();
    buffer.drop();
  }

  /** Payload that ever left, each byte once, a probe's included; {@code iss}: ISS. */
  long sentBytes(int iss) {
    long ackedSequence =
        ((long) laps << 32) + Integer.toUnsignedLong(sndUna) - Integer.toUnsignedLong(iss + 1);
    return ackedSequence + (sndMax - sndUna) - (finSent() ? 1 : 0);
  }

  /** Whether the segment of {@code length} bytes at {@code seq} ends the queue, so that it carries PSH (MUST-61). */
  @HotPath
  boolean endsQueue(int seq, int length) {
    return seq + length == endSeq();
  }

  /** How many of {@code length} sequence numbers at {@code startSeq} are bytes: our FIN is not. */
  int dataLength(int startSeq, int length) {
    return Math.min(length, buffer.length() - (startSeq - sndUna));
  }

  /** Whether our FIN stands in front of {@code seq}. */
  boolean isFin(int seq) {
    return finQueued && seq == endSeq() + 1;
  }

  /** The sequence number behind the last byte queued: where our FIN stands. */
  @HotPath
  int endSeq() {
    return finAcked ? sndUna - 1 : sndUna + buffer.length();
  }

  @HotPath
  int mss() {
    return mss;
  }

  void setMss(int mss) {
    this.mss = mss;
  }

  int sndUna() {
    return sndUna;
  }

  int sndNxt() {
    return sndNxt;
  }

  int sndMax() {
    return sndMax;
  }

  int sndWnd() {
    return sndWnd;
  }

  int maxSndWnd() {
    return maxSndWnd;
  }

  /** Whether anything that was sent is unacknowledged. */
  boolean outstanding() {
    return sndMax != sndUna;
  }

  /** Whether bytes or a FIN wait to be sent for the first time. */
  boolean hasUnsent() {
    return !finAcked && sndNxt != endSeq() + (finQueued ? 1 : 0);
  }

  /** How long nothing has been sent, if nothing is under way; else 0. A probe of a closed window is not under way. */
  @HotPath
  long idleFor(long nowNs) {
    return sndNxt == sndUna ? nowNs - lastSentNs : 0;
  }

  /**
   * The sequence number of a segment that only acknowledges: behind all that was sent, as far as the peer's window reaches, so that the peer finds
   * it acceptable whatever of that has arrived.
   */
  @HotPath
  int ackSeq() {
    return SequenceNumber.min(sndMax, sndUna + sndWnd);
  }

  /** Bytes that the windows would let go now; {@code congestionRoom}: how many more may be under way. */
  int immediatelySendable(int congestionRoom) {
    int unsent = buffer.length() - Math.min(sndNxt - sndUna, buffer.length());
    int room = Math.min(sndWnd - buffer.length(), congestionRoom - unsent);
    return Math.max(0, Math.min(room, buffer.free()));
  }

  /** Since when the oldest unanswered byte has been waiting. */
  long waitingSinceNs() {
    return waitingSinceNs;
  }

  /** Bytes wait for something other than the peer: a neighbour, say. */
  void onBlocked(long nowNs) {
    waitingSinceNs = nowNs;
  }

  @HotPath
  private void advance(int ack, long nowNs) {
    int acked = ack - sndUna;
    int held = buffer.length();
    if (acked > held) {
      finAcked = true;
      acked = held;
    }
    if (acked > 0) {
      buffer.release(acked);
    }
    if (Integer.compareUnsigned(ack, sndUna) < 0) {
      laps++;
    }
    sndUna = ack;
    sndNxt = SequenceNumber.max(sndNxt, ack);
    waitingSinceNs = nowNs;
  }

  private void setWindow(int window) {
    sndWnd = window;
    maxSndWnd = Math.max(maxSndWnd, window);
  }
}
