// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/**
 * The states of a connection, RFC 9293 §3.3.2. LISTEN is none: a listener is no connection. Nor is the SYN-RECEIVED of a passive open, of which nobody is told
 * before the handshake is complete; that of a simultaneous open is.
 */
public enum ConnectionState {
  /** Over, or never begun. */
  CLOSED,
  /** Our SYN is to be sent, or under way. */
  SYN_SENT,
  /** Both ends opened at once, and our SYN is not acknowledged. */
  SYN_RECEIVED,
  /** Both ends may send. */
  ESTABLISHED,
  /** We have finished, and our FIN is not acknowledged. */
  FIN_WAIT_1,
  /** We have finished; the peer has not. */
  FIN_WAIT_2,
  /** The peer has finished; we have not. */
  CLOSE_WAIT,
  /** Both have finished at once, and our FIN is not acknowledged. */
  CLOSING,
  /** The peer had finished, then we did, and our FIN is not acknowledged. */
  LAST_ACK,
  /** Over; late segments are answered without the connection. */
  TIME_WAIT
}
