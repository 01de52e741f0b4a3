// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** Probes of a silent peer: RFC 9293 §3.8.4. */
class KeepAliveTest extends TcpScript {
  private static final String PROBE = "ACK seq 0 ack 1";

  private void on() {
    settings(tcp -> tcp.withKeepAliveIdleNs(Time.ns("100 s"))
        .withKeepAliveIntervalNs(Time.ns("10 s"))
        .withKeepAliveProbes(3));
  }

  // KA-01, CLS-16, MUST-25, CAP-06: off unless asked for
  @Test
  void silenceIsNotProbedByDefault() {
    established();
    stack.isSilentFor("43200 min");
    user.hearsNothing();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
  }

  // KA-02, WIN-15, MUST-27, MUST-29, MAY-5: after idle + interval x probes
  @Test
  void peerThatStaysSilentIsGone() {
    on();
    established();
    stack.isSilentFor("99999 ms");
    stack.answersAfter("1 ms", PROBE);
    stack.answersAfter("10 s", PROBE);
    stack.answersAfter("10 s", PROBE);
    stack.isSilentFor("9999 ms");
    user.hearsNothing();
    time.passes("1 ms");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 1 ack 1");
    stack.counts(Counter.KEEP_ALIVES_SENT, 3);
  }

  // KA-03, KA-05, SHLD-12: an answer begins everything anew
  @Test
  void answeredProbeBeginsTheWaitAnew() {
    on();
    established();
    for (int i = 0; i < 20; i++) {
      stack.answersAfter("100 s", PROBE);
      stack.answersAfter("10 s", PROBE);
      peer.sends("ACK seq 1 ack 1");
    }
    user.hearsNothing();
  }

  // KA-04, MUST-26: not while there is traffic
  @Test
  void anythingHeardPutsTheProbeOff() {
    on();
    established();
    time.passes("90 s");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
    stack.isSilentFor("99 s");
    stack.answersAfter("990 ms", "ACK seq 0 ack 11");
  }

  // KA-04, MUST-26: nor while data is unacknowledged, which asks the same
  @Test
  void dataUnderWayIsItsOwnProbe() {
    on();
    established();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    time.passes("10 min");
    stack.counts(Counter.KEEP_ALIVES_SENT, 0);
    stack.sent();
    peer.sends("ACK seq 1 ack 11");
    stack.answersAfter("100 s", "ACK seq 10 ack 1");
  }

  // KA-06: begins with the connection, ours too
  @Test
  void beginsWhenTheHandshakeEnds() {
    on();
    connected();
    stack.answersAfter("100 s", PROBE);
  }

  // KA-07: the peer has forgotten us
  @Test
  void resetInAnswerToAProbeEndsTheConnection() {
    on();
    established();
    stack.answersAfter("100 s", PROBE);
    peer.sends("RST seq 1");
    user.hears("closed RESET");
  }

  // MUST-24: per connection, at any time
  @Test
  void userSwitchesItOnAndOff() {
    established();
    time.passes("50 s");
    user.keepsAlive("60 s");
    stack.answersAfter("10 s", PROBE);
    user.keepsAlive("off");
    stack.isSilentFor("60 min");
    user.keepsAlive("120 min");
    stack.isSilentFor("3539 s");
    stack.answersAfter("1 s", PROBE);
    user.hearsNothing();
  }

  @Test
  void lessThanASecondIsRefused() {
    established();
    assertThrows(
        IllegalArgumentException.class, () -> user.connection().setKeepAlive(999_999_999L));
    assertThrows(IllegalArgumentException.class, () -> user.connection().setKeepAlive(-1));
  }

  // Our FIN takes over: its own timers ask, and then finWaitNs counts.
  @Test
  void noProbesAfterOurFin() {
    on();
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 2");
    stack.isSilentFor("59 s");
    time.passes("1 s");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 2 ack 1");
  }

  // Without finWaitNs a peer that owes its FIN is asked like any other.
  @Test
  void probesInFinWait2WhenItHasNoEnd() {
    on();
    settings(tcp -> tcp.withFinWaitNs(0));
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 2");
    stack.answersAfter("100 s", "ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 2");
    stack.isSilentFor("99 s");
    stack.answersAfter("1 s", "ACK seq 1 ack 1");
    stack.answersAfter("10 s", "ACK seq 1 ack 1");
    stack.answersAfter("10 s", "ACK seq 1 ack 1");
    time.passes("10 s");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 2 ack 1");
  }

  @Test
  void probesInCloseWait() {
    on();
    established();
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    user.hears("fin");
    stack.answersAfter("100 s", "ACK seq 0 ack 2");
    peer.sends("ACK seq 2 ack 1");
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 2");
    peer.sends("ACK seq 2 ack 2");
    user.hears("closed CLOSED");
    stack.isSilentFor("60 min");
  }

  // APP-10: a stack that slept reads first what came
  @Test
  void answerThatCameDuringAStallCounts() {
    on();
    established();
    stack.answersAfter("100 s", PROBE);
    time.passesWithoutAPoll("60 min");
    peer.sends("ACK seq 1 ack 1");
    user.hearsNothing();
    stack.sent();
    stack.isSilentFor("90 s");
  }

  // KA-03: an interval between probes that is longer than the silence before the first
  @Test
  void silenceIsCountedFromTheAnswerWhateverTheInterval() {
    settings(tcp -> tcp.withKeepAliveIdleNs(Time.ns("10 s")));
    established();
    for (int i = 0; i < 3; i++) {
      stack.answersAfter("10 s", PROBE);
      peer.sends("ACK seq 1 ack 1");
    }
  }

  // KA-02: our closed window is no reason to wait for ever for a peer that is gone
  @Test
  void probesInFinWait2AlsoBehindAClosedWindow() {
    on();
    settings(tcp -> tcp.withFinWaitNs(0).withReceiveBufferBytes(4096));
    established();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    user.stopsReading();
    for (int seq = 1; seq < 4096; seq += 1365) {
      peer.sends("ACK PSH seq " + seq + " ack 2 len " + Math.min(1365, 4097 - seq));
      stack.sent();
    }
    user.forgets();
    time.passes("130 s");
    user.hears("closed TIMEOUT");
    stack.sent();
    stack.counts(Counter.KEEP_ALIVES_SENT, 3);
  }
}
