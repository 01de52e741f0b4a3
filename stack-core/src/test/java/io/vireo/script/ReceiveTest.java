// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/**
 * Data that arrives: order, duplicates, the edges of the window, FIN in its place. RFC 9293 §3.10.7.4, first, seventh and eighth. As every
 * script with numbers that wrap in both streams: RX-12.
 */
class ReceiveTest extends TcpScript {
  /** A receive buffer of 4 KiB: the right edge is 4097. */
  private void establishedWithSmallBuffer() {
    settings(tcp -> tcp.withReceiveBufferBytes(4096));
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1 win 4096");
    peer.sends("ACK seq 1 ack 1 win 65535");
    user.hears("established");
  }

  // RX-01; RFC 9293 §3.10.7.4
  @Test
  void dataInOrderIsDeliveredAndAcknowledged() {
    established();
    peer.sends("ACK seq 1 ack 1 len 1460");
    user.hears("data 1460");
    stack.isSilent();
    peer.sends("ACK PSH seq 1461 ack 1 len 1460");
    user.hears("data 1460");
    stack.answers("ACK seq 1 ack 2921 win 65535");
  }

  // RX-05; RFC 9293 §3.10.7.4
  @Test
  void duplicateIsDroppedAndAcknowledgedAtOnce() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers("ACK seq 1 ack 101");
    peer.sends("ACK PSH seq 51 ack 1 len 50");
    stack.answers("ACK seq 1 ack 101");
    user.hearsNothing();
  }

  // RX-06, MEM-04; RFC 9293 §3.10.7.4
  @Test
  void newTailOfAnOldSegmentIsTaken() {
    established();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    peer.sends("ACK PSH seq 1 ack 1 len 150");
    user.hears("data 50");
    stack.answersAfter("10 ms", "ACK seq 1 ack 151");
  }

  // RX-07, MEM-03; RFC 9293 §3.10.7.4: what lies inside is taken, nothing beyond
  @Test
  void segmentAcrossTheRightEdgeIsTakenUpToIt() {
    establishedWithSmallBuffer();
    peer.sends("ACK seq 4088 ack 1 len 20");
    stack.answers("ACK seq 1 ack 1 win 4096");
    peer.sends("ACK seq 1 ack 1 len 1460");
    user.hears("data 1460");
    stack.answers("ACK seq 1 ack 1461");
    peer.sends("ACK seq 1461 ack 1 len 1460");
    user.hears("data 1460");
    stack.answers("ACK seq 1 ack 2921");
    peer.sends("ACK PSH seq 2921 ack 1 len 1167");
    user.hears("data 1167", "data 9");
    stack.answers("ACK seq 1 ack 4097");
  }

  // RX-08, RX-09; RFC 9293 §3.10.7.4, first: with data, each one is answered
  @Test
  void dataBeyondTheWindowIsDroppedAndAnswered() {
    establishedWithSmallBuffer();
    for (int seq : new int[] {4097, 4098, 100_000, 1_000_000_000}) {
      peer.sends("ACK PSH seq " + seq + " ack 1 len 10");
      stack.answers("ACK seq 1 ack 1 win 4096");
    }
    peer.sends("FIN ACK seq 4098 ack 1");
    stack.answers("ACK seq 1 ack 1");
    stack.counts(Counter.TCP_OUT_OF_WINDOW, 5);
  }

  // RX-09, BLD-09; RFC 5961 §7: without data, one answer per 500 ms
  @Test
  void emptySegmentsBeyondTheWindowAreAnsweredAtAPace() {
    establishedWithSmallBuffer();
    peer.sends("ACK seq 4098 ack 1");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK seq 4099 ack 1");
    time.passes("499 ms");
    peer.sends("ACK seq 100000 ack 1");
    stack.isSilent();
    time.passes("1 ms");
    peer.sends("ACK seq 100000 ack 1");
    stack.answers("ACK seq 1 ack 1");
  }

  // RX-11, DA-11; RFC 9293 §3.4: behind a full window, ACK and window still count
  @Test
  void ackAtTheRightEdgeOfAFullWindowCounts() {
    establishedWithSmallBuffer();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    user.forgets();
    stack.answers("ACK seq 1 ack 4097 win 0");
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 4097 win 0 len 100");
    peer.sends("ACK seq 4097 ack 101 win 60");
    assertEquals(60, user.connection().immediatelySendable());
    stack.isSilentFor("10 s");
  }

  // RX-13; RFC 9293 §3.10.7.4, eighth
  @Test
  void finCountsWhenEverythingBeforeItHasCome() {
    established();
    peer.sends("FIN ACK seq 201 ack 1");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK seq 101 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1");
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 1 len 100");
    user.hears("data 100", "data 100", "fin");
    stack.answers("ACK seq 1 ack 202");
  }

  // RX-13, FN-19: the FIN comes early, on its data
  @Test
  void earlyDataWithFinEndsTheStreamOnce() {
    established();
    peer.sends("FIN ACK PSH seq 101 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 1 len 100");
    user.hears("data 100", "data 100", "fin");
    stack.answers("ACK seq 1 ack 202");
    peer.sends("FIN ACK PSH seq 101 ack 1 len 100");
    stack.answers("ACK seq 1 ack 202");
    user.hearsNothing();
  }

  // RX-14; RFC 9293 §3.10.7.4
  @Test
  void finBeyondTheWindowIsNotProcessed() {
    establishedWithSmallBuffer();
    peer.sends("FIN ACK PSH seq 4088 ack 1 len 20");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 4000 ack 1");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answers("ACK seq 1 ack 101");
    peer.sends("ACK seq 101 ack 1 len 100");
    user.hears("data 100");
    stack.answers("ACK seq 1 ack 201");
  }

  // RX-15, STM-11: data behind a FIN that was taken
  @Test
  void dataBehindTheFinIsNotDelivered() {
    established();
    peer.sends("FIN ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100", "fin");
    stack.answers("ACK seq 1 ack 102");
    peer.sends("ACK PSH seq 102 ack 1 len 10");
    stack.answers("ACK seq 1 ack 102");
    peer.sends("ACK PSH seq 51 ack 1 len 100");
    stack.answers("ACK seq 1 ack 102");
    user.hearsNothing();
  }

  // RX-15: the FIN stands inside data that is held already; then it is not believed
  @Test
  void finInsideHeldDataIsIgnored() {
    established();
    peer.sends("ACK seq 101 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 150 ack 1");
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK seq 1 ack 1 len 100");
    user.hears("data 100", "data 100");
    stack.answers("ACK seq 1 ack 201");
    peer.sends("FIN ACK seq 201 ack 1");
    user.hears("fin");
    stack.answers("ACK seq 1 ack 202");
  }

  // STM-10: repeated, early and exact FINs make one end
  @Test
  void repeatedFinIsAcknowledgedAndToldOnce() {
    established();
    peer.sends("FIN ACK seq 1 ack 1");
    user.hears("fin");
    stack.answers("ACK seq 1 ack 2");
    peer.sends("FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    peer.sends("FIN ACK seq 1 ack 1", "FIN ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 2");
    user.hearsNothing();
  }

  // FN-22, WIN-13, STM-10, DA-11: a FIN behind a closed window
  @Test
  void finIsTakenBehindAClosedWindow() {
    establishedWithSmallBuffer();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    user.forgets();
    stack.answers("ACK seq 1 ack 4097 win 0");
    peer.sends("FIN ACK seq 4097 ack 1");
    user.hears("fin with 4096 left over");
    stack.answers("ACK seq 1 ack 4098");
    // What the peer sends from behind its FIN counts.
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 4098 len 10");
    peer.sends("ACK seq 4098 ack 11");
    stack.isSilentFor("10 s");
    peer.sends("FIN ACK seq 4097 ack 11");
    stack.answers("ACK seq 11 ack 4098");
  }

  // RX-09, FN-22: data with a FIN that does not fit
  @Test
  void probeWithFinBehindAClosedWindowIsRefused() {
    establishedWithSmallBuffer();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    user.forgets();
    stack.answers("ACK seq 1 ack 4097 win 0");
    peer.sends("FIN ACK seq 4097 ack 1 len 1");
    stack.answers("ACK seq 1 ack 4097 win 0");
    user.hearsNothing();
    user.readsOn();
    user.hears("data 4096");
    stack.answers("ACK seq 1 ack 4097 win 4096");
    peer.sends("FIN ACK PSH seq 4097 ack 1 len 1");
    user.hears("data 1", "fin");
    stack.answers("ACK seq 1 ack 4099");
  }

  // RX-11; MUST-66: the ACK of a segment is processed though its data cannot be taken
  @Test
  void ackOfAProbeOfTheClosedWindowCounts() {
    establishedWithSmallBuffer();
    user.stopsReading();
    peer.sends(
        "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1176");
    user.forgets();
    stack.answers("ACK seq 1 ack 4097 win 0");
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 4097 len 100");
    peer.sends("ACK seq 4097 ack 101 len 1");
    stack.answers("ACK seq 101 ack 4097 win 0");
    stack.isSilentFor("5 s");
  }
}
