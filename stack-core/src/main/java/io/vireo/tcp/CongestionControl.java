// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * How much may be in flight: the sole writer of cwnd and ssthresh, both in bytes. It is told what happened, each kind of event
 * by its own name, and never asks.
 */
interface CongestionControl {
  /** Segments have become smaller or larger; what may be in flight has not. */
  void onMss(int mss);

  /** A connection begins. {@code handshakeRetransmitted}: its SYN was sent twice, so it starts with one segment. */
  void onEstablished(int mss, boolean handshakeRetransmitted);

  /** {@code acked} new bytes were acknowledged outside recovery, when {@code flight} bytes had been under way. */
  void onAck(int acked, int flight, long nowNs);

  /** A loss was found by duplicate ACKs; recovery begins with {@code flight} bytes under way. */
  void onLossDetected(int flight, long nowNs);

  /** One more duplicate ACK during recovery: a segment has left the network. */
  void onDuplicateAck();

  /** An ACK during recovery took {@code acked} bytes, but not all that were under way when it began. */
  void onPartialAck(int acked);

  /** Recovery ended with {@code flight} bytes under way. */
  void onRecovered(int flight);

  /** The retransmission timer expired; {@code repeated}: for the same bytes as before. */
  void onRetransmitTimeout(int flight, boolean repeated, long nowNs);

  /** Nothing was sent for longer than the retransmission timeout. */
  void onIdle();

  /** cwnd: bytes that may be in flight. */
  int windowBytes();

  /** ssthresh. */
  int slowStartThresholdBytes();
}
