// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.memory.Memo;

/**
 * How much may be in flight: the sole writer of cwnd and ssthresh, both in bytes. It is told what happened, each kind of event
 * by its own name, and never asks. ECN's echo of congestion (RFC 3168, RFC 9768) will be one more event, and one more field of
 * {@link AckSample}.
 *
 * <pre>
 *   onEstablished ─► onAck ... ─► onLossDetected ─► onAck (recovering) ... ─► onRecovered ─► onAck ...
 *                                       └────────────────────┬─► onRetransmitTimeout ─► onAck (not recovering) ...
 *                                                            └─► onSpuriousLoss: nothing was lost after all
 * </pre>
 */
public interface CongestionControl {
  /**
   * A new control. {@code idleRestart}: begin with the initial window after idleness (RFC 5681 §4.1); else keep the window, and
   * halve it for each five minutes in which less than half of it was used (RFC 7661).
   */
  static CongestionControl of(CongestionAlgorithm algorithm, boolean idleRestart) {
    return switch (algorithm) {
      case CUBIC -> new Cubic(idleRestart);
      case NEWRENO -> new NewReno(idleRestart);
      case NONE -> Unlimited.INSTANCE;
    };
  }

  /** A connection begins, or the object's next one does; {@code initialWindowBytes}: RFC 6928's, or a segment after a lost SYN. */
  void onEstablished(int mss, int initialWindowBytes, long nowNs);

  /** Segments have become smaller or larger; what may be in flight has not. */
  void onMss(int mss);

  /** An ACK delivered something: in any state, fast recovery included. */
  void onAck(AckSample ack, long nowNs);

  /** Fast recovery begins; {@code flight}: RFC 5681's FlightSize, without what limited transmit added. Once per episode. */
  void onLossDetected(int flight, long nowNs);

  /** Fast recovery ended. Without effect after a timeout, which has ended it already. */
  void onRecovered(long nowNs);

  /**
   * The retransmission timer expired with {@code flight} bytes (FlightSize) unacknowledged, of which {@code stillInFlight} are
   * not held for lost (0 without RACK). {@code repeated}: for the same bytes as before. A fast recovery under way ends.
   */
  void onRetransmitTimeout(int flight, int stillInFlight, boolean repeated, long nowNs);

  /**
   * The last reduction was for nothing lost (DSACK, Eifel, F-RTO): it is undone, if not undone before. Whether it came by fast
   * recovery or by timeout, and whether that is still under way.
   */
  void onSpuriousLoss(long nowNs);

  /** Sending begins again after {@code idleNs} with nothing under way. */
  void onIdle(long idleNs, long rtoNs, long nowNs);

  /** The connection comes to rest: writes down what {@link #recall} needs to go on as if nothing had been. */
  void keep(Memo memo);

  /** What another control of the same kind has kept. */
  void recall(Memo memo);

  /** cwnd: bytes that may be in flight. During fast recovery PRR's window holds instead, unless {@link #governsRecovery}. */
  int windowBytes();

  /** ssthresh; PRR's target during fast recovery. */
  int slowStartThresholdBytes();

  /** Whether cwnd is below ssthresh. */
  boolean inSlowStart();

  /** How fast segments may leave; 0: not paced. Nothing reads it yet. */
  default long pacingBytesPerSecond() {
    return 0;
  }

  /** How much may leave at once when paced; 0: no bound. Nothing reads it yet. */
  default int sendQuantumBytes() {
    return 0;
  }

  /** Whether {@link #windowBytes} holds during fast recovery too: PRR is not used. */
  default boolean governsRecovery() {
    return false;
  }
}
