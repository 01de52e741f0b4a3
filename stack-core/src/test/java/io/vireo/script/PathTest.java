// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** What lies below TCP fails or changes: no transmit slot, no neighbour, a smaller MTU. Nothing is lost for good, and nothing is counted as lost that never left. */
class PathTest extends TcpScript {
  // RT-13; RFC 9293 §3.7.1: what is sent again is cut anew, PSH and FIN stay at the end
  @Test
  void retransmissionsAreCutAnewWhenTheMtuShrinks() {
    established();
    user.sends(2920);
    user.finishes();
    stack.answers(
        "ACK seq 1 ack 1 len 1460", "ACK PSH seq 1461 ack 1 len 1460", "FIN ACK seq 2921 ack 1");
    stack.mtuIs(1040);
    stack.answersAfter("500 ms", "ACK seq 1 ack 1 len 1000");
    peer.sends("ACK seq 1 ack 1001");
    stack.answers("ACK seq 1001 ack 1 len 1000", "FIN ACK PSH seq 2001 ack 1 len 920");
    peer.sends("ACK seq 1 ack 2922");
    stack.isSilentFor("30 s");
  }

  // RT-13: fast retransmit, too
  @Test
  void fastRetransmitIsCutAnewWhenTheMtuShrinks() {
    established();
    user.sends(5 * 1460);
    assertEquals(5, stack.sent().size());
    stack.mtuIs(576);
    peer.sends("ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK seq 1 ack 1");
    // What was one segment is lost, and is three now.
    stack.answers(
        "ACK seq 1 ack 1 len 536", "ACK seq 537 ack 1 len 536", "ACK seq 1073 ack 1 len 388");
    peer.sends("ACK seq 1 ack 7301");
    user.sends(1000);
    stack.answers("ACK seq 7301 ack 1 len 536", "ACK PSH seq 7837 ack 1 len 464");
  }

  // SK-13: what was sent before the path changed is matched by its blocks all the same
  @Test
  void blocksMatchThoughSegmentsAreShorterNow() {
    settings(tcp -> tcp.withSelectiveAcks(true));
    established("mss 1460,sackok", "win 65535");
    user.sends(5 * 1460);
    assertEquals(5, stack.sent().size());
    stack.mtuIs(1040);
    peer.sends("ACK seq 1 ack 1 <sack 1461-5841>");
    stack.answers("ACK seq 1 ack 1 len 1000", "ACK seq 1001 ack 1 len 460");
    peer.sends("ACK seq 1 ack 1 <sack 1461-7301>");
    peer.sends("ACK seq 1 ack 7301");
    stack.isSilentFor("2 min");
  }

  // RT-15; no slot for a SYN: it leaves when there is one, and that is its first time
  @Test
  void synWaitsForASlot() {
    stack.cannotSend(true);
    takeTheReserve();
    user.connects();
    stack.isSilentFor("300 ms");
    stack.cannotSend(false);
    // The ARP request had no slot, either, and is repeated every second.
    time.passes("700 ms");
    stack.answers("SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
    assertEquals(10 * 1460, user.connection().immediatelySendable());
  }

  /** The reserve is kept for what may use it: strangers' resets use it up. */
  private void takeTheReserve() {
    Peer stranger = anotherPeer(World.PEER_ADDRESS, 5009);
    for (int i = 0; i < 40; i++) {
      stranger.sends("ACK seq 1 ack 1");
      stack.sent();
    }
  }

  // RT-15; no slot for a SYN-ACK: its timer repeats it
  @Test
  void synAckIsRepeatedWhenThereWasNoSlot() {
    stack.cannotSend(true);
    takeTheReserve();
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.isSilent();
    stack.cannotSend(false);
    time.passes("1 s");
    stack.answers("SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
  }

  // RT-15: an ACK, a FIN and a retransmission that find no slot leave when there is one
  @Test
  void everythingDueLeavesWhenThereIsASlotAgain() {
    established();
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 1 len 1000");
    stack.cannotSend(true);
    takeTheReserve();
    time.passes("1 s");
    peer.sends("ACK seq 11 ack 1 len 10", "ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10", "data 10");
    user.finishes();
    stack.isSilentFor("100 ms");
    stack.cannotSend(false);
    time.passes("1 ms");
    assertEquals("FIN ACK seq 1001 ack 21 win 65515", peer.text(world.sent.getLast()));
    stack.sent();
    peer.sends("ACK seq 21 ack 1002");
    stack.isSilentFor("30 s");
  }

  // RT-15: a RST without a slot waits for one; meanwhile the next segment finds nobody
  @Test
  void resetWithoutASlotLeavesWhenThereIsOne() {
    established();
    stack.cannotSend(true);
    takeTheReserve();
    user.aborts();
    user.hears("closed ABORTED");
    stack.isSilent();
    stack.cannotSend(false);
    time.passes("1 ms");
    stack.answers("RST ACK seq 1 ack 1");
    stack.isSilentFor("1 min");
  }

  // IP-08, ARP; RFC 1122 §2.3.2: the neighbour falls silent for a while; the connection lives on
  @Test
  void connectionOutlivesASilentNeighbour() {
    established();
    world.answersArp = false;
    time.passes("70 s");
    user.sends(1000);
    time.passes("60 s");
    int sent = stack.sent().size();
    assertEquals(true, sent >= 1, "sent " + sent);
    user.hearsNothing();
    world.answersArp = true;
    time.passes("10 s");
    assertEquals("ACK PSH seq 1 ack 1 win 65535 len 1000", peer.text(world.sent.getLast()));
    stack.sent();
    peer.sends("ACK seq 1 ack 1001");
    user.sends(10);
    stack.answers("ACK PSH seq 1001 ack 1 len 10");
  }

  // IP-08, MUST-20, MUST-22; RFC 9293 §3.8.3: a SYN may go to a station that has gone; its next hop
  // is asked, as for data
  @Test
  void nextHopOfASynWithoutAnAnswerIsAskedAgain() {
    user.connects();
    stack.answers("SYN seq 0");
    // The first one told who we are.
    stack.counts(Counter.ARP_REQUESTS_SENT, 2);
    stack.answersAfter("1 s", "SYN seq 0");
    stack.counts(Counter.ARP_REQUESTS_SENT, 2);
    world.answersArp = false;
    stack.answersAfter("2 s", "SYN seq 0");
    stack.counts(Counter.ARP_REQUESTS_SENT, 3);
    // Twice the station that it knows, then everybody.
    stack.isSilentFor("1 s");
    stack.counts(Counter.ARP_REQUESTS_SENT, 5);
    world.answersArp = true;
    time.passes("1 s");
    stack.answersAfter("2 s", "SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
  }

  // IP-08; RFC 9293 §3.8.3: and ends at the user timeout if it stays silent
  @Test
  void silentNeighbourEndsTheConnectionAtTheUserTimeout() {
    settings(tcp -> tcp.withUserTimeoutNs(200_000_000_000L));
    established();
    world.answersArp = false;
    time.passes("10 min");
    user.hearsNothing();
    user.sends(1000);
    time.passes("201 s");
    user.hears("closed TIMEOUT");
    stack.sent();
  }
}
