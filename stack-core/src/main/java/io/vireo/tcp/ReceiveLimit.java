// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;

/**
 * How many bytes a peer may have sent and a user not consumed. Begins small and grows for those who make use of it: for a reader that consumes in
 * a round trip more than a quarter of it, so that the window stays ahead of the peer's slow start; and for one who leaves bytes over, for he waits
 * for the rest of a message. Why so: docs/decisions/0009.
 */
final class ReceiveLimit {
  /** What every connection begins with, if its cap allows: all that a window offers without scaling. */
  static final int FIRST_BYTES = 64 << 10;

  /** Twice for what slow start adds in the next round trip, and twice for that which our measurement is behind. */
  private static final int AHEAD = 4;

  /** Smaller steps are not worth a word. */
  private static final int STEP_BYTES = 16 << 10;

  /** Without a word for so long, senders begin with a small window again (RFC 5681 §4.1), and so does the limit. */
  private static final long IDLE_NS = 1_000_000_000L;

  private final BufferArena arena;
  private final int capBytes;
  private final int firstBytes;
  private int bytes;

  /** As far as it grows for what came: the cap, or as much as the window field and its scale can offer. */
  private int worthwhileBytes;

  /** What of the arena's promises is ours: what was offered beyond the first bytes, and cannot be taken back. */
  private int promisedBytes;

  /** Where the user's consumption stood when he was shown something last, and when this round trip began. */
  private int consumedSeq;

  private int roundSeq;
  private long roundNs;
  private boolean begun;

  /** The shortest time in which something came that had not been offered before; 0: not known. */
  private long offerAnsweredNs;

  /** The right edge at {@code edgeNs}: bytes beyond it answer something that we said later. */
  private int edgeSeq;

  private long edgeNs;

  ReceiveLimit(BufferArena arena, int capBytes) {
    this.arena = arena;
    this.capBytes = capBytes;
    firstBytes = Math.min(FIRST_BYTES, capBytes);
    bytes = firstBytes;
  }

  /** A stream begins at {@code firstSeq}, of which windows can offer {@code offerableBytes} at a time. */
  void begin(int firstSeq, int offerableBytes) {
    end();
    worthwhileBytes = Math.min(capBytes, offerableBytes);
    bytes = firstBytes;
    consumedSeq = firstSeq;
    begun = false;
    offerAnsweredNs = 0;
  }

  /** Nothing more will come. */
  void end() {
    arena.promise(-promisedBytes);
    promisedBytes = 0;
  }

  /** What was promised remains so. */
  void keep(Memo memo) {
    memo.putInt(bytes);
    memo.putInt(worthwhileBytes);
    memo.putInt(promisedBytes);
    promisedBytes = 0;
    memo.putInt(consumedSeq);
    memo.putInt(roundSeq);
    memo.putLong(roundNs);
    memo.putFlags(begun, false, false);
    memo.putLong(offerAnsweredNs);
    memo.putInt(edgeSeq);
    memo.putLong(edgeNs);
  }

  void recall(Memo memo) {
    bytes = memo.getInt();
    worthwhileBytes = memo.getInt();
    promisedBytes = memo.getInt();
    consumedSeq = memo.getInt();
    roundSeq = memo.getInt();
    roundNs = memo.getLong();
    begun = (memo.getByte() & 1) != 0;
    offerAnsweredNs = memo.getLong();
    edgeSeq = memo.getInt();
    edgeNs = memo.getLong();
  }

  /** The present limit. */
  @HotPath
  int bytes() {
    return bytes;
  }

  /** What it may become at most. */
  int capBytes() {
    return capBytes;
  }

  /**
   * The user was shown something. {@code nextSeq} is RCV.NXT, {@code leftover} what he has not consumed before it, {@code srttNs} the round trip of
   * what we send; 0: not known.
   */
  @HotPath
  void onShown(int nextSeq, int leftover, int rightEdge, long srttNs, long nowNs) {
    long rtt = srttNs == 0 ? measured(nextSeq, rightEdge, nowNs) : srttNs;
    if (!begun || nowNs - roundNs > rtt) {
      onRound(leftover, rtt, nowNs);
    }
    consumedSeq = nextSeq - leftover;
    long wanted = AHEAD * (long) (consumedSeq - roundSeq);
    if (wanted > bytes && rtt > 0 && bytes < worthwhileBytes) {
      grow(wanted);
    }
    if (promisedBytes > bytes - firstBytes) {
      onOfferUsed(rightEdge - consumedSeq);
    }
  }

  /** What is shown now is the first of another round trip. */
  private void onRound(int leftover, long rtt, long nowNs) {
    if (begun && leftover == 0 && nowNs - roundNs > rtt + IDLE_NS) {
      bytes = firstBytes;
    }
    begun = true;
    roundNs = nowNs;
    roundSeq = consumedSeq;
  }

  /** Without a better one: no byte beyond an edge comes earlier than a round trip after it was offered. The shortest such time is the likeliest. */
  private long measured(int nextSeq, int rightEdge, long nowNs) {
    if (begun && nextSeq - edgeSeq <= 0) {
      return offerAnsweredNs;
    }
    if (begun) {
      long sample = Math.max(nowNs - edgeNs, 1);
      offerAnsweredNs = offerAnsweredNs == 0 ? sample : Math.min(offerAnsweredNs, sample);
    }
    edgeSeq = rightEdge;
    edgeNs = nowNs;
    return offerAnsweredNs;
  }

  /** What the peer may send and nobody has read is a promise: of the arena, half may be promised, and no one takes more than half of what is left. */
  private void grow(long wanted) {
    long most = Math.min(wanted, worthwhileBytes);
    long mine = firstBytes + promisedBytes + (Memory.promisableBytes(arena) >>> 1);
    long next = Math.min(most, mine);
    boolean worthIt = next - bytes >= STEP_BYTES || (next > bytes && next == worthwhileBytes);
    if (worthIt && !Memory.isScarce(arena)) {
      set((int) next);
    }
  }

  /**
   * The user left bytes over, and waits for more: beyond half of the limit it doubles, whatever is promised. These bytes are held, so that the arena
   * knows of them; no more is offered on top than there are.
   */
  void onLeftOver(int leftover) {
    if (leftover > bytes >>> 1 && bytes < capBytes) {
      set(bytes > capBytes >>> 1 ? capBytes : 2 * bytes);
    }
  }

  private void set(int bytes) {
    this.bytes = bytes;
    int more = bytes - firstBytes - promisedBytes;
    if (more > 0) {
      promise(more);
    }
  }

  /** The limit has fallen back, but not what was offered before: the promise goes as the peer makes use of it. */
  private void onOfferUsed(int offered) {
    int owed = Math.max(Math.max(bytes, offered) - firstBytes, 0);
    if (owed < promisedBytes) {
      promise(owed - promisedBytes);
    }
  }

  private void promise(int more) {
    arena.promise(more);
    promisedBytes += more;
  }
}
