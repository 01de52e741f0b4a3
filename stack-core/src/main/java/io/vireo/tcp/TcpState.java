// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * The states of RFC 9293 §3.3.2 that a connection object can be in, and the arcs between them.
 *
 * <p>LISTEN is a {@link Listeners.Listener}, the SYN-RECEIVED of a passive open is an entry of {@link HalfOpenTable}, and TIME-WAIT an
 * entry of {@link TimeWaitTable}: none of them costs a connection. A connection passes through TIME_WAIT only on its way out.
 */
enum TcpState {
  CLOSED,
  SYN_SENT,
  SYN_RECEIVED,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  CLOSE_WAIT,
  CLOSING,
  LAST_ACK,
  TIME_WAIT;

  /** Whether RFC 9293 figure 5 has an arc from this state to {@code next}. Every state may end in CLOSED: reset, abort, timeout. */
  boolean mayBecome(TcpState next) {
    if (next == CLOSED) {
      return this != CLOSED;
    }
    return switch (this) {
      case CLOSED -> next == SYN_SENT || next == ESTABLISHED;
      case SYN_SENT -> next == SYN_RECEIVED || next == ESTABLISHED;
      case SYN_RECEIVED -> next == ESTABLISHED;
      case ESTABLISHED -> next == FIN_WAIT_1 || next == CLOSE_WAIT;
      case FIN_WAIT_1 -> next == FIN_WAIT_2 || next == CLOSING || next == TIME_WAIT;
      case FIN_WAIT_2 -> next == TIME_WAIT;
      case CLOSE_WAIT -> next == LAST_ACK;
      case CLOSING -> next == TIME_WAIT;
      case LAST_ACK, TIME_WAIT -> false;
    };
  }

  /** Both SYNs are exchanged and acknowledged. */
  boolean synchronised() {
    return ordinal() >= ESTABLISHED.ordinal();
  }

  /** The peer may still send data: its FIN has not been taken. */
  boolean receiving() {
    return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
  }
}
