// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * How data is cut into segments, and when they leave: RFC 9293 §3.7.1, §3.8.6.2.1 (silly windows), §3.9.1.2. What may hold them back: {@link
 * NagleTest}, {@link CorkTest}. There are no marks of records and no calls that block, which are optional.
 */
class SendTest extends TcpScript {
  // SD-01, MUST-60; RFC 9293 §3.9.1.2
  @Test
  void smallWriteLeavesAtOnceWithPush() {
    established();
    user.sends(1);
    stack.answers("ACK PSH seq 1 ack 1 len 1");
  }

  // SD-04, MUST-17; RFC 9293 §3.7.4: no Nagle by default
  @Test
  void everySmallWriteLeavesAtOnce() {
    established();
    for (int i = 0; i < 5; i++) {
      user.sends(10);
      stack.answers("ACK PSH seq " + (1 + 10 * i) + " ack 1 len 10");
    }
  }

  // SD-08, MUST-61, SHLD-28; RFC 9293 §3.9.1.2
  @Test
  void largeWriteLeavesInFullSegmentsWithPushOnTheLast() {
    established();
    user.sends(5000);
    stack.answers(
        "ACK seq 1 ack 1 len 1460",
        "ACK seq 1461 ack 1 len 1460",
        "ACK seq 2921 ack 1 len 1460",
        "ACK PSH seq 4381 ack 1 len 620");
  }

  // SD-08, SHLD-27, MAY-16; api.md, "When bytes leave": several sends of a callback share segments
  @Test
  void sendsOfOneCallbackShareSegments() {
    established();
    user.on("data", () -> {
      user.sends(1000);
      user.sends(1000);
      user.sends(100);
    });
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answers("ACK seq 1 ack 11 len 1460", "ACK PSH seq 1461 ack 11 len 640");
  }

  // api.md: flush sends now, even inside a callback
  @Test
  void flushInACallbackSendsNow() {
    established();
    user.on("data", () -> {
      user.sends(1000);
      user.flushes();
      user.sends(1000);
    });
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answers("ACK PSH seq 1 ack 1 len 1000", "ACK PSH seq 1001 ack 11 len 1000");
  }

  // SD-10; RFC 9293 §3.8.6.2.1 (3): half the largest window seen is worth a segment
  @Test
  void windowBelowTheSegmentSizeIsUsedIfItIsTheUsualOne() {
    established("mss 1460", "win 1000");
    user.sends(2500);
    stack.answers("ACK seq 1 ack 1 len 1000");
    peer.sends("ACK seq 1 ack 1001 win 500");
    stack.answers("ACK seq 1001 ack 1 len 500");
    peer.sends("ACK seq 1 ack 1501 win 1000");
    stack.answers("ACK PSH seq 1501 ack 1 len 1000");
  }

  // SD-10, WIN-07, MUST-38; RFC 9293 §3.8.6.2.1 (4): a silly window is used after the override
  // timeout, 0.1
  // to 1 s
  @Test
  void sillyWindowIsUsedAfterATimeout() {
    established("mss 1460", "win 3000");
    peer.sends("ACK seq 1 ack 1 win 600");
    user.sends(5000);
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 600");
    peer.sends("ACK seq 1 ack 601 win 3000");
    stack.answers("ACK seq 601 ack 1 len 1460", "ACK seq 2061 ack 1 len 1460");
  }

  // the same when the retransmission timeout is long: the override is at most 1 s
  @Test
  void overrideOfASillyWindowDoesNotWaitForALongTimeout() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    stack.answersAfter("1 s", "SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1 win 3000");
    user.hears("established");
    peer.sends("ACK seq 1 ack 1 win 600");
    user.sends(5000);
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 600");
  }

  // SD-11, MUST-38; RFC 9293 §3.8.6.2.1
  @Test
  void remainderOfAWindowIsNotFilledWithASliver() {
    established("mss 1460", "win 1500");
    user.sends(1460);
    stack.answers("ACK PSH seq 1 ack 1 len 1460");
    user.sends(100);
    stack.isSilent();
    peer.sends("ACK seq 1 ack 1 win 1559");
    stack.isSilent();
    peer.sends("ACK seq 1 ack 1 win 1560");
    stack.answers("ACK PSH seq 1461 ack 1 len 100");
  }

  // SD-11, DA-06: what waits for the window does not hold the ACK back
  @Test
  void ackLeavesWhileDataWaitsForTheWindow() {
    established("mss 1460", "win 0");
    user.sends(100);
    peer.sends("ACK PSH seq 1 ack 1 win 0 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
    peer.sends("ACK seq 11 ack 1 win 100");
    stack.answers("ACK PSH seq 1 ack 11 len 100");
  }

  // SD-13; api.md onMoreSendable: once, when half the buffer is free
  @Test
  void shortSendIsFollowedByOneMoreSendable() {
    settings(tcp -> tcp.withSendBufferBytes(8192));
    established("mss 1000", "win 65535");
    assertEquals(8192, user.offers(10_000));
    assertEquals(9, stack.sent().size());
    assertEquals(0, user.offers(1));
    peer.sends("ACK seq 1 ack 1001");
    user.hears("more sendable");
    peer.sends("ACK seq 1 ack 8193");
    user.hearsNothing();
  }

  // SD-13: after a large refusal, half the buffer
  @Test
  void moreSendableWaitsForHalfTheBuffer() {
    settings(tcp -> tcp.withSendBufferBytes(8192));
    established("mss 1000", "win 65535");
    assertEquals(8192, user.offers(20_000));
    stack.sent();
    peer.sends("ACK seq 1 ack 4001");
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 5001");
    user.hears("more sendable");
    assertEquals(5000, user.offers(6000));
    stack.sent();
  }

  // SD-13, MEM-10: a writer whose reader does not read is held up at the cap, again and again
  @Test
  void aWriterWithoutAReaderIsHeldUp() {
    settings(tcp -> tcp.withSendBufferBytes(8192));
    established("mss 1460", "win 0");
    assertEquals(8192, user.offers(100_000));
    for (int minute = 0; minute < 10; minute++) {
      assertEquals(0, user.offers(1));
      assertEquals(false, user.claims(1));
      time.passes("60 s");
      stack.sent();
      peer.sends("ACK seq 1 ack 1 win 0");
    }
    user.hearsNothing();
  }

  // SD-13: what a claim was refused is told of when it fits in one piece
  @Test
  void moreSendableWaitsForTheWholeClaim() {
    settings(tcp -> tcp.withSendBufferBytes(8192));
    established("mss 1000", "win 65535");
    user.sends(7000);
    stack.sent();
    assertEquals(false, user.claims(3000));
    // 3,192 bytes are free then, but not side by side.
    peer.sends("ACK seq 1 ack 2001");
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 3000");
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 3001");
    user.hears("more sendable");
    assertEquals(true, user.claims(3000));
    user.commits(3000, false);
    stack.answers(
        "ACK seq 7001 ack 1 len 1000",
        "ACK seq 8001 ack 1 len 1000",
        "ACK PSH seq 9001 ack 1 len 1000");
    peer.sends("ACK seq 1 ack 10001");
    user.hearsNothing();
  }

  // SD-13: told once, also when an open claim was in the way of what had been refused before
  @Test
  void moreSendableWaitsForTheCommit() {
    settings(tcp -> tcp.withSendBufferBytes(8192));
    established("mss 1000", "win 65535");
    assertEquals(8192, user.offers(20_000));
    stack.sent();
    peer.sends("ACK seq 1 ack 4001");
    user.hearsNothing();
    assertEquals(true, user.claims(100));
    peer.sends("ACK seq 1 ack 8193");
    user.hearsNothing();
    user.commits(100, false);
    stack.answers("ACK PSH seq 8193 ack 1 len 100");
    user.hears("more sendable");
    peer.sends("ACK seq 1 ack 8293");
    user.hearsNothing();
  }

  // api.md: bytes of an open claim are nobody's until the commit
  @Test
  void aClaimSendsNothing() {
    established();
    user.claims(1000);
    stack.isSilentFor("1 s");
    user.commits(0, false);
    stack.isSilentFor("1 s");
    user.claims(2000);
    user.commits(1500, false);
    stack.answers("ACK seq 1 ack 1 len 1460", "ACK PSH seq 1461 ack 1 len 40");
  }

  // api.md: sendFin puts the FIN behind the open claim
  @Test
  void finStandsBehindTheOpenClaim() {
    established();
    user.sends(10);
    user.claims(100);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    user.finishes();
    stack.isSilent();
    peer.sends("ACK seq 1 ack 11");
    stack.isSilentFor("1 s");
    user.commits(60, true);
    stack.answers("FIN ACK PSH seq 11 ack 1 len 60");
    peer.sends("FIN ACK seq 1 ack 72");
    user.hears("fin", "closed CLOSED");
    stack.answers("ACK seq 72 ack 2");
  }

  // SD-15
  @Test
  void emptyWriteDoesNothing() {
    established();
    assertEquals(0, user.offers(0));
    stack.isSilentFor("1 s");
    assertEquals(0, user.connection().send(ByteBuffer.allocate(0), 0, 0));
    stack.isSilent();
  }

  // RT-15: no transmit slot is free; what could not leave has not been sent, and leaves when there
  // is room
  @Test
  void dataWaitsForATransmitSlot() {
    established();
    stack.cannotSend(true);
    user.sends(2000);
    stack.isSilentFor("500 ms");
    stack.cannotSend(false);
    time.passes("1 ms");
    stack.answers("ACK seq 1 ack 1 len 1460", "ACK PSH seq 1461 ack 1 len 540");
    stack.counts(Counter.SEGMENTS_RETRANSMITTED, 0);
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
    peer.sends("ACK seq 1 ack 2001");
    stack.isSilentFor("10 s");
  }

  // RT-15, MEM-07: a reserve of slots lets an ACK out while data waits
  @Test
  void ackLeavesThroughTheReserveOfSlots() {
    established();
    stack.cannotSend(true);
    user.sends(100);
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    time.passes("10 ms");
    assertEquals("ack 11", stack.sent("ack").get(0));
    stack.cannotSend(false);
    time.passes("1 ms");
    stack.answers("ACK PSH seq 1 ack 11 len 100");
  }

  // IP-08: the neighbour is asked for again in the background; nothing waits for it
  @Test
  void dataFlowsWhileTheNeighbourIsAskedAgain() {
    established();
    time.passes("5 min");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK seq 1 ack 11");
    stack.isSilentFor("5 min");
  }
}
