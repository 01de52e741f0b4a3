// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** When an ACK leaves: RFC 5681 §4.2, RFC 9293 §3.8.6.3; and when the window is offered anew: §3.8.6.2.2. */
class AcknowledgeTest extends TcpScript {
  /** The peer fills a window of 4 KiB; the user left everything over. */
  private void windowFull() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    established();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    stack.answers("ACK seq 1 ack 4097 win 0");
    user.forgets();
  }

  // DA-01, SHLD-18; RFC 9293 §3.8.6.3 MUST-40
  @Test
  void smallSegmentIsAcknowledgedAfterTheDelay() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
    stack.isSilentFor("1 s");
  }

  // DA-01: the delay is a setting
  @Test
  void delayOfTheSettingsIsUsed() {
    settings(tcp -> tcp.withDelayedAckNs(400_000_000L));
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    time.passes("200 ms");
    peer.sends("ACK PSH seq 11 ack 1 len 5");
    user.hears("data 5");
    // From the first segment on, not from the last.
    stack.answersAfter("200 ms", "ACK seq 1 ack 16");
  }

  // DA-01: a delay of 0 is none
  @Test
  void withoutDelayEverySegmentIsAcknowledgedAtOnce() {
    settings(tcp -> tcp.withDelayedAckNs(0));
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answers("ACK seq 1 ack 11");
  }

  // DA-02; RFC 5681 §4.2, RFC 9293 SHLD-19
  @Test
  void everySecondFullSegmentIsAcknowledgedAtOnce() {
    established();
    for (int at = 1; at < 14_600; at += 2920) {
      peer.sends("ACK seq " + at + " ack 1 len 1460");
      stack.isSilent();
      peer.sends("ACK seq " + (at + 1460) + " ack 1 len 1460");
      stack.answers("ACK seq 1 ack " + (at + 2920));
    }
    user.forgets();
    stack.isSilentFor("1 s");
  }

  // DA-03; RFC 5681 §4.2
  @Test
  void segmentThatFillsAGapIsAcknowledgedAtOnce() {
    established();
    peer.sends("ACK seq 101 ack 1 len 100", "ACK seq 301 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1", "ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 1 len 50");
    stack.answers("ACK seq 1 ack 51");
    peer.sends("ACK seq 51 ack 1 len 50");
    stack.answers("ACK seq 1 ack 201");
    peer.sends("ACK seq 201 ack 1 len 100");
    stack.answers("ACK seq 1 ack 401");
    user.forgets();
  }

  // DA-04, MAY-13; RFC 5681 §4.2: one for each
  @Test
  void earlySegmentDrawsADuplicateAckAtOnce() {
    established();
    for (int at = 0; at < 5; at++) {
      peer.sends("ACK seq " + (101 + 100 * at) + " ack 1 len 100");
      stack.answers("ACK seq 1 ack 1 win 65535");
    }
  }

  // DA-05; RFC 9293 §3.10.7.4 MUST-58, MUST-59
  @Test
  void batchInOrderIsAcknowledgedOnce() {
    established();
    peer.sends(
        "ACK seq 1 ack 1 len 1000",
        "ACK seq 1001 ack 1 len 1000",
        "ACK seq 2001 ack 1 len 1000",
        "ACK seq 3001 ack 1 len 1000");
    user.forgets();
    stack.answers("ACK seq 1 ack 4001");
    stack.isSilentFor("1 s");
  }

  // DA-05: the sender can still count to three
  @Test
  void batchOutOfOrderDrawsADuplicateForEach() {
    established();
    peer.sends(
        "ACK seq 101 ack 1 len 100", "ACK seq 201 ack 1 len 100", "ACK seq 301 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK seq 1 ack 1");
  }

  private void establishedWithSack() {
    settings(tcp -> tcp.withSelectiveAcks(true));
    established("mss 1460,sackok", "win 65535");
  }

  // DA-05, SK-01: the blocks of one tell of all, and a sender that counts needs three
  @Test
  void withSackABatchOutOfOrderDrawsThree() {
    establishedWithSack();
    String[] batch = new String[10];
    for (int i = 0; i < batch.length; i++) {
      batch[i] = "ACK seq " + (101 + 100 * i) + " ack 1 len 100";
    }
    peer.sends(batch);
    stack.answers("ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK seq 1 ack 1");
    peer.sends("ACK seq 1201 ack 1 len 100", "ACK seq 1401 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1", "ACK seq 1 ack 1");
  }

  // SK-05: what came twice is told at once, though new bytes with it might wait for company
  @Test
  void withSackWhatCameTwiceIsAcknowledgedAtOnce() {
    establishedWithSack();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
    peer.sends("ACK PSH seq 51 ack 1 len 100");
    user.hears("data 50");
    stack.answers("ACK seq 1 ack 151");
  }

  // DA-05; RFC 5681 §2: payload does not make a duplicate ACK, so they leave before it
  @Test
  void duplicatesOfABatchLeaveBeforeData() {
    established("mss 1460", "win 0");
    user.sends(5);
    peer.sends(
        "ACK seq 101 ack 1 len 100", "ACK seq 201 ack 1 len 100", "ACK seq 301 ack 1 win 1000");
    stack.answers("ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK PSH seq 1 ack 1 len 5");
  }

  // DA-06; RFC 9293 §3.8.6.3
  @Test
  void ackRidesOnData() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    time.passes("5 ms");
    user.sends(20);
    stack.answers("ACK PSH seq 1 ack 11 len 20");
    peer.sends("ACK seq 11 ack 21");
    stack.isSilentFor("1 s");
  }

  // DA-06: an answer from the callback takes the ACK along
  @Test
  void answerFromTheCallbackCarriesTheAck() {
    established();
    user.on("data", () -> user.sends(20));
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answers("ACK PSH seq 1 ack 11 len 20");
    peer.sends("ACK seq 11 ack 21");
    stack.isSilentFor("1 s");
  }

  // DA-07; RFC 9293 §3.10.7.4
  @Test
  void finIsAcknowledgedAtOnce() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    peer.sends("FIN ACK seq 11 ack 1");
    user.hears("fin");
    stack.answers("ACK seq 1 ack 12");
    stack.isSilentFor("1 s");
  }

  // DA-08, WIN-08, WIN-07, MUST-39; RFC 9293 §3.8.6.2.2: not for a few bytes
  @Test
  void windowIsOfferedAnewWhenASegmentFits() {
    windowFull();
    user.reads(1000);
    user.forgets();
    stack.isSilent();
    user.reads(459);
    user.forgets();
    stack.isSilent();
    user.reads(1);
    user.forgets();
    stack.answers("ACK seq 1 ack 4097 win 1460");
    user.reads(500);
    user.forgets();
    stack.isSilentFor("1 s");
  }

  // DA-09; RFC 9293 §3.8.6
  @Test
  void closedWindowIsOpenedAtOnceWhenEverythingIsRead() {
    windowFull();
    user.readsOn();
    user.hears("data 4096");
    stack.answers("ACK seq 1 ack 4097 win 4096");
    peer.sends("ACK PSH seq 4097 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 4107 win 4086");
  }

  // DA-08, MUST-39: half a large buffer is worth an update though the window never closed
  @Test
  void readingHalfABufferIsWorthAnUpdate() {
    established();
    user.stopsReading();
    int at = 1;
    for (; at < 1 + 40 * 1460; at += 2920) {
      peer.sends("ACK seq " + at + " ack 1 len 1460", "ACK seq " + (at + 1460) + " ack 1 len 1460");
      stack.sent();
    }
    user.forgets();
    user.reads(32_766);
    stack.isSilent();
    user.reads(1);
    stack.answers("ACK seq 1 ack " + at + " win " + (65_535 - 40 * 1460 + 32_768));
    user.forgets();
  }

  // DA-10, BLD-11; RFC 9293 §3.8.6.1: every time
  @Test
  void probesOfAClosedWindowAreAnswered() {
    windowFull();
    for (int i = 0; i < 10; i++) {
      peer.sends("ACK seq 4097 ack 1 len 1");
      stack.answers("ACK seq 1 ack 4097 win 0");
      time.passes("20 ms");
    }
    for (int i = 0; i < 10; i++) {
      peer.sends("ACK seq 4096 ack 1 len 1");
      stack.answers("ACK seq 1 ack 4097 win 0");
    }
    user.hearsNothing();
  }

  // DA-10, DA-15, WIN-14; RFC 9293 §3.8.4: without data, at the pace of challenges
  @Test
  void emptyProbesAreAnswered() {
    windowFull();
    for (int i = 0; i < 5; i++) {
      peer.sends("ACK seq 4096 ack 1");
      stack.answers("ACK seq 1 ack 4097 win 0");
      time.passes("500 ms");
    }
  }

  // DA-12, WIN-06, MAY-8; RFC 9293 SHLD-14: Peer checks that the right edge stays; here that it is
  // used up
  @Test
  void windowOfANonReaderClosesByBeingFilled() {
    settings(tcp -> tcp.withReceiveBufferBytes(8192));
    established();
    user.stopsReading();
    int edge = 1 + 8192;
    for (int at = 1; at < edge; at += 64) {
      peer.sends("ACK PSH seq " + at + " ack 1 len 64");
      time.passes("10 ms");
      stack.sent().forEach(ack -> assertEquals(peer.iss() + edge, ack.ack() + ack.window()));
    }
    assertEquals(0, world.lastSent.window());
    user.forgets();
  }

  // DA-12, DA-14, WIN-06: the same with a scaled window, which does not grow for somebody who
  // pauses
  @Test
  void scaledWindowOfAPausingReaderClosesByBeingFilled() {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20));
    established("mss 1460,wscale 7", "win 512");
    user.pauses();
    int at = 1;
    while (at < 1 + 65_535) {
      int length = Math.min(1460, 1 + 65_535 - at);
      peer.sends("ACK seq " + at + " ack 1 len " + length);
      time.passes("10 ms");
      stack.sent();
      at += length;
    }
    user.forgets();
    assertEquals(0, world.lastSent.window(), "but for the last byte");
    assertEquals(peer.iss() + at, world.lastSent.ack());
    peer.sends("ACK seq " + at + " ack 1 len 1460");
    at++;
    stack.answersAfter("10 ms", "ACK seq 1 ack " + at + " win 0");
    peer.sends("ACK seq " + at + " ack 1 len 1");
    stack.answers("ACK seq 1 ack " + at + " win 0");
    user.readsOn();
    user.hears("data 65536");
    stack.answers("ACK seq 1 ack " + at + " win 4096");
  }

  // DA-12, WIN-06; RFC 7323 §2.4: rounding may seem to move the edge back by less than a unit; what
  // was offered is taken all the same
  @Test
  void whatOneAckOfferedIsTakenThoughTheNextOffersLess() {
    settings(tcp -> tcp.withReceiveBufferBytes(4 << 20));
    established("mss 1460,wscale 7", "win 512");
    user.stopsReading();
    peer.sends("ACK seq 1 ack 1 len 1406");
    user.hears("data 1406");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1407 win 1003"); // of 64 bytes: up to 65599
    peer.sends("ACK seq 1407 ack 1 len 1");
    user.hears("data 1407");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1408 win 1002"); // up to 65536
    peer.sends("ACK seq 65536 ack 1 len 63");
    stack.answers("ACK seq 1 ack 1408 win 1002");
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 0);
    peer.sends("ACK seq 65599 ack 1 len 1");
    stack.answers("ACK seq 1 ack 1408 win 1002");
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 1);
  }

  // DA-12; RFC 7323 §2.4: with nobody who waits for it, no more is offered than there is room for
  @Test
  void theWindowOfAPausingReaderIsRoundedDown() {
    settings(tcp -> tcp.withReceiveBufferBytes(4 << 20));
    established("mss 1460,wscale 7", "win 512");
    user.pauses();
    peer.sends("ACK seq 1 ack 1 len 1406");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1407 win 1002");
  }

  // RX-11; RFC 9293 §3.10.7.4, RFC 7323 §2.3: what the field was rounded up by was offered, too. A
  // peer that has
  // filled it, and whose bytes were lost, sends its ACKs from there.
  @Test
  void ackOfAPeerThatHasFilledARoundedWindowCounts() {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20));
    established("mss 1460,wscale 7", "win 512");
    user.stopsReading();
    peer.sends("ACK seq 1 ack 1 len 5");
    user.hears("data 5");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 6 win 4096 len 10");
    peer.sends("ACK seq 65542 ack 11 win 512");
    stack.isSilentFor("10 s");
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 0);
    peer.sends("ACK seq 65543 ack 11 win 512");
    stack.answers("ACK seq 11 ack 6 win 4096");
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 1);
  }

  // RX-11: nor is it given up as silent
  @Test
  void peerThatHasFilledARoundedWindowAnswersKeepAlives() {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20)
        .withKeepAliveIdleNs(2_000_000_000L)
        .withKeepAliveIntervalNs(1_000_000_000L)
        .withKeepAliveProbes(2));
    established("mss 1460,wscale 7", "win 512");
    user.stopsReading();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    // The edge is where the SYN put it, five bytes before what this offers.
    stack.answersAfter("10 ms", "ACK seq 1 ack 101 win 4090");
    stack.answersAfter("1990 ms", "ACK seq 0 ack 101");
    for (int i = 0; i < 5; i++) {
      peer.sends("ACK seq 65541 ack 1 win 512");
      stack.answersAfter("2 s", "ACK seq 0 ack 101");
    }
  }

  // DA-13; RFC 9293 §3.8.6
  @Test
  void windowOfASteadyReaderStaysOpen() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    established();
    for (int at = 1; at < 50_000; at += 64) {
      peer.sends("ACK PSH seq " + at + " ack 1 len 64");
      stack.sent().forEach(ack -> assertTrue(ack.window() >= 2048));
    }
    user.forgets();
    time.passes("10 ms");
    stack.sent();
  }

  // DA-15, WIN-14; RFC 9293 §3.8.4
  @Test
  void keepAliveProbesAreAnswered() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
    peer.sends("ACK seq 10 ack 1");
    stack.answers("ACK seq 1 ack 11");
    peer.sends("ACK seq 10 ack 1 len 1");
    stack.answers("ACK seq 1 ack 11");
    user.hearsNothing();
  }

  // DA-16; RFC 9293 §3.10.7.4
  @Test
  void ackIsNeverAnswered() {
    established();
    peer.sends(
        "ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK seq 1 ack 1 win 100", "ACK PSH seq 1 ack 1");
    stack.isSilentFor("1 s");
  }

  // BLD-11: the pace of challenges does not starve the honest
  @Test
  void retransmissionsAreAcknowledgedWhileChallengesAreHeldBack() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
    peer.sends("RST seq 200");
    stack.answers("ACK seq 1 ack 101");
    for (int i = 0; i < 10; i++) {
      peer.sends("ACK PSH seq 1 ack 1 len 100");
      stack.answers("ACK seq 1 ack 101");
    }
  }

  // BLD-11: a stranger's SYNs do not keep keep-alives and window probes unanswered
  @Test
  void probesAreAnsweredWhileChallengesAreHeldBack() {
    established();
    for (int i = 0; i < 5; i++) {
      peer.sends("SYN seq 5000 win 65535");
      stack.answers("ACK seq 1 ack 1");
      peer.sends("ACK seq 0 ack 1");
      stack.answers("ACK seq 1 ack 1");
      peer.sends("SYN seq 5000 win 65535", "ACK seq 0 ack 1");
      stack.isSilent();
      time.passes("500 ms");
    }
    stack.counts(Counter.REPLIES_SUPPRESSED, 10);
  }

  // api.md: paused, bytes fill the buffer, and are acknowledged as they come
  @Test
  void pausedConnectionFillsItsBufferAndShowsItLater() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    established();
    user.pauses();
    peer.sends("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460");
    stack.answers("ACK seq 1 ack 2921 win 1176");
    peer.sends("FIN ACK PSH seq 2921 ack 1 len 1176");
    stack.answers("ACK seq 1 ack 4098");
    user.hearsNothing();
    user.resumes();
    user.hears("data 4096", "fin");
    stack.isSilent();
  }
}
