// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The clock passes from its largest value to its smallest in the middle of things: times are compared by difference only. */
class ClockWrapTest extends TcpScript {
  @BeforeEach
  void shortlyBeforeTheWrap() {
    beginAt(Long.MAX_VALUE - 1_500_000_000L);
  }

  private void beginAt(long startNs) {
    world = new World(numbers, startNs);
    peer = new Peer(world, World.PEER_ADDRESS, World.PEER_PORT, numbers.peerIss);
    stack = new StackSide(world, peer);
    user = peer.user;
    time = new Time(world);
  }

  // CLK; RFC 6298 §5
  @Test
  void retransmissionsKeepTheirTimes() {
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 10");
    stack.answersAfter("2 s", "ACK PSH seq 1 ack 1 len 10");
    stack.answersAfter("4 s", "ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK seq 1 ack 11");
    stack.isSilentFor("2 min");
  }

  @Test
  void delayedAckAndChallengesKeepTheirTimes() {
    established();
    time.passes("1495 ms");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
    peer.sends("RST seq 20");
    stack.answers("ACK seq 1 ack 11");
    peer.sends("RST seq 20");
    time.passes("500 ms");
    peer.sends("RST seq 20");
    stack.answers("ACK seq 1 ack 11");
  }

  @Test
  void handshakesKeepTheirTimes() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    stack.answersAfter("1 s", "SYN ACK seq 0 ack 1");
    stack.answersAfter("2 s", "SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    stack.answersAfter("3 s", "ACK PSH seq 1 ack 1 len 10");
  }

  @Test
  void activeOpenAndUserTimersKeepTheirTimes() {
    user.connects();
    stack.answers("SYN seq 0");
    user.setsTimer(0, "1600 ms");
    stack.answersAfter("1 s", "SYN seq 0");
    time.passes("600 ms");
    user.hears("timer 0");
    stack.answersAfter("1400 ms", "SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
  }

  @Test
  void timeWaitKeepsItsTime() {
    Walk.ESTABLISHED.reach(this);
    Walk.ESTABLISHED.leave(this);
    time.passes("59999 ms");
    peer.sends("ACK seq 5 ack 2");
    stack.answers("ACK seq 2 ack 2");
    time.passes("1 ms");
    peer.sends("ACK seq 5 ack 2");
    stack.answers("RST seq 2");
  }

  @Test
  void probesAndUserTimeoutKeepTheirTimes() {
    settings(tcp -> tcp.withUserTimeoutNs(10_000_000_000L));
    established("mss 1460", "win 0");
    user.sends(10);
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 1");
    stack.answersAfter("2 s", "ACK PSH seq 1 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1 win 0");
    stack.answersAfter("4 s", "ACK PSH seq 1 ack 1 len 1");
    time.passes("5999 ms");
    user.hearsNothing();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 1 ack 1");
  }

  // SYN-05: nor is a cookie good twice where the clock passes from -1 to 0, though slots of time
  // are
  // numbered from 0 again
  @Test
  void aUsedCookieStaysUsed() {
    beginAt(-1_500_000_000L);
    settings(tcp -> tcp.withBacklog(1));
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    Peer other = anotherPeer(World.PEER_ADDRESS, 5001);
    other.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers(other, "SYN ACK seq 0 ack 1");
    other.sends("ACK PSH seq 1 ack 1 len 100");
    other.user.hears("established", "data 100");
    other.user.aborts();
    other.user.hears("closed ABORTED");
    stack.answers(other, "RST ACK seq 1 ack 101");
    time.passes("2 s");
    stack.answers("SYN ACK seq 0 ack 1");
    other.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers(other, "RST seq 1");
    other.user.hearsNothing();
  }
}
