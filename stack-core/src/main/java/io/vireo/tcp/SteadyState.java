// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;

/**
 * Whether of a connection nothing is expected but the next bytes in order, and ACKs of what left in order, and nothing but data is due to its user. Then
 * {@link HeaderPrediction} and {@link SteadyOutput} do in a few steps what takes many otherwise.
 *
 * <p>The answer is kept in the connection, so that it costs one look for each segment. It is asked anew when something was done to the connection that is not one of those few
 * steps: {@link Agenda#schedule} does so for all of them, and until then the connection counts as disturbed (docs/decisions/0014).
 */
final class SteadyState {
  private SteadyState() {}

  /** Something has been done to the connection, and is noted now. */
  @HotPath
  static void note(Connection c) {
    c.setSteady(holds(c));
  }

  /** Something is done to the connection, and will be noted later. */
  @HotPath
  static void disturb(Connection c) {
    c.setSteady(false);
  }

  static boolean holds(Connection c) {
    return c.state() == TcpState.ESTABLISHED
        && c.sender.isSteady()
        && c.recovery.isSteady()
        && c.receiver.isSteady()
        && c.delivery.isSteady()
        && c.acks.isSteady()
        && c.retransmitTimer.isSteady()
        && c.keepAlive.isSteady()
        && !c.rtt.isBackedOff()
        && c.settings.headerPrediction();
  }
}
