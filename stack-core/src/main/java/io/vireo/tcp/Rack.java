// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.wire.SequenceNumber;

/**
 * RACK (RFC 8985): what was sent a round trip and a little before something that has arrived, is lost. The little is the reordering window: nothing
 * until segments were seen to overtake each other, then a quarter of the shortest round trip, and more for each D-SACK that shows it to be too
 * little.
 *
 * <p>Segments are looked at in the order of their sending, each once: those sent for the first time are in the order of their sequence numbers, up
 * to {@link #examinedSeq}; those sent again stand in a queue. So the work for an ACK does not grow with what is under way.
 */
final class Rack {
  /** RFC 8985 §6.2 step 4, and RFC 5681's three duplicate ACKs. */
  private static final int DUPLICATE_THRESHOLD = 3;

  /** Recoveries after which a reordering window that had to be widened is tried as it was. */
  private static final int PERSISTS = 16;

  private static final int MOST_QUARTERS = 64;

  private final Scoreboard board;
  private final RttEstimator rtt;
  private final SequenceQueue sentAgain;

  /** RACK.xmit_ts, RACK.end_seq and RACK.rtt: of the segment sent last of those that arrived. */
  private long newestSentNs;

  private int newestEndSeq;
  private long newestRttNs;

  /** RACK.fack: the highest number that arrived. */
  private int highestEndSeq;

  private boolean anyArrived;
  private boolean reordering;

  /** Quarters of the shortest round trip in the reordering window; how many recoveries it stays so. */
  private int quarters;

  private int persists;

  /** D-SACKs up to here are of one round. */
  private int roundEndSeq;

  private boolean inRound;

  /** Segments sent for the first time before this were dealt with. */
  private int examinedSeq;

  /** After which {@link #detect} may find more, without another ACK; 0: no time. */
  private long waitNs;

  Rack(Scoreboard board, RttEstimator rtt, BufferArena arena) {
    this.board = board;
    this.rtt = rtt;
    sentAgain = new SequenceQueue(arena);
  }

  void reset(int seq) {
    anyArrived = false;
    reordering = false;
    quarters = 1;
    persists = 0;
    inRound = false;
    examinedSeq = seq;
    highestEndSeq = seq;
    waitNs = 0;
    sentAgain.clear();
  }

  /** Nothing is under way, and nothing waited for. */
  void keep(Memo memo) {
    memo.putLong(newestSentNs);
    memo.putInt(newestEndSeq);
    memo.putLong(newestRttNs);
    memo.putInt(highestEndSeq);
    memo.putByte(quarters);
    memo.putByte(persists);
    memo.putInt(roundEndSeq);
    memo.putInt(examinedSeq);
    memo.putFlags(anyArrived, reordering, inRound);
  }

  void recall(Memo memo) {
    newestSentNs = memo.getLong();
    newestEndSeq = memo.getInt();
    newestRttNs = memo.getLong();
    highestEndSeq = memo.getInt();
    quarters = memo.getByte();
    persists = memo.getByte();
    roundEndSeq = memo.getInt();
    examinedSeq = memo.getInt();
    int flags = memo.getByte();
    anyArrived = (flags & 1) != 0;
    reordering = (flags & 2) != 0;
    inRound = (flags & 4) != 0;
  }

  /**
   * A segment arrived: the peer acknowledged or SACKed it just now. {@code original}: an ACK of one that was sent again, and is known to mean the first
   * of the two.
   */
  @HotPath
  void onArrived(int endSeq, long sentNs, boolean sentTwice, boolean original, long nowNs) {
    boolean overtaken = SequenceNumber.lessThan(endSeq, highestEndSeq);
    highestEndSeq = SequenceNumber.max(highestEndSeq, endSeq);
    long sampleNs = nowNs - sentNs;
    if (sentTwice && (original || sampleNs < rtt.minimumNs())) {
      // It is the one sent first that arrived (RFC 8985 §6.2 step 2), and late.
      reordering |= original && overtaken;
      return;
    }
    reordering |= !sentTwice && overtaken;
    // Never 0, as between two stacks whose clock stands still: nothing is lost at the moment it is
    // sent.
    newestRttNs = Math.max(sampleNs, 1);
    if (!anyArrived || isLater(sentNs, endSeq)) {
      anyArrived = true;
      newestSentNs = sentNs;
      newestEndSeq = endSeq;
    }
  }

  /** Whether a segment was sent after the newest that arrived; at the same time, sequence numbers tell. */
  @HotPath
  private boolean isLater(long sentNs, int endSeq) {
    long later = sentNs - newestSentNs;
    return later > 0 || (later == 0 && SequenceNumber.greaterThan(endSeq, newestEndSeq));
  }

  /** A D-SACK came: something was sent again in vain, so segments were late by more than was allowed for. Once per round trip. */
  void onDuplicateReported(int sndUna, int sndNxt) {
    if (!inRound || SequenceNumber.greaterOrEqual(sndUna, roundEndSeq)) {
      inRound = true;
      roundEndSeq = sndNxt;
      quarters = Math.min(quarters + 1, MOST_QUARTERS);
      persists = PERSISTS;
    }
  }

  /** A recovery is over. */
  void onRecovered() {
    if (persists > 0 && --persists == 0) {
      quarters = 1;
    }
  }

  /** A segment from {@code startSeq} on was sent again. */
  void onSentAgain(int startSeq) {
    sentAgain.add(startSeq);
  }

  /**
   * What was taken for lost was not: it is looked at again. What was sent again stands in the order of its numbers then, so that a loss may be found an
   * ACK later than by the order of sending.
   */
  void onUndone() {
    examinedSeq = board.startSeq(0);
    sentAgain.clear();
    for (int i = 0; i < board.count(); i++) {
      if (isSentAgain(i)) {
        sentAgain.add(board.startSeq(i));
      }
    }
  }

  /** The timer expired: of what was sent again, that which was taken for lost now is not waited for. */
  void onTimeout() {
    waitNs = 0;
    for (int left = sentAgain.count(); left > 0; left--) {
      int startSeq = sentAgain.first();
      sentAgain.removeFirst();
      if (isSentAgain(board.find(SequenceNumber.max(startSeq, board.startSeq(0))))) {
        sentAgain.add(startSeq);
      }
    }
  }

  /** Whether something sent again may still be under way. */
  @HotPath
  boolean waitsForSentAgain() {
    return !sentAgain.isEmpty();
  }

  /** Everything was acknowledged in the order of its sending, and nothing SACKed, lost or sent again: there is nothing to {@link #detect}. */
  @HotPath
  void onInOrder(int sndUna) {
    waitNs = 0;
    examinedSeq = sndUna;
    if (inRound && SequenceNumber.greaterOrEqual(sndUna, roundEndSeq)) {
      inRound = false;
    }
  }

  /** RFC 8985 §6.2 steps 4 and 5: marks what is lost, and returns how many bytes that is. {@code mss}: a segment, to count SACKed ones by. */
  int detect(boolean recovering, int mss, long nowNs) {
    waitNs = 0;
    int sndUna = board.startSeq(0);
    if (inRound && SequenceNumber.greaterOrEqual(sndUna, roundEndSeq)) {
      inRound = false;
    }
    if (board.isEmpty()) {
      examinedSeq = sndUna;
      sentAgain.clear();
    }
    if (!anyArrived || board.isEmpty()) {
      return 0;
    }
    // In the same unit as sentNs: what was sent before this is lost.
    long allowedNs = newestRttNs + reorderingWindowNs(recovering, mss);
    int before = board.lostBytes();
    detectSentOnce(allowedNs, nowNs);
    detectSentAgain(allowedNs, nowNs);
    return board.lostBytes() - before;
  }

  private void detectSentOnce(long allowedNs, long nowNs) {
    int index = board.find(SequenceNumber.max(examinedSeq, board.startSeq(0)));
    while (index < board.count()) {
      int flags = board.flags(index);
      if ((flags & (Scoreboard.SACKED | Scoreboard.LOST | Scoreboard.RETRANSMITTED)) == 0) {
        if (!isLostOrWaits(index, allowedNs, nowNs)) {
          break;
        }
        board.markLost(index);
      }
      index++;
    }
    examinedSeq = index == 0 ? board.startSeq(0) : board.endSeq(index - 1);
  }

  private void detectSentAgain(long allowedNs, long nowNs) {
    while (!sentAgain.isEmpty()) {
      int index = board.find(SequenceNumber.max(sentAgain.first(), board.startSeq(0)));
      if (isSentAgain(index)) {
        if (!isLostOrWaits(index, allowedNs, nowNs)) {
          return;
        }
        board.markLost(index);
      }
      sentAgain.removeFirst();
    }
  }

  private boolean isSentAgain(int index) {
    int flags = index < board.count() ? board.flags(index) : 0;
    return (flags & Scoreboard.RETRANSMITTED) != 0
        && (flags & (Scoreboard.SACKED | Scoreboard.LOST)) == 0;
  }

  /** False: it was sent later than the newest that arrived, or not long enough ago; then notes how long to wait. */
  private boolean isLostOrWaits(int index, long allowedNs, long nowNs) {
    long sentNs = board.sentNs(index);
    if (isLater(sentNs, board.endSeq(index))) {
      return false;
    }
    long leftNs = sentNs + allowedNs - nowNs;
    if (leftNs > 0) {
      // Until the last of those is due that were sent before the newest that arrived.
      waitNs = Math.max(waitNs, Math.max(newestSentNs + allowedNs - nowNs, leftNs));
      return false;
    }
    return true;
  }

  /** RFC 8985 §6.2 step 4. */
  long reorderingWindowNs(boolean recovering, int mss) {
    // By bytes, too: a record that counts as one segment may stand for several.
    boolean enough = board.sackedSegments() >= DUPLICATE_THRESHOLD
        || board.sackedBytes() >= DUPLICATE_THRESHOLD * (long) mss;
    if (!reordering && (recovering || enough)) {
      return 0;
    }
    return Math.min(quarters * (rtt.minimumNs() >>> 2), rtt.smoothedNs());
  }

  /** How long the next losses are waited for, if no ACK comes; 0: none is expected. */
  @HotPath
  long waitNs() {
    return waitNs;
  }

  /** Whether a segment sent at {@code sentNs} would be lost by now, whatever arrived (RFC 8985 §6.3). */
  boolean isOverdue(long sentNs, boolean recovering, int mss, long nowNs) {
    long allowedNs = newestRttNs + reorderingWindowNs(recovering, mss);
    return !anyArrived || sentNs + allowedNs - nowNs <= 0;
  }

  /** Whether segments were seen to overtake each other. */
  boolean sawReordering() {
    return reordering;
  }

  /** The arena's handle of the queue of segments sent again. */
  long handle() {
    return sentAgain.handle();
  }
}
