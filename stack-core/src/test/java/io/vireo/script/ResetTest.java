// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RST and SYN on a connection that exists, by RFC 5961 §3.2 and §4.2, and the RST that we send. */
class ResetTest extends TcpScript {
  // RS-01, RS-04, BLD-01; RFC 9293 §3.10.7.4, second
  @ParameterizedTest
  @EnumSource
  void exactResetEndsTheConnection(Walk state) {
    state.reach(this);
    peer.sends("RST seq " + state.rcvNxt);
    boolean through = state == Walk.CLOSING || state == Walk.LAST_ACK;
    user.hears(through ? "closed CLOSED" : "closed RESET");
    stack.isSilentFor("10 s");
    stack.counts(Counter.RESETS_RECEIVED, 1);
    peer.sends("ACK seq " + state.rcvNxt + " ack 1");
    stack.answers("RST seq 1");
  }

  // RS-07, BLD-01; RFC 9293 §3.5.3 SHLD-2: the ACK field and data do not matter
  @Test
  void resetWithDataOrAckEndsTheConnection() {
    established();
    peer.sends("RST ACK seq 1 ack 77 len 20");
    user.hears("closed RESET");
    stack.isSilent();
  }

  // RS-02, RS-04, BLD-02; RFC 5961 §3.2
  @ParameterizedTest
  @EnumSource
  void resetInsideTheWindowIsChallenged(Walk state) {
    state.reach(this);
    peer.sends("RST seq " + (state.rcvNxt + 1));
    stack.answers(state.ack());
    time.passes("500 ms");
    peer.sends("RST seq " + (state.rightEdge() - 1));
    stack.answers(state.ack());
    user.hearsNothing();
    state.leave(this);
  }

  // RS-03, RS-04, BLD-03; RFC 9293 §3.10.7.4, first
  @ParameterizedTest
  @EnumSource
  void resetOutsideTheWindowIsIgnored(Walk state) {
    state.reach(this);
    peer.sends(
        "RST seq " + (state.rcvNxt - 1),
        "RST seq " + state.rightEdge(),
        "RST seq " + (state.rcvNxt - 1) + " len 100",
        "RST seq 1000000000",
        "RST seq -1000000000");
    stack.isSilent();
    user.hearsNothing();
    state.leave(this);
  }

  // RS-05, DA-11, WIN-04; RFC 9293 §3.4 MUST-66
  @Test
  void exactResetCountsBehindAClosedWindow() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    established();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    user.forgets();
    stack.answers("ACK seq 1 ack 4097 win 0");
    peer.sends("RST seq 4096", "RST seq 4098", "RST seq 100000");
    stack.isSilent();
    user.hearsNothing();
    peer.sends("RST seq 4097");
    user.hears("closed RESET");
  }

  // RS-09, RS-10, BLD-04; RFC 5961 §4.2: irrespective of the sequence number
  @ParameterizedTest
  @EnumSource
  void synIsChallenged(Walk state) {
    state.reach(this);
    int[] places = {
      state.rcvNxt - 1,
      state.rcvNxt,
      30_000,
      state.rightEdge() - 1,
      state.rightEdge(),
      state.rightEdge() + 1
    };
    for (int seq : places) {
      peer.sends("SYN seq " + seq + " win 1000 <mss 500>");
      stack.answers(state.ack());
      if (state.sndUna == state.sndNxt) {
        time.passes("500 ms");
      } else {
        // Our FIN is under way: no time for its timer.
        break;
      }
    }
    user.hearsNothing();
    state.leave(this);
  }

  // RS-11, BLD-04; RFC 9293 §3.10.7.4, fourth
  @ParameterizedTest
  @EnumSource
  void synAckIsChallengedAndItsDataNotTaken(Walk state) {
    state.reach(this);
    peer.sends("SYN ACK seq " + state.rcvNxt + " ack " + state.sndNxt + " len 10");
    stack.answers(state.ack());
    peer.sends("SYN ACK seq 100000 ack " + state.sndNxt + " len 10");
    stack.isSilent();
    user.hearsNothing();
    state.leave(this);
  }

  // RS-12, CLS-12, CLS-13; RFC 5961 §4, RFC 9293 §3.5.1: the peer has rebooted
  @Test
  void challengeLetsARebootedPeerResetTheOldConnection() {
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("SYN seq 5000000 win 1000 <mss 500>");
    stack.answers("ACK seq 101 ack 1");
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    peer = peer.again(numbers.peerIss + 5_000_000);
    peer.sends("SYN seq 0 win 1000 <mss 500>");
    stack.answers(peer, "SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1");
    peer.user.hears("established");
  }

  // RS-13, BLD-07, BLD-09; RFC 5961 §7: per connection, so that nobody can count another's
  @Test
  void challengesOfAConnectionKeepAPace() {
    established();
    int answers = 0;
    for (int i = 0; i < 1000; i++) {
      peer.sends("RST seq " + (2 + i), "SYN seq " + (5 * i), "ACK seq 1 ack " + (2 + i));
      answers += stack.sent().size();
      time.passes("1 ms");
    }
    assertTrue(answers == 2, answers + " answers in a second");
    stack.counts(Counter.CHALLENGE_ACKS_SENT, 2);
    stack.counts(Counter.REPLIES_SUPPRESSED, 2998);
  }

  // BLD-10; CVE-2016-5696
  @Test
  void challengesOfOneConnectionTellNothingOfAnother() {
    established();
    Peer other = anotherPeer(World.PEER_ADDRESS, 5001);
    other.sends("SYN seq 0");
    stack.answers(other, "SYN ACK seq 0 ack 1");
    other.sends("ACK seq 1 ack 1");
    other.user.hears("established");
    peer.sends("RST seq 2");
    stack.answers("ACK seq 1 ack 1");
    other.sends("RST seq 2");
    stack.answers(other, "ACK seq 1 ack 1");
  }

  // RS-14, RS-15, CLS-03, CLS-18; RFC 9293 §3.10.5
  @ParameterizedTest
  @EnumSource
  void abortResetsThePeerAndDropsWhatIsQueued(Walk state) {
    state.reach(this);
    user.aborts();
    user.hears("closed ABORTED");
    stack.answers("RST ACK seq " + state.sndNxt + " ack " + state.rcvNxt);
    stack.isSilentFor("10 s");
    peer.sends("ACK seq " + state.rcvNxt + " ack 1");
    stack.answers("RST seq 1");
  }

  // RS-06; RFC 5961 §3.2 as it stands: behind bytes that arrived out of order is not RCV.NXT
  @Test
  void resetBehindBytesOutOfOrderIsChallenged() {
    established();
    peer.sends("ACK seq 101 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("RST seq 201");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 1 len 100");
    stack.answers("ACK seq 1 ack 201");
    user.hears("data 100", "data 100");
  }

  // CLS-12; RFC 9293 §3.5.1: the peer has rebooted and knows nothing of us
  @Test
  void dataForARebootedPeerEndsInItsReset() {
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    stack.isSilentFor("60 s");
  }

  // RS-14; RFC 9293 §3.10.5: SND.NXT is behind all that was sent
  @Test
  void abortWithDataInFlightResetsBehindIt() {
    established("mss 1460", "win 2000");
    user.sends(5000);
    stack.answers("ACK seq 1 ack 1 len 1460");
    user.aborts();
    user.hears("closed ABORTED");
    stack.answers("RST ACK seq 1461 ack 1");
  }

  // RS-16, CLS-02, SHLD-3; RFC 2525 §2.17: the only call that gives up reading is abort, and
  // whatever was
  // lost, the peer hears of it
  @Test
  void abortWithUnreadBytesResetsThePeer() {
    established();
    user.stopsReading();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
    user.aborts();
    user.hears("closed ABORTED");
    stack.answers("RST ACK seq 1 ack 101");
    peer.sends("ACK PSH seq 101 ack 1 len 10");
    stack.answers("RST seq 1");
  }

  // RS-19; RFC 9293 §3.5.2
  @Test
  void segmentsForADestroyedConnectionAreRefused() {
    established();
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    peer.sends("ACK PSH seq 1 ack 50 len 10");
    stack.answers("RST seq 50");
    peer.sends("RST ACK seq 1 ack 1");
    stack.isSilent();
  }

  // RS-21, STM-19: what we send when out of step ends the exchange
  @Test
  void resetsAndChallengesDoNotAnswerEachOther() {
    established();
    peer.sends("ACK seq 1 ack 1000000");
    stack.answers("ACK seq 1 ack 1");
    // A stack like ours, out of step, would answer once with a RST for what it does not know.
    peer.sends("RST seq 1000000");
    stack.isSilent();
    user.hearsNothing();
  }
}
