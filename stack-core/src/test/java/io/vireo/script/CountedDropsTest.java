// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** What is dropped is counted once, under its own cause, in each state before and after the handshake. */
class CountedDropsTest extends TcpScript {
  private void halfOpen() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
  }

  private void bothSynsCross() {
    user.connects();
    stack.answers("SYN seq 0");
    peer.sends("SYN seq 0 win 1000 <mss 1000>");
    stack.answers("SYN ACK seq 0 ack 1");
  }

  // RFC 9293 §3.10.7.2, first to third
  @Test
  void strayResetsAndAcksAtAListener() {
    peer.sends("RST seq 5");
    stack.counts(Counter.TCP_NO_CONNECTION, 1);
    peer.sends("ACK seq 9 ack 31");
    stack.answers("RST seq 31");
    stack.counts(Counter.TCP_NO_CONNECTION, 2);
    stack.counts(Counter.TCP_BAD_FLAGS, 0);
  }

  // RFC 9293 §3.10.7.2, fourth
  @Test
  void segmentsWithoutSynAtAListener() {
    peer.sends("PSH seq 5 len 3");
    stack.counts(Counter.TCP_BAD_FLAGS, 1);
    stack.counts(Counter.TCP_NO_CONNECTION, 0);
  }

  // RFC 9293 §3.10.7.4, first; RFC 5961 §3.2
  @Test
  void segmentsOutsideTheWindowOfAHalfOpenPeer() {
    halfOpen();
    peer.sends("RST seq 100000");
    stack.isSilent();
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 1);
    peer.sends("ACK seq 100000 ack 1");
    stack.answers("ACK seq 1 ack 1");
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 2);
  }

  // RFC 9293 §3.10.7.4, fifth
  @Test
  void segmentsWithoutAnAckOrWithAWrongOneFromAHalfOpenPeer() {
    halfOpen();
    peer.sends("PSH seq 1 len 3");
    stack.isSilent();
    stack.counts(Counter.TCP_BAD_FLAGS, 1);
    peer.sends("ACK seq 1 ack 77");
    stack.answers("RST seq 77");
    stack.counts(Counter.TCP_BAD_ACK, 1);
  }

  @Test
  void theRepeatedSynAck() {
    halfOpen();
    stack.answersAfter("1 s", "SYN ACK seq 0 ack 1");
    stack.counts(Counter.SEGMENTS_RETRANSMITTED, 1);
  }

  // RFC 9293 §3.10.7.3, first and fourth
  @Test
  void wrongAnswersToOurSyn() {
    user.connects();
    stack.answers("SYN seq 0");
    peer.sends("RST ACK seq 0 ack 100");
    stack.isSilent();
    stack.counts(Counter.TCP_BAD_ACK, 1);
    peer.sends("PSH seq 0 len 3");
    stack.isSilent();
    stack.counts(Counter.TCP_BAD_FLAGS, 1);
    peer.sends("RST ACK seq 0 ack 1");
    user.hears("closed REFUSED");
    stack.counts(Counter.RESETS_RECEIVED, 1);
  }

  // RFC 9293 §3.10.7.4, fifth, in SYN-RECEIVED
  @Test
  void segmentsWithoutAnAckOrWithAWrongOneWhenSynsHaveCrossed() {
    bothSynsCross();
    peer.sends("PSH seq 1 len 3");
    stack.isSilent();
    stack.counts(Counter.TCP_BAD_FLAGS, 1);
    peer.sends("ACK seq 1 ack 77");
    stack.answers("RST seq 77");
    stack.counts(Counter.TCP_BAD_ACK, 1);
  }

  // RFC 5961 §3.2 (3)
  @Test
  void aResetBeyondTheWindow() {
    established();
    peer.sends("RST seq 100000");
    stack.isSilent();
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 1);
    stack.counts(Counter.RESETS_RECEIVED, 0);
  }

  // RFC 9293 §3.10.7.4, seventh and eighth: a FIN in its place is no fault, what follows it is
  @Test
  void dataBehindTheFin() {
    established();
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    user.hears("fin");
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 0);
    stack.counts(Counter.TCP_DATA_AFTER_END, 0);
    peer.sends("ACK PSH seq 2 ack 1 len 10");
    stack.answers("ACK seq 1 ack 2");
    stack.counts(Counter.TCP_DATA_AFTER_END, 1);
  }
}
