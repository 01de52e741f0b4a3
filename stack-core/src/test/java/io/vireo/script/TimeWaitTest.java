// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** TIME-WAIT: RFC 9293 §3.6.1, §3.10.7.4, RFC 1337. Both streams carried a FIN only: SND.NXT and RCV.NXT are 2. */
class TimeWaitTest extends TcpScript {
  private void timeWait() {
    Walk.ESTABLISHED.reach(this);
    Walk.ESTABLISHED.leave(this);
  }

  /** In TIME-WAIT a FIN is acknowledged, afterwards it is refused. */
  private void isWaiting() {
    peer.sends("ACK seq 5 ack 2");
    stack.answers("ACK seq 2 ack 2");
  }

  private void isOver() {
    peer.sends("ACK seq 5 ack 2");
    stack.answers("RST seq 2");
  }

  // TW-01; RFC 9293 §3.6.1 MUST-13
  @Test
  void endsAfterTwoSegmentLifetimes() {
    timeWait();
    stack.isSilentFor("59999 ms");
    isWaiting();
    stack.isSilentFor("1 ms");
    isOver();
  }

  // TW-01: the time is a setting
  @Test
  void lengthOfTheSettingsIsUsed() {
    stackSettings(stack -> stack.withTimeWaitNs(1_000_000_000L));
    timeWait();
    time.passes("999 ms");
    isWaiting();
    time.passes("1 ms");
    isOver();
  }

  // TW-02, CLS-10; RFC 9293 §3.10.7.4, eighth
  @Test
  void repeatedFinIsAcknowledgedAndRestartsTheWait() {
    timeWait();
    time.passes("50 s");
    peer.sends("FIN ACK seq 1 ack 2");
    stack.answers("ACK seq 2 ack 2");
    time.passes("59999 ms");
    isWaiting();
    time.passes("1 ms");
    isOver();
  }

  // TW-03; RFC 9293 §3.10.7.4, first
  @Test
  void exactAckIsNotAnsweredAndOthersAre() {
    timeWait();
    peer.sends("ACK seq 2 ack 2");
    stack.isSilent();
    for (int seq : new int[] {-100_000, 1, 3, 65_536, 65_537, 100_000}) {
      peer.sends("ACK seq " + seq + " ack 2");
      stack.answers("ACK seq 2 ack 2");
    }
  }

  // TW-04, CLS-08, RS-17; RFC 9293 §3.10.7.4: nothing is delivered, the wait is not restarted
  @Test
  void dataAndOtherFinsAreAcknowledgedOnly() {
    timeWait();
    time.passes("30 s");
    peer.sends("ACK PSH seq 2 ack 2 len 100");
    stack.answers("ACK seq 2 ack 2");
    peer.sends("ACK PSH seq 1000 ack 2 len 100");
    stack.answers("ACK seq 2 ack 2");
    peer.sends("FIN ACK seq 5 ack 2");
    stack.answers("ACK seq 2 ack 2");
    user.hearsNothing();
    time.passes("30 s");
    isOver();
  }

  // TW-05, CLS-08; RFC 1337 §3: ignored
  @Test
  void resetDoesNotEndIt() {
    timeWait();
    peer.sends("RST seq 2", "RST seq 3", "RST ACK seq 2 ack 2", "RST seq 100000");
    stack.isSilent();
    isWaiting();
  }

  // TW-06, CLS-09; RFC 9293 §3.6.1 MAY-2: the new connection begins beyond the old one, in both
  // directions
  @Test
  void synBeyondTheOldConnectionOpensANewOne() {
    timeWait();
    int oldSndNxt = peer.stackIss() + 2;
    peer = peer.again(numbers.peerIss + 3);
    peer.sends("SYN seq 0 win 1000 <mss 1460>");
    stack.answers(peer, "SYN ACK seq 0 ack 1");
    assertTrue(peer.stackIss() - oldSndNxt > 0);
    peer.sends("ACK seq 1 ack 1");
    peer.user.hears("established");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    peer.user.hears("data 10");
    time.passes("10 ms");
    stack.answers(peer, "ACK seq 1 ack 11");
  }

  // TW-06, BLD-16; RFC 6528: after more bytes than the clock of initial numbers counts in that time
  @Test
  void initialNumberLiesBeyondALongOldStream() {
    established();
    for (int at = 1; at < 1_000_000; at += 1460) {
      user.sends(1460);
      stack.answers("ACK PSH seq " + at + " ack 1 len 1460");
      peer.sends("ACK seq 1 ack " + (at + 1460));
    }
    user.finishes();
    int end = world.lastSent.seq() - peer.stackIss() + 1;
    stack.sent();
    peer.sends("FIN ACK seq 1 ack " + end);
    user.hears("fin", "closed CLOSED");
    stack.sent();
    int oldSndNxt = peer.stackIss() + end;
    peer = peer.again(numbers.peerIss + 100);
    peer.sends("SYN seq 0 win 1000");
    stack.answers(peer, "SYN ACK seq 0 ack 1");
    assertTrue(peer.stackIss() - oldSndNxt > 0);
  }

  // TW-07, CLS-09; RFC 9293 §3.10.7.4, RFC 1337
  @Test
  void oldSynIsAcknowledgedAndOpensNothing() {
    timeWait();
    for (int seq : new int[] {-100_000, 0, 1, 2}) {
      peer.sends("SYN seq " + seq + " win 1000 <mss 1460>");
      stack.answers("ACK seq 2 ack 2");
    }
    isWaiting();
  }

  // TW-08; RFC 9293 §3.10.7.4
  @Test
  void synAckIsAcknowledgedOnly() {
    timeWait();
    peer.sends("SYN ACK seq 2 ack 2");
    stack.answers("ACK seq 2 ack 2");
    peer.sends("SYN ACK seq 5000 ack 2");
    stack.answers("ACK seq 2 ack 2");
    isWaiting();
  }

  // TW-08: as at a listener, a SYN with FIN opens nothing
  @Test
  void synWithFinOpensNothing() {
    timeWait();
    peer.sends("SYN FIN seq 5000");
    stack.answers("ACK seq 2 ack 2");
    isWaiting();
  }

  // TW-06 without a listener: nobody is there to accept it
  @Test
  void newSynWithoutListenerIsAcknowledgedOnly() {
    timeWait();
    stack.unlistens();
    peer.sends("SYN seq 5000");
    stack.answers("ACK seq 2 ack 2");
    isWaiting();
  }

  // TW-09, CLS-11; RFC 9293 §3.6.1: the oldest gives way
  @Test
  void oldestEntryIsRecycledWhenTheTableIsFull() {
    stackSettings(stack -> stack.withTimeWaitConnections(1));
    timeWait();
    Peer other = anotherPeer(World.PEER_ADDRESS, 5001);
    other.sends("SYN seq 0 win 1000");
    stack.answers(other, "SYN ACK seq 0 ack 1");
    other.sends("ACK seq 1 ack 1");
    other.user.finishes();
    stack.answers(other, "FIN ACK seq 1 ack 1");
    other.sends("FIN ACK seq 1 ack 2");
    stack.answers(other, "ACK seq 2 ack 2");
    other.user.hears("established", "fin", "closed CLOSED");
    stack.counts(Counter.TIME_WAIT_RECYCLED, 1);
    isOver();
    other.sends("FIN ACK seq 1 ack 2");
    stack.answers(other, "ACK seq 2 ack 2");
  }

  // AH-23, RFC 6056: a port of ours in TIME-WAIT is taken
  @Test
  void connectFromAPortInTimeWaitFails() {
    timeWait();
    peer = peer.again(1);
    peer.user.connects();
    peer.user.hears("closed NO_LOCAL_PORT");
    stack.isSilent();
  }

  // RS-21, STM-19: two stacks in TIME-WAIT do not answer each other's ACKs
  @Test
  void ackOfAPeerInTimeWaitIsNotAnswered() {
    timeWait();
    peer.sends("FIN ACK seq 1 ack 2");
    stack.answers("ACK seq 2 ack 2");
    peer.sends("ACK seq 2 ack 2");
    stack.isSilent();
    assertEquals(0, world.counter(Counter.RESETS_SENT));
  }
}
