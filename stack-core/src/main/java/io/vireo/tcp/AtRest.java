// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * Whether a connection has nothing under way, holds nothing, owes nothing, and waits for nothing but its peer, its user and the wheel. Then its {@link Pieces} may go to
 * another one until something happens to it.
 */
final class AtRest {
  /** That queue lets its connections go only when memory is short, and asks each whether it still belongs there. */
  private static final int HARMLESS_QUEUES = 1 << ConnectionQueue.EARLY;

  private AtRest() {}

  static boolean holds(Connection c) {
    return c.state() == TcpState.ESTABLISHED
        && !isQueued(c)
        && c.sender.isAtRest()
        && c.recovery.isAtRest()
        && c.receiver.isSteady()
        && c.delivery.isSteady()
        && c.acks.isAtRest()
        && c.rtt.isAtRest()
        && c.retransmitTimer.isSteady()
        && c.deadlines.isAtRest();
  }

  /** Whether something is yet to be done to the connection, even if it is over. */
  static boolean isQueued(Connection c) {
    return (c.queues & ~HARMLESS_QUEUES) != 0;
  }
}
