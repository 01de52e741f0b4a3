// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.wire.SequenceNumber;
import java.nio.ByteBuffer;

/**
 * The receive half: RCV.NXT, the right edge that was offered, the peer's FIN.
 *
 * <pre>
 *      left over        in view        window        rounding
 *   |--------------|---------------|---------------|----------|
 *   first        RCV.NXT        (not yet counted)  right    offered
 *                                                   edge      edge
 * </pre>
 *
 * The right edge is kept to the byte; a scaled window field says it in larger units. What it says by rounding up may come, too, but
 * does not move the right edge on (docs/decisions/0004).
 *
 * Payload in order is first only shown to the user where it lies in the NIC's buffer ("in view"). RCV.NXT moves when the user
 * has taken it, or when what he left over is kept: so nothing is ever acknowledged that could still be lost.
 */
final class Receiver {
  /** {@link #onPayload}: payload in order, in view or kept. */
  static final int IN_ORDER = 0;

  /** In order, and bytes that came early follow it. */
  static final int FILLS_GAP = 1;

  /** Beyond RCV.NXT, and kept. */
  static final int EARLY = 2;

  /** Nothing new. */
  static final int DUPLICATE = 3;

  /** New, but dropped for want of memory, ranges or room. */
  static final int DROPPED = 4;

  private static final int MAX_FIELD = 0xFFFF;

  private final BufferArena arena;

  /** With less than this free, nothing more is offered. */
  private final long reserveBytes;

  private final ReorderBuffer buffer;
  private final SackReport sackReport;

  /** Of bytes held for the user; at last as long as the longest message that he is ever shown whole. */
  private final ReceiveLimit limit;

  private int scale;
  private int mss;
  private int rightEdge;

  /** The furthest that any window field has offered; never before the right edge, and less than one unit beyond it. */
  private int offeredEdge;

  /** Whether the user, when he was shown something last, left bytes over to wait for more. */
  private boolean waitsForMore;

  private boolean finSeen;
  private boolean finTaken;
  private int finSeq;

  /** RCV.UP: behind the last byte that the peer called urgent. */
  private int rcvUp;

  /** Whether bytes before RCV.UP are not consumed. Without this, one of 4 GiB ago would seem to lie ahead. */
  private boolean urgent;

  private boolean fullTold;
  private ByteBuffer viewMemory;
  private int viewOffset;
  private int viewLength;

  Receiver(BufferArena arena, int capBytes, int limitRanges) {
    this.arena = arena;
    this.reserveBytes = Memory.earlyReserveBytes(arena);
    this.limit = new ReceiveLimit(arena, capBytes);
    this.buffer = new ReorderBuffer(arena, limit, limitRanges);
    this.sackReport = new SackReport(buffer, capBytes);
  }

  /**
   * The window scale for a buffer that may grow so long: all of it but its last unit can be offered at once (RFC 7323 §2.3), and that follows when the first bytes
   * have come.
   */
  static int scaleFor(int capBytes) {
    return Handshake.scaleFor(capBytes - 1);
  }

  /** The window to put into a SYN, which is never scaled. */
  static int synWindow(int capBytes) {
    return Math.min(capBytes, 0xFFFF);
  }

  /** The peer's SYN came; ours offers {@link #synWindow}. {@code scale} 0: windows are not scaled. */
  void onSyn(int irs, int scale, int mss) {
    this.scale = scale;
    this.mss = mss;
    buffer.reset(irs + 1);
    sackReport.reset(irs + 1);
    limit.begin(irs + 1, MAX_FIELD << scale);
    rightEdge = irs + 1 + synWindow(limit.capBytes());
    offeredEdge = rightEdge;
    waitsForMore = false;
    finSeen = false;
    finTaken = false;
    urgent = false;
    fullTold = false;
    viewLength = 0;
  }

  /** RCV.NXT. */
  @HotPath
  int rcvNxt() {
    return buffer.nextSeq() + (finTaken ? 1 : 0);
  }

  /** RCV.WND: what was offered and is not used up, but for the rounding. */
  @HotPath
  int window() {
    return Math.max(rightEdge - buffer.nextSeq(), 0);
  }

  /** Whether nothing is held, and neither FIN nor urgent data was announced. */
  boolean isSteady() {
    return !finSeen
        && !urgent
        && viewLength == 0
        && !waitsForMore
        && buffer.isEmpty()
        && !sackReport.owesDuplicate();
  }

  /** While {@link #isSteady}. */
  void keep(Memo memo) {
    memo.putByte(scale);
    memo.putInt(mss);
    memo.putInt(rightEdge);
    memo.putInt(offeredEdge);
    memo.putFlags(fullTold, false, false);
    buffer.keep(memo);
    sackReport.keep(memo);
    limit.keep(memo);
  }

  void recall(Memo memo) {
    scale = memo.getByte();
    mss = memo.getInt();
    rightEdge = memo.getInt();
    offeredEdge = memo.getInt();
    waitsForMore = false;
    finSeen = false;
    finTaken = false;
    urgent = false;
    viewLength = 0;
    fullTold = (memo.getByte() & 1) != 0;
    buffer.recall(memo);
    sackReport.recall(memo);
    limit.recall(memo);
  }

  /** In a steady connection: whether {@code length} bytes at {@code seq} are next, and all of them offered. */
  @HotPath
  boolean expects(int seq, int length) {
    return seq == buffer.nextSeq() && length <= Math.min(offeredEdge - seq, limit.capBytes());
  }

  /** The payload is next, and the user will be shown it where it lies. */
  @HotPath
  void view(Segment segment) {
    viewMemory = segment.memory;
    viewOffset = segment.dataOffset;
    viewLength = segment.dataLength;
  }

  /** RFC 9293 §3.10.7.4, first check. */
  @HotPath
  boolean acceptable(int seq, int length) {
    return acceptable(seq, length, rcvNxt(), offeredEdge);
  }

  /** The same for a given window. An empty segment is taken up to and including the right edge: a peer that has filled the window sends its ACKs from there. */
  @HotPath
  static boolean acceptable(int seq, int length, int rcvNxt, int rightEdge) {
    if (length == 0) {
      return SequenceNumber.greaterOrEqual(seq, rcvNxt)
          && SequenceNumber.lessOrEqual(seq, rightEdge);
    }
    return SequenceNumber.lessThan(seq, rightEdge)
        && SequenceNumber.greaterThan(seq + length, rcvNxt);
  }

  /** Whether the byte at {@code seq} is one that the peer may send. */
  boolean offers(int seq) {
    return SequenceNumber.between(rcvNxt(), seq, offeredEdge);
  }

  /**
   * Takes the part of the payload that is new and inside the window. {@code mayShow}: the user will be shown it before the frame is
   * released, so that it need not be copied.
   */
  @HotPath
  int onPayload(Segment segment, boolean mayShow) {
    int next = buffer.nextSeq();
    int seq = segment.seq;
    if (seq != next || buffer.holdsEarly()) {
      sackReport.onSegment(seq, seq + segment.dataLength);
    }
    int start = SequenceNumber.max(seq, next);
    int end = SequenceNumber.min(seq + segment.dataLength, finSeen ? finSeq : offeredEdge);
    end = SequenceNumber.min(end, buffer.endSeq());
    if (SequenceNumber.lessOrEqual(end, start) || finTaken) {
      return start == buffer.endSeq() ? DROPPED : DUPLICATE;
    }
    int offset = segment.dataOffset + (start - seq);
    if (start != next) {
      return insert(start, segment.memory, offset, end - start) ? EARLY : DROPPED;
    }
    int verdict = IN_ORDER;
    if (buffer.holdsEarly()) {
      verdict = FILLS_GAP;
      end = upToEarly(segment, end);
    }
    if (mayShow && buffer.readable() == 0 && viewLength == 0) {
      viewMemory = segment.memory;
      viewOffset = offset;
      viewLength = end - start;
      return verdict;
    }
    return keep(segment.memory, offset, end - start) ? verdict : DROPPED;
  }

  /** Bytes accepted first stay: of a segment that reaches over early ones, only what lies between those is kept, and the rest cut off. */
  private int upToEarly(Segment segment, int end) {
    int firstEarly = buffer.firstEarlySeq();
    if (SequenceNumber.lessOrEqual(end, firstEarly)) {
      return end;
    }
    int offset = segment.dataOffset + (firstEarly - segment.seq);
    insert(firstEarly, segment.memory, offset, end - firstEarly);
    return firstEarly;
  }

  private boolean insert(int seq, ByteBuffer source, int offset, int length) {
    boolean kept = buffer.insert(seq, source, offset, length);
    if (kept) {
      sackReport.onEarly(seq);
    }
    return kept;
  }

  /** A segment came that {@link #acceptable} refuses. */
  void onUnacceptable(Segment segment) {
    sackReport.onSegment(segment.seq, segment.seq + segment.dataLength);
  }

  /** What ACKs say of bytes beyond RCV.NXT. */
  @HotPath
  SackReport sackReport() {
    return sackReport;
  }

  /** Whether bytes beyond RCV.NXT are held. */
  @HotPath
  boolean holdsEarly() {
    return buffer.holdsEarly();
  }

  /** Gives the memory of bytes beyond RCV.NXT back; the peer will send them again. */
  void dropEarly() {
    buffer.dropEarly();
    sackReport.onEarlyDropped();
  }

  /** The peer's urgent pointer stands at {@code seq}. True if it marks bytes that were not marked before. */
  boolean onUrgent(int seq) {
    int behind = urgent ? SequenceNumber.max(rcvUp, rcvNxt()) : rcvNxt();
    if (!SequenceNumber.greaterThan(seq, behind)) {
      return false;
    }
    urgent = true;
    rcvUp = seq;
    return true;
  }

  /** Bytes that the user has still to consume up to the end of urgent data; 0: there is none (MUST-33). */
  int urgentBytes() {
    return urgent ? Math.max(rcvUp - (buffer.nextSeq() - buffer.readable()), 0) : 0;
  }

  /** The user has consumed bytes; perhaps all that were urgent. */
  @HotPath
  private void onConsumed() {
    urgent = urgent && urgentBytes() > 0;
  }

  /** Whether bytes left over have filled the buffer, as long as it may become, since this was asked last. */
  boolean hasFilledUp() {
    boolean full = buffer.readable() >= limit.capBytes();
    boolean news = full && !fullTold;
    fullTold = full;
    return news;
  }

  /** The peer's FIN stands at {@code seq}. False if it lies outside the window, or contradicts what the peer sent before. */
  boolean onFin(int seq) {
    if (finSeen) {
      return seq == finSeq;
    }
    if (SequenceNumber.lessThan(seq, buffer.nextSeq())
        || SequenceNumber.greaterThan(seq, offeredEdge)
        || buffer.holdsBeyond(seq)) {
      return false;
    }
    finSeen = true;
    finSeq = seq;
    return true;
  }

  /** Takes the FIN if everything before it is taken. True once: now it counts. */
  boolean takeFin() {
    if (!finSeen || finTaken || viewLength > 0 || buffer.nextSeq() != finSeq) {
      return false;
    }
    finTaken = true;
    limit.end();
    // The FIN may stand just behind a closed window; what the peer sends from behind it is
    // acceptable all the same.
    offeredEdge = SequenceNumber.max(offeredEdge, finSeq + 1);
    rightEdge = SequenceNumber.max(rightEdge, finSeq + 1);
    return true;
  }

  /** Whether the FIN counts in RCV.NXT. */
  boolean finTaken() {
    return finTaken;
  }

  /** Bytes in the NIC's buffer that the user has not been shown yet. */
  int viewLength() {
    return viewLength;
  }

  int viewOffset() {
    return viewOffset;
  }

  /** The user was shown the bytes in view, and left {@code leftover} of them. False if not all of those could be kept. */
  @HotPath
  boolean onViewShown(int leftover) {
    int consumed = viewLength - leftover;
    int rest = viewOffset + consumed;
    viewLength = 0;
    if (consumed > 0) {
      buffer.skip(consumed);
      onConsumed();
    }
    if (leftover > 0) {
      return keep(viewMemory, rest, leftover);
    }
    if (buffer.holdsEarly()) {
      buffer.drain();
    }
    return true;
  }

  /** In a steady connection: the user has consumed the bytes in view. */
  @HotPath
  void onViewConsumed(long srttNs, long nowNs) {
    buffer.skip(viewLength);
    viewLength = 0;
    limit.onShown(buffer.nextSeq(), 0, offeredEdge, srttNs, nowNs);
    fullTold = false;
  }

  /** The user was shown something, and left {@code leftover} bytes over: {@code waits} for more of them, or for something else. */
  @HotPath
  void onShown(int leftover, boolean waits, long srttNs, long nowNs) {
    if (finTaken) {
      return;
    }
    waitsForMore = waits && leftover > 0;
    limit.onShown(buffer.nextSeq(), buffer.readable(), offeredEdge, srttNs, nowNs);
    if (waits) {
      limit.onLeftOver(leftover);
    }
  }

  /** How many bytes may be offered and held at present. */
  @HotPath
  int limitBytes() {
    return limit.bytes();
  }

  /** The frame is about to go back to the NIC: keeps what nobody was shown. */
  boolean keepView() {
    return viewLength == 0 || onViewShown(viewLength);
  }

  /** The user was shown everything left over, and left {@code leftover} bytes. */
  void onLeftoverShown(int leftover) {
    buffer.consume(buffer.readable() - leftover);
    onConsumed();
  }

  /** Payload that came in order, as RCV.NXT counts it. */
  long receivedBytes() {
    return buffer.receivedBytes();
  }

  /** Bytes left over, where they lie, and in which buffer of the arena. */
  int readable() {
    return buffer.readable();
  }

  int readableOffset() {
    return buffer.readableOffset();
  }

  long readableHandle() {
    return buffer.handle();
  }

  /**
   * The window field of the next segment; what it offers cannot be taken back. Where the user waits for more it is rounded up to the unit of the window scale, so
   * that the last bytes of a message are not held back; else down, and everything offered has a place.
   */
  @HotPath
  int offerWindow() {
    if (worthOffering(mostGrowth()) && worthOffering(growth())) {
      rightEdge += growth();
      offeredEdge = SequenceNumber.max(offeredEdge, rightEdge);
    }
    int units = (offeredEdge - buffer.nextSeq()) >>> scale;
    if (waitsForMore) {
      units = Math.max(units, (window() + (1 << scale) - 1) >>> scale);
    }
    int field = Math.min(units, MAX_FIELD);
    offeredEdge = SequenceNumber.max(offeredEdge, buffer.nextSeq() + (field << scale));
    return field;
  }

  /** Whether the right edge should move so far; if all that was offered is used up, however little: the user may wait for just this much. */
  @HotPath
  private boolean worthOffering(int growth) {
    return growth >= smallestStep() || (growth > 0 && window() == 0);
  }

  /** RFC 9293 §3.8.6.2.2: smaller steps of the right edge would be silly. */
  @HotPath
  private int smallestStep() {
    return Math.min(limit.bytes() >>> 1, mss);
  }

  /**
   * Whether the user has made so much room that the peer should hear of it unasked: half the buffer, or anything worth a segment when the
   * window was as good as closed (RFC 9293 §3.8.6.2.2).
   */
  @HotPath
  boolean windowUpdateDue() {
    return !finSeen && worthTelling(mostGrowth()) && worthTelling(growth());
  }

  @HotPath
  private boolean worthTelling(int growth) {
    return growth >= limit.bytes() >>> 1 || (window() < mss && growth >= smallestStep());
  }

  /** Whether the peer may send at least a segment, or half of what the buffer holds. */
  boolean roomForPeer() {
    return window() >= smallestStep();
  }

  /** Whether the window stays closed for want of memory in the arena, not for want of a reader. */
  boolean starved() {
    return window() < mss
        && arenaShort()
        && holdsAny()
        && buffer.readable() + smallestStep() <= limit.bytes();
  }

  /** Nobody will be shown what is in view: after an abort the frame goes, and the connection stays until its last event. */
  void dropView() {
    viewLength = 0;
  }

  void release() {
    dropView();
    buffer.clear();
    limit.end();
  }

  /** How far the right edge could move by what the user has consumed, if memory were all there is need of. */
  @HotPath
  private int mostGrowth() {
    return limit.bytes() - buffer.readable() - (rightEdge - buffer.nextSeq());
  }

  /**
   * The same, as things are. Unless the user waits for more, what he has not consumed is not moved for a trifle. With the arena short, the edge stays
   * where it is, unless nothing is held: who consumes all where it lies needs no memory, and shall not be stopped by others who leave theirs full.
   * What cannot be kept will be dropped, and come again.
   */
  private int growth() {
    int offer = limit.bytes() - buffer.readable();
    if (arenaShort()) {
      if (holdsAny()) {
        return 0;
      }
      offer = Math.min(offer, ReceiveLimit.FIRST_BYTES);
    }
    int edge = buffer.nextSeq() + Math.min(offer, MAX_FIELD << scale);
    return (waitsForMore ? edge : buffer.affordable(edge)) - rightEdge;
  }

  @HotPath
  private boolean holdsAny() {
    return buffer.readable() > 0 || buffer.holdsEarly();
  }

  private boolean arenaShort() {
    return arena.freeBytes() < reserveBytes;
  }

  private boolean keep(ByteBuffer memory, int offset, int length) {
    int kept = buffer.append(memory, offset, length);
    if (kept == length && buffer.holdsEarly()) {
      buffer.drain();
    }
    return kept == length;
  }
}
