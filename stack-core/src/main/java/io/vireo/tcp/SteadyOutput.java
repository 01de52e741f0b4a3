// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.ip.Ipv4Output;

/**
 * The way out of a steady connection: what {@link Transmitter} would find out about it is known already. Holds no state of any connection.
 */
final class SteadyOutput {
  /** {@link #flush}: nothing was sent; look closer. */
  static final int UNDECIDED = -1;

  /** The same for what is left: something was sent. */
  static final int UNDECIDED_REST = -2;

  private final SegmentComposer composer;
  private final Ipv4Output output;

  SteadyOutput(SegmentComposer composer, Ipv4Output output) {
    this.composer = composer;
    this.output = output;
  }

  /**
   * Sends what a steady connection has queued, or the ACK that it owes, as long as nothing is special about it: Transmitter.DONE, or Transmitter.MORE after its share; UNDECIDED: there is
   * something left, or nothing was done, and {@link Transmitter#flush} is to look at it.
   */
  @HotPath(compiledAlone = true)
  int flush(Connection c, long nowNs) {
    assert SteadyState.holds(c);
    Sender sender = c.sender;
    LossRecovery recovery = c.recovery;
    Scoreboard board = recovery.board;
    int mss = sender.mss();
    if (!output.leads(c.route)
        || c.pathMtu.mss(SegmentComposer.localMss(output), nowNs) != mss
        || sender.idleFor(nowNs) > c.rtt.retransmitTimeoutNs()) {
      return UNDECIDED;
    }
    composer.begin(nowNs);
    int unsent = sender.unsentBytes();
    if (unsent == 0) {
      boolean done = !c.acks.dueNow() || composer.sendSteady(c, sender.ackSeq(), 0);
      return done ? Transmitter.DONE : UNDECIDED;
    }
    boolean first = board.isEmpty();
    int room = Math.min(recovery.roomBytes(), sender.roomBytes());
    int sent = 0;
    int result = UNDECIDED;
    // As Transmitter does it, but for what it asks of each segment.
    while (Math.min(unsent, mss) <= room && board.hasFreeRecord()) {
      int length = Math.min(unsent, mss);
      if (!composer.sendSteady(c, sender.sndNxt(), length)) {
        // What slots came free were its share: the next ones are for others.
        result = sent > 0 ? Transmitter.MORE : UNDECIDED;
        break;
      }
      sender.onSent(length, nowNs);
      int end = sender.sndNxt();
      recovery.onSent(end, false, nowNs);
      c.pathMtu.onSent(end, length);
      unsent -= length;
      room -= length;
      sent++;
      if (unsent == 0) {
        Transmitter.noteAllSent(c);
        result = Transmitter.DONE;
        break;
      }
      if (sent == Transmitter.QUANTUM) {
        result = Transmitter.MORE;
        break;
      }
    }
    if (sent > 0) {
      c.retransmitTimer.onDataSent(first, nowNs);
    }
    return result == UNDECIDED && sent > 0 ? UNDECIDED_REST : result;
  }
}
