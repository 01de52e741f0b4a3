// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/** Trouble that TCP goes on working on, as onSoftError tells it. */
public enum SoftError {
  /** The same segment, a SYN included, went out four times without an answer (R1 of RFC 9293 §3.8.3); once per trouble. */
  RETRANSMITTING,
  /** An ICMP error that does not end the connection; at most once a second. */
  UNREACHABLE,
  /** Bytes left over fill the receive buffer, which cannot grow any more, and nothing will bring them back: consume, resume or abort; once per trouble. */
  RECEIVE_BUFFER_FULL,
  /** The peer marked urgent data; it comes in line (RFC 9293 §3.8.5, MUST-32). */
  URGENT
}
