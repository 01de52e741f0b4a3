// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * Cuts what is under way to the length of segments where it is to be sent again: a record of the {@link Scoreboard} may stand for several segments, for one of when
 * they were longer, or for less than one. Has no state.
 */
final class SegmentCuts {
  private final Scoreboard board;
  private final Sender sender;

  SegmentCuts(Scoreboard board, Sender sender) {
    this.board = board;
    this.sender = sender;
  }

  /** The first record that is lost, as long as a segment is at present, if what follows is lost, too, and no longer. Only while something is. */
  int firstLost() {
    int index = board.firstLost();
    while (index + 1 < board.count() && joins(index, index + 1)) {
      board.join(index);
    }
    cutToSegment(index);
    return index;
  }

  /** Whether the next one fills up what is left of a segment; a FIN by itself comes along in any case. */
  private boolean joins(int index, int next) {
    int flags = board.flags(next);
    boolean finAlone = board.length(next) == 1 && sender.isFin(board.endSeq(next));
    if (finAlone && (flags & (Scoreboard.LOST | Scoreboard.SACKED)) == 0) {
      board.markLost(next);
      return true;
    }
    boolean fits = finAlone || board.length(index) < sender.mss();
    return fits && (flags & Scoreboard.LOST) != 0;
  }

  /** A record may stand for several segments, or for one of when they were longer. A FIN behind the last byte is no byte. */
  void cutToSegment(int index) {
    int startSeq = board.startSeq(index);
    int mss = sender.mss();
    if (sender.dataLength(startSeq, board.length(index)) > mss) {
      board.split(index, startSeq + mss);
    }
  }

  /**
   * Whether what is in front of {@code seq}, inside a lost record, may leave. Without room for one record more the rest would count as sent, too: it waits
   * until an ACK of something else that is under way brings room. The oldest segment does not wait, for there may be no ACK without it.
   */
  boolean mayCut(int index, int seq) {
    return board.split(index, seq) || index == 0 || board.inFlightBytes() == 0;
  }

  /** The last segment under way, no longer than segments are. */
  int lastSegment() {
    int last = board.count() - 1;
    int most = sender.mss();
    if (board.length(last) > most && board.split(last, board.endSeq() - most)) {
      last++;
    }
    return last;
  }
}
