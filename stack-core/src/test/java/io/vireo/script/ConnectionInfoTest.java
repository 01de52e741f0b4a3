// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.TcpInfo;
import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.ConnectionState;
import io.vireo.api.SendLimit;
import org.junit.jupiter.api.Test;

/** What TcpConnection.info says in each phase of a connection. */
class ConnectionInfoTest extends TcpScript {
  private static final int MSS = 1460;
  private static final int UNSET = 1 << 30;

  private final TcpInfo info = new TcpInfo();

  private TcpInfo info() {
    user.connection().info(info);
    return info;
  }

  private void isIn(ConnectionState state) {
    assertEquals(state, info().state);
  }

  private void isLimitedBy(SendLimit limit) {
    assertEquals(limit, info().sendLimit);
  }

  private void underWay(int unacknowledged, int inFlight, int lost) {
    info();
    assertEquals(unacknowledged, info.unacknowledgedBytes, "unacknowledged");
    assertEquals(inFlight, info.inFlightBytes, "in flight");
    assertEquals(lost, info.lostBytes, "lost");
  }

  private void repaired(int segments, int timeouts, int recoveries) {
    info();
    assertEquals(segments, info.retransmittedSegments, "sent again");
    assertEquals(timeouts, info.retransmitTimeouts, "timeouts");
    assertEquals(recoveries, info.recoveries, "recoveries");
  }

  private void sent(int sent, int received) {
    info();
    assertEquals(sent, info.bytesSent, "sent");
    assertEquals(received, info.bytesReceived, "received");
  }

  @Test
  void nothingIsAgreedOnBeforeTheHandshake() {
    user.connects();
    stack.answers("SYN seq 0");
    isIn(ConnectionState.SYN_SENT);
    isLimitedBy(SendLimit.NOT_CONNECTED);
    assertEquals(1_000_000_000, info.retransmitTimeoutNs);
    assertEquals(0, info.congestionWindowBytes);
    assertEquals(0, info.slowStartThresholdBytes);
    assertEquals(0, info.mssBytes);
    assertEquals(0, info.offeredWindowBytes);
    stack.answersAfter("1 s", "SYN seq 0");
    repaired(1, 0, 0);
    assertEquals(2_000_000_000, info.retransmitTimeoutNs);
    peer.sends("RST ACK seq 0 ack 1");
    user.hears("closed REFUSED");
  }

  @Test
  void whatTheHandshakeSettles() {
    established("mss 1000,wscale 2", "win 500");
    isIn(ConnectionState.ESTABLISHED);
    isLimitedBy(SendLimit.APPLICATION);
    assertEquals(CongestionAlgorithm.NEWRENO, info.congestionAlgorithm);
    assertEquals(10_000, info.congestionWindowBytes);
    assertEquals(UNSET, info.slowStartThresholdBytes);
    assertEquals(1_000, info.mssBytes);
    assertEquals(2_000, info.peerWindowBytes);
    assertEquals(65_535, info.offeredWindowBytes);
    assertTrue(info.windowScaleInUse);
    assertFalse(info.selectiveAcksInUse);
    assertFalse(info.timestampsInUse);
    assertFalse(info.reorderingSeen);
    assertEquals(0, info.reorderingWindowNs);
    assertEquals(0, info.deliveryBytesPerSecond);
  }

  // RFC 6298 (2.2), (2.3)
  @Test
  void roundTripsAreMeasured() {
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    time.passes("80 ms");
    peer.sends("ACK seq 1 ack 101");
    info();
    assertEquals(80_000_000, info.smoothedRttNs);
    assertEquals(40_000_000, info.rttVariationNs);
    assertEquals(80_000_000, info.minimumRttNs);
    assertEquals(240_000_000, info.retransmitTimeoutNs);
    user.sends(100);
    stack.answers("ACK PSH seq 101 ack 1 len 100");
    time.passes("160 ms");
    peer.sends("ACK seq 1 ack 201");
    info();
    assertEquals(90_000_000, info.smoothedRttNs);
    assertEquals(50_000_000, info.rttVariationNs);
    assertEquals(80_000_000, info.minimumRttNs);
    assertEquals(290_000_000, info.retransmitTimeoutNs);
  }

  @Test
  void deliveryRateIsThatOfTheLastSample() {
    established();
    user.sends(20 * MSS);
    assertEquals(10, stack.sent().size());
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack " + (1 + 10 * MSS));
    stack.sent();
    info();
    assertEquals(146_000, info.deliveryBytesPerSecond);
    assertFalse(info.deliveryAppLimited);
    time.passes("50 ms");
    peer.sends("ACK seq 1 ack " + (1 + 20 * MSS));
    info();
    assertEquals(292_000, (double) info.deliveryBytesPerSecond, 1.0);
    user.sends(100);
    stack.sent();
    time.passes("100 ms");
    peer.sends("ACK seq 1 ack " + (101 + 20 * MSS));
    info();
    assertEquals(1_000, info.deliveryBytesPerSecond);
    assertTrue(info.deliveryAppLimited);
  }

  @Test
  void congestionWindowIsTheLimitUntilAcksCome() {
    established();
    user.sends(20 * MSS);
    assertEquals(10, stack.sent().size());
    isLimitedBy(SendLimit.CONGESTION_WINDOW);
    underWay(10 * MSS, 10 * MSS, 0);
    assertEquals(20 * MSS, info.sendBufferedBytes);
    sent(10 * MSS, 0);
    peer.sends("ACK seq 1 ack " + (1 + 10 * MSS));
    assertEquals(10, stack.sent().size());
    isLimitedBy(SendLimit.APPLICATION);
    assertEquals(12 * MSS, info.congestionWindowBytes);
    sent(20 * MSS, 0);
    assertEquals(10 * MSS, info.sendBufferedBytes);
  }

  @Test
  void peersWindowIsTheLimit() {
    established("mss 1460", "win 3000");
    user.sends(4 * MSS);
    assertEquals(2, stack.sent().size());
    isLimitedBy(SendLimit.PEER_WINDOW);
    assertEquals(3_000, info.peerWindowBytes);
    peer.sends("ACK seq 1 ack " + (1 + 2 * MSS) + " win 0");
    isLimitedBy(SendLimit.PEER_WINDOW);
    assertEquals(0, info.peerWindowBytes);
    // A probe's byte counts once, whether the peer took it or not.
    stack.answersAfter("200 ms", "ACK PSH seq 2921 ack 1 len 1");
    sent(2 * MSS + 1, 0);
    underWay(0, 0, 0);
    peer.sends("ACK seq 1 ack " + (1 + 2 * MSS) + " win 65535");
    assertEquals(2, stack.sent().size());
    isLimitedBy(SendLimit.APPLICATION);
    sent(4 * MSS, 0);
  }

  @Test
  void sendBufferIsTheLimitOfWhatTheWindowsWouldTake() {
    settings(tcp -> tcp.withSendBufferBytes(8_192));
    established();
    assertEquals(8_192, user.offers(10_000));
    assertEquals(6, stack.sent().size());
    isLimitedBy(SendLimit.SEND_BUFFER);
    peer.sends("ACK seq 1 ack 8193");
    user.hears("more sendable");
    isLimitedBy(SendLimit.APPLICATION);
  }

  @Test
  void aHeldSegmentIsNotTheWindowsFault() {
    established();
    user.sendsMore(100);
    isLimitedBy(SendLimit.HELD);
    user.flushes();
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    user.setsNagle(true);
    user.sends(100);
    isLimitedBy(SendLimit.HELD);
    peer.sends("ACK seq 1 ack 101");
    stack.answers("ACK PSH seq 101 ack 1 len 100");
    isLimitedBy(SendLimit.APPLICATION);
  }

  @Test
  void nicIsTheLimitWithoutATransmitSlot() {
    established();
    stack.cannotSend(true);
    user.sends(100);
    isLimitedBy(SendLimit.NIC);
    sent(0, 0);
    stack.cannotSend(false);
    world.settle();
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    isLimitedBy(SendLimit.APPLICATION);
  }

  @Test
  void missingNeighbourIsTheLimit() {
    established();
    world.answersArp = false;
    time.passes("70 s");
    user.sends(100);
    time.passes("30 s");
    stack.sent();
    isLimitedBy(SendLimit.NEIGHBOUR);
    world.answersArp = true;
    time.passes("10 s");
    stack.sent();
    isLimitedBy(SendLimit.APPLICATION);
  }

  @Test
  void inOrderIsWhatCountsAsReceived() {
    established();
    user.stopsReading();
    peer.sends("ACK seq 1 ack 1 len 100");
    user.hears("data 100");
    peer.sends("ACK seq 201 ack 1 len 100");
    stack.sent();
    sent(0, 100);
    assertEquals(100, info.receiveBufferedBytes);
    assertEquals(65_435, info.offeredWindowBytes);
    peer.sends("ACK seq 101 ack 1 len 100");
    user.hears("data 300");
    stack.sent();
    sent(0, 300);
    user.reads(250);
    user.hears("data 300");
    sent(0, 300);
    assertEquals(50, info.receiveBufferedBytes);
    user.readsOn();
    user.hears("data 50");
    stack.sent();
  }

  // RFC 6582
  @Test
  void lossAndItsRepair() {
    established();
    user.sends(10 * MSS);
    stack.sent();
    peer.sends("ACK seq 1 ack 1", "ACK seq 1 ack 1");
    repaired(0, 0, 0);
    stack.cannotSend(true);
    peer.sends("ACK seq 1 ack 1");
    repaired(0, 0, 1);
    // Three duplicates, and the one that is lost.
    underWay(10 * MSS, 6 * MSS, MSS);
    assertEquals(5 * MSS, info.slowStartThresholdBytes);
    isLimitedBy(SendLimit.NIC);
    stack.cannotSend(false);
    world.settle();
    stack.answers("ACK seq 1 ack 1 len 1460");
    repaired(1, 0, 1);
    underWay(10 * MSS, 7 * MSS, 0);
    peer.sends("ACK seq 1 ack " + (1 + 10 * MSS));
    underWay(0, 0, 0);
    repaired(1, 0, 1);
    assertEquals(5 * MSS, info.congestionWindowBytes);
    assertEquals(0, info.undoneRecoveries);
    sent(10 * MSS, 0);
  }

  // RFC 6298 (5.4) to (5.6), RFC 5681 (4)
  @Test
  void timeout() {
    established();
    user.sends(4 * MSS);
    stack.sent();
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    repaired(1, 1, 0);
    underWay(4 * MSS, MSS, 3 * MSS);
    assertEquals(MSS, info.congestionWindowBytes);
    assertEquals(2 * MSS, info.slowStartThresholdBytes);
    assertEquals(2_000_000_000, info.retransmitTimeoutNs);
    isLimitedBy(SendLimit.CONGESTION_WINDOW);
    stack.answersAfter("2 s", "ACK seq 1 ack 1 len 1460");
    repaired(2, 2, 0);
    peer.sends("ACK seq 1 ack " + (1 + 4 * MSS));
    repaired(2, 2, 0);
    underWay(0, 0, 0);
    sent(4 * MSS, 0);
  }

  // RFC 9293 §3.8.6: the peer takes back the window of what was lost
  @Test
  void lostBytesWaitForThePeersWindow() {
    established("mss 1460", "win 5840");
    user.sends(4 * MSS);
    stack.sent();
    peer.sends("ACK seq 1 ack 1 win 100");
    time.passes("999 ms");
    stack.sent();
    peer.sends("ACK seq 1 ack 1 win 0");
    time.passes("1 ms");
    stack.sent();
    underWay(4 * MSS, 0, 4 * MSS);
    isLimitedBy(SendLimit.PEER_WINDOW);
    user.aborts();
    stack.sent();
    user.hears("closed ABORTED");
  }

  @Test
  void everyStateOnTheWayToAnOrderlyEnd() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    isIn(ConnectionState.FIN_WAIT_1);
    // A FIN is under way, and no payload.
    underWay(1, 1, 0);
    sent(0, 0);
    peer.sends("ACK seq 1 ack 2");
    isIn(ConnectionState.FIN_WAIT_2);
    user.on("closed", () -> {
      isIn(ConnectionState.TIME_WAIT);
      isLimitedBy(SendLimit.NOT_CONNECTED);
      sent(0, 100);
    });
    peer.sends("FIN ACK seq 1 ack 2 len 100");
    stack.answers("ACK seq 2 ack 102");
    user.hears("data 100", "fin", "closed CLOSED");
  }

  @Test
  void theOtherWayRound() {
    established();
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    user.hears("fin");
    isIn(ConnectionState.CLOSE_WAIT);
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 2 len 10");
    user.finishes();
    stack.answers("FIN ACK seq 11 ack 2");
    isIn(ConnectionState.LAST_ACK);
    user.on("closed", () -> {
      isIn(ConnectionState.CLOSED);
      sent(10, 0);
    });
    peer.sends("ACK seq 2 ack 12");
    user.hears("closed CLOSED");
  }

  @Test
  void figuresOfTheEndAreThereInOnConnectionClosed() {
    established();
    user.sends(4 * MSS);
    stack.sent();
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    user.on("closed", () -> {
      isIn(ConnectionState.CLOSED);
      isLimitedBy(SendLimit.NOT_CONNECTED);
      sent(4 * MSS, 0);
      repaired(1, 1, 0);
      underWay(4 * MSS, MSS, 3 * MSS);
      assertEquals(0, info.sendBufferedBytes);
      assertEquals(MSS, info.mssBytes);
    });
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    assertThrows(IllegalStateException.class, this::info);
  }

  /** What waits behind unsent bytes has not left, and is no byte either. */
  @Test
  void aFinThatNeverLeftDoesNotCount() {
    established("mss 1460", "win 2920");
    user.sends(3 * MSS);
    stack.sent();
    user.finishes();
    user.on("closed", () -> sent(2 * MSS, 0));
    peer.sends("RST seq 1");
    user.hears("closed RESET");
  }

  @Test
  void aFinThatLeftAndIsNotAcknowledgedIsNoByte() {
    established();
    user.sends(MSS);
    stack.sent();
    user.finishes();
    stack.answers("FIN ACK seq 1461 ack 1");
    user.on("closed", () -> {
      sent(MSS, 0);
      underWay(MSS + 1, MSS + 1, 0);
    });
    peer.sends("RST seq 1");
    user.hears("closed RESET");
  }

  /** With a pool of one, the next connection is the same object. */
  @Test
  void nothingOfTheObjectsLastConnectionIsLeft() {
    settings(tcp -> tcp.withConnections(1));
    user.connects();
    stack.answers("SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460,wscale 2>");
    stack.answers("ACK seq 1 ack 1");
    user.sends(4 * MSS);
    stack.sent();
    time.passes("10 s");
    stack.sent();
    peer.sends("ACK seq 1 ack 1 len 100");
    stack.sent();
    peer.sends("RST seq 101 ack 1");
    user.hears("established", "data 100", "closed RESET");
    Peer next = anotherPeer(World.PEER_ADDRESS, World.PEER_PORT + 1);
    next.user.connects();
    stack.answers(next, "SYN seq 0");
    next.user.connection().info(info);
    assertEquals(ConnectionState.SYN_SENT, info.state);
    assertEquals(
        0,
        info.bytesSent
            + info.bytesReceived
            + info.unacknowledgedBytes
            + info.inFlightBytes
            + info.lostBytes
            + info.retransmittedSegments
            + info.retransmitTimeouts
            + info.recoveries
            + info.congestionWindowBytes
            + info.slowStartThresholdBytes
            + info.peerWindowBytes
            + info.offeredWindowBytes
            + info.mssBytes
            + info.smoothedRttNs
            + info.rttVariationNs
            + info.minimumRttNs
            + info.deliveryBytesPerSecond
            + info.sendBufferedBytes
            + info.receiveBufferedBytes,
        info.toString());
    assertFalse(info.windowScaleInUse);
    next.user.aborts();
    next.user.hears("closed ABORTED");
  }

  @Test
  void isReadInOneLine() {
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    assertEquals(
        "ESTABLISHED, limited by APPLICATION; rtt 0 ± 0 µs, least 0, rto 1000000; NEWRENO cwnd 14600"
            + " ssthresh 1073741824, delivers 0 B/s; under way 100 B: in flight 100 sacked 0 lost 0;"
            + " sent again 0, timeouts 0 recoveries 0 undone 0; sent 100 received 0, windows 65535"
            + " and 65535, mss 1460",
        info().toString());
    peer.sends("ACK seq 1 ack 101");
  }
}
