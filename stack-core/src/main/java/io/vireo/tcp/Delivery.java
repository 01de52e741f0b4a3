// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.api.HotPath;
import io.vireo.api.SoftError;
import io.vireo.memory.Memo;

/**
 * What the user of one connection is owed, and in which order he hears of it. Only recorded here; the root's EventDispatch makes
 * the calls, asking {@link #next()} until it answers NONE.
 */
public final class Delivery {
  /** {@link #next()}: nothing is due, or nothing may be delivered now. */
  public static final int NONE = 0;

  public static final int ESTABLISHED = 1;
  public static final int MORE_SENDABLE = 2;
  public static final int TIMER = 4;
  public static final int DATA = 8;
  public static final int FIN = 16;
  public static final int CLOSED = 32;
  public static final int SOFT_ERROR = 64;

  private static final long UNREACHABLE_SPACING_NS = 1_000_000_000L;
  private static final SoftError[] SOFT_ERRORS = SoftError.values();

  private final Receiver receiver;
  private int due;
  private int timersDue;

  /** One bit per {@link SoftError}. */
  private int softErrors;

  private boolean unreachableTold;
  private long unreachableNs;

  private boolean paused;
  private boolean finTold;

  /** Whether the user was told that the connection is established. */
  private boolean begun;

  /** Bytes that a send left out and that onMoreSendable waits for; below 0: those of a refused claim; 0: none. */
  private int refusedBytes;

  private CloseReason closeReason;

  Delivery(Receiver receiver) {
    this.receiver = receiver;
  }

  void reset() {
    due = 0;
    timersDue = 0;
    softErrors = 0;
    unreachableTold = false;
    paused = false;
    finTold = false;
    begun = false;
    refusedBytes = 0;
    closeReason = null;
  }

  /** While {@link #isSteady}. */
  void keep(Memo memo) {
    memo.putFlags(finTold, unreachableTold, false);
    memo.putLong(unreachableNs);
  }

  void recall(Memo memo) {
    reset();
    begun = true;
    int flags = memo.getByte();
    finTold = (flags & 1) != 0;
    unreachableTold = (flags & 2) != 0;
    unreachableNs = memo.getLong();
  }

  /** The next event that may be delivered now. It stays due until it is {@link #taken}. */
  @HotPath
  public int next() {
    boolean nothing = (due | timersDue | softErrors | receiver.viewLength()) == 0;
    return nothing ? NONE : first();
  }

  /** Whether the user waits for nothing but data, and nothing is due to him but what the receiver may hold: {@link #resume} does not ask it. */
  boolean isSteady() {
    return begun
        && !paused
        && closeReason == null
        && ((due & ~DATA) | timersDue | softErrors | refusedBytes) == 0;
  }

  /** The first of what is due. */
  private int first() {
    if ((due & ESTABLISHED) != 0) {
      return ESTABLISHED;
    }
    if (isCutShort()) {
      return due & CLOSED;
    }
    if (softErrors != 0) {
      return SOFT_ERROR;
    }
    if ((due & MORE_SENDABLE) != 0 && begun) {
      return MORE_SENDABLE;
    }
    if (timersDue != 0) {
      return TIMER;
    }
    // A pause holds the stream back, not the end of a connection whose stream has been told.
    return paused && !finTold ? NONE : nextOfStream();
  }

  private int nextOfStream() {
    boolean leftover = receiver.readable() > 0;
    if (receiver.viewLength() > 0 || ((due & DATA) != 0 && leftover)) {
      return DATA;
    }
    if ((due & FIN) != 0) {
      // Back-pressure loses nothing: what is left over because a send came up short is shown again
      // first.
      return leftover && waitsForRoom() ? NONE : FIN;
    }
    return due & CLOSED;
  }

  /** The call for this event is about to be made. */
  public void taken(int event) {
    due &= ~event;
    if (event == MORE_SENDABLE && receiver.readable() > 0) {
      due |= DATA;
    }
    if (event == ESTABLISHED) {
      begun = true;
    } else if (event == FIN) {
      finTold = true;
    }
  }

  /** The lowest user timer that is due; its call is about to be made. */
  public int takeTimer() {
    int timer = Integer.numberOfTrailingZeros(timersDue);
    timersDue &= timersDue - 1;
    return timer;
  }

  /** A soft error that is due; its call is about to be made. */
  public SoftError takeSoftError() {
    int error = Integer.numberOfTrailingZeros(softErrors);
    softErrors &= softErrors - 1;
    return SOFT_ERRORS[error];
  }

  /** Whether what {@link #DATA} announces lies in the NIC's buffer rather than in the arena. */
  public boolean shownInFrame() {
    return receiver.viewLength() > 0;
  }

  /** How many bytes are to be shown. */
  public int shownLength() {
    return shownInFrame() ? receiver.viewLength() : receiver.readable();
  }

  /** Where they begin, in the frame's memory or in {@link #shownHandle()}'s; 0 if there are none. */
  public int shownOffset() {
    if (shownInFrame()) {
      return receiver.viewOffset();
    }
    return receiver.readable() == 0 ? 0 : receiver.readableOffset();
  }

  /** The arena's handle of bytes left over. */
  public long shownHandle() {
    return receiver.readableHandle();
  }

  /** Whether the connection ended in a way that leaves nothing to be told but its end. */
  boolean isCutShort() {
    return closeReason != null && closeReason != CloseReason.CLOSED;
  }

  /** Why the connection ended, or null while it lives. */
  public CloseReason closeReason() {
    return closeReason;
  }

  boolean isPaused() {
    return paused;
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    due |= DATA;
  }

  void onEstablished() {
    due |= ESTABLISHED;
  }

  void onData() {
    due |= DATA;
  }

  void onFin() {
    if (!finTold) {
      due |= FIN;
    }
  }

  void onTimer(int timer) {
    timersDue |= 1 << timer;
  }

  void onSoftError(SoftError error) {
    if (closeReason == null) {
      softErrors |= 1 << error.ordinal();
    }
  }

  /** Whether the last word of {@link SoftError#UNREACHABLE} is old enough for another. */
  boolean mayTellUnreachable(long nowNs) {
    if (unreachableTold && nowNs - unreachableNs < UNREACHABLE_SPACING_NS) {
      return false;
    }
    unreachableTold = true;
    unreachableNs = nowNs;
    return true;
  }

  void cancelTimer(int timer) {
    timersDue &= ~(1 << timer);
  }

  /** The connection is over. For any reason but CLOSED nothing else is told any more, except that it had begun. */
  void onClosed(CloseReason reason) {
    if (closeReason == null) {
      closeReason = reason;
      due |= CLOSED;
      softErrors = 0;
      if (reason != CloseReason.CLOSED) {
        timersDue = 0;
        due &= ESTABLISHED | CLOSED;
        if (reason == CloseReason.ABORTED || reason == CloseReason.HANDLER_FAILED) {
          // Whoever ends a connection himself need not first be told that it began.
          due &= ~ESTABLISHED;
        }
      }
    }
  }

  /** TCP is through, but the user does not want to hear the rest. */
  void abandon(CloseReason reason) {
    closeReason = reason;
    timersDue = 0;
    due = CLOSED;
  }

  /** A send left {@code bytes} out. */
  void onRefused(int bytes) {
    refusedBytes = Math.max(bytes, 1);
    // The room that was to be told of is gone again.
    due &= ~MORE_SENDABLE;
  }

  /** A claim of {@code bytes} was refused. */
  void onClaimRefused(int bytes) {
    refusedBytes = -bytes;
    due &= ~MORE_SENDABLE;
  }

  /** A claim is open: until it is committed, whoever was refused before could not make use of room. */
  void onClaimed() {
    if ((due & MORE_SENDABLE) != 0) {
      due &= ~MORE_SENDABLE;
      refusedBytes = 1;
    }
  }

  /** Bytes of the claim that was refused; 0: a send, or nothing. */
  int refusedClaim() {
    return Math.max(-refusedBytes, 0);
  }

  /** Nothing more may be sent: what was refused will never fit, and nobody waits for it. */
  void onSendClosed() {
    refusedBytes = 0;
    due &= ~MORE_SENDABLE;
  }

  @HotPath
  boolean waitsForRoom() {
    return refusedBytes != 0;
  }

  /** {@code free} bytes could be queued now. */
  void onRoom(int free) {
    if (refusedBytes != 0 && free >= Math.abs(refusedBytes)) {
      refusedBytes = 0;
      due |= MORE_SENDABLE;
    }
  }
}
