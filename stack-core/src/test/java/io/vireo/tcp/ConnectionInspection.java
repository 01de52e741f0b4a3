// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.ip.Ipv4Route;

/** Lets tests of other packages look inside a connection. */
public final class ConnectionInspection {
  private ConnectionInspection() {}

  /** Our initial sequence number. */
  public static int iss(Connection c) {
    return c.handshake.iss();
  }

  /** The peer's initial sequence number; only once the handshake is complete. */
  public static int irs(Connection c) {
    return c.handshake.irs();
  }

  /** Whether both SYNs are exchanged and acknowledged. */
  public static boolean synchronised(Connection c) {
    return c.state().synchronised();
  }

  /** Whether it is in FIN-WAIT-2. */
  public static boolean waitsForFin(Connection c) {
    return c.state() == TcpState.FIN_WAIT_2;
  }

  /** Payload that RCV.NXT counts. */
  public static int bytesAcknowledged(Connection c) {
    return c.receiver.rcvNxt() - c.handshake.irs() - 1 - (c.receiver.finTaken() ? 1 : 0);
  }

  /** Payload in order that the user has not consumed. */
  public static int bytesLeftOver(Connection c) {
    return c.receiver.readable();
  }

  /** Payload that SND.UNA counts. */
  public static int bytesSentAndAcknowledged(Connection c) {
    return c.sender.sndUna() - c.handshake.iss() - 1 - (c.sender.finAcked() ? 1 : 0);
  }

  /** Payload in the send buffer. */
  public static int bytesQueued(Connection c) {
    return c.sender.buffer.length();
  }

  /** RCV.NXT. */
  public static int rcvNxt(Connection c) {
    return c.receiver.rcvNxt();
  }

  /** RCV.WND. */
  public static int receiveWindow(Connection c) {
    return c.receiver.window();
  }

  /** Whether an ACK will be sent, now or when its time has come. */
  public static boolean owesAck(Connection c) {
    return c.acks.dueNow() || c.acks.dueLater();
  }

  /** The shortest round trip that was measured of late; 0: none was. */
  public static long shortestRoundTripNs(Connection c) {
    return c.rtt.minimumNs();
  }

  /** The longest datagram that the path is believed to carry; 0: nothing is believed of it. */
  public static int pathLimitBytes(Connection c) {
    int limit = c.pathMtu.limitMtu();
    return limit >= 0xFFFF ? 0 : limit;
  }

  /** Whether it is in TIME-WAIT. */
  public static boolean isInTimeWait(Connection c) {
    return c.state() == TcpState.TIME_WAIT;
  }

  /** Whether both ends use timestamps. */
  public static boolean usesTimestamps(Connection c) {
    return c.handshake.usesTimestamps();
  }

  /** TS.Recent. */
  public static int tsRecent(Connection c) {
    return c.timestamps.recent();
  }

  /** Whether it has its pieces. */
  public static boolean isAwake(Connection c) {
    return c.isAwake();
  }

  /** Whether all that its user gave it is acknowledged. */
  public static boolean isIdle(Connection c) {
    return !c.sender.outstanding() && !c.sender.hasUnsent();
  }

  /** What a stack with this seed adds to the clock that the timestamps of a tuple show. */
  public static int timestampOffset(
      long seed, int local, int localPort, int remote, int remotePort) {
    return new TimestampOffsets(new Secrets(seed))
        .of(Ipv4Route.addressKey(local, remote), (long) localPort << 16 | remotePort);
  }

  /** The initial sequence number that a stack with this seed chooses for a tuple at a time. */
  public static int initialSequence(
      long seed, int local, int localPort, int remote, int remotePort, long nowNs) {
    return new InitialSequence(new Secrets(seed))
        .next(Ipv4Route.addressKey(local, remote), (long) localPort << 16 | remotePort, nowNs);
  }

  /** The state in one line, for the report of a failure. */
  public static String describe(Connection c) {
    Sender s = c.sender;
    Receiver r = c.receiver;
    return c.state()
        + " " + c.localPort() + " to " + c.remotePort()
        + " una " + (s.sndUna() - c.handshake.iss())
        + " nxt " + (s.sndNxt() - c.handshake.iss())
        + " max " + (s.sndMax() - c.handshake.iss())
        + " wnd " + s.sndWnd()
        + " queued " + s.buffer.length()
        + (s.finQueued() ? " fin" : "") + (s.finAcked() ? " acked" : "")
        + " cwnd " + c.congestion.windowBytes()
        + " window " + c.recovery.windowBytes()
        + " in flight " + c.recovery.inFlightBytes()
        + " sacked " + c.recovery.board.sackedBytes()
        + " lost " + c.recovery.board.lostBytes()
        + (c.recovery.recovering()
            ? " recovering"
            : c.recovery.afterTimeout() ? " after timeout" : "")
        + " | nxt " + (r.rcvNxt() - c.handshake.irs())
        + " window " + r.window()
        + " readable " + r.readable()
        + (r.finTaken() ? " fin taken" : "")
        + " | due " + c.delivery.next()
        + (c.delivery.isPaused() ? " paused" : "")
        + " ends " + c.delivery.closeReason()
        + " queues " + Integer.toBinaryString(c.queues)
        + " rto " + c.rtt.retransmitTimeoutNs() / 1_000_000 + " ms"
        + (c.retransmitTimer.isArmed()
            ? " timer " + c.deadlines.deadlineNs(Deadlines.RETRANSMIT)
            : "");
  }
}
