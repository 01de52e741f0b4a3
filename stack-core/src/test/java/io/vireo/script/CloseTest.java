// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vireo.api.Counter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every order of closing: RFC 9293 §3.6, §3.10.4, §3.10.7.4. */
class CloseTest extends TcpScript {
  // FN-01, TW-01; RFC 9293 §3.6 figure 12
  @Test
  void activeCloseGoesThroughFinWait2() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 2");
    stack.isSilent();
    user.hearsNothing();
    peer.sends("FIN ACK seq 1 ack 2");
    stack.answers("ACK seq 2 ack 2");
    user.hears("fin", "closed CLOSED");
    stack.isSilentFor("2 min");
  }

  // FN-02; RFC 9293 §3.6 figure 12, right side
  @Test
  void passiveCloseEndsWithTheAckOfOurFin() {
    established();
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    user.hears("fin");
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 2");
    user.hearsNothing();
    peer.sends("ACK seq 2 ack 2");
    user.hears("closed CLOSED");
    stack.isSilentFor("2 min");
    peer.sends("ACK seq 2 ack 2");
    stack.answers("RST seq 2");
  }

  // FN-02: FIN in answer to FIN shares its ACK
  @Test
  void finInTheCallbackCarriesTheAck() {
    established();
    user.on("fin", () -> user.finishes());
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("FIN ACK seq 1 ack 2");
    user.hears("fin");
    peer.sends("ACK seq 2 ack 2");
    user.hears("closed CLOSED");
  }

  // FN-03, TW-10, STM-14; RFC 9293 §3.6 figure 13
  @Test
  void crossingFinsGoThroughClosing() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 2 ack 2");
    user.hears("fin");
    peer.sends("ACK seq 2 ack 2");
    user.hears("closed CLOSED");
    // TIME-WAIT: the peer's FIN again
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 2 ack 2");
  }

  // FN-04; RFC 9293 §3.10.7.4
  @Test
  void finThatAcknowledgesOursLeadsStraightToTimeWait() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 1 ack 2");
    stack.answers("ACK seq 2 ack 2");
    user.hears("fin", "closed CLOSED");
    peer.sends("FIN ACK seq 1 ack 2");
    stack.answers("ACK seq 2 ack 2");
  }

  // FN-05, ACK-19; RFC 6298 §5
  @Test
  void lostFinIsRepeatedWithBackOff() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    stack.answersAfter("1 s", "FIN ACK seq 1 ack 1");
    stack.answersAfter("2 s", "FIN ACK seq 1 ack 1");
    stack.answersAfter("4 s", "FIN ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 2");
    stack.isSilentFor("30 s");
  }

  // FN-05, CLS-15; RFC 9293 §3.8.3
  @Test
  void finThatIsNeverAcknowledgedEndsInATimeout() {
    settings(tcp -> tcp.withUserTimeoutNs(100_000_000_000L));
    established();
    user.finishes();
    time.passes("99999 ms");
    user.hearsNothing();
    stack.sent();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 2 ack 1");
  }

  // FN-06, ACK-19; RFC 9293 §3.8.1
  @Test
  void finIsRepeatedInClosing() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 2 ack 2");
    user.hears("fin");
    stack.answersAfter("1 s", "FIN ACK seq 1 ack 2");
    peer.sends("ACK seq 2 ack 2");
    user.hears("closed CLOSED");
  }

  // FN-07, ACK-19; RFC 9293 §3.8.1
  @Test
  void finIsRepeatedInLastAck() {
    Walk.LAST_ACK.reach(this);
    stack.answersAfter("1 s", "FIN ACK seq 1 ack 2");
    stack.answersAfter("2 s", "FIN ACK seq 1 ack 2");
    peer.sends("ACK seq 2 ack 2");
    user.hears("closed CLOSED");
    stack.isSilentFor("2 min");
  }

  // FN-07, CLS-05: a peer that vanishes in LAST-ACK costs no connection for ever
  @Test
  void lastAckEndsInATimeout() {
    settings(tcp -> tcp.withUserTimeoutNs(100_000_000_000L));
    Walk.LAST_ACK.reach(this);
    time.passes("101 s");
    user.hears("closed TIMEOUT");
    stack.sent();
    assertEquals(256, world.server().available());
  }

  // FN-08, CLS-06; RFC 9293 §3.10.7.4
  @Test
  void acksThatDoNotCoverTheFinLeaveLastAckAlone() {
    established();
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    user.hears("fin");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 2 len 10");
    user.finishes();
    stack.answers("FIN ACK seq 11 ack 2");
    peer.sends("ACK seq 2 ack 1");
    peer.sends("ACK seq 2 ack 6");
    peer.sends("ACK seq 2 ack 11");
    peer.sends("ACK seq 2 ack 11");
    stack.isSilent();
    user.hearsNothing();
    stack.answersAfter("200 ms", "FIN ACK seq 11 ack 2");
    peer.sends("ACK seq 2 ack 12");
    user.hears("closed CLOSED");
  }

  // FN-09; RFC 9293 §3.6 case 1
  @Test
  void dataIsReceivedInFinWait1And2() {
    Walk.FIN_WAIT_1.reach(this);
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 2 ack 11");
    peer.sends("ACK seq 11 ack 2");
    peer.sends("ACK seq 11 ack 2 len 1460", "ACK PSH seq 1471 ack 2 len 1460");
    user.hears("data 1460", "data 1460");
    stack.answers("ACK seq 2 ack 2931");
    peer.sends("FIN ACK PSH seq 2931 ack 2 len 5");
    user.hears("data 5", "fin", "closed CLOSED");
    stack.answers("ACK seq 2 ack 2937");
  }

  // FN-10; RFC 9293 §3.6.1, §3.10.2: no sending after the end
  @Test
  void sendingAfterTheFinThrows() {
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    assertThrows(IllegalStateException.class, () -> user.sends(1));
    user.finishes();
    stack.isSilent();
    assertEquals(0, user.connection().sendable());
  }

  // FN-13; RFC 9293 §3.10.4: everything queued leaves first, whatever cwnd and window
  @Test
  void finFollowsAllThatWasQueued() {
    established("mss 1460", "win 3000");
    user.sends(5000);
    stack.answers("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460");
    user.finishes();
    stack.isSilent();
    peer.sends("ACK seq 1 ack 2921 win 3000");
    stack.answers("ACK seq 2921 ack 1 len 1460", "FIN ACK PSH seq 4381 ack 1 len 620");
    peer.sends("ACK seq 1 ack 5001");
    user.hearsNothing();
    peer.sends("FIN ACK seq 1 ack 5002");
    stack.answers("ACK seq 5002 ack 2");
    user.hears("fin", "closed CLOSED");
  }

  // FN-13, RT-13; RFC 9293 §3.8.1: the retransmission carries the FIN, too
  @Test
  void lostDataWithFinIsRepeatedWithFin() {
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 101");
    user.connection();
    user.sends(2000);
    user.finishes();
    stack.answers(
        "ACK seq 101 ack 1 len 1460", "ACK PSH seq 1561 ack 1 len 540", "FIN ACK seq 2101 ack 1");
    stack.answersAfter("200 ms", "ACK seq 101 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1561");
    stack.answers("FIN ACK PSH seq 1561 ack 1 len 540");
    peer.sends("ACK seq 1 ack 2102");
    stack.isSilentFor("10 s");
  }

  // FN-14; RFC 9293 §3.10.4, §3.8.6.1
  @Test
  void dataAndFinWaitForTheWindow() {
    established("mss 1460", "win 0");
    user.sends(100);
    user.finishes();
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1 win 0");
    stack.answersAfter("2 s", "ACK PSH seq 1 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1 win 1000");
    stack.answers("FIN ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 102");
    stack.isSilentFor("10 s");
  }

  // WIN-13: a FIN alone needs no window
  @Test
  void finAloneLeavesThroughAClosedWindow() {
    established("mss 1460", "win 0");
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 2 win 0");
    stack.isSilentFor("10 s");
  }

  // FN-15; RFC 9293 §3.6
  @Test
  void dataFlowsInCloseWait() {
    Walk.CLOSE_WAIT.reach(this);
    user.sends(3000);
    stack.answers(
        "ACK seq 1 ack 2 len 1460", "ACK seq 1461 ack 2 len 1460", "ACK PSH seq 2921 ack 2 len 80");
    peer.sends("ACK seq 2 ack 1461");
    stack.answersAfter("200 ms", "ACK seq 1461 ack 2 len 1460");
    peer.sends("ACK seq 2 ack 3001");
    user.finishes();
    stack.answers("FIN ACK seq 3001 ack 2");
    peer.sends("ACK seq 2 ack 3002");
    user.hears("closed CLOSED");
  }

  // FN-16; RFC 9293 §3.10.7.4, eighth
  @Test
  void repeatedFinInCloseWaitIsAcknowledgedAgain() {
    Walk.CLOSE_WAIT.reach(this);
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    user.hearsNothing();
    Walk.CLOSE_WAIT.leave(this);
  }

  // FN-17, CLS-04: policy of ours, finWaitNs; a later segment is refused
  @Test
  void silenceInFinWait2EndsInATimeout() {
    Walk.FIN_WAIT_2.reach(this);
    stack.isSilentFor("59 s");
    peer.sends("ACK PSH seq 1 ack 2 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 2 ack 11");
    stack.isSilentFor("59 s");
    user.hearsNothing();
    time.passes("1 s");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 2 ack 11");
    peer.sends("FIN ACK seq 11 ack 2");
    stack.answers("RST seq 2");
  }

  // FN-17: whose window is closed may be silent, for his probes come two minutes apart in the end
  @Test
  void closedWindowIsNoSilenceInFinWait2() {
    settings(s -> s.withReceiveBufferBytes(4096));
    established("mss 1460", "win 65535");
    user.stopsReading();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends(
        "ACK seq 1 ack 2 len 1460",
        "ACK seq 1461 ack 2 len 1460",
        "ACK PSH seq 2921 ack 2 len 1176");
    stack.answers("ACK seq 2 ack 4097 win 0");
    user.forgets();
    stack.isSilentFor("119 s");
    user.hearsNothing();
    user.readsOn();
    user.hears("data 4096");
    stack.answers("ACK seq 2 ack 4097 win 4096");
    // From now on he has no excuse.
    stack.isSilentFor("59 s");
    user.hearsNothing();
    time.passes("61 s");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 2 ack 4097");
  }

  // FN-18; RFC 9293 §3.10.7.4: the FIN was sent before its ACK, and comes after it
  @Test
  void finWithAnOldAckIsTaken() {
    established();
    user.sends(10);
    user.finishes();
    stack.answers("ACK PSH seq 1 ack 1 len 10", "FIN ACK seq 11 ack 1");
    peer.sends("ACK seq 2 ack 12");
    stack.isSilent();
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 12 ack 2");
    user.hears("fin", "closed CLOSED");
  }

  // FN-19; RFC 9293 §3.10.7.4
  @Test
  void finWithDataPushAndUrgentIsDataThenEnd() {
    established();
    peer.sends("FIN ACK PSH URG seq 1 ack 1 len 100 urg 5");
    user.hears("data 100", "fin");
    stack.answers("ACK seq 1 ack 102");
  }

  // FN-20; RFC 9293 §3.6 case 3: the peer's data with FIN was lost and comes after the ACK of ours
  @Test
  void crossingDataAndFinsCompleteBothStreams() {
    established();
    user.sends(100);
    user.finishes();
    stack.answers("ACK PSH seq 1 ack 1 len 100", "FIN ACK seq 101 ack 1");
    peer.sends("FIN ACK seq 51 ack 1");
    stack.answers("ACK seq 102 ack 1");
    peer.sends("ACK seq 52 ack 102");
    stack.isSilent();
    peer.sends("ACK PSH seq 1 ack 1 len 50");
    stack.answers("ACK seq 102 ack 52");
    user.hears("data 50", "fin", "closed CLOSED");
  }

  // RS-18; RFC 2525 §2.17: a duplicate is nothing unread
  @Test
  void duplicateBeforeTheEndMakesNoReset() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers("ACK seq 1 ack 101");
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 101");
  }

  // KA-01, CLS-16, MUST-25; RFC 9293 §3.8.4: nothing is sent on an idle connection, and it stays
  @Test
  void idleConnectionStaysAndIsSilent() {
    established();
    stack.isSilentFor("180 min");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
  }

  // CLS-01: bytes sent before the close arrive, half-close in each direction
  @Test
  void halfCloseLetsTheOtherDirectionFinish() {
    Walk.FIN_WAIT_2.reach(this);
    for (int at = 1; at < 14_601; at += 2920) {
      peer.sends("ACK seq " + at + " ack 2 len 1460", "ACK seq " + (at + 1460) + " ack 2 len 1460");
      stack.answers("ACK seq 2 ack " + (at + 2920));
    }
    assertEquals(14_600, user.consumed());
    user.forgets();
    peer.sends("FIN ACK seq 14601 ack 2");
    user.hears("fin", "closed CLOSED");
    stack.answers("ACK seq 2 ack 14602");
  }

  // STM-20, INV-14: when all is over, nothing is armed
  @Test
  void nothingIsArmedAfterTheEnd() {
    Walk.LAST_ACK.reach(this);
    Walk.LAST_ACK.leave(this);
    time.passes("3 min");
    assertEquals(List.of(), stack.sent());
    stack.counts(Counter.CONNECTIONS_CLOSED, 1);
    assertEquals(false, world.awaitsAnything());
  }
}
