// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;
import io.vireo.wire.SequenceNumber;

/**
 * What the next ACK says of bytes beyond RCV.NXT (RFC 2018 §4), and of bytes that came again (RFC 2883 §4): in this order
 *
 * <pre>
 *   what came again | the range that holds it | that of the newest arrival | the others, as they changed
 *    (D-SACK, once)  (if beyond RCV.NXT)                                      newest first
 * </pre>
 *
 * Each of the ranges changed last is remembered by one byte that it holds, for ranges grow and merge, and their indexes move. Such a byte stays
 * held until RCV.NXT passes it, or until all bytes beyond a gap are given up.
 */
final class SackReport {
  /** As many blocks as any segment has room for. */
  private static final int MOST_REMEMBERED = 4;

  private final ReorderBuffer buffer;

  /** How far below RCV.NXT a segment is that may still be under way: as far as a window reaches. */
  private final int reachBytes;

  private boolean negotiated;

  /** The first byte of the stream. */
  private int firstSeq;

  /** What came again; empty: nothing, or it has been told. */
  private int againStart;

  private int againEnd;

  /** How many of the following count. */
  private int remembered;

  private int newest;
  private int second;
  private int third;
  private int fourth;

  SackReport(ReorderBuffer buffer, int reachBytes) {
    this.buffer = buffer;
    this.reachBytes = reachBytes;
  }

  /** A stream begins at {@code firstSeq}. Nothing is noted until both ends have agreed on it. */
  void reset(int firstSeq) {
    this.firstSeq = firstSeq;
    negotiated = false;
    onReported();
    remembered = 0;
  }

  /** There is nothing to report: no byte that is remembered lies beyond RCV.NXT. */
  void keep(Memo memo) {
    memo.putInt(firstSeq);
    memo.putFlags(negotiated, false, false);
  }

  void recall(Memo memo) {
    reset(memo.getInt());
    negotiated = (memo.getByte() & 1) != 0;
  }

  /** Whether both SYNs had SACK-permitted. */
  void setNegotiated(boolean negotiated) {
    this.negotiated = negotiated;
  }

  // ---- What arrives

  /** [start, end) has come and is not in the buffer yet: the first part of it that came before is owed a word (RFC 2883 §4.2.3). */
  void onSegment(int start, int end) {
    if (!negotiated) {
      return;
    }
    int next = buffer.nextSeq();
    if (SequenceNumber.lessThan(start, next)) {
      onAgain(SequenceNumber.max(start, oldestSeq()), SequenceNumber.min(end, next));
      return;
    }
    RangeSet early = buffer.early();
    int range = early.firstEndingAtOrAfter(start + 1);
    if (range < early.count()) {
      onAgain(
          SequenceNumber.max(start, early.start(range)), SequenceNumber.min(end, early.end(range)));
    }
  }

  /** A segment from before this stream was not received twice; nor do we know it of one that no window reaches back to. */
  private int oldestSeq() {
    int next = buffer.nextSeq();
    // After 4 GiB the stream looks young again, and a few segments find no word: that is allowed.
    boolean young = Integer.compareUnsigned(next - firstSeq, reachBytes) < 0;
    return young ? firstSeq : next - reachBytes;
  }

  /** Of one batch, the last such sequence is told; those that follow each other are one. */
  private void onAgain(int start, int end) {
    // Not lessThan(start, end): of two numbers half of all apart, each is less than the other.
    if (SequenceNumber.lessOrEqual(end, start)) {
      return;
    }
    boolean follows = owesDuplicate() && start == againEnd;
    againStart = follows ? againStart : start;
    againEnd = end;
  }

  /** The byte at {@code seq}, beyond RCV.NXT, has come and is held now. */
  void onEarly(int seq) {
    if (!negotiated) {
      return;
    }
    forgetWhatIsGone();
    int at = find(buffer.early().holding(seq), remembered);
    if (at == remembered) {
      remembered = Math.min(remembered + 1, MOST_REMEMBERED);
      at = remembered - 1;
    }
    for (; at > 0; at--) {
      remember(at, byteAt(at - 1));
    }
    newest = seq;
  }

  /** Bytes beyond a gap were given up: whoever reports them now would lie. */
  void onEarlyDropped() {
    remembered = 0;
  }

  // ---- What is said

  /** Whether bytes came again, and the peer has not heard of it: an ACK is due at once. */
  @HotPath
  boolean owesDuplicate() {
    return againStart != againEnd;
  }

  /** Whether there is nothing to tell. */
  @HotPath
  boolean isEmpty() {
    return !negotiated || !(owesDuplicate() || buffer.holdsEarly());
  }

  /**
   * How many blocks to write now, at most {@code most}. Bytes that came again beyond RCV.NXT are told by two blocks, so that {@code most} is two
   * or more. What {@link #start} and {@link #end} say is good until a segment arrives, or memory is given up.
   */
  int count(int most) {
    if (!negotiated) {
      return 0;
    }
    int ranges = buffer.early().count();
    if (owesDuplicate()) {
      forgetWhatWasDropped();
    }
    if (ranges > 0) {
      forgetWhatIsGone();
    }
    return Math.min(most, owesDuplicate() ? ranges + 1 : ranges);
  }

  /** The first sequence number of a block. */
  int start(int index) {
    if (index == 0 && owesDuplicate()) {
      return againStart;
    }
    return buffer.early().start(range(owesDuplicate() ? index - 1 : index));
  }

  /** The sequence number behind a block. */
  int end(int index) {
    if (index == 0 && owesDuplicate()) {
      return againEnd;
    }
    return buffer.early().end(range(owesDuplicate() ? index - 1 : index));
  }

  /** A segment has left that carried the blocks: a duplicate is told once (RFC 2883 §4). */
  @HotPath
  void onReported() {
    againStart = 0;
    againEnd = 0;
  }

  /** Which range to tell of after {@code before} others. */
  private int range(int before) {
    RangeSet early = buffer.early();
    int enclosing = owesDuplicate() ? early.holding(againStart) : RangeSet.NONE;
    int skip = before;
    if (enclosing != RangeSet.NONE && skip-- == 0) {
      return enclosing;
    }
    for (int i = 0; i < remembered; i++) {
      int range = early.holding(byteAt(i));
      if (range != enclosing && skip-- == 0) {
        return range;
      }
    }
    // Of those forgotten the last are the likeliest to be new.
    for (int range = early.count() - 1; range >= 0; range--) {
      if (range != enclosing && find(range, remembered) == remembered && skip-- == 0) {
        return range;
      }
    }
    throw new IndexOutOfBoundsException(before);
  }

  // ---- What is remembered

  /** Of what came again beyond RCV.NXT, part may have been given up since: told now, it would be taken for held. */
  private void forgetWhatWasDropped() {
    if (SequenceNumber.lessOrEqual(againEnd, buffer.nextSeq())) {
      return;
    }
    RangeSet early = buffer.early();
    int range = early.holding(againStart);
    if (range == RangeSet.NONE || SequenceNumber.lessThan(early.end(range), againEnd)) {
      onReported();
    }
  }

  /** Keeps one byte for each range that is still there. */
  private void forgetWhatIsGone() {
    RangeSet early = buffer.early();
    int kept = 0;
    for (int i = 0; i < remembered; i++) {
      int range = early.holding(byteAt(i));
      if (range != RangeSet.NONE && find(range, kept) == kept) {
        remember(kept++, byteAt(i));
      }
    }
    remembered = kept;
  }

  /** Which of the first {@code among} bytes remembered lies in a range; {@code among} if none does. */
  private int find(int range, int among) {
    RangeSet early = buffer.early();
    for (int i = 0; i < among; i++) {
      if (SequenceNumber.between(early.start(range), byteAt(i), early.end(range))) {
        return i;
      }
    }
    return among;
  }

  private int byteAt(int index) {
    return switch (index) {
      case 0 -> newest;
      case 1 -> second;
      case 2 -> third;
      default -> fourth;
    };
  }

  private void remember(int index, int seq) {
    switch (index) {
      case 0 -> newest = seq;
      case 1 -> second = seq;
      case 2 -> third = seq;
      default -> fourth = seq;
    }
  }
}
