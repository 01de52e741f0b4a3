// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.Arrays;

/** What holds of every connection of a stack whenever poll, or a command from outside, has returned. */
public final class ConnectionInvariants {
  private static final long NEVER = Long.MAX_VALUE;

  /** What may only grow, as it was last time. */
  private static final class Past {
    long id;
    int rcvNxt;
    int rightEdge;
    int sndUna;
    int sndMax;
    int ssthresh;
    boolean recovering;
    int recoveries;
    int recoveryBytes;
    int timeouts;
    int sackedBytes;
    int mss;
    int windowBytes;
    int lostRoom;
    long lookNs;
    long stateId;
    TcpState state;
  }

  private final TcpLayer layer;
  private final HalfOpenTable halfOpen;

  /** By slot of the connection. */
  private Past[] pasts = new Past[0];

  private long heldBytes;
  private long lossesBefore;
  private long lossesSinceLook;
  private long turnNs;

  /** For the connections of one stack. */
  public ConnectionInvariants(TcpLayer layer) {
    this.layer = layer;
    halfOpen = HeldMemory.halfOpen(layer);
  }

  /** All connections of the stack are to be looked at. {@code losses}: that the stack has found so far, or found to be none. {@code turnNs}: when its last turn began. */
  public void beginLook(long losses, long turnNs) {
    this.turnNs = turnNs;
    heldBytes = 0;
    lossesSinceLook = losses - lossesBefore;
    lossesBefore = losses;
  }

  /** INV-05, INV-11: every half-open entry ends, by itself if nobody answers. */
  public void checkHalfOpen() {
    for (int entry = 0, seen = 0; seen < halfOpen.size(); entry++) {
      if (HeldMemory.isUsed(halfOpen, entry)) {
        seen++;
        require(HeldMemory.isTimed(halfOpen, entry), "a half-open entry without a timer");
      }
    }
  }

  /** INV-11: no half-open entry is left. */
  public void checkHalfOpenAtRest() {
    require(halfOpen.size() == 0, "a half-open entry is left");
  }

  /** INV-10: what the connections hold is what the arena has given out. */
  public void endLook(long bytesInUse) {
    require(
        heldBytes == bytesInUse,
        bytesInUse + " bytes of the arena are in use, " + heldBytes + " by connections");
  }

  /** Throws an AssertionError that says what does not hold of {@code c}. {@code memoryIsShort}: the arena does not give what is asked of it. */
  public void check(Connection c, boolean memoryIsShort, long originNs) {
    try {
      if (!c.isAwake()) {
        checkAsleep(c);
      } else if (c.inUse()) {
        checkUsed(c, originNs);
        if (c.registered() && c.state().synchronised() && !memoryIsShort) {
          checkWindow(c);
        }
      } else {
        checkFree(c);
      }
    } catch (AssertionError error) {
      throw new AssertionError(error.getMessage() + ": " + ConnectionInspection.describe(c), error);
    }
  }

  /** It has no pieces that could hold anything, and is in nobody's way. */
  private static void checkAsleep(Connection c) {
    require(c.registered() == c.inUse(), "asleep, and not to be found");
    require(
        c.state() == (c.inUse() ? TcpState.ESTABLISHED : TcpState.CLOSED),
        "asleep in a state in which there is something to do");
    require((c.queues & ~(1 << ConnectionQueue.EARLY)) == 0, "asleep, and waits for something");
  }

  /** Lets those of these connections fall asleep that may. */
  public static void putToSleep(TcpLayer layer, Connection[] connections) {
    for (Connection c : connections) {
      if (c.isAwake() && c.store.isScarce()) {
        Pieces pieces = c.store.takeFrom(c.pieces(), layer.agenda());
        if (pieces != null) {
          c.store.end(pieces);
        }
      }
    }
  }

  /** A connection in its pool holds nothing. */
  private static void checkFree(Connection c) {
    require(!c.registered(), "a free connection is in the table");
    require(c.deadlines.isEmpty(), "a free connection waits for a time");
    require(c.sender.buffer.length() == 0, "a free connection holds bytes to send");
    require(c.receiver.readable() == 0, "a free connection holds received bytes");
    require(c.receiver.viewLength() == 0, "a free connection looks at a frame");
    require(!c.route.bound(), "a free connection holds a neighbour");
  }

  /** Nothing is left over anywhere when the stack has come to rest. */
  public static void checkAtRest(Connection c) {
    require(!c.inUse(), "a connection is not back in its pool");
    if (c.isAwake()) {
      checkFree(c);
    }
    // Whoever waits for a neighbour, or held early bytes, may go on standing there: he is looked at
    // with the next news, or shortage.
    int queues = c.queues & ~(1 << ConnectionQueue.NEIGHBOUR | 1 << ConnectionQueue.EARLY);
    require(queues == 0, "a free connection stands in queues " + queues);
  }

  /** INV-07: RFC 9293 figure 5, several arcs at a time; and whatever the state, a reset or a timeout ends it. */
  private static boolean reaches(TcpState from, TcpState to) {
    if (from == to || to == TcpState.CLOSED) {
      return true;
    }
    return switch (from) {
      case CLOSED -> false;
      case SYN_SENT, SYN_RECEIVED -> to != TcpState.SYN_SENT;
      case ESTABLISHED -> to.ordinal() > TcpState.ESTABLISHED.ordinal();
      case FIN_WAIT_1 ->
        to == TcpState.FIN_WAIT_2 || to == TcpState.CLOSING || to == TcpState.TIME_WAIT;
      case FIN_WAIT_2, CLOSING -> to == TcpState.TIME_WAIT;
      case CLOSE_WAIT -> to == TcpState.LAST_ACK;
      case LAST_ACK, TIME_WAIT -> false;
    };
  }

  private void checkUsed(Connection c, long originNs) {
    Past before = past(c);
    if (before.stateId == c.id()) {
      require(reaches(before.state, c.state()), "no arc from " + before.state);
    }
    before.stateId = c.id();
    before.state = c.state();
    heldBytes += HeldMemory.of(c);
    require(c.receiver.viewLength() == 0, "a frame is looked at that has gone");
    if (c.delivery.next() != Delivery.NONE) {
      require(queued(c, ConnectionQueue.READY), "an event waits, and nobody will deliver it");
    }
    if (c.hasEnded()) {
      require(!c.registered(), "a connection that has ended is in the table");
      require(c.delivery.closeReason() != null, "a connection has ended without a reason");
      return;
    }
    require(c.registered(), "a living connection is not in the table");
    require(c.delivery.closeReason() == null, "a living connection has a reason to be dead");
    // A reader who waits is not so badly off: the peer probes.
    if (c.waitsForMemory() && !c.receiver.starved()) {
      require(queued(c, ConnectionQueue.MEMORY), "waits for memory, and nobody knows");
    }
    if (c.state().synchronised()) {
      checkPointers(c);
      checkPast(c, before, originNs);
      checkSending(c);
      checkAcks(c);
    } else {
      checkHandshake(c);
    }
    if (!c.deadlines.isEmpty()) {
      long earliest = c.deadlines.earliest() - originNs;
      long next = layer.nextDeadlineNs(originNs + (NEVER >>> 2)) - originNs;
      require(next - earliest <= 0, "the wheel turns up too late for a deadline");
    }
  }

  private Past past(Connection c) {
    if (c.slot >= pasts.length) {
      pasts = Arrays.copyOf(pasts, c.slot + 1);
    }
    if (pasts[c.slot] == null) {
      pasts[c.slot] = new Past();
    }
    return pasts[c.slot];
  }

  private static void checkHandshake(Connection c) {
    require(c.deadlines.isArmed(Deadlines.LIFE), "a handshake without end");
    require(
        c.retransmitTimer.isArmed() || (c.synDue() && queuedToSend(c)),
        "a SYN that will not be sent again");
  }

  private static void checkPointers(Connection c) {
    Sender s = c.sender;
    int iss = c.handshake.iss();
    require(s.sndUna() - iss >= 1, "ISS < SND.UNA");
    require(s.sndNxt() - s.sndUna() >= 0, "SND.UNA <= SND.NXT");
    require(s.sndMax() - s.sndNxt() >= 0, "SND.NXT <= the end of all that was sent");
    int end = s.endSeq() + (s.finQueued() ? 1 : 0);
    require(end - s.sndMax() >= 0, "sent more than was queued");
    require(s.buffer.length() <= c.settings.sendBufferBytes(), "more queued than allowed");
    Receiver r = c.receiver;
    require(r.window() >= 0, "RCV.NXT beyond the right edge");
    int limit = c.settings.receiveBufferBytes();
    require(r.readable() <= limit, "more left over than allowed");
    require(
        r.finTaken() || r.readable() + r.window() <= limit, "offers more than there is room for");
    TcpState state = c.state();
    require(r.finTaken() == !state.receiving(), "the peer's FIN and the state");

    boolean sending = state == TcpState.ESTABLISHED || state == TcpState.CLOSE_WAIT;
    boolean acked = state == TcpState.FIN_WAIT_2;
    require(s.finQueued() == !sending, "our FIN and the state");
    require(s.finAcked() == acked, "the ACK of our FIN and the state");
  }

  private void checkPast(Connection c, Past past, long originNs) {
    int rightEdge = c.receiver.rcvNxt() + c.receiver.window();
    if (past.id == c.id()) {
      require(c.receiver.rcvNxt() - past.rcvNxt >= 0, "RCV.NXT went back");
      require(rightEdge - past.rightEdge >= 0, "the right edge went back");
      require(c.sender.sndUna() - past.sndUna >= 0, "SND.UNA went back");
      require(c.sender.sndMax() - past.sndMax >= 0, "the end of all that was sent went back");
      checkFlight(c, past);
      if (originNs == turnNs && past.lookNs - turnNs < 0) {
        // The first turn at this time, in which nobody took his: what has this time left in it.
        checkAfterTimeout(c, past);
      }
    } else {
      // Seen for the first time, and it may have lost something already: all that it sent was new.
      past.sndUna = c.handshake.iss() + 1;
      past.sndMax = c.sender.sndMax();
      past.recovering = false;
    }
    checkRecoveryFlight(c, past);
    past.id = c.id();
    past.rcvNxt = c.receiver.rcvNxt();
    past.rightEdge = rightEdge;
    past.sndUna = c.sender.sndUna();
    past.sndMax = c.sender.sndMax();
    past.ssthresh = c.congestion.slowStartThresholdBytes();
    past.recovering = c.recovery.recovering();
    past.timeouts = c.retransmitTimer.allTimeouts();
    past.sackedBytes = c.recovery.board.sackedBytes();
    past.mss = c.sender.mss();
    past.windowBytes = c.recovery.windowBytes();
    past.lostRoom = Math.min(c.recovery.board.lostBytes(), c.recovery.roomBytes());
    past.lookNs = originNs;
  }

  /** INV-03: what was sent for the first time since the last look had its place in the congestion window. */
  private void checkFlight(Connection c, Past past) {
    // A FIN by itself takes no room.
    boolean sent = c.sender.sndMax() - past.sndMax > 1;
    boolean lost = c.congestion.slowStartThresholdBytes() != past.ssthresh
        || lossesSinceLook > 0
        || past.recovering
        || c.recovery.recovering()
        || c.recovery.afterTimeout();
    // RFC 8985 §7.3: a tail loss probe leaves whatever the window.
    boolean probed =
        c.recovery.tailProbe.isProbing() && c.sender.sndMax() - past.sndMax <= c.sender.mss();
    if (sent && !lost && !probed) {
      // RFC 3042: two segments more for the first two duplicates.
      int allowed = c.congestion.windowBytes() + 2 * c.sender.mss() + 1;
      require(c.recovery.inFlightBytes() <= allowed, "more in flight than the congestion window");
    }
  }

  /** INV-03: with proportional rate reduction, no more is under way in a recovery than when it began, or than ssthresh. */
  private static void checkRecoveryFlight(Connection c, Past past) {
    LossRecovery recovery = c.recovery;
    int most = 2 * c.sender.mss() + 1;
    boolean began = !past.recovering || past.recoveries != recovery.recoveries();
    if (began) {
      // The ACK that began it may have acknowledged much as well: RFC 6937's RecoverFS is from
      // before it.
      int before = past.sndMax - past.sndUna;
      past.recoveryBytes = Math.max(before, recovery.board.outstandingBytes()) + most;
      past.recoveries = recovery.recoveries();
    } else if (recovery.recovering() && !c.congestion.governsRecovery()) {
      int allowed = Math.max(past.recoveryBytes, c.congestion.slowStartThresholdBytes() + most);
      require(recovery.inFlightBytes() <= allowed, "more in flight than a recovery may send");
    }
  }

  /** INV-03, RFC 5681 (4): after a timeout one segment more may be under way than still is, until something is acknowledged. */
  private void checkAfterTimeout(Connection c, Past past) {
    Scoreboard board = c.recovery.board;
    boolean expired = c.retransmitTimer.allTimeouts() != past.timeouts;
    boolean news = c.sender.sndUna() != past.sndUna
        || c.sender.sndMax() != past.sndMax
        || board.sackedBytes() != past.sackedBytes;
    if (!expired || news || !c.recovery.afterTimeout() || c.congestion.governsRecovery()) {
      return;
    }
    if (past.recovering) {
      // What the recovery sent again in this turn, before the timer expired, is still under way,
      // too.
      return;
    }
    int still = 0;
    for (int i = 0; i < board.count(); i++) {
      boolean known = (board.flags(i) & (Scoreboard.SACKED | Scoreboard.LOST)) != 0;
      still += known || board.sentNs(i) - turnNs >= 0 ? 0 : board.length(i);
    }
    still += sentBeforeTimeout(c, past);
    // A FIN by itself comes along.
    int allowed = still + Math.max(c.sender.mss(), past.mss) + 1;
    require(c.congestion.windowBytes() <= allowed, "a loss window of more than a segment");
  }

  /**
   * The most that may have been sent again in this turn before the timer expired: of what was lost, as much as had room, where there was no record left to cut
   * it by, or no slot. Where the path's limit changed, all may have been lost, and the window is a segment of any length at least.
   */
  private static int sentBeforeTimeout(Connection c, Past past) {
    if (c.sender.mss() != past.mss) {
      return Math.max(past.windowBytes, c.handshake.peerMss());
    }
    return Math.max(past.lostRoom, 0);
  }

  /** Whether windows and records let out what is lost first. */
  private static boolean mayLeaveAgain(Connection c, Scoreboard board, int room) {
    Sender s = c.sender;
    int first = board.firstLost();
    int length = Math.min(board.length(first), s.mss());
    int permitted = s.again(board.startSeq(first), length);
    if (room < length || permitted == Sender.NOTHING) {
      return false;
    }
    // A part of a record waits for an ACK to bring room for another record, if one is to come.
    boolean whole = s.dataLength(board.startSeq(first), board.length(first)) <= permitted;
    return whole || first == 0 || board.inFlightBytes() == 0 || board.canSplit(first);
  }

  /** INV-05: a timer, or a place in a queue, for whatever waits to be sent or to be acknowledged. */
  private static void checkSending(Connection c) {
    Sender s = c.sender;
    boolean armed = c.retransmitTimer.isArmed();
    if (s.outstanding() || s.hasUnsent()) {
      boolean held = s.waitsForMore() && c.deadlines.isArmed(Deadlines.CORK);
      require(armed || held || queuedToSend(c), "no timer for what is outstanding or waits");
    }
    checkScoreboard(c);
    LossRecovery recovery = c.recovery;
    int room = recovery.roomBytes();
    if (recovery.retransmitDue()) {
      boolean mayLeave = mayLeaveAgain(c, recovery.board, room);
      require(!mayLeave || queuedToSend(c), "a retransmission that nobody will send");
    } else if (s.hasUnsent()) {
      // Memory that comes free waits for the next ACK.
      boolean mayLeave = s.next(room) != Sender.NOTHING && recovery.board.hasRecord();
      require(!mayLeave || queuedToSend(c), "bytes that could leave, and nobody will send them");
    }
    require(c.congestion.windowBytes() >= s.mss(), "less than a segment of congestion window");
    long rtoNs = c.rtt.retransmitTimeoutNs();
    require(
        rtoNs >= c.settings.minRtoNs() && rtoNs <= RttEstimator.MAX_RTO_NS, "RTO out of bounds");
    if (c.state() == TcpState.FIN_WAIT_2 && c.settings.finWaitNs() > 0) {
      require(c.deadlines.isArmed(Deadlines.LIFE), "FIN-WAIT-2 without end");
    }
  }

  /** The scoreboard covers what is under way without a gap, and its counts are those of its records. */
  private static void checkScoreboard(Connection c) {
    Scoreboard board = c.recovery.board;
    int seq = c.sender.sndUna();
    require(board.startSeq(0) == seq, "the scoreboard begins at SND.UNA");
    int sacked = 0;
    int lost = 0;
    boolean afterSacked = false;
    for (int i = 0; i < board.count(); i++) {
      int length = board.endSeq(i) - seq;
      require(board.startSeq(i) == seq && length > 0, "a record follows the last one");
      seq += length;
      int flags = board.flags(i);
      int happened = flags
          & (Scoreboard.SACKED | Scoreboard.LOST | Scoreboard.RETRANSMITTED | Scoreboard.SEVERAL);
      require(happened == 0 || !board.isPlain(), "a scoreboard that is called plain is not");
      boolean isSacked = (flags & Scoreboard.SACKED) != 0;
      boolean isLost = (flags & Scoreboard.LOST) != 0;
      require(!isSacked || !isLost, "what is SACKed is not lost");
      sacked += isSacked ? length : 0;
      lost += isLost ? length : 0;
      require(!isSacked || !afterSacked, "what is SACKed in a row is one record");
      afterSacked = isSacked;
    }
    require(seq == c.sender.sndNxt(), "the scoreboard ends at SND.NXT");
    require(sacked == board.sackedBytes(), "SACKed bytes are counted");
    require(lost == board.lostBytes(), "lost bytes are counted");
    int bytes = c.sender.sndNxt() - c.sender.sndUna();
    require(board.inFlightBytes() == bytes - sacked - lost, "the pipe, counted anew");
  }

  /** A window that was as good as closed is opened as soon as there is room for a segment, or half the buffer. */
  private static void checkWindow(Connection c) {
    Receiver r = c.receiver;
    int limit = r.limitBytes();
    int mss = Math.min(c.handshake.peerMss(), c.sender.mss());
    int growth = limit - r.readable() - r.window();
    if (c.state().receiving() && r.window() == 0 && growth >= Math.max(limit / 2, 2 * mss)) {
      boolean opens = queued(c, ConnectionQueue.ACKS) || queuedToSend(c);
      boolean waits = queued(c, ConnectionQueue.MEMORY);
      require(opens || waits, "a window that stays closed");
    }
  }

  private static void checkAcks(Connection c) {
    checkSackReport(c);
    if (c.acks.dueNow()) {
      require(queued(c, ConnectionQueue.ACKS) || queuedToSend(c), "an ACK that nobody will send");
    } else if (c.acks.dueLater()) {
      require(c.deadlines.isArmed(Deadlines.DELAYED_ACK), "a delayed ACK without a timer");
    }
  }

  /** INV-09: what would be SACKed now is held; what came twice has been received. */
  private static void checkSackReport(Connection c) {
    SackReport report = c.receiver.sackReport();
    int blocks = report.count(4);
    boolean duplicate = blocks > 0 && report.owesDuplicate();
    for (int i = 0; i < blocks; i++) {
      int start = report.start(i);
      int end = report.end(i);
      boolean below = end - c.receiver.rcvNxt() <= 0;
      boolean held = HeldMemory.holdsRange(c, start, end);
      require(held || (duplicate && i == 0 && below), "SACKs what is not held");
    }
  }

  private static boolean queuedToSend(Connection c) {
    return queued(c, ConnectionQueue.OUTPUT) || queued(c, ConnectionQueue.NEIGHBOUR);
  }

  private static boolean queued(Connection c, int kind) {
    return (c.queues & 1 << kind) != 0;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
