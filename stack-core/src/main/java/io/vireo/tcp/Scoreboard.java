// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.wire.SequenceNumber;
import java.nio.ByteBuffer;

/**
 * What is under way, segment by segment: when each left, and what became of it. The records follow each other without a gap, so that where one
 * begins is where the last one ends.
 *
 * <pre>
 *   SND.UNA                                                     SND.NXT
 *      | lost | sent again | SACKED, any number in one | in flight | ...
 *    firstSeq                                                     end
 * </pre>
 *
 * A record is 32 bytes: when it left (8), the number behind it (4), flags (4), and what was delivered then (see {@link SentSegment}, 16).
 * They are found by halving. There is one per segment, but neighbours that are SACKed become one, and where segments are tiny or memory is short, the
 * next segment is added to the last record: so they take no more than an eighth of the send buffer.
 */
final class Scoreboard extends RecordRing {
  /** Flags of a record: the peer holds it (RFC 2018), so that it is not under way any more, but may come to be (§8). */
  static final int SACKED = 1;

  /** Taken for lost, and not sent again since. */
  static final int LOST = 2;

  /** Sent more than once. */
  static final int RETRANSMITTED = 4;

  /** When it was sent, the user had no more to send. */
  static final int APPLICATION_LIMITED = 8;

  /** Stands for segments that left at different times, of which it knows the last: nothing that arrives of it can be timed. */
  static final int SEVERAL = 16;

  /** Above the flags: of how many records a SACKED one was made. */
  private static final int ONE_SACKED = 1 << 8;

  private static final int ALL_FLAGS = ONE_SACKED - 1;

  private static final int SENT_NS = 0;
  private static final int END_SEQ = 8;
  private static final int FLAGS = 12;
  private static final int DELIVERED = 16;
  private static final int FIRST_SENT_AGO = 24;

  /** Times before the time of sending are kept in units of 64 ns: up to 137 s. */
  private static final int AGO_SHIFT = 6;

  private int firstSeq;
  private int endSeq;
  private int sackedBytes;
  private int sackedSegments;
  private int lostBytes;

  /** No record before this one is LOST. */
  private int lostHint;

  /** Whether a record may be RETRANSMITTED or SEVERAL; none beyond {@link #markedEnd} is. */
  private boolean marked;

  private int markedEnd;

  /** {@code ownMemory[ownBase, ownBase + OWN_BYTES)} is this connection's alone. */
  Scoreboard(BufferArena arena, ByteBuffer ownMemory, int ownBase, int sendBufferBytes) {
    super(arena, ownMemory, ownBase, Math.max(sendBufferBytes >>> (3 + RECORD_BITS), 64));
  }

  /** Nothing is under way; what comes begins at {@code seq}. */
  void reset(int seq) {
    clear();
    firstSeq = seq;
    endSeq = seq;
    sackedBytes = 0;
    sackedSegments = 0;
    lostBytes = 0;
    lostHint = seq;
    marked = false;
  }

  // ---- Asked

  int count() {
    return count;
  }

  @HotPath
  boolean isEmpty() {
    return count == 0;
  }

  /** Bytes, and a FIN as one, that the peer has told us it holds beyond SND.UNA. */
  @HotPath
  int sackedBytes() {
    return sackedBytes;
  }

  /** In how many segments those left. One that counts for several counts once. */
  int sackedSegments() {
    return sackedSegments;
  }

  /** Those taken for lost and not sent again. */
  @HotPath
  int lostBytes() {
    return lostBytes;
  }

  /** All from SND.UNA on. */
  @HotPath
  int outstandingBytes() {
    return endSeq - firstSeq;
  }

  /** Those on their way, as far as we know: RFC 6675's pipe. */
  @HotPath
  int inFlightBytes() {
    return endSeq - firstSeq - sackedBytes - lostBytes;
  }

  /** Whether nothing but sending has happened to any record, so that they lie in the order of their times. */
  @HotPath
  boolean isPlain() {
    return !marked && (sackedBytes | lostBytes) == 0;
  }

  /** The number behind all that is under way. */
  @HotPath
  int endSeq() {
    return endSeq;
  }

  @HotPath
  int startSeq(int index) {
    return index == 0 ? firstSeq : endSeq(index - 1);
  }

  @HotPath
  int endSeq(int index) {
    return memory.getInt(at(index) + END_SEQ);
  }

  @HotPath
  int length(int index) {
    return endSeq(index) - startSeq(index);
  }

  @HotPath
  int flags(int index) {
    return word(index) & ALL_FLAGS;
  }

  /** The flags, and above them of how many SACKED records it was made. */
  @HotPath
  private int word(int index) {
    return memory.getInt(at(index) + FLAGS);
  }

  /** When it was sent, or sent again. */
  @HotPath
  long sentNs(int index) {
    return memory.getLong(at(index) + SENT_NS);
  }

  /** All that is known of one. */
  @HotPath
  void read(int index, SentSegment sent) {
    int at = at(index);
    long sentNs = memory.getLong(at + SENT_NS);
    long endSeqAndFlags = memory.getLong(at + END_SEQ);
    long deliveredAndAgo = memory.getLong(at + DELIVERED);
    sent.sentNs = sentNs;
    sent.endSeq = (int) (endSeqAndFlags >>> 32);
    sent.flags = (int) endSeqAndFlags & ALL_FLAGS;
    sent.delivered = (int) (deliveredAndAgo >>> 32);
    sent.deliveredNs = sentNs - ((deliveredAndAgo & 0xFFFF_FFFFL) << AGO_SHIFT);
    sent.firstSentNs = sentNs - ((long) memory.getInt(at + FIRST_SENT_AGO) << AGO_SHIFT);
  }

  /** The record that {@code seq} lies in; count() if that is behind all. {@code seq} is not before SND.UNA. */
  @HotPath
  int find(int seq) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (SequenceNumber.lessOrEqual(endSeq(middle), seq)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The first record that is LOST; only while lostBytes() are. */
  int firstLost() {
    assert lostBytes > 0;
    int index = find(SequenceNumber.max(lostHint, firstSeq));
    while ((flags(index) & LOST) == 0) {
      index++;
    }
    lostHint = startSeq(index);
    return index;
  }

  // ---- Sending

  /** Makes sure that the next segment finds its place. False: there is none until something is acknowledged, or memory comes free. */
  @HotPath
  boolean hasRoom() {
    return hasFreeRecord() || isPlain(count - 1);
  }

  /** The same, and that it has a record of its own. */
  @HotPath
  boolean hasFreeRecord() {
    return count < capacity || grow();
  }

  /** Whether the next segment finds its place without more memory. */
  boolean hasRecord() {
    return count < capacity || isPlain(count - 1);
  }

  /** A segment up to {@code endSeq} left. {@code deliveredNs} and {@code firstSentNs}: at most two minutes ago, or they count as such. */
  @HotPath
  void append(
      int endSeq, long sentNs, int flags, int delivered, long deliveredNs, long firstSentNs) {
    int all = flags;
    if (count == capacity) {
      // The times are those of the later segment, for the earlier ones are not to be taken for lost
      // before.
      all |= flags(count - 1) | (sentNs(count - 1) == sentNs ? 0 : SEVERAL);
    } else {
      count++;
    }
    this.endSeq = endSeq;
    if ((all & (RETRANSMITTED | SEVERAL)) != 0) {
      mark(endSeq);
    }
    write(count - 1, endSeq, sentNs, all, delivered, deliveredNs, firstSentNs);
  }

  /** A record that was LOST left again. */
  void resend(
      int index, long sentNs, int flags, int delivered, long deliveredNs, long firstSentNs) {
    if ((flags(index) & LOST) != 0) {
      lostBytes -= length(index);
    }
    mark(endSeq(index));
    write(index, endSeq(index), sentNs, flags | RETRANSMITTED, delivered, deliveredNs, firstSentNs);
  }

  private void mark(int end) {
    markedEnd = marked ? SequenceNumber.max(markedEnd, end) : end;
    marked = true;
  }

  private void write(
      int index,
      int endSeq,
      long sentNs,
      int flags,
      int delivered,
      long deliveredNs,
      long firstSentNs) {
    int at = at(index);
    memory.putLong(at + SENT_NS, sentNs);
    memory.putLong(at + END_SEQ, (long) endSeq << 32 | flags);
    memory.putLong(at + DELIVERED, (long) delivered << 32 | ago(sentNs - deliveredNs));
    memory.putInt(at + FIRST_SENT_AGO, ago(sentNs - firstSentNs));
  }

  @HotPath
  private static int ago(long ns) {
    return (int) Math.min(ns >>> AGO_SHIFT, Integer.MAX_VALUE);
  }

  // ---- What becomes of it

  /** The first record is acknowledged. */
  @HotPath
  void removeFirst() {
    long endSeqAndFlags = memory.getLong(at(0) + END_SEQ);
    int end = (int) (endSeqAndFlags >>> 32);
    discount((int) endSeqAndFlags, end - firstSeq);
    sackedSegments -= (int) endSeqAndFlags / ONE_SACKED;
    remove(1, end);
    if (marked && SequenceNumber.greaterOrEqual(end, markedEnd)) {
      marked = false;
    }
  }

  /** While {@link #isPlain}: the first {@code records}, up to {@code end}, are acknowledged. */
  @HotPath
  void removePlain(int records, int end) {
    assert isPlain() && endSeq(records - 1) == end;
    remove(records, end);
  }

  @HotPath
  private void remove(int records, int end) {
    firstSeq = end;
    dropFirst(records);
  }

  /** Everything before {@code seq}, inside the first record, is acknowledged; or beyond all records, what is not in them. */
  @HotPath
  void trim(int seq) {
    if (count > 0) {
      discount(flags(0), seq - firstSeq);
    } else {
      endSeq = seq;
    }
    firstSeq = seq;
  }

  @HotPath
  private void discount(int flags, int bytes) {
    if ((flags & SACKED) != 0) {
      sackedBytes -= bytes;
    } else if ((flags & LOST) != 0) {
      lostBytes -= bytes;
    }
  }

  /**
   * Cuts a record in two at {@code seq}, inside it. Without room for one more, what lies behind becomes part of the next one if both are LOST. False,
   * and nothing changed: not even that.
   */
  boolean split(int index, int seq) {
    assert (flags(index) & SACKED) == 0 : "nobody asks of what has arrived where it was cut";
    if (count == capacity && !grow()) {
      return handsOver(index, seq);
    }
    insert(index);
    copy(index + 1, index);
    memory.putInt(at(index) + END_SEQ, seq);
    return true;
  }

  private boolean handsOver(int index, int seq) {
    if (!isLostWithNext(index)) {
      return false;
    }
    addTo(index + 1, index);
    memory.putInt(at(index) + END_SEQ, seq);
    return true;
  }

  private boolean isLostWithNext(int index) {
    return index + 1 < count && (flags(index) & flags(index + 1) & LOST) != 0;
  }

  /** Whether a record can be cut without more memory. */
  boolean canSplit(int index) {
    return count < capacity || isLostWithNext(index);
  }

  /** Joins a record and the next one, which are both LOST, or both SACKED; it counts as sent when the later of them was. */
  void join(int index) {
    addTo(index + 1, index);
    takeOut(index, 1);
  }

  /** {@code next} is to stand for bytes of the record in front of it, too. */
  private void addTo(int next, int index) {
    int flags = flags(index) | flags(next);
    int sacked = (word(index) & ~ALL_FLAGS) + (word(next) & ~ALL_FLAGS);
    if (sentNs(next) - sentNs(index) < 0) {
      copyButEnd(index, next);
    }
    memory.putInt(at(next) + FLAGS, flags + sacked);
    if ((flags & (RETRANSMITTED | SEVERAL)) != 0) {
      mark(endSeq(next));
    }
  }

  private void copyButEnd(int from, int to) {
    int end = endSeq(to);
    copy(from, to);
    memory.putInt(at(to) + END_SEQ, end);
  }

  /** The peer holds it. Where its neighbours are SACKED, too, they become one. */
  void markSacked(int index) {
    markSackedApart(index);
    joinSacked(index, index);
  }

  /** The peer holds it. To be followed by {@link #joinSacked}. */
  void markSackedApart(int index) {
    int flags = flags(index);
    assert (flags & SACKED) == 0;
    discount(flags, length(index));
    sackedBytes += length(index);
    sackedSegments++;
    memory.putInt(at(index) + FLAGS, (flags & ~LOST) + SACKED + ONE_SACKED);
  }

  /** Records first to last are SACKED: they become one, and so do those neighbours of theirs that are SACKED, too. */
  void joinSacked(int first, int last) {
    int from = first > 0 && (flags(first - 1) & SACKED) != 0 ? first - 1 : first;
    int to = last + 1 < count && (flags(last + 1) & SACKED) != 0 ? last + 1 : last;
    if (from < to) {
      for (int i = from; i < to; i++) {
        addTo(i + 1, i);
      }
      takeOut(from, to - from);
    }
  }

  /** It is taken for lost. */
  void markLost(int index) {
    int flags = flags(index);
    assert (flags & (SACKED | LOST)) == 0;
    lostBytes += length(index);
    memory.putInt(at(index) + FLAGS, flags | LOST);
    lostHint = lostBytes == length(index)
        ? startSeq(index)
        : SequenceNumber.min(lostHint, startSeq(index));
  }

  /** All that is on its way is taken for lost. */
  void markAllLost() {
    for (int i = 0; i < count; i++) {
      if ((flags(i) & (SACKED | LOST)) == 0) {
        markLost(i);
      }
    }
  }

  /** What was taken for lost was not; it is on its way, or was. */
  void unmarkLost() {
    for (int i = 0; i < count; i++) {
      memory.putInt(at(i) + FLAGS, word(i) & ~LOST);
    }
    lostBytes = 0;
  }

  /** The peer is not believed any more to hold anything beyond SND.UNA (RFC 2018 §8). */
  void unmarkSacked() {
    for (int i = 0; i < count; i++) {
      memory.putInt(at(i) + FLAGS, flags(i) & ~SACKED);
    }
    sackedBytes = 0;
    sackedSegments = 0;
  }

  /** Whether nothing but sending has happened to it. */
  private boolean isPlain(int index) {
    return (flags(index) & (SACKED | LOST | RETRANSMITTED)) == 0;
  }
}
