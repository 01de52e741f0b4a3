// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.ip.Ipv4Output;

/** The way out of a steady connection: what {@link Transmitter} would find out about it is known already. Holds no state of any connection. */
final class SteadyOutput {
  private final SegmentComposer composer;
  private final Ipv4Output output;

  SteadyOutput(SegmentComposer composer, Ipv4Output output) {
    this.composer = composer;
    this.output = output;
  }

  /**
   * Sends what a steady connection has queued, or the ACK that it owes, as long as nothing is special about it. Answers as {@link Transmitter#flush}; or, below 0, the
   * bitwise complement of how many segments left, and {@link Transmitter#flush} is to look at the rest.
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
      return ~0;
    }
    composer.begin(nowNs);
    int unsent = sender.unsentBytes();
    if (unsent == 0) {
      return sendAck(c) ? Transmitter.DONE : Transmitter.FULL;
    }
    boolean first = board.isEmpty();
    int room = Math.min(recovery.roomBytes(), sender.roomBytes());
    int sent = 0;
    int result = Transmitter.DONE;
    // As Transmitter does it, but for what it asks of each segment.
    while (unsent > 0) {
      int length = Math.min(unsent, mss);
      if (sent == Transmitter.QUANTUM) {
        result = Transmitter.MORE;
        break;
      }
      if (length > room || !board.hasFreeRecord()) {
        result = ~sent;
        break;
      }
      if (!composer.sendSteady(c, sender.sndNxt(), length)) {
        result = sent > 0 ? Transmitter.MORE : withoutSlot(c);
        break;
      }
      sender.onSent(length, nowNs);
      int end = sender.sndNxt();
      recovery.onSent(end, false, nowNs);
      c.pathMtu.onSent(end, length);
      unsent -= length;
      room -= length;
      sent++;
    }
    if (sent > 0) {
      c.retransmitTimer.onDataSent(first, nowNs);
    }
    if (unsent == 0) {
      Transmitter.noteAllSent(c);
    }
    return result;
  }

  /** Payload waits; an ACK may use the reserve. */
  private int withoutSlot(Connection c) {
    boolean unused = sendAck(c);
    return Transmitter.FULL;
  }

  /** False: one is due, and no slot is free. */
  @HotPath
  private boolean sendAck(Connection c) {
    return !c.acks.dueNow() || composer.sendSteady(c, c.sender.ackSeq(), 0);
  }
}
