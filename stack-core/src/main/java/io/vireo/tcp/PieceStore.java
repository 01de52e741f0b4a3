// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.tcp.congestion.CongestionControl;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The {@link Pieces} of the connections of one endpoint. Where there are fewer sets of them than connections, those that are {@link AtRest} may fall asleep: their pieces go
 * to others, and what these knew lies in a record until they wake.
 *
 * <pre>
 *   A awake ── keep ──► A's record ── recall ──► A awake, with the pieces of C
 *     │ pieces
 *     └──► B awake
 * </pre>
 *
 * <p>So many sets as the settings say are made beforehand. Who needs one gets one that is free, or else that of a connection at rest. A hand goes round over all sets, as that
 * of a clock, so that nobody has to note who was used last. When none of those that it points to is at rest, more sets are made: there are never more than connections, and
 * seldom more than were awake at once.
 */
final class PieceStore {
  /** Sets looked at for one whose connection is at rest, before more are made. */
  private static final int LOOKS = 8;

  /** Sets made at a time when there are too few. */
  private static final int MOST_MADE = 64;

  private final TcpSettings settings;
  private final Limits limits;
  private final BufferArena arena;
  private final int firstSlot;

  /** By number of connection; null: there is a set for each, and none ever sleeps. */
  private final Memo memo;

  private Pieces[] all = new Pieces[0];

  /** Fresh ones, and those of connections that are over: a stack. */
  private Pieces[] free = new Pieces[0];

  private int freeCount;

  /** Where in {@link #all} the hand points. */
  private int hand;

  private final int longestClaim;

  /** For connections from slot {@code firstSlot} on, all of which are asleep. */
  PieceStore(TcpSettings settings, Limits limits, BufferArena arena, int firstSlot) {
    this.firstSlot = firstSlot;
    this.settings = settings;
    this.limits = limits;
    this.arena = arena;
    make(Math.min(settings.connections(), settings.awakeConnections()));
    memo = isForAll() ? null : new Memo(settings.connections(), recordBytes());
    longestClaim = all[0].sender.buffer.longestClaim();
  }

  /** The longest claim that there may be on any of the connections. */
  @HotPath
  int longestClaim() {
    return longestClaim;
  }

  /** As many as a set writes. */
  private int recordBytes() {
    Memo trial = new Memo(1, 1 << 10);
    trial.open(0);
    all[0].keep(trial);
    return trial.position();
  }

  private boolean isForAll() {
    return all.length == settings.connections();
  }

  /** Whether connections may fall asleep at all. */
  boolean isScarce() {
    return memo != null;
  }

  private void make(int sets) {
    ByteBuffer memory = ByteBuffer.allocateDirect(sets * Scoreboard.OWN_BYTES);
    int before = all.length;
    all = Arrays.copyOf(all, before + sets);
    free = Arrays.copyOf(free, before + sets);
    for (int i = 0; i < sets; i++) {
      int base = i * Scoreboard.OWN_BYTES;
      CongestionControl congestion =
          CongestionControl.of(settings.congestionAlgorithm(), settings.idleRestart());
      all[before + i] = new Pieces(settings, limits, arena, memory, base, congestion);
      offer(all[before + i]);
    }
  }

  void offer(Pieces pieces) {
    pieces.offered = true;
    free[freeCount++] = pieces;
  }

  /** {@code c} begins: it is awake from now on. Those that {@code agenda} has in hand stay so. */
  void begin(Connection c, Agenda agenda) {
    if (!c.isAwake()) {
      give(take(agenda), c);
    }
  }

  /** {@code c} was asleep. */
  void wake(Connection c, Agenda agenda) {
    Pieces pieces = take(agenda);
    memo.open(c.slot - firstSlot);
    pieces.recall(memo);
    give(pieces, c);
  }

  private static void give(Pieces pieces, Connection c) {
    pieces.owner = c;
    c.use(pieces);
  }

  /** The connection that these belong to is over. It has them until others want them, for it may be looked at once more, and stand in queues. */
  void end(Pieces pieces) {
    if (memo != null && !pieces.offered) {
      offer(pieces);
    }
  }

  private Pieces take(Agenda agenda) {
    Pieces pieces = null;
    while (pieces == null && freeCount > 0) {
      pieces = free[--freeCount];
      pieces.offered = false;
      if (pieces.owner != null) {
        pieces = takeFrom(pieces, agenda);
      }
    }
    for (int looks = LOOKS; pieces == null && looks > 0; looks--) {
      pieces = takeFrom(all[hand], agenda);
      hand = hand + 1 == all.length ? 0 : hand + 1;
    }
    if (pieces == null) {
      int more = Math.min(1 + all.length / 8, MOST_MADE);
      make(Math.min(more, settings.connections() - all.length));
      return take(agenda);
    }
    return pieces;
  }

  /** The same pieces, which are nobody's now; or null if their owner needs them. */
  Pieces takeFrom(Pieces pieces, Agenda agenda) {
    Connection owner = pieces.owner;
    if (owner == null || agenda.hasInHand(owner)) {
      return null;
    }
    if (owner.inUse() ? !AtRest.holds(owner) : AtRest.isQueued(owner)) {
      return null;
    }
    if (owner.inUse()) {
      memo.open(owner.slot - firstSlot);
      pieces.keep(memo);
    }
    owner.use(Pieces.NONE);
    pieces.owner = null;
    return pieces;
  }
}
