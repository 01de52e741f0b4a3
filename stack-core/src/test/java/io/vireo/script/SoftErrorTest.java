// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Trouble that a user is told of, and the patience that he sets: RFC 9293 §3.8.3 and §3.8.5. */
class SoftErrorTest extends TcpScript {
  // RT-11, SHLD-9, SHLD-10, MUST-20: R1; once per trouble
  @Test
  void fourTransmissionsWithoutAnAnswerAreTold() {
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    // At 1, 3, 7 and 15 s.
    time.passes("14999 ms");
    user.hearsOfTrouble();
    stack.sent();
    time.passes("1 ms");
    user.hearsOfTrouble("RETRANSMITTING");
    time.passes("2 min");
    user.hearsOfTrouble();
    stack.sent();
    peer.sends("ACK seq 1 ack 11");
    user.sends(10);
    time.passes("5 min");
    user.hearsOfTrouble("RETRANSMITTING");
    stack.sent();
  }

  // RT-11, MUST-22: while connecting, too
  @Test
  void fourSynsWithoutAnAnswerAreTold() {
    user.connects();
    stack.answers("SYN seq 0");
    time.passes("14 s");
    user.hearsOfTrouble();
    time.passes("1 s");
    user.hearsOfTrouble("RETRANSMITTING");
    stack.sent();
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
    user.hearsOfTrouble();
  }

  // UT-01, MUST-21: the user's own patience, set at any time
  @Test
  void userTimeoutEndsTheConnection() {
    established();
    user.waitsAtMost("5 s");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    time.passes("4 s");
    stack.sent();
    peer.sends("ACK seq 1 ack 11");
    user.sends(10);
    stack.answers("ACK PSH seq 11 ack 1 len 10");
    time.passes("4999 ms");
    user.hearsNothing();
    stack.sent();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 21 ack 1");
    peer.sends("ACK seq 1 ack 21");
    stack.answers("RST seq 21");
  }

  // UT-02: the same for a FIN
  @Test
  void userTimeoutCountsForAFin() {
    established();
    user.waitsAtMost("5 s");
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    time.passes("4999 ms");
    user.hearsNothing();
    stack.sent();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.sent();
  }

  // UT-01: shortened and prolonged while data is under way
  @Test
  void userTimeoutMayBeChangedWhileItRuns() {
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    time.passes("4 s");
    user.waitsAtMost("10 s");
    time.passes("5 s");
    user.waitsAtMost("for ever");
    time.passes("180 min");
    user.hearsNothing();
    user.waitsAtMost("240 min");
    time.passes("3590 s");
    user.hearsNothing();
    stack.sent();
    time.passes("1 s");
    user.hears("closed TIMEOUT");
    stack.sent();
  }

  // UT-01: it counts to the nanosecond, though the next retransmission is further away
  @Test
  void shorterUserTimeoutDoesNotWaitForTheNextRetransmission() {
    established();
    user.sends(10);
    time.passes("52 s");
    user.waitsAtMost("53 s");
    time.passes("999 ms");
    user.hearsNothing();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.sent();
  }

  // UT-01: a longer one leaves the retransmission where it was
  @Test
  void longerUserTimeoutDoesNotPutTheRetransmissionOff() {
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    time.passes("900 ms");
    user.waitsAtMost("60 min");
    stack.answersAfter("100 ms", "ACK PSH seq 1 ack 1 len 10");
  }

  @Test
  void lessThanAMillisecondIsRefused() {
    established();
    assertThrows(IllegalArgumentException.class, () -> user.connection().setUserTimeout(999_999L));
    assertThrows(IllegalArgumentException.class, () -> user.connection().setUserTimeout(-1));
  }

  // ZW-07, ZW-12, WIN-09, CLS-07; RFC 6429: a peer that answers and never takes anything
  @Test
  void closedWindowMayHaveAnEnd() {
    settings(tcp -> tcp.withZeroWindowTimeoutNs(Time.ns("300 s")));
    established("mss 1460", "win 0");
    user.sends(10);
    user.finishes();
    for (int i = 0; i < 29; i++) {
      time.passes("10 s");
      stack.sent();
      peer.sends("ACK seq 1 ack 1 win 0");
    }
    time.passes("9999 ms");
    user.hearsNothing();
    stack.sent();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.sent();
  }

  // WIN-10: every byte taken begins the wait anew
  @Test
  void slowReaderIsNotAClosedWindow() {
    settings(tcp -> tcp.withZeroWindowTimeoutNs(Time.ns("100 s")));
    established("mss 1460", "win 0");
    user.sends(100);
    for (int taken = 1; taken <= 20; taken++) {
      time.passes("90 s");
      stack.sent();
      peer.sends("ACK seq 1 ack " + (taken + 1) + " win 0");
    }
    user.hearsNothing();
  }

  // UR-01, MUST-32, HDR-26, MUST-30, MUST-62; RFC 9293 §3.8.5: told before its bytes, which come in
  // line
  @Test
  void urgentDataIsToldOnceAndComesInLine() {
    established();
    user.on("data", () -> user.hearsOfTrouble("URGENT"));
    peer.sends("ACK PSH URG seq 1 ack 1 len 10 urg 10");
    user.hears("data 10");
    user.on("data", () -> user.hearsOfTrouble());
    peer.sends("ACK PSH URG seq 1 ack 1 len 10 urg 10");
    stack.answers("ACK seq 1 ack 11");
    peer.sends("ACK PSH seq 11 ack 1 len 10");
    user.hears("data 10");
    user.on("data", () -> user.hearsOfTrouble("URGENT"));
    peer.sends("ACK PSH URG seq 21 ack 1 len 1 urg 1");
    user.hears("data 1");
    stack.sent();
  }

  // MUST-33, UR-02; RFC 9293 §3.8.5: how much of it is left
  @Test
  void userCanAskHowMuchUrgentDataIsLeft() {
    established();
    assertEquals(0, user.connection().urgentBytes());
    peer.sends("ACK URG PSH seq 1 ack 1 len 10 urg 25");
    user.hears("data 10");
    assertEquals(15, user.connection().urgentBytes());
    user.stopsReading();
    user.on("data", () -> assertEquals(15, user.connection().urgentBytes()));
    peer.sends("ACK PSH seq 11 ack 1 len 10");
    user.reads(4);
    user.forgets();
    assertEquals(11, user.connection().urgentBytes());
    user.on("data", () -> assertEquals(11, user.connection().urgentBytes()));
    user.readsOn();
    user.forgets();
    assertEquals(5, user.connection().urgentBytes());
    user.on("data", () -> assertEquals(5, user.connection().urgentBytes()));
    stack.sent();
    peer.sends("ACK PSH seq 21 ack 1 len 10");
    user.hears("data 10");
    assertEquals(0, user.connection().urgentBytes());
    stack.sent();
  }

  // UR-02, MUST-31: urgent data of any length, announced ahead of its bytes
  @Test
  void urgentPointerMayStandFarAhead() {
    established();
    peer.sends("ACK URG seq 1 ack 1 urg 65535");
    user.hearsOfTrouble("URGENT");
    peer.sends("ACK URG seq 1 ack 1 urg 65535");
    user.hearsOfTrouble();
    peer.sends("ACK URG PSH seq 1 ack 1 len 10 urg 65535");
    user.hears("data 10");
    user.hearsOfTrouble();
    stack.sent();
  }

  // UR-03, MUST-32: told again when it moves on, not when an older one comes late
  @Test
  void urgentPointersThatRetreatAreNoNews() {
    established();
    peer.sends("ACK URG seq 1 ack 1 urg 1000");
    user.hearsOfTrouble("URGENT");
    peer.sends("ACK URG seq 1 ack 1 urg 2000");
    user.hearsOfTrouble("URGENT");
    peer.sends("ACK URG seq 1 ack 1 urg 1000");
    peer.sends("ACK URG seq 1 ack 1 urg 2000");
    user.hearsOfTrouble();
    peer.sends("ACK URG PSH seq 1 ack 1 len 1460 urg 1999");
    user.hears("data 1460");
    user.hearsOfTrouble();
    peer.sends("ACK URG PSH seq 1461 ack 1 len 1460 urg 541");
    user.hears("data 1460");
    user.hearsOfTrouble("URGENT");
    stack.sent();
  }

  // UR-04, MUST-66; RFC 9293 §3.4: behind a closed window, too
  @Test
  void urgentPointerCountsBehindAClosedWindow() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    established();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    stack.answers("ACK seq 1 ack 4097 win 0");
    user.forgets();
    user.trouble();
    peer.sends("ACK URG seq 4097 ack 1 urg 1");
    user.hearsOfTrouble("URGENT");
    stack.isSilent();
  }

  // UR-06, HDR-26: pointer 0, behind what was taken, outside the window, on a FIN, after it
  @Test
  void pointersThatMarkNothingAreNoNews() {
    established();
    peer.sends("ACK PSH URG seq 1 ack 1 len 10 urg 0");
    user.hears("data 10");
    peer.sends("ACK URG seq 11 ack 1 urg 0");
    peer.sends("ACK PSH URG seq 5 ack 1 len 6 urg 6");
    stack.sent();
    peer.sends("ACK PSH URG seq 70000 ack 1 len 6 urg 6");
    user.hearsOfTrouble();
    stack.sent();
    peer.sends("FIN ACK URG seq 11 ack 1 urg 9");
    user.hearsOfTrouble("URGENT");
    user.hears("fin");
    stack.sent();
    peer.sends("ACK URG seq 12 ack 1 urg 9");
    user.hearsOfTrouble();
  }

  // A message longer than the receive buffer: nothing will bring its first bytes back.
  @Test
  void fullReceiveBufferIsTold() {
    settings(tcp -> tcp.withReceiveBufferBytes(4_096));
    established();
    user.stopsReading();
    peer.sends("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460");
    user.hearsOfTrouble();
    stack.sent();
    peer.sends("ACK PSH seq 2921 ack 1 len 1176");
    user.hearsOfTrouble("RECEIVE_BUFFER_FULL");
    user.forgets();
    stack.sent();
    user.resumes();
    user.hearsOfTrouble();
    user.forgets();
    user.reads(2048);
    stack.sent();
    user.forgets();
    user.hearsOfTrouble();
    peer.sends("ACK seq 4097 ack 1 len 1460", "ACK PSH seq 5557 ack 1 len 588");
    user.hearsOfTrouble("RECEIVE_BUFFER_FULL");
    user.forgets();
    stack.sent();
  }

  // Somebody who has paused will resume.
  @Test
  void fullReceiveBufferOfAPausedUserIsNoTrouble() {
    settings(tcp -> tcp.withReceiveBufferBytes(4_096));
    established();
    user.pauses();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    user.hearsOfTrouble();
    stack.sent();
  }
}
