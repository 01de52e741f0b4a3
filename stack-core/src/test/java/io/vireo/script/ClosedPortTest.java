// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Segments for a port where nobody listens: CLOSED in RFC 9293 §3.10.7.1, with the numbers of §3.5.2 group 1. */
class ClosedPortTest extends TcpScript {
  @BeforeEach
  void nobodyListens() {
    world.listens = false;
  }

  // CL-01, CL-02; RFC 9293 §3.10.7.1
  @Test
  void synIsRefused() {
    peer.sends("SYN seq 0 win 1000 <mss 1460>");
    stack.answers("RST ACK seq zero ack 1 win 0");
    peer.sends("SYN seq 0 win 1000 len 100");
    stack.answers("RST ACK seq zero ack 101 win 0");
  }

  // CL-03; RFC 9293 §3.10.7.1
  @Test
  void synAckIsRefusedAtTheNumberItAcknowledges() {
    peer.sends("SYN ACK seq 0 ack 77 win 1000");
    stack.answers("RST seq 77 win 0");
    peer.sends("SYN ACK seq 0 ack 77 len 10");
    stack.answers("RST seq 77 win 0");
  }

  // CL-04, CL-06; RFC 9293 §3.10.7.1
  @Test
  void finCountsInTheNumberThatIsRefused() {
    peer.sends("SYN FIN seq 0 win 1000");
    stack.answers("RST ACK seq zero ack 2");
    peer.sends("FIN seq 5");
    stack.answers("RST ACK seq zero ack 6");
  }

  // CL-05, CL-07; RFC 9293 §3.10.7.1
  @Test
  void ackIsRefusedAtTheNumberItAcknowledges() {
    peer.sends("ACK seq 9 ack 31");
    stack.answers("RST seq 31");
    peer.sends("ACK PSH seq 9 ack 31 len 500");
    stack.answers("RST seq 31");
    peer.sends("FIN ACK seq 9 ack 32");
    stack.answers("RST seq 32");
  }

  // CL-08, STM-06; RFC 9293 §3.5.2: never a RST for a RST
  @Test
  void resetIsNeverAnswered() {
    peer.sends("RST seq 1");
    peer.sends("RST ACK seq 1 ack 1");
    peer.sends("RST seq 1 len 10");
    peer.sends("RST ACK seq 1 ack 1 len 10");
    peer.sends("SYN RST seq 1", "RST FIN seq 1", "SYN FIN RST ACK PSH URG seq 1 ack 1");
    stack.isSilent();
    stack.counts(Counter.RESETS_SENT, 0);
  }

  // CL-09, STM-03; RFC 9293 §3.10.7.1
  @Test
  void junkWithoutAckIsRefusedBehindItsEnd() {
    peer.sends("NONE seq 7 len 3");
    stack.answers("RST ACK seq zero ack 10");
    peer.sends("PSH URG FIN seq 7 len 3");
    stack.answers("RST ACK seq zero ack 11");
  }

  // AH-20; RFC 9293 §3.5 figure 8: the peer answers an old SYN that we do not know
  @Test
  void answerToAnOldDuplicateSynIsRefused() {
    peer.sends("SYN ACK seq 300 ack 91 win 1000 <mss 1460>");
    stack.answers("RST seq 91");
  }

  // CL-10, CL-11, MUST-63; RFC 9293 §3.9.2.3
  @Test
  void segmentsFromImpossibleAddressesAreDropped() {
    world.listens = true;
    anotherPeer(0xE000_0005, 5001).sends("SYN seq 0");
    anotherPeer(0xFFFF_FFFF, 5001).sends("SYN seq 0");
    anotherPeer(0x0A00_00FF, 5001).sends("SYN seq 0");
    anotherPeer(0x0000_0000, 5001).sends("SYN seq 0");
    anotherPeer(0x7F00_0001, 5001).sends("SYN seq 0");
    anotherPeer(ScriptNic.STACK_ADDRESS, World.STACK_PORT).sends("SYN seq 0");
    stack.isSilent();
    stack.counts(Counter.SEGMENTS_RECEIVED, 0);
  }

  // CL-10; RFC 9293 §3.9.2.3 MUST-57: to broadcast, multicast, or somebody else
  @Test
  void segmentsToOtherAddressesAreDropped() {
    world.listens = true;
    peer.sends(
        "SYN seq 0 to 0A0000FF",
        "SYN seq 0 to FFFFFFFF",
        "SYN seq 0 to E0000001",
        "SYN seq 0 to 0A000009");
    stack.isSilent();
    stack.counts(Counter.IP_NOT_FOR_US, 4);
  }

  // HDR-08
  @Test
  void portZeroIsDropped() {
    anotherPeer(World.PEER_ADDRESS, 0).sends("SYN seq 0");
    stack.isSilent();
    stack.counts(Counter.TCP_MALFORMED, 1);
  }

  // RFC 9293 §3.10.7.1 sets no pace; ours is 1,000 a second, 200 in a burst, and not to be counted
  // exactly (ICM-22)
  @Test
  void answersToStrangersHaveABudget() {
    for (int i = 0; i < 300; i++) {
      peer.sends("ACK seq 1 ack 1");
      stack.sent();
    }
    long resets = world.counter(Counter.RESETS_SENT);
    assertTrue(resets > 140 && resets < 260, resets + " resets");
    stack.counts(Counter.REPLIES_SUPPRESSED, 300 - resets);
    time.passes("10 ms");
    peer.sends("ACK seq 1 ack 1");
    stack.answers("RST seq 1");
  }
}
