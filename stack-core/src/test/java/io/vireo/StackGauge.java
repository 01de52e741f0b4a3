// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.tcp.StateGauge;

/** What tests in other packages may see of a stack's inside. */
public final class StackGauge {
  private StackGauge() {}

  /** Bytes of the arena that somebody holds. */
  public static long heldBytes(TcpStack stack) {
    return stack.arena().usedBytes();
  }

  /** The state of a connection that is not over. */
  public static String state(TcpConnection<?> connection) {
    return StateGauge.state(connection.tcp());
  }

  /** The state of a tuple: of a connection, of a handshake that a listener waits for, in TIME-WAIT, or none. */
  public static String state(TcpStack stack, int local, int localPort, int remote, int remotePort) {
    return StateGauge.state(stack.tcp(), local, localPort, remote, remotePort);
  }

  /** The MSS that the peer's SYN made us believe in. */
  public static int peerMss(TcpConnection<?> connection) {
    return StateGauge.peerMss(connection.tcp());
  }

  /** The shift of the peer's windows; -1 if nothing is scaled. */
  public static int peerScale(TcpConnection<?> connection) {
    return StateGauge.peerScale(connection.tcp());
  }

  /** Whether segments carry timestamps. */
  public static boolean usesTimestamps(TcpConnection<?> connection) {
    return StateGauge.usesTimestamps(connection.tcp());
  }

  /** Whether ACKs may carry blocks. */
  public static boolean usesSelectiveAcks(TcpConnection<?> connection) {
    return StateGauge.usesSelectiveAcks(connection.tcp());
  }

  /** The earlier of {@code otherwise} and the next time that something falls due by itself. */
  public static long nextDeadlineNs(TcpStack stack, long otherwise) {
    return stack.nextDeadlineNs(otherwise);
  }
}
