// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/** What keeps a connection from sending more, at one moment; where there are several reasons, the first to be hit. */
public enum SendLimit {
  /** Before the handshake is complete, and after the end. */
  NOT_CONNECTED,
  /** The application: everything it has given has been sent. */
  APPLICATION,
  /** An incomplete last segment waits for more of the application's, or for an ACK: {@code more}, or Nagle's algorithm. */
  HELD,
  /** The application has more, everything it could give has been sent, and the send buffer or the stack's memory has no room for what it was refused. */
  SEND_BUFFER,
  /** The congestion window is full (RFC 5681). */
  CONGESTION_WINDOW,
  /** The peer's window is full, or too small to be used (RFC 9293 §3.8.6). */
  PEER_WINDOW,
  /** The next hop is not known yet, or does not answer. */
  NEIGHBOUR,
  /** Its turn only: the end of the callback, or a transmit slot of the NIC. */
  NIC
}
