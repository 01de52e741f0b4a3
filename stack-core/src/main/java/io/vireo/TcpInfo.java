// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.ConnectionState;
import io.vireo.api.SendLimit;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionFigures;

/**
 * Figures of one connection at one moment. Made once by its user, then filled by {@link TcpConnection#info}, for one connection after the other, without
 * allocation. It is no view: nothing in it changes by itself. Units end the names; sequence space counts as bytes, a FIN as one.
 *
 * <p>Before the handshake is complete the figures that it settles are 0; in onConnectionClosed they are those of the end.
 */
public final class TcpInfo {
  /** RFC 9293 §3.3.2. */
  public ConnectionState state = ConnectionState.CLOSED;

  /** What keeps the connection from sending more at this moment. */
  public SendLimit sendLimit = SendLimit.NOT_CONNECTED;

  /** SRTT of RFC 6298; 0 before the first sample. */
  public long smoothedRttNs;

  /** RTTVAR of RFC 6298; 0 before the first sample. */
  public long rttVariationNs;

  /** The shortest round trip of the last five to ten minutes; 0 before the first sample. */
  public long minimumRttNs;

  /** RTO of RFC 6298, backed off if the timer has expired since the last sample. */
  public long retransmitTimeoutNs;

  /** As TcpSettings has it. */
  public CongestionAlgorithm congestionAlgorithm;

  /** cwnd of RFC 5681; in fast recovery as PRR (RFC 6937) has it. 2^30 without congestion control. */
  public long congestionWindowBytes;

  /** ssthresh of RFC 5681; 2^30 as long as nothing has set it. */
  public long slowStartThresholdBytes;

  /**
   * How fast the network delivered, by the last valid sample of draft-ietf-ccwg-bbr §4.1; 0 before the first. Of {@link #deliveryAppLimited} samples it is
   * a lower bound.
   */
  public long deliveryBytesPerSecond;

  /** Whether the application had no more to send when what the sample is of was sent. */
  public boolean deliveryAppLimited;

  /** On their way as far as we know: RFC 6675's pipe. */
  public long inFlightBytes;

  /** That the peer holds beyond a gap (RFC 2018). */
  public long sackedBytes;

  /** Taken for lost and not sent again yet. */
  public long lostBytes;

  /** SND.NXT less SND.UNA (RFC 9293 §3.3.1). */
  public long unacknowledgedBytes;

  /** Segments sent again, a SYN of connect included; wraps at 2^31. */
  public int retransmittedSegments;

  /** Times that the retransmission timer expired for something sent since the handshake (RFC 6298 (5.5)). */
  public int retransmitTimeouts;

  /** Fast recoveries that began (RFC 5681 §3.2, RFC 6675): round trips with losses, more or less. */
  public int recoveries;

  /** Recoveries and timeouts that turned out to be for nothing, and were undone (RFC 3522, RFC 3708). */
  public int undoneRecoveries;

  /** Tail loss probes sent (RFC 8985 §7). */
  public int tailLossProbes;

  /** Whether segments were seen to overtake each other; only looked for where the peer knows SACK. */
  public boolean reorderingSeen;

  /** How late a segment may be at present before it is taken for lost (RFC 8985 §6.2). */
  public long reorderingWindowNs;

  /** Payload sent, each byte once. */
  public long bytesSent;

  /** Payload received in order. What onData is showing is not yet counted while it runs. */
  public long bytesReceived;

  /** Payload given to send and not acknowledged, sent or not; 0 once the connection is over. */
  public long sendBufferedBytes;

  /** Payload received in order that the application has left over. */
  public long receiveBufferedBytes;

  /** SND.WND (RFC 9293 §3.3.1), from SND.UNA on. */
  public long peerWindowBytes;

  /** RCV.WND (RFC 9293 §3.3.1): what the peer may still send of what was offered. */
  public long offeredWindowBytes;

  /** Payload of a full segment: SndMSS, or less where the path or the link takes less. */
  public int mssBytes;

  /** Whether both SYNs had timestamps (RFC 7323 §3). */
  public boolean timestampsInUse;

  /** Whether both SYNs permitted SACK (RFC 2018). */
  public boolean selectiveAcksInUse;

  /** Whether both SYNs had a window scale (RFC 7323 §2). */
  public boolean windowScaleInUse;

  /** Figures of nothing yet. */
  public TcpInfo() {}

  void fill(Connection c) {
    state = ConnectionFigures.state(c);
    sendLimit = ConnectionFigures.sendLimit(c);
    smoothedRttNs = ConnectionFigures.smoothedRttNs(c);
    rttVariationNs = ConnectionFigures.rttVariationNs(c);
    minimumRttNs = ConnectionFigures.minimumRttNs(c);
    retransmitTimeoutNs = ConnectionFigures.retransmitTimeoutNs(c);
    congestionAlgorithm = ConnectionFigures.congestionAlgorithm(c);
    congestionWindowBytes = ConnectionFigures.congestionWindowBytes(c);
    slowStartThresholdBytes = ConnectionFigures.slowStartThresholdBytes(c);
    deliveryBytesPerSecond = ConnectionFigures.deliveryBytesPerSecond(c);
    deliveryAppLimited = ConnectionFigures.deliveryAppLimited(c);
    inFlightBytes = ConnectionFigures.inFlightBytes(c);
    sackedBytes = ConnectionFigures.sackedBytes(c);
    lostBytes = ConnectionFigures.lostBytes(c);
    unacknowledgedBytes = ConnectionFigures.unacknowledgedBytes(c);
    retransmittedSegments = ConnectionFigures.resentSegments(c);
    retransmitTimeouts = ConnectionFigures.retransmitTimeouts(c);
    recoveries = ConnectionFigures.recoveries(c);
    undoneRecoveries = ConnectionFigures.undoneRecoveries(c);
    tailLossProbes = ConnectionFigures.tailLossProbes(c);
    reorderingSeen = ConnectionFigures.sawReordering(c);
    reorderingWindowNs = ConnectionFigures.reorderingWindowNs(c);
    bytesSent = ConnectionFigures.sentBytes(c);
    bytesReceived = ConnectionFigures.receivedBytes(c);
    sendBufferedBytes = ConnectionFigures.sendBufferedBytes(c);
    receiveBufferedBytes = ConnectionFigures.receiveBufferedBytes(c);
    peerWindowBytes = ConnectionFigures.peerWindowBytes(c);
    offeredWindowBytes = ConnectionFigures.offeredWindowBytes(c);
    mssBytes = ConnectionFigures.mssBytes(c);
    timestampsInUse = ConnectionFigures.usesTimestamps(c);
    selectiveAcksInUse = ConnectionFigures.usesSelectiveAcks(c);
    windowScaleInUse = ConnectionFigures.scalesWindows(c);
  }

  /** What people look at first, in one line. Allocates. */
  @Override
  public String toString() {
    return state + ", limited by " + sendLimit
        + "; rtt " + smoothedRttNs / 1_000 + " ± " + rttVariationNs / 1_000
        + " µs, least " + minimumRttNs / 1_000 + ", rto " + retransmitTimeoutNs / 1_000
        + "; " + congestionAlgorithm + " cwnd " + congestionWindowBytes
        + " ssthresh " + slowStartThresholdBytes
        + ", delivers " + deliveryBytesPerSecond + (deliveryAppLimited ? " B/s or more" : " B/s")
        + "; under way " + unacknowledgedBytes + " B: in flight " + inFlightBytes
        + " sacked " + sackedBytes + " lost " + lostBytes
        + "; sent again " + retransmittedSegments + ", timeouts " + retransmitTimeouts
        + " recoveries " + recoveries + " undone " + undoneRecoveries
        + "; sent " + bytesSent + " received " + bytesReceived
        + ", windows " + peerWindowBytes + " and " + offeredWindowBytes + ", mss " + mssBytes;
  }
}
