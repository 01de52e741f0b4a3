// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The ACK field: RFC 9293 §3.10.7.4, fifth, with RFC 5961 §5.2; and which segment may change the send window. */
class AcceptableAckTest extends TcpScript {
  // AK-01, BLD-05, ACK-04, CC-07; RFC 9293 §3.10.7.4
  @Test
  void ackOfWhatWasNeverSentIsAnsweredAndItsDataDropped() {
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK PSH seq 1 ack 102 len 10");
    stack.answers("ACK seq 101 ack 1");
    peer.sends("ACK PSH seq 1 ack 1000000000 len 10");
    stack.answers("ACK seq 101 ack 1");
    user.hearsNothing();
    peer.sends("ACK PSH seq 1 ack 101 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 101 ack 11");
    stack.counts(Counter.TCP_BAD_ACK, 2);
  }

  // AK-02; RFC 9293 §3.10.7.4, RFC 5961 §5.2: old, but not too old; its data counts
  @Test
  void dataOfASegmentWithAnOldAckIsTaken() {
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 101");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 101 ack 11");
  }

  // AK-03, BLD-06, MAY-12; RFC 5961 §5.2: older than the largest window
  @Test
  void dataOfASegmentWithAVeryOldAckIsDropped() {
    established();
    peer.sends("ACK PSH seq 1 ack -65535 len 10");
    stack.answers("ACK seq 1 ack 1");
    user.hearsNothing();
    peer.sends("ACK PSH seq 1 ack -65534 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
  }

  // AK-03; RFC 5961 §7: without data the answers keep a pace
  @Test
  void emptySegmentsWithBadAcksAreAnsweredAtAPace() {
    established();
    peer.sends("ACK seq 1 ack 2");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 500", "ACK seq 1 ack -70000", "ACK seq 1 ack 2");
    stack.isSilent();
    time.passes("500 ms");
    peer.sends("ACK seq 1 ack 2");
    stack.answers("ACK seq 1 ack 1");
  }

  // AK-04; RFC 9293 §3.10.7.4: SND.WL1
  @Test
  void windowOfAnOlderSegmentIsIgnored() {
    established("mss 1460", "win 1500");
    peer.sends("ACK seq 11 ack 1 win 1000 len 10");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK PSH seq 1 ack 1 win 60000 len 5");
    user.hears("data 5");
    stack.answers("ACK seq 1 ack 6");
    assertEquals(1000, user.connection().immediatelySendable());
    peer.sends("ACK seq 21 ack 1 win 2000");
    assertEquals(2000, user.connection().immediatelySendable());
  }

  // AK-04; RFC 9293 §3.10.7.4: SND.WL2, of the same segment number
  @Test
  void windowOfAnOlderAckIsIgnored() {
    established("mss 1460", "win 1500");
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 101 win 1000");
    peer.sends("ACK seq 1 ack 51 win 60000");
    assertEquals(1000, user.connection().immediatelySendable());
    peer.sends("ACK seq 1 ack 101 win 500");
    assertEquals(500, user.connection().immediatelySendable());
  }

  // AK-05; RFC 9293 §3.10.7.4
  @Test
  void largerWindowLetsDataFlow() {
    established("mss 1460", "win 1460");
    user.sends(5000);
    stack.answers("ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1 win 2920");
    stack.answers("ACK seq 1461 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1 win 5000");
    stack.answers("ACK seq 2921 ack 1 len 1460", "ACK PSH seq 4381 ack 1 len 620");
  }

  // AK-06; RFC 9293 §3.10.7.4: only the rest is sent again
  @Test
  void ackWithinASegmentLeavesTheRest() {
    established();
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 1 len 1000");
    time.passes("500 ms");
    peer.sends("ACK seq 1 ack 401");
    stack.answersAfter("1 s", "ACK PSH seq 401 ack 1 len 600");
    peer.sends("ACK seq 1 ack 1001");
    stack.isSilentFor("10 s");
  }

  // AK-07; RFC 9293 §3.10.7.4: the state stays, and the right segment works afterwards
  @ParameterizedTest
  @EnumSource
  void unacceptableAckChangesNoState(Walk state) {
    state.reach(this);
    peer.sends("ACK seq " + state.rcvNxt + " ack " + (state.sndNxt + 1));
    stack.answers(state.ack());
    peer.sends("ACK seq " + state.rcvNxt + " ack " + (state.sndNxt + 2) + " len 10");
    stack.answers(state.ack());
    user.hearsNothing();
    state.leave(this);
  }

  // AK-07, RX-09; RFC 9293 §3.10.7.4, first: at the right edge and beyond
  @ParameterizedTest
  @EnumSource
  void segmentBeyondTheWindowChangesNoState(Walk state) {
    state.reach(this);
    for (int beyond = 1; beyond <= 2; beyond++) {
      peer.sends("ACK seq " + (state.rightEdge() + beyond) + " ack " + state.sndNxt + " len 1");
      stack.answers(state.ack());
    }
    peer.sends("FIN ACK seq " + (state.rightEdge() + 1) + " ack " + state.sndNxt);
    stack.answers(state.ack());
    user.hearsNothing();
    state.leave(this);
  }

  // AK-07: at RCV.NXT with an old ACK nothing is answered
  @ParameterizedTest
  @EnumSource
  void oldAckIsIgnored(Walk state) {
    state.reach(this);
    peer.sends("ACK seq " + state.rcvNxt + " ack " + (state.sndUna - 1));
    stack.isSilent();
    user.hearsNothing();
    state.leave(this);
  }
}
