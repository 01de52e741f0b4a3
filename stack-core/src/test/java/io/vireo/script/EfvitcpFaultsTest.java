// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.time.ManualClock;
import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The faults that were found by running efvitcp, one by one: none of them is here. One shows elsewhere: tables that slow down when peers share
 * a port (TupleIndexTest.tenThousandPeersOnOnePort).
 */
class EfvitcpFaultsTest extends TcpScript {
  // 1: no zero-window probe
  @Test
  void aClosedWindowIsProbedUntilItOpens() {
    established("mss 1460", "win 0");
    user.sends(100);
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1 win 0");
    stack.answersAfter("2 s", "ACK PSH seq 1 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1 win 100");
    stack.answers("ACK PSH seq 1 ack 1 len 100");
  }

  // 2: FIN with data beyond the window stalls for ever
  @Test
  void finBehindDataBeyondTheWindowLeavesWhenThereIsRoom() {
    established("mss 1460", "win 1460");
    user.sends(3000);
    user.finishes();
    stack.answers("ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461 win 0");
    stack.answersAfter("200 ms", "ACK PSH seq 1461 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1461 win 65535");
    stack.answers("ACK seq 1461 ack 1 len 1460", "FIN ACK PSH seq 2921 ack 1 len 80");
    peer.sends("FIN ACK seq 1 ack 3002");
    stack.answers("ACK seq 3002 ack 2");
    user.hears("fin", "closed CLOSED");
  }

  // 3: what is sent with more to come is held for ever (CorkTest)
  @Test
  void moreToComeHoldsForALittleWhileOnly() {
    established();
    user.sendsMore(100);
    stack.isSilent();
    stack.answersAfter("200 ms", "ACK PSH seq 1 ack 1 len 100");
  }

  // 4, first half: a full receive buffer resets
  @Test
  void aFullReceiveBufferClosesTheWindowAndNothingElse() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    established();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    stack.answers("ACK seq 1 ack 4097 win 0");
    peer.sends("ACK seq 4097 ack 1 len 1460");
    stack.answers("ACK seq 1 ack 4097 win 0");
    user.forgets();
    user.readsOn();
    user.hears("data 4096");
    stack.answers("ACK seq 1 ack 4097 win 4096");
    peer.sends("ACK seq 4097 ack 1 len 1460");
    user.hears("data 1460");
    stack.answersAfter("10 ms", "ACK seq 1 ack 5557");
  }

  // 4, second half: sendFin with a full send ring resets
  @Test
  void sendFinWithAFullSendBufferWaitsBehindTheData() {
    settings(tcp -> tcp.withSendBufferBytes(4096));
    established("mss 1460", "win 1460");
    assertEquals(4096, user.offers(10_000));
    user.finishes();
    stack.answers("ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461 win 65535");
    stack.answers("ACK seq 1461 ack 1 len 1460", "FIN ACK PSH seq 2921 ack 1 len 1176");
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 4098");
    stack.isSilent();
    user.hearsNothing();
  }

  // 5: no back-pressure, in either direction
  @Test
  void bothDirectionsPushBack() {
    settings(tcp -> tcp.withSendBufferBytes(4096).withReceiveBufferBytes(4096));
    established("mss 1460", "win 0");
    assertEquals(4096, user.offers(5000));
    assertEquals(0, user.offers(1));
    user.stopsReading();
    peer.sends("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460 win 65535");
    user.forgets();
    stack.sent();
    peer.sends("ACK seq 2921 ack 4097 len 1176");
    user.hears("more sendable", "data 4096");
    stack.answersAfter("10 ms", "ACK seq 4097 ack 4097 win 0");
    assertEquals(1, user.offers(1));
    stack.answers("ACK PSH seq 4097 ack 4097 win 0 len 1");
  }

  // 6: any RST in the window kills
  @Test
  void aResetInTheWindowIsChallenged() {
    established();
    peer.sends("RST seq 2");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("RST seq 30000", "RST seq 65535");
    user.hearsNothing();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
  }

  // 7: an ACK of what was never sent is accepted
  @Test
  void anAckOfUnsentDataIsRefusedWithItsData() {
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK PSH seq 1 ack 12 len 10");
    stack.answers("ACK seq 11 ack 1");
    user.hearsNothing();
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 10");
  }

  // 8: initial numbers can be foretold (InitialSequenceTest has the statistics)
  @Test
  void initialNumbersOfNeighbouringPortsShowNoStep() {
    Set<Integer> steps = new HashSet<>();
    Integer last = null;
    for (int port = 5001; port <= 5064; port++) {
      Peer other = anotherPeer(World.PEER_ADDRESS, port);
      other.sends("SYN seq 0");
      int iss = world.sent.remove().seq();
      if (last != null) {
        steps.add(iss - last);
      }
      last = iss;
      other.sends("RST seq 1");
    }
    assertEquals(63, steps.size());
    assertTrue(steps.stream().anyMatch(step -> Math.abs((long) step) > 1 << 28), "small steps");
  }

  // 9: the last ACK of a handshake, once lost, is never sent again
  @Test
  void aLostHandshakeAckIsSentAgain() {
    connected();
    for (int i = 0; i < 3; i++) {
      time.passes("1 s");
      peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
      stack.answers("ACK seq 1 ack 1");
    }
    user.hearsNothing();
  }

  // 10: a new connection meets the TIME-WAIT of the old one, which later removes it
  @Test
  void theTimeWaitOfAnOldConnectionLeavesTheNewOneAlone() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 1 ack 2");
    stack.answers("ACK seq 2 ack 2");
    user.hears("fin", "closed CLOSED");
    time.passes("1 s");
    peer = peer.again(numbers.peerIss + 100_000);
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers(peer, "SYN ACK ack 1");
    peer.sends("ACK seq 1 ack 1");
    peer.user.hears("established");
    stack.isSilentFor("5 min");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    peer.user.hears("data 10");
    time.passes("10 ms");
    stack.answers(peer, "ACK seq 1 ack 11");
  }

  // 10, seen from the opener: the port is taken, and the stack says so rather than mixing the two
  // up
  @Test
  void anOpenFromAPortInTimeWaitFailsAtOnce() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 1 ack 2");
    stack.answers("ACK seq 2 ack 2");
    user.hears("fin", "closed CLOSED");
    peer = peer.again(1);
    peer.user.connects();
    peer.user.hears("closed NO_LOCAL_PORT");
    time.passes("61 s");
    peer = peer.again(1);
    peer.user.connects();
    stack.answers(peer, "SYN");
    peer.user.aborts();
    peer.user.hears("closed ABORTED");
  }

  // 11: a clock stepped back makes timers age by one tick per poll
  @ParameterizedTest
  @ValueSource(longs = {1, 1_000_000, 3_600_000_000_000L})
  void aClockSteppedBackFiresNothingEarly(long ns) throws ReflectiveOperationException {
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    user.setsTimer(0, "5 s");
    time.passes("900 ms");
    setClock(world.clock.nanoTime() - ns);
    for (int i = 0; i < 10_000; i++) {
      world.settle();
    }
    stack.isSilent();
    user.hearsNothing();
    setClock(world.clock.nanoTime() + ns);
    stack.answersAfter("100 ms", "ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK seq 1 ack 11");
    time.passes("4 s");
    user.hears("timer 0");
  }

  /** A ManualClock does not run backwards by itself. */
  private void setClock(long nowNs) throws ReflectiveOperationException {
    Field field = ManualClock.class.getDeclaredField("nowNs");
    field.setAccessible(true);
    field.setLong(world.clock, nowNs);
  }

  // 12: an MSS below 12 with timestamps makes segments of negative size
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 11, 12, 13})
  void aTinyMssWithTimestampsIsNotBelieved(int mss) {
    peer.sends("SYN seq 0 win 65535 <mss " + mss + ",nop,nop,hex 080A0000000100000000>");
    stack.answers("SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1 <nop,nop,hex 080A0000000200000000>");
    user.hears("established");
    user.sends(2000);
    int first = stack.sent().get(0).payload().length;
    assertTrue(first >= 216, first + " bytes");
  }

  // 13: without scaling the window is cut to 16 bits
  @Test
  void withoutScalingALargeBufferIsOfferedAs65535() {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20));
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    user.sends(1);
    stack.answers("ACK PSH seq 1 ack 1 win 65535 len 1");
  }

  // 14: a simultaneous open is answered with RST
  @Test
  void aSimultaneousOpenBecomesOneConnection() {
    user.connects();
    stack.answers("SYN seq 0");
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    user.hears("established");
    stack.sent();
    stack.counts(Counter.RESETS_SENT, 0);
  }

  // 15: FIN-WAIT-2 has no limit
  @Test
  void finWait2Ends() {
    Walk.FIN_WAIT_2.reach(this);
    time.passes("60 s");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 2 ack 1");
    assertEquals(world.tcp.connections(), world.server().available());
  }

  // 16: half-open connections that time out reach the user
  @Test
  void aHandshakeThatTimesOutReachesNobody() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    time.passes("5 min");
    stack.sent();
    user.hearsNothing();
    stack.counts(Counter.HALF_OPEN_EXPIRED, 1);
    stack.counts(Counter.CONNECTIONS_CLOSED, 0);
  }

  // connect needs the neighbour known already, and forks a process to ask for the route
  @Test
  void connectAsksForItsNeighbourItself() {
    user.connects();
    stack.answers("SYN seq 0");
    stack.counts(Counter.ARP_REQUESTS_SENT, 2);
    user.aborts();
    user.hears("closed ABORTED");
  }
}
