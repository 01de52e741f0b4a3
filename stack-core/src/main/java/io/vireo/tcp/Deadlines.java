// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;

/**
 * The times a connection waits for. The timer wheel holds one entry per connection, never later than {@link #earliest()}: to
 * move a deadline back costs one field write, and the wheel finds out when it gets there.
 */
final class Deadlines {
  /** Retransmission, or probe of a closed window: never both. */
  static final int RETRANSMIT = 0;

  static final int DELAYED_ACK = 1;

  /** End of the handshake, or of FIN-WAIT-2. */
  static final int LIFE = 2;

  /** An incomplete segment has waited long enough for more. */
  static final int CORK = 3;

  /** The first of the user's timers. */
  static final int USER = 4;

  private final long[] atNs;
  private int armed;

  /** When the wheel looks at these, if it does. */
  private long watchedNs;

  private boolean watched;

  /** Whether one was armed since that the wheel would find too late. */
  private boolean moved;

  Deadlines(int userTimers) {
    atNs = new long[USER + userTimers];
  }

  void reset() {
    armed = 0;
  }

  /** Whether nothing is waited for but keep-alive and the user's timers. */
  boolean isAtRest() {
    return (armed & (1 << RETRANSMIT | 1 << DELAYED_ACK | 1 << CORK)) == 0;
  }

  /** The wheel goes on looking; not at these: they will be another connection's. */
  void keep(Memo memo) {
    memo.putInt(armed);
    memo.putFlags(watched, moved, false);
    memo.putLong(watchedNs);
    memo.putLong(atNs[LIFE]);
    for (int i = USER; i < atNs.length; i++) {
      memo.putLong(atNs[i]);
    }
    armed = 0;
    watched = false;
    moved = false;
  }

  void recall(Memo memo) {
    armed = memo.getInt();
    int flags = memo.getByte();
    watched = (flags & 1) != 0;
    moved = (flags & 2) != 0;
    watchedNs = memo.getLong();
    atNs[LIFE] = memo.getLong();
    for (int i = USER; i < atNs.length; i++) {
      atNs[i] = memo.getLong();
    }
  }

  /** TCP is through; the user's timers run on until he has heard the end. */
  void keepUserTimers() {
    armed &= -1 << USER;
  }

  @HotPath
  void arm(int kind, long deadlineNs) {
    atNs[kind] = deadlineNs;
    armed |= 1 << kind;
    moved |= !watched || deadlineNs - watchedNs < 0;
  }

  @HotPath
  void disarm(int kind) {
    armed &= ~(1 << kind);
  }

  boolean isArmed(int kind) {
    return (armed & (1 << kind)) != 0;
  }

  boolean isEmpty() {
    return armed == 0;
  }

  boolean isDue(int kind, long nowNs) {
    return isArmed(kind) && atNs[kind] - nowNs <= 0;
  }

  long deadlineNs(int kind) {
    return atNs[kind];
  }

  /** The first of the armed deadlines; only when there is one. */
  @HotPath
  long earliest() {
    int rest = armed;
    long earliest = atNs[Integer.numberOfTrailingZeros(rest)];
    for (rest &= rest - 1; rest != 0; rest &= rest - 1) {
      long candidate = atNs[Integer.numberOfTrailingZeros(rest)];
      if (candidate - earliest < 0) {
        earliest = candidate;
      }
    }
    return earliest;
  }

  /** Whether the wheel is perhaps to look earlier than it would. */
  @HotPath
  boolean moved() {
    return moved;
  }

  /** Whether the wheel is to be armed, for {@link #watchedNs}. */
  boolean rewatch() {
    moved = false;
    if (armed == 0) {
      return false;
    }
    long earliest = earliest();
    if (watched && earliest - watchedNs >= 0) {
      return false;
    }
    watched = true;
    watchedNs = earliest;
    return true;
  }

  /** When the wheel looks at these. */
  long watchedNs() {
    return watchedNs;
  }

  /** The wheel looks no more. */
  void onUnwatched() {
    watched = false;
    moved = armed != 0;
  }

  int userTimers() {
    return atNs.length - USER;
  }
}
