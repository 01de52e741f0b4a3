// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.ConnectionState;
import io.vireo.api.SendLimit;

/**
 * What may be asked about a connection from outside: each figure comes from the piece that owns it. Until a handshake is complete, the pieces that it sets
 * up still have those of the object's last connection, and the answer is 0. Holds no state, allocates nothing.
 */
public final class ConnectionFigures {
  private static final ConnectionState[] STATES = ConnectionState.values();

  private ConnectionFigures() {}

  public static ConnectionState state(Connection c) {
    return STATES[c.state().ordinal()];
  }

  /** Whether the handshake was ever completed. */
  private static boolean complete(Connection c) {
    return c.handshake.isComplete();
  }

  // ---- Round trips

  public static long smoothedRttNs(Connection c) {
    return c.rtt.smoothedNs();
  }

  public static long rttVariationNs(Connection c) {
    return c.rtt.variationNs();
  }

  public static long minimumRttNs(Connection c) {
    return c.rtt.minimumNs();
  }

  public static long retransmitTimeoutNs(Connection c) {
    return c.rtt.retransmitTimeoutNs();
  }

  // ---- Congestion

  public static CongestionAlgorithm congestionAlgorithm(Connection c) {
    return c.settings.congestionAlgorithm();
  }

  public static int congestionWindowBytes(Connection c) {
    return complete(c) ? c.recovery.windowBytes() : 0;
  }

  public static int slowStartThresholdBytes(Connection c) {
    return complete(c) ? c.congestion.slowStartThresholdBytes() : 0;
  }

  public static long deliveryBytesPerSecond(Connection c) {
    return complete(c) ? c.recovery.rate.sampledBytesPerSecond() : 0;
  }

  public static boolean deliveryAppLimited(Connection c) {
    return complete(c) && c.recovery.rate.sampledAppLimited();
  }

  // ---- What is under way, and what was lost

  public static int inFlightBytes(Connection c) {
    return c.recovery.inFlightBytes();
  }

  public static int sackedBytes(Connection c) {
    return c.recovery.board.sackedBytes();
  }

  public static int lostBytes(Connection c) {
    return c.recovery.board.lostBytes();
  }

  public static int unacknowledgedBytes(Connection c) {
    return c.recovery.board.outstandingBytes();
  }

  public static int resentSegments(Connection c) {
    return c.recovery.resentSegments();
  }

  public static int retransmitTimeouts(Connection c) {
    return c.retransmitTimer.allTimeouts();
  }

  public static int recoveries(Connection c) {
    return c.recovery.recoveries();
  }

  public static int undoneRecoveries(Connection c) {
    return c.recovery.undoneRecoveries();
  }

  public static int tailLossProbes(Connection c) {
    return c.recovery.tailProbe.sentCount();
  }

  public static boolean sawReordering(Connection c) {
    return complete(c) && c.recovery.sawReordering();
  }

  public static long reorderingWindowNs(Connection c) {
    return complete(c) ? c.recovery.reorderingWindowNs() : 0;
  }

  // ---- The two streams

  public static long sentBytes(Connection c) {
    return complete(c) ? c.sender.sentBytes(c.handshake.iss()) : 0;
  }

  public static long receivedBytes(Connection c) {
    return complete(c) ? c.receiver.receivedBytes() : 0;
  }

  public static int sendBufferedBytes(Connection c) {
    return c.sender.buffer.length();
  }

  public static int receiveBufferedBytes(Connection c) {
    return complete(c) ? c.receiver.readable() : 0;
  }

  public static int peerWindowBytes(Connection c) {
    return c.sender.sndWnd();
  }

  public static int offeredWindowBytes(Connection c) {
    return complete(c) ? c.receiver.window() : 0;
  }

  // ---- What was agreed on

  public static int mssBytes(Connection c) {
    return complete(c) ? c.sender.mss() : 0;
  }

  public static boolean usesTimestamps(Connection c) {
    return complete(c) && c.handshake.usesTimestamps();
  }

  public static boolean usesSelectiveAcks(Connection c) {
    return complete(c) && c.recovery.sacks();
  }

  public static boolean scalesWindows(Connection c) {
    return complete(c) && c.handshake.scalesWindows();
  }

  // ---- Why no more is sent

  /** What stops {@link Transmitter}, in the order in which it asks. */
  public static SendLimit sendLimit(Connection c) {
    if (!c.state().synchronised() || c.hasEnded()) {
      return SendLimit.NOT_CONNECTED;
    }
    if (c.recovery.retransmitDue()) {
      return limitOfLost(c);
    }
    if (!c.sender.hasUnsent()) {
      return c.delivery.waitsForRoom() ? SendLimit.SEND_BUFFER : SendLimit.APPLICATION;
    }
    return limitOfUnsent(c);
  }

  private static SendLimit limitOfLost(Connection c) {
    Scoreboard board = c.recovery.board;
    int index = board.firstLost();
    int startSeq = board.startSeq(index);
    int length = Math.min(board.length(index), c.sender.mss());
    if (congestionRoom(c) < length) {
      return SendLimit.CONGESTION_WINDOW;
    }
    int bytes = c.sender.dataLength(startSeq, length);
    return c.sender.again(startSeq, bytes) == Sender.NOTHING ? SendLimit.PEER_WINDOW : turn(c);
  }

  private static SendLimit limitOfUnsent(Connection c) {
    Sender sender = c.sender;
    if (sender.next(congestionRoom(c)) != Sender.NOTHING) {
      return turn(c);
    }
    int unsent = sender.buffer.length() - (sender.sndNxt() - sender.sndUna());
    int length = Math.min(unsent, sender.mss());
    if (congestionRoom(c) < length) {
      return SendLimit.CONGESTION_WINDOW;
    }
    return sender.fits(sender.sndNxt(), length) ? SendLimit.HELD : SendLimit.PEER_WINDOW;
  }

  private static int congestionRoom(Connection c) {
    return c.recovery.windowBytes() - c.recovery.inFlightBytes();
  }

  private static SendLimit turn(Connection c) {
    boolean waits = (c.queues & 1 << ConnectionQueue.NEIGHBOUR) != 0;
    return waits ? SendLimit.NEIGHBOUR : SendLimit.NIC;
  }
}
