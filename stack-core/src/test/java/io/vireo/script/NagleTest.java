// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** Nagle's algorithm: RFC 9293 §3.7.4 (MUST-17, SHLD-7), and with silly windows §3.8.6.2.1. */
class NagleTest extends TcpScript {
  /** With Nagle's algorithm on, and ten bytes in flight. */
  private void tenBytesInFlight(String options) {
    settings(tcp -> tcp.withNagle(true));
    established(options, "win 65535");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
  }

  private void tenBytesInFlight() {
    tenBytesInFlight("mss 1460");
  }

  // SD-02, SHLD-7; RFC 9293 §3.7.4
  @Test
  void smallWritesAreHeldUntilTheAckAndThenSentTogether() {
    tenBytesInFlight();
    user.sends(20);
    user.sends(30);
    stack.isSilentFor("100 ms");
    peer.sends("ACK seq 1 ack 11");
    stack.answers("ACK PSH seq 11 ack 1 len 50");
  }

  // SD-02: all that is under way must be acknowledged
  @Test
  void aPartialAckIsNotEnough() {
    settings(tcp -> tcp.withNagle(true));
    established();
    user.sends(2930);
    // Two full segments under way already: the rest of ten bytes waits.
    stack.answers("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461");
    stack.isSilent();
    peer.sends("ACK seq 1 ack 2921 win 60000");
    stack.answers("ACK PSH seq 2921 ack 1 len 10");
  }

  // SD-02: a window update acknowledges nothing
  @Test
  void aWindowUpdateIsNotEnough() {
    tenBytesInFlight();
    user.sends(20);
    peer.sends("ACK seq 1 ack 1 win 60000");
    stack.isSilentFor("100 ms");
    peer.sends("ACK seq 1 ack 11 win 65535");
    stack.answers("ACK PSH seq 11 ack 1 len 20");
  }

  // SD-03; RFC 9293 §3.7.4
  @Test
  void aFullSegmentDoesNotWait() {
    tenBytesInFlight();
    user.sends(100);
    stack.isSilent();
    user.sends(1400);
    stack.answers("ACK seq 11 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1471");
    stack.answers("ACK PSH seq 1471 ack 1 len 40");
  }

  // SD-09, SD-03; RFC 9293 §3.7.1, §3.7.4: full is what the peer's MSS allows
  @Test
  void fullIsTheEffectiveSegmentSize() {
    tenBytesInFlight("mss 536");
    user.sends(535);
    stack.isSilent();
    user.sends(1);
    stack.answers("ACK PSH seq 11 ack 1 len 536");
  }

  // SD-04, MUST-17: it can be switched on as well
  @Test
  void itCanBeSwitchedOnForALiveConnection() {
    established();
    user.sends(10);
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10", "ACK PSH seq 11 ack 1 len 10");
    user.setsNagle(true);
    user.sends(10);
    stack.isSilent();
    peer.sends("ACK seq 1 ack 21");
    stack.answers("ACK PSH seq 21 ack 1 len 10");
  }

  // SD-05, MUST-17; RFC 9293 §3.7.4
  @Test
  void switchingItOffSendsWhatIsHeld() {
    tenBytesInFlight();
    user.sends(20);
    stack.isSilent();
    user.setsNagle(false);
    stack.answers("ACK PSH seq 11 ack 1 len 20");
    user.sends(5);
    stack.answers("ACK PSH seq 31 ack 1 len 5");
  }

  // SD-05: inside a callback it takes effect with the end of the callback
  @Test
  void switchingItOffInACallbackSendsWhatIsHeld() {
    tenBytesInFlight();
    user.sends(20);
    user.on("data", () -> user.setsNagle(false));
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answers("ACK PSH seq 11 ack 11 len 20");
  }

  // SD-07; RFC 9293 §3.7.4, §3.10.4
  @Test
  void lastBytesLeaveWithTheFin() {
    tenBytesInFlight();
    user.sends(20);
    stack.isSilent();
    user.finishes();
    stack.answers("FIN ACK PSH seq 11 ack 1 len 20");
    peer.sends("ACK seq 1 ack 32");
  }

  // api.md: flush transmits the incomplete segment too, once
  @Test
  void flushSendsWhatIsHeld() {
    tenBytesInFlight();
    user.sends(20);
    stack.isSilent();
    user.flushes();
    stack.answers("ACK PSH seq 11 ack 1 len 20");
    user.flushes();
    stack.isSilent();
    user.sends(30);
    stack.isSilent();
    peer.sends("ACK seq 1 ack 31");
    stack.answers("ACK PSH seq 31 ack 1 len 30");
  }

  // RFC 9293 §3.7.4 says "new data": a retransmission is never held, and takes along what is
  @Test
  void aRetransmissionIsNotHeld() {
    tenBytesInFlight();
    user.sends(20);
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 10");
    stack.counts(Counter.SEGMENTS_RETRANSMITTED, 1);
    peer.sends("ACK seq 1 ack 11");
    stack.answers("ACK PSH seq 11 ack 1 len 20");
    peer.sends("ACK seq 1 ack 31");
  }

  // SD-11; RFC 9293 §3.8.6.2.1 (3), with its condition "SND.NXT = SND.UNA" for Nagle's algorithm
  @Test
  void aSegmentIsNotSplitForTheWindowWhileDataIsUnderWay() {
    settings(tcp -> tcp.withNagle(true));
    established("mss 1460", "win 2000");
    user.sends(900);
    stack.answers("ACK PSH seq 1 ack 1 len 900");
    user.sends(1460);
    // 1100 bytes of window, more than half the largest: enough without Nagle's algorithm.
    stack.isSilent();
    peer.sends("ACK seq 1 ack 901 win 1100");
    stack.answers("ACK seq 901 ack 1 len 1100");
    peer.sends("ACK seq 1 ack 2001 win 2000");
    stack.answers("ACK PSH seq 2001 ack 1 len 360");
  }

  // SD-11, the same without: RFC 9293 §3.8.6.2.1 (3)
  @Test
  void withoutItASegmentIsSplitForHalfTheWindow() {
    established("mss 1460", "win 2000");
    user.sends(900);
    stack.answers("ACK PSH seq 1 ack 1 len 900");
    user.sends(1460);
    stack.answers("ACK seq 901 ack 1 len 1100");
  }

  // SD-02, DA-06: a held segment leaves with the peer's answer, and carries the ACK
  @Test
  void whatIsHeldCarriesTheAck() {
    tenBytesInFlight();
    user.sends(20);
    peer.sends("ACK PSH seq 1 ack 11 len 100");
    user.hears("data 100");
    stack.answers("ACK PSH seq 11 ack 101 len 20");
  }

  // ... and does not hold the ACK back
  @Test
  void anAckDoesNotWaitWithWhatIsHeld() {
    tenBytesInFlight();
    user.sends(20);
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 11 ack 101");
  }
}
