// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** Sends and commits after which more is to come: the incomplete last segment waits, but not for ever (MUST-60). */
class CorkTest extends TcpScript {
  private void corkTime(long ms) {
    settings(tcp -> tcp.withCorkNs(ms * 1_000_000));
  }

  // SD-06, MAY-15, MAY-16: a write without the flag pushes
  @Test
  void aWriteWithoutMoreSendsAllTogether() {
    established();
    user.sendsMore(10);
    user.sendsMore(20);
    stack.isSilent();
    user.sends(30);
    stack.answers("ACK PSH seq 1 ack 1 len 60");
    peer.sends("ACK seq 1 ack 61");
    stack.isSilentFor("1 s");
  }

  // SD-06: an empty one will do
  @Test
  void anEmptyWriteWithoutMoreSendsWhatWaits() {
    established();
    user.sendsMore(10);
    user.sends(0);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
  }

  // SD-06, MUST-60: 200 ms pass, counted from when it began to wait
  @Test
  void whatWaitsLeavesAfterItsTime() {
    established();
    user.sendsMore(10);
    stack.answersAfter("200 ms", "ACK PSH seq 1 ack 1 len 10");
    user.sendsMore(20);
    stack.answersAfter("200 ms", "ACK PSH seq 11 ack 1 len 20");
  }

  // SD-06, MUST-60: what is added does not make the first bytes wait longer
  @Test
  void laterWritesDoNotPutTheTimeOff() {
    established();
    user.sendsMore(10);
    time.passes("150 ms");
    user.sendsMore(10);
    stack.answersAfter("50 ms", "ACK PSH seq 1 ack 1 len 20");
  }

  // SD-06, MUST-60: nor do full segments that leave
  @Test
  void theRestAfterAFullSegmentLeavesAtTheSameTime() {
    established();
    user.sendsMore(10);
    time.passes("150 ms");
    user.sendsMore(1500);
    stack.answers("ACK seq 1 ack 1 len 1460");
    stack.answersAfter("50 ms", "ACK PSH seq 1461 ack 1 len 50");
  }

  // SD-06: when nothing waits, the time does not run
  @Test
  void theTimeBeginsAnewWhenNothingWaited() {
    established();
    user.sendsMore(10);
    time.passes("150 ms");
    user.sendsMore(1450);
    stack.answers("ACK PSH seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461");
    user.sendsMore(10);
    stack.answersAfter("200 ms", "ACK PSH seq 1461 ack 1 len 10");
  }

  // SD-06: the time is a setting
  @Test
  void theTimeIsASetting() {
    corkTime(50);
    established();
    user.sendsMore(10);
    stack.answersAfter("50 ms", "ACK PSH seq 1 ack 1 len 10");
  }

  // SD-06: and 0 means that nothing waits
  @Test
  void withoutATimeNothingWaits() {
    corkTime(0);
    established();
    user.sendsMore(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
  }

  // SD-06, SHLD-28: full segments still leave
  @Test
  void fullSegmentsDoNotWait() {
    established();
    user.sendsMore(3000);
    stack.answers("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460");
    user.flushes();
    stack.answers("ACK PSH seq 2921 ack 1 len 80");
  }

  // SD-06; gVisor's tcp_cork_mss: coalesced, cut at the MSS, and not held where the window is
  // smaller
  @Test
  void corkedBytesAreCutAtTheSegmentSizeAndFillASmallWindow() {
    established("mss 536", "win 65535");
    user.sendsMore(11);
    user.sendsMore(11);
    stack.isSilent();
    user.sendsMore(537);
    stack.answers("ACK seq 1 ack 1 len 536");
    stack.answersAfter("200 ms", "ACK PSH seq 537 ack 1 len 23");
    peer.sends("ACK seq 1 ack 560 win 22");
    user.sendsMore(11);
    stack.isSilent();
    user.sendsMore(11);
    stack.answers("ACK PSH seq 560 ack 1 len 22");
  }

  // SD-06; api.md: flush, also inside a callback
  @Test
  void flushSendsWhatWaits() {
    corkTime(100);
    established();
    user.sendsMore(10);
    user.flushes();
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    user.on("data", () -> {
      user.sendsMore(20);
      user.flushes();
      user.sendsMore(30);
    });
    peer.sends("ACK PSH seq 1 ack 11 len 1");
    user.hears("data 1");
    // The bytes shown are acknowledged when they are taken, by the second, which waits.
    stack.answers("ACK PSH seq 11 ack 1 len 20");
    stack.answersAfter("10 ms", "ACK seq 31 ack 2");
    stack.answersAfter("90 ms", "ACK PSH seq 31 ack 2 len 30");
  }

  // SD-07; api.md: sendFin
  @Test
  void finTakesAlongWhatWaits() {
    established();
    user.sendsMore(10);
    user.finishes();
    stack.answers("FIN ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK seq 1 ack 12");
    stack.isSilentFor("1 s");
  }

  // api.md: in a callback it holds what several sends left
  @Test
  void insideACallbackItWaitsToo() {
    established();
    user.on("data", () -> user.sendsMore(10));
    peer.sends("ACK PSH seq 1 ack 1 len 1");
    user.hears("data 1");
    stack.answersAfter("10 ms", "ACK seq 1 ack 2");
    user.sends(5);
    stack.answers("ACK PSH seq 1 ack 2 len 15");
  }

  // What waits for its user does not wait for the window: no probe, no timer of unanswered data
  @Test
  void whatWaitsIsNotProbedFor() {
    corkTime(1000);
    established();
    user.sendsMore(10);
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 10");
    stack.counts(Counter.WINDOW_PROBES_SENT, 0);
    peer.sends("ACK seq 1 ack 11");
    stack.isSilentFor("10 s");
  }

  // A closed window is probed all the same; when it opens, nothing is left of that
  @Test
  void anOpenedWindowEndsTheProbing() {
    corkTime(1000);
    established("mss 1460", "win 0");
    user.sendsMore(100);
    time.passes("500 ms");
    peer.sends("ACK seq 1 ack 1 win 1000");
    stack.isSilent();
    stack.answersAfter("500 ms", "ACK PSH seq 1 ack 1 len 100");
    stack.counts(Counter.WINDOW_PROBES_SENT, 0);
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
  }

  @Test
  void aClosedWindowIsProbedWhateverWaits() {
    corkTime(200);
    established("mss 1460", "win 0");
    user.sendsMore(100);
    stack.answersAfter("1 s", "ACK PSH seq 1 ack 1 len 1");
    peer.sends("ACK seq 1 ack 1 win 500");
    stack.answers("ACK PSH seq 1 ack 1 len 100");
  }

  // A retransmission does not wait, and takes along what does
  @Test
  void aRetransmissionDoesNotWait() {
    corkTime(1000);
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK seq 1 ack 11");
    user.sends(10);
    stack.answers("ACK PSH seq 11 ack 1 len 10");
    user.sendsMore(20);
    stack.answersAfter("200 ms", "ACK seq 11 ack 1 len 10");
    peer.sends("ACK seq 1 ack 21");
    stack.answersAfter("800 ms", "ACK PSH seq 21 ack 1 len 20");
    peer.sends("ACK seq 1 ack 41");
    stack.isSilentFor("2 s");
  }

  // After its time, what waited is like any other small segment to Nagle's algorithm
  @Test
  void naglesAlgorithmHasItsSayAfterwards() {
    settings(tcp -> tcp.withNagle(true).withCorkNs(50_000_000));
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    user.sendsMore(20);
    stack.isSilentFor("100 ms");
    peer.sends("ACK seq 1 ack 11");
    stack.answers("ACK PSH seq 11 ack 1 len 20");
    user.sendsMore(30);
    peer.sends("ACK seq 1 ack 31");
    stack.answersAfter("50 ms", "ACK PSH seq 31 ack 1 len 30");
  }

  // A send that comes up short ends the wait: its user has no more to give now
  @Test
  void aFullBufferDoesNotWait() {
    world.mtu = 9000;
    settings(tcp -> tcp.withSendBufferBytes(4096));
    established("mss 8960", "win 65535");
    assertEquals(4096, user.offers(5000, true));
    stack.answers("ACK PSH seq 1 ack 1 len 4096");
    peer.sends("ACK seq 1 ack 4097");
    user.hears("more sendable");
  }

  // ... and so does a claim that is refused
  @Test
  void aRefusedClaimEndsTheWait() {
    settings(tcp -> tcp.withSendBufferBytes(4096));
    established();
    user.sendsMore(100);
    stack.isSilent();
    assertEquals(false, user.claims(4000));
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 101");
    user.hears("more sendable");
    assertEquals(true, user.claims(4000));
    user.commits(4000, false);
    assertEquals(3, stack.sent().size());
  }

  // SD-06: the same for commits
  @Test
  void aCommitWithMoreWaits() {
    established();
    user.claims(100);
    user.commits(60, true);
    stack.isSilent();
    user.claims(100);
    stack.isSilent();
    user.commits(40, false);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    user.claims(100);
    user.commits(30, true);
    stack.answersAfter("200 ms", "ACK PSH seq 101 ack 1 len 30");
  }

  // SD-06: what left is no longer waited for; the next bytes have their whole time
  @Test
  void theTimeBeginsAnewAfterAFlush() {
    established();
    user.sendsMore(10);
    time.passes("150 ms");
    user.flushes();
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK seq 1 ack 11");
    user.sendsMore(10);
    stack.answersAfter("200 ms", "ACK PSH seq 11 ack 1 len 10");
  }

  // SD-06: the same after a write that pushed
  @Test
  void theTimeBeginsAnewAfterAWriteWithoutMore() {
    established();
    user.sendsMore(10);
    time.passes("150 ms");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 20");
    peer.sends("ACK seq 1 ack 21");
    user.sendsMore(10);
    stack.answersAfter("200 ms", "ACK PSH seq 21 ack 1 len 10");
  }
}
