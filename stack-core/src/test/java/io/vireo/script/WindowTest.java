// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The peer's window closed, silly or shrinking: RFC 9293 §3.8.6. */
class WindowTest extends TcpScript {
  private static final String PROBE = "ACK PSH seq 1 ack 1 len 1";

  /** Data waits before a closed window. */
  private void blocked(int bytes) {
    established("mss 1460", "win 0");
    user.sends(bytes);
    stack.isSilent();
  }

  // ZW-01; RFC 9293 §3.8.6.1
  @Test
  void closedWindowIsNotProbedWithoutAReason() {
    established("mss 1460", "win 0");
    stack.isSilentFor("10 min");
    user.sends(100);
    stack.answersAfter("1 s", PROBE);
  }

  // ZW-02, WIN-02, MUST-36; RFC 9293 §3.8.6.1 SHLD-29, SHLD-30
  @Test
  void probesBeginAfterATimeoutAndDouble() {
    blocked(100);
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      stack.answersAfter(seconds + " s", PROBE);
      peer.sends("ACK seq 1 ack 1 win 0");
      stack.isSilent();
    }
    stack.counts(Counter.WINDOW_PROBES_SENT, 8);
    stack.counts(Counter.FAST_RETRANSMITS, 0);
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
  }

  // ZW-03, WIN-11, MUST-37, SHLD-17; RFC 9293 §3.8.6.1: two hours
  @Test
  void answeredProbesKeepTheConnectionOpen() {
    blocked(100);
    for (int minute = 0; minute < 120; minute++) {
      time.passes("60 s");
      assertTrue(!stack.sent().isEmpty(), "no probe in minute " + minute);
      peer.sends("ACK seq 1 ack 1 win 0");
    }
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 1 win 100");
    stack.answers("ACK PSH seq 1 ack 1 len 100");
  }

  // ZW-04; RFC 9293 §3.8.3: R2
  @Test
  void unansweredProbesEndTheConnection() {
    settings(tcp -> tcp.withUserTimeoutNs(100_000_000_000L));
    blocked(100);
    // Counted from the first probe.
    time.passes("100999 ms");
    user.hearsNothing();
    stack.sent();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 1 ack 1");
  }

  // ZW-04: patience begins with the last answer
  @Test
  void lastAnsweredProbeGivesNewPatience() {
    settings(tcp -> tcp.withUserTimeoutNs(100_000_000_000L));
    blocked(100);
    time.passes("90 s");
    stack.sent();
    peer.sends("ACK seq 1 ack 1 win 0");
    time.passes("99999 ms");
    user.hearsNothing();
    stack.sent();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.sent();
  }

  // ZW-05; RFC 9293 §3.8.6.1: an update opens the window before any probe
  @Test
  void dataFlowsWhenTheWindowOpens() {
    blocked(3000);
    peer.sends("ACK seq 1 ack 1 win 5000");
    stack.answers(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK PSH seq 2921 ack 1 len 80");
    peer.sends("ACK seq 1 ack 3001 win 5000");
    stack.isSilentFor("2 min");
  }

  // ZW-05: the byte of the probe was not taken
  @Test
  void probeThatWasNotTakenIsSentAgain() {
    blocked(3000);
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1 win 5000");
    stack.answers(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK PSH seq 2921 ack 1 len 80");
    peer.sends("ACK seq 1 ack 3001 win 5000");
    stack.isSilentFor("2 min");
  }

  // ZW-05, WIN-12: it was taken
  @Test
  void probeThatWasTakenIsNotSentAgain() {
    blocked(3000);
    stack.answersAfter("1 s", PROBE);
    peer.sends("ACK seq 1 ack 2 win 5000");
    stack.answers(
        "ACK seq 2 ack 1 len 1460", "ACK seq 1462 ack 1 len 1460", "ACK PSH seq 2922 ack 1 len 79");
    peer.sends("ACK seq 1 ack 3001 win 5000");
    stack.isSilentFor("2 min");
  }

  // ZW-05, WIN-12: it was taken, and the window is closed again
  @Test
  void probesThatAreTakenOneByOneMoveOn() {
    blocked(3);
    stack.answersAfter("1 s", PROBE);
    peer.sends("ACK seq 1 ack 2 win 0");
    time.passes("60 s");
    assertEquals("seq 2 ack 1 len 1", stack.sent("seq", "ack", "len").get(0));
    peer.sends("ACK seq 1 ack 3 win 0");
    time.passes("60 s");
    assertEquals("seq 3 ack 1 len 1", stack.sent("seq", "ack", "len").get(0));
    peer.sends("ACK seq 1 ack 4 win 0");
    stack.isSilentFor("5 min");
  }

  // ZW-06, WIN-01: the update was lost
  @Test
  void probeFindsTheWindowOpen() {
    established("mss 1460", "win 1460");
    user.sends(3000);
    stack.answers("ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461 win 0");
    stack.answersAfter("200 ms", "ACK PSH seq 1461 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1462 win 5000");
    stack.answers("ACK seq 1462 ack 1 len 1460", "ACK PSH seq 2922 ack 1 len 79");
  }

  // ZW-08, WIN-05, MUST-34, SHLD-15; RFC 9293 §3.8.6: no new data, and what is in flight is
  // repeated as ever
  @Test
  void windowThatShrinksBelowTheFlightStopsNewData() {
    established("mss 1460", "win 10000");
    user.sends(20_000);
    assertEquals(6, stack.sent().size());
    peer.sends("ACK seq 1 ack 1 win 2000");
    stack.isSilent();
    peer.sends("ACK seq 1 ack 2921 win 2000");
    stack.isSilent();
    // SHLD-16: what lies within the window is sent again.
    stack.answersAfter("200 ms", "ACK seq 2921 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 8761 win 2920");
    stack.answers("ACK seq 8761 ack 1 len 1460", "ACK seq 10221 ack 1 len 1460");
  }

  // WIN-05: down to ten bytes
  @Test
  void windowThatShrinksToAFewBytesIsProbedWithThem() {
    established("mss 1460", "win 10000");
    user.sends(5000);
    assertEquals(4, stack.sent().size());
    peer.sends("ACK seq 1 ack 1461 win 10");
    // The timeout after 200 ms finds a silly window; its override comes with the next interval.
    stack.answersAfter("600 ms", "ACK seq 1461 ack 1 len 10");
    peer.sends("ACK seq 1 ack 1471 win 10000");
    stack.answers("ACK seq 1471 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 5001 win 10000");
    stack.isSilentFor("2 min");
  }

  // ZW-09, MUST-35; RFC 9293 §3.8.6.1: shrunk to nothing while data is in flight
  @Test
  void windowThatShrinksToZeroIsProbed() {
    established("mss 1460", "win 3000");
    user.sends(5000);
    assertEquals(2, stack.sent().size());
    peer.sends("ACK seq 1 ack 1 win 0");
    stack.isSilentFor("1 s");
    // Nothing of the flight lies within the window any more: it is probed with its first byte.
    stack.answersAfter("2 s", PROBE);
    peer.sends("ACK seq 1 ack 1 win 0");
    stack.answersAfter("4 s", PROBE);
    peer.sends("ACK seq 1 ack 2921 win 3000");
    // After a timeout, with one segment at first.
    stack.answers("ACK seq 2921 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 4381 win 3000");
    stack.answers("ACK PSH seq 4381 ack 1 len 620");
  }

  // ZW-10, WIN-07; RFC 9293 §3.8.6.2.1: half a segment for ever, and still progress
  @Test
  void windowOfHalfASegmentMakesProgress() {
    established("mss 1460", "win 730");
    user.sends(5000);
    int acked = 0;
    while (acked < 5000) {
      List<SeenSegment> sent = stack.sent();
      assertEquals(1, sent.size());
      assertTrue(
          sent.get(0).payload().length >= 365 || acked + sent.get(0).payload().length == 5000);
      acked += sent.get(0).payload().length;
      peer.sends("ACK seq 1 ack " + (1 + acked) + " win 730");
    }
  }

  // ZW-11; RFC 9293 §3.8.6.2.1: PSH stays with the last byte
  @Test
  void segmentLargerThanTheReopenedWindowIsSplit() {
    established("mss 1460", "win 1460");
    user.sends(1460);
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461 win 0");
    peer.sends("ACK seq 1 ack 1461 win 800");
    stack.answers("ACK seq 1461 ack 1 len 800");
    peer.sends("ACK seq 1 ack 2261 win 800");
    stack.answers("ACK PSH seq 2261 ack 1 len 200");
  }

  // WIN-03: both windows are closed, both sides have data; probes answer probes without a ping-pong
  @Test
  void twoClosedWindowsDoNotStormEachOther() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    established("mss 1460", "win 0");
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 win 0 len 1460",
        "ACK seq 1461 ack 1 win 0 len 1460",
        "ACK seq 2921 ack 1 win 0 len 1176");
    user.forgets();
    stack.answers("ACK seq 1 ack 4097 win 0");
    user.sends(100);
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 4097 win 0 len 1");
    // The peer's probe, then its answer to ours.
    peer.sends("ACK seq 4097 ack 1 win 0 len 1");
    stack.answers("ACK seq 1 ack 4097 win 0");
    peer.sends("ACK seq 4097 ack 1 win 0");
    stack.isSilent();
    user.readsOn();
    user.hears("data 4096");
    stack.answers("ACK seq 1 ack 4097 win 4096");
    peer.sends("ACK seq 4097 ack 1 win 1000 len 10");
    user.hears("data 10");
    stack.answers("ACK PSH seq 1 ack 4107 len 100");
  }

  // CLS-07, FN-14: the user leaves, the peer holds the window shut and answers: api.md lets abort
  // end it
  @Test
  void closeBeforeAClosedWindowCanBeAborted() {
    blocked(1000);
    user.finishes();
    for (int i = 0; i < 10; i++) {
      time.passes("60 s");
      stack.sent();
      peer.sends("ACK seq 1 ack 1 win 0");
    }
    user.hearsNothing();
    user.aborts();
    user.hears("closed ABORTED");
    stack.sent();
  }

  // RFC 6429: a FIN is sent in spite of a closed window; a peer that answers it, and never takes
  // it, is bounded all the same
  @Test
  void peerThatNeverTakesOurFinIsBoundedToo() {
    settings(tcp -> tcp.withZeroWindowTimeoutNs(300_000_000_000L));
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 101 win 0");
    user.finishes();
    for (int second = 0; second < 300; second++) {
      stack.sent();
      peer.sends("ACK seq 1 ack 101 win 0");
      time.passes("1 s");
      user.hearsNothing();
    }
    time.passes("1 s");
    user.hears("closed TIMEOUT");
    stack.sent();
  }

  // zeroWindowTimeoutNs is about the peer's window: a router that is down for a while closes none
  @Test
  void missingNeighbourIsNoClosedWindow() {
    settings(tcp -> tcp.withZeroWindowTimeoutNs(20_000_000_000L));
    established();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    world.answersArp = false;
    time.passes("10 min");
    stack.sent();
    user.hearsNothing();
  }
}
