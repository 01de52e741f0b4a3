// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.tcp.congestion.CongestionControl;
import java.nio.ByteBuffer;

/**
 * Those pieces of a connection that it needs only while it is awake, as one set: they know each other, and are used by one connection after the other. What must
 * outlast a rest each of them keeps and recalls by itself, in the same order.
 */
final class Pieces {
  /** What a connection has that is asleep. */
  static final Pieces NONE = new Pieces();

  private final TcpSettings settings;

  final CongestionControl congestion;
  final Sender sender;
  final Receiver receiver;
  final RttEstimator rtt;
  final LossRecovery recovery;
  final AckPolicy acks;
  final Deadlines deadlines;
  final RetransmitTimer retransmitTimer;
  final Delivery delivery;

  /** Who uses them, or did; null: nobody yet. */
  Connection owner;

  /** Whether {@link PieceStore} has them among those that are free. */
  boolean offered;

  private Pieces() {
    settings = null;
    congestion = null;
    sender = null;
    receiver = null;
    rtt = null;
    recovery = null;
    acks = null;
    deadlines = null;
    retransmitTimer = null;
    delivery = null;
  }

  /** {@code memory[memoryBase, memoryBase + Scoreboard.OWN_BYTES)} is theirs alone, and so is {@code congestion}. */
  Pieces(
      TcpSettings settings,
      Limits limits,
      BufferArena arena,
      ByteBuffer memory,
      int memoryBase,
      CongestionControl congestion) {
    this.settings = settings;
    this.congestion = congestion;
    sender = new Sender(arena, settings.sendBufferBytes());
    receiver = new Receiver(arena, settings.receiveBufferBytes(), limits.outOfOrderRanges());
    rtt = new RttEstimator();
    recovery = new LossRecovery(sender, congestion, rtt, arena, memory, memoryBase);
    acks = new AckPolicy();
    deadlines = new Deadlines(settings.userTimers());
    retransmitTimer = new RetransmitTimer(deadlines, sender, rtt, recovery, settings);
    delivery = new Delivery(receiver);
  }

  /** While {@link AtRest} holds of their connection. What is not kept is as {@link #recall} makes it, or will not be read before it is written. */
  void keep(Memo memo) {
    congestion.keep(memo);
    sender.keep(memo);
    receiver.keep(memo);
    rtt.keep(memo);
    recovery.keep(memo);
    acks.keep(memo);
    deadlines.keep(memo);
    retransmitTimer.keep(memo);
    delivery.keep(memo);
  }

  /** What other pieces of the same endpoint have kept. */
  void recall(Memo memo) {
    congestion.recall(memo);
    sender.recall(memo);
    receiver.recall(memo);
    rtt.recall(settings.minRtoNs(), memo);
    recovery.recall(memo);
    acks.recall(memo);
    deadlines.recall(memo);
    retransmitTimer.recall(memo);
    delivery.recall(memo);
  }
}
