// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.tcp.jfr.ConnectionClosedEvent;
import io.vireo.tcp.jfr.ConnectionEstablishedEvent;
import io.vireo.tcp.jfr.LossRecoveryBeginEvent;
import io.vireo.tcp.jfr.LossRecoveryEndEvent;
import io.vireo.tcp.jfr.RetransmissionTimeoutEvent;
import io.vireo.wire.Ipv4Address;

/**
 * Tells the JDK's Flight Recorder what becomes of connections, never of single segments. One object of each kind of event for all connections of a stack,
 * filled anew each time: nothing is allocated but, while somebody records, the text of addresses.
 */
final class ConnectionEvents {
  static final String REPAIRED = "repaired";
  static final String UNDONE = "undone";
  static final String TIMEOUT = "timeout";
  static final String RESEGMENTED = "resegmented";

  private final ConnectionEstablishedEvent established = new ConnectionEstablishedEvent();
  private final ConnectionClosedEvent closed = new ConnectionClosedEvent();
  private final LossRecoveryBeginEvent recoveryBegin = new LossRecoveryBeginEvent();
  private final LossRecoveryEndEvent recoveryEnd = new LossRecoveryEndEvent();
  private final RetransmissionTimeoutEvent timeout = new RetransmissionTimeoutEvent();

  void onEstablished(Connection c) {
    if (!established.isEnabled()) {
      return;
    }
    ConnectionEstablishedEvent event = established;
    event.begin();
    event.connectionId = c.id();
    event.localAddress = Ipv4Address.toString(c.route.local());
    event.localPort = c.localPort();
    event.remoteAddress = Ipv4Address.toString(c.route.remote());
    event.remotePort = c.remotePort();
    event.passive = c.handshake.peerMac() != 0;
    event.roundTripTime = c.rtt.smoothedNs();
    event.segmentSize = c.sender.mss();
    event.windowScale = c.handshake.scalesWindows();
    event.timestamps = c.handshake.usesTimestamps();
    event.selectiveAcks = c.recovery.sacks();
    event.end();
    event.commit();
  }

  /** The end of a connection is delivered, and its figures are still there. */
  void onClosed(Connection c, long nowNs) {
    if (!closed.isEnabled()) {
      return;
    }
    ConnectionClosedEvent event = closed;
    event.begin();
    event.connectionId = c.id();
    event.localAddress = Ipv4Address.toString(c.route.local());
    event.localPort = c.localPort();
    event.remoteAddress = Ipv4Address.toString(c.route.remote());
    event.remotePort = c.remotePort();
    event.reason = c.delivery.closeReason().name();
    event.lifetime = nowNs - c.handshake.sinceNs();
    event.bytesSent = ConnectionFigures.sentBytes(c);
    event.bytesReceived = ConnectionFigures.receivedBytes(c);
    event.bytesUnacknowledged = ConnectionFigures.unacknowledgedBytes(c);
    event.retransmittedSegments = ConnectionFigures.resentSegments(c);
    event.retransmissionTimeouts = ConnectionFigures.retransmitTimeouts(c);
    event.recoveries = ConnectionFigures.recoveries(c);
    event.smoothedRoundTripTime = ConnectionFigures.smoothedRttNs(c);
    event.shortestRoundTripTime = ConnectionFigures.minimumRttNs(c);
    event.end();
    event.commit();
  }

  void onRecoveryBegin(Connection c) {
    if (!recoveryBegin.isEnabled()) {
      return;
    }
    LossRecoveryBeginEvent event = recoveryBegin;
    event.begin();
    event.connectionId = c.id();
    event.congestionWindow = c.recovery.windowBytes();
    event.slowStartThreshold = c.congestion.slowStartThresholdBytes();
    event.bytesUnacknowledged = c.recovery.board.outstandingBytes();
    event.bytesLost = c.recovery.board.lostBytes();
    event.smoothedRoundTripTime = c.rtt.smoothedNs();
    event.end();
    event.commit();
  }

  /** {@code outcome}: one of the words above. */
  void onRecoveryEnd(Connection c, String outcome) {
    if (!recoveryEnd.isEnabled()) {
      return;
    }
    LossRecoveryEndEvent event = recoveryEnd;
    event.begin();
    event.connectionId = c.id();
    event.outcome = outcome;
    event.congestionWindow = c.recovery.windowBytes();
    event.slowStartThreshold = c.congestion.slowStartThresholdBytes();
    event.end();
    event.commit();
  }

  void onTimeout(Connection c) {
    if (!timeout.isEnabled()) {
      return;
    }
    RetransmissionTimeoutEvent event = timeout;
    event.begin();
    event.connectionId = c.id();
    event.timeoutsInARow = c.retransmitTimer.timeouts();
    event.nextTimeout = c.rtt.retransmitTimeoutNs();
    event.bytesUnacknowledged = c.recovery.board.outstandingBytes();
    event.congestionWindow = c.recovery.windowBytes();
    event.slowStartThreshold = c.congestion.slowStartThresholdBytes();
    event.end();
    event.commit();
  }
}
