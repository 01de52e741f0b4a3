// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.StackGauge;
import io.vireo.api.Counter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SYN cookies, RFC 4987 §3.6: the backlog holds one handshake, and a first peer has it. */
class SynCookieTest extends TcpScript {
  private static final long SLOT_NS = 1L << 36;

  private Peer first;

  @BeforeEach
  void smallBacklog() {
    settings(tcp -> tcp.withBacklog(1));
  }

  /** Fills the backlog; its SYN-ACKs come to their own peer and are of no interest here. */
  private void backlogIsFull() {
    first = anotherPeer(World.PEER_ADDRESS, 6001);
    first.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    stack.answers(first, "SYN ACK seq 0 ack 1 win 65535 <mss 1460,wscale 0>");
  }

  /** Gives the place in the backlog free. */
  private void backlogHasRoom() {
    first.sends("RST seq 1");
    stack.isSilent();
  }

  /** A peer that was answered by a cookie, whatever the sequence number is that comes of it. */
  private Peer cookieFor(int port) {
    Peer other = anotherPeer(World.PEER_ADDRESS, port);
    other.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    stack.answers(other, "SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    return other;
  }

  /** To the beginning of the next slot, less a nanosecond. */
  private void slotIsAlmostOver() {
    world.start();
    long intoSlotNs = world.clock.nanoTime() & (SLOT_NS - 1);
    world.passes(SLOT_NS - 1 - intoSlotNs);
    stack.sent();
  }

  // PH-16, SYN-06; RFC 4987 §3.6: no option is promised but the MSS, and the connection works
  @Test
  void aCookieThatReturnsMakesAConnection() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    stack.counts(Counter.SYN_COOKIES_SENT, 1);
    other.sends("ACK seq 1 ack 1 win 2000");
    stack.isSilent();
    other.user.hears("established");
    stack.counts(Counter.SYN_COOKIES_ACCEPTED, 1);
    stack.counts(Counter.CONNECTIONS_ACCEPTED, 1);
    other.user.sends(3000);
    // The window is not scaled.
    stack.answers(other, "ACK seq 1 ack 1 len 1460");
    other.sends("ACK seq 1 ack 1461 win 2000 len 100");
    other.user.hears("data 100");
    stack.answers(other, "ACK seq 1461 ack 101 len 1460", "ACK PSH seq 2921 ack 101 len 80");
  }

  /** A peer that offers everything, and was answered by a cookie that says so. */
  private Peer fullCookieFor(int port) {
    settings(tcp -> tcp.withTimestamps(true).withSelectiveAcks(true));
    backlogIsFull();
    Peer other = anotherPeer(World.PEER_ADDRESS, port);
    other.sends("SYN seq 0 win 65535 <mss 1460,sackok,ts 100 zero,wscale 7>");
    stack.answers(other, "SYN ACK seq 0 ack 1 win 65535 <mss 1460,sackok,ts 0 100,wscale 0>");
    return other;
  }

  // PH-16; RFC 4987 §3.6: timestamps carry what the sequence number has no room for
  @Test
  void aCookieWithATimestampKeepsWindowScaleAndSack() {
    Peer other = fullCookieFor(5001);
    other.sends("ACK seq 1 ack 1 win 10 <ts 101 0>");
    other.user.hears("established");
    assertEquals(7, StackGauge.peerScale(other.user.connection()));
    assertTrue(StackGauge.usesTimestamps(other.user.connection()));
    assertTrue(StackGauge.usesSelectiveAcks(other.user.connection()));
    assertEquals(1280, other.user.connection().immediatelySendable());
    other.sends("ACK seq 101 ack 1 win 2000 len 100 <ts 102 0>");
    stack.answers(other, "ACK seq 1 ack 1 <ts * 101,sack 101-201>");
    other.user.sends(1448);
    stack.answers(other, "ACK PSH seq 1 ack 1 len 1448 <ts * 101>");
    other.sends("ACK seq 1 ack 1449 len 100 <ts 103 0>");
    assertEquals(200, other.user.consumed());
    other.user.heard();
    stack.answers(other, "ACK seq 1449 ack 201 <ts * 103>");
  }

  // PH-16: each of them by itself
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mss 1460,ts 100 zero | mss 1460,ts 0 100 | -1 | false",
        "mss 1460,sackok,ts 100 zero | mss 1460,sackok,ts 0 100 | -1 | true",
        "mss 1460,ts 100 zero,wscale 0 | mss 1460,ts 0 100,wscale 0 | 0 | false",
        "mss 1460,ts 100 zero,wscale 14 | mss 1460,ts 0 100,wscale 0 | 14 | false",
        "mss 1460,ts 100 zero,wscale 255 | mss 1460,ts 0 100,wscale 0 | 14 | false"
      })
  void aCookieKeepsWhatBothOffer(String offered, String agreed, int scale, boolean sack) {
    settings(tcp -> tcp.withTimestamps(true).withSelectiveAcks(true));
    backlogIsFull();
    Peer other = anotherPeer(World.PEER_ADDRESS, 5001);
    other.sends("SYN seq 0 win 65535 <" + offered + ">");
    stack.answers(other, "SYN ACK seq 0 ack 1 <" + agreed + ">");
    other.sends("ACK seq 1 ack 1 win 10 <ts 101 0>");
    other.user.hears("established");
    assertEquals(scale, StackGauge.peerScale(other.user.connection()));
    assertEquals(sack, StackGauge.usesSelectiveAcks(other.user.connection()));
  }

  // PH-16: without a timestamp in the SYN, SACK and window scale are not promised
  @Test
  void aCookieWithoutTimestampKeepsTheMssOnly() {
    settings(tcp -> tcp.withTimestamps(true).withSelectiveAcks(true));
    backlogIsFull();
    Peer other = anotherPeer(World.PEER_ADDRESS, 5001);
    other.sends("SYN seq 0 win 65535 <mss 1460,sackok,wscale 7>");
    stack.answers(other, "SYN ACK seq 0 ack 1 <mss 1460>");
    other.sends("ACK seq 1 ack 1 win 1000");
    other.user.hears("established");
    assertEquals(1000, other.user.connection().immediatelySendable());
  }

  // PH-16: the cookie covers what the timestamp says, whoever has changed it on the way
  @Test
  void aCookieWithAnotherPromiseIsRefused() {
    Peer other = fullCookieFor(5001);
    for (int echo : new int[] {1, -1, 16, 31, 5}) {
      other.sends("ACK seq 1 ack 1 win 10 <ts 101 " + echo + ">");
      stack.answers(other, "RST seq 1");
    }
    other.sends("ACK seq 1 ack 1 win 10");
    stack.answers(other, "RST seq 1");
    stack.counts(Counter.SYN_COOKIES_REFUSED, 6);
    other.sends("ACK seq 1 ack 1 win 10 <ts 101 0>");
    other.user.hears("established");
  }

  // PH-16, TS-01: what follows is later than the cookie, though that looked back up to 33 ms
  @Test
  void theClockGoesOnFromTheCookie() {
    settings(tcp -> tcp.withTimestamps(true));
    backlogIsFull();
    for (int i = 0; i < 40; i++) {
      Peer other = anotherPeer(World.PEER_ADDRESS, 5001 + i);
      other.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero,wscale " + i % 15 + ">");
      stack.answers(other, "SYN ACK seq 0 ack 1 <mss 1460,ts 0 100,wscale 0>");
      other.sends("ACK seq 1 ack 1 <ts 100 0>");
      other.user.hears("established");
      other.user.sends(1);
      int ticks = stack.sent().get(0).tsVal() - other.stackTs();
      assertTrue(ticks >= 0 && ticks < 32, "after " + ticks);
      other.sends("RST seq 1");
      other.user.hears("closed RESET");
      world.passes(1 << 20);
      stack.sent();
    }
  }

  // PH-16, SYN-08: the ACK may carry data, a push, an end
  @ParameterizedTest
  @ValueSource(strings = {"ACK", "ACK PSH", "ACK URG", "ACK PSH URG"})
  void dataOfTheSegmentThatBringsTheCookieIsTaken(String flags) {
    backlogIsFull();
    Peer other = cookieFor(5001);
    other.sends(flags + " seq 1 ack 1 win 2000 len 700");
    assertEquals("established", other.user.heard().get(0));
    assertEquals(700, other.user.consumed());
    time.passes("10 ms");
    stack.answers(other, "ACK seq 1 ack 701");
  }

  // PH-16, PH-06
  @Test
  void theEndOfTheSegmentThatBringsTheCookieIsTaken() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    other.sends("FIN ACK PSH seq 1 ack 1 win 2000 len 10");
    other.user.hears("established", "data 10", "fin");
    stack.answers(other, "ACK seq 1 ack 12");
  }

  // SYN-08: what follows in the same batch meets the connection
  @Test
  void ackAndDataInOneBatchAreOneConnection() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    other.sends("ACK seq 1 ack 1", "ACK seq 1 ack 1 len 10", "ACK seq 11 ack 1 len 10");
    other.user.hears("established", "data 10", "data 10");
    stack.answers(other, "ACK seq 1 ack 21");
    stack.counts(Counter.RESETS_SENT, 0);
  }

  // PH-16, SYN-04
  @Test
  void whatIsNotTheCookieIsRefused() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    for (int ack : new int[] {0, 2, 9, 17, -5000, 1 << 30}) {
      other.sends("ACK seq 1 ack " + ack);
      stack.answers(other, "RST seq " + ack);
    }
    // The sequence number is part of it: bytes that were lost in front of this segment are missed.
    other.sends("ACK seq 701 ack 1 len 10");
    stack.answers(other, "RST seq 1");
    other.sends("SYN ACK seq 1 ack 1");
    stack.answers(other, "RST seq 1");
    stack.counts(Counter.SYN_COOKIES_REFUSED, 7);
    other.sends("ACK seq 1 ack 1");
    other.user.hears("established");
  }

  // SYN-04: one peer's cookie is nothing in another's hands
  @Test
  void aCookieBelongsToItsTuple() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    Peer thief = anotherPeer(World.PEER_ADDRESS, 5002);
    thief.sends("ACK seq " + (1 + other.iss() - thief.iss()) + " ack "
        + (1 + other.stackIss() - thief.stackIss()));
    assertEquals(1, stack.sent().size());
    stack.counts(Counter.RESETS_SENT, 1);
    thief.user.hearsNothing();
  }

  // STM-05, SYN-04: without an overflow, no ACK is looked at
  @Test
  void cookiesCountOnlyWhereTheyWereSent() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    backlogHasRoom();
    // Another incarnation of the listener has sent none.
    stack.unlistens();
    stack.listens(World.STACK_PORT);
    other.sends("ACK seq 1 ack 1");
    stack.answers(other, "RST seq 1");
    stack.counts(Counter.SYN_COOKIES_REFUSED, 0);
  }

  // PH-17: nothing is kept, so nothing is repeated
  @Test
  void aCookieIsNeverRepeated() {
    backlogIsFull();
    cookieFor(5001);
    backlogHasRoom();
    stack.isSilentFor("180 s");
    assertEquals(false, world.awaitsAnything());
  }

  // PH-03 by cookie: the same SYN has the same answer
  @Test
  void theSameSynHasTheSameCookie() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    other.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    stack.answers(other, "SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
  }

  // SYN-05: good in its slot and in the next
  @Test
  void aCookieIsGoodUntilTheEndOfTheNextSlot() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    slotIsAlmostOver();
    world.passes(1);
    slotIsAlmostOver();
    other.sends("ACK seq 1 ack 1");
    other.user.hears("established");
    stack.sent();
  }

  // SYN-05: a replay after the lifetime, with and without cookies under way
  @Test
  void aCookieIsRefusedWhenItsTimeIsOver() {
    limits(limits -> limits.withSynAckRetries(6));
    backlogIsFull();
    Peer other = cookieFor(5001);
    slotIsAlmostOver();
    world.passes(1);
    slotIsAlmostOver();
    stack.sent();
    Peer late = cookieFor(5002);
    world.passes(1);
    stack.sent();
    other.sends("ACK seq 1 ack 1");
    stack.answers(other, "RST seq 1");
    stack.counts(Counter.SYN_COOKIES_REFUSED, 1);
    late.sends("ACK seq 1 ack 1");
    late.user.hears("established");
    world.passes(2 * SLOT_NS);
    stack.sent();
    other.sends("ACK seq 1 ack 1");
    stack.answers(other, "RST seq 1");
    stack.counts(Counter.SYN_COOKIES_REFUSED, 1);
  }

  // SYN-06: rounded down to the next of the table, never below the floor
  @ParameterizedTest
  @CsvSource({
    "mss 1, 216",
    "mss 300, 216",
    "mss 536, 536",
    "nop, 536",
    "mss 1199, 536",
    "mss 1200, 1200",
    "mss 1380, 1300",
    "mss 1452, 1440",
    "mss 1460, 1460",
    "mss 65535, 1460"
  })
  void theMssIsRoundedDown(String option, int mss) {
    backlogIsFull();
    Peer other = anotherPeer(World.PEER_ADDRESS, 5001);
    other.sends("SYN seq 0 win 65535 <" + option + ">");
    stack.answers(other, "SYN ACK seq 0 ack 1 <mss 1460>");
    other.sends("ACK seq 1 ack 1 win 65535");
    other.user.hears("established");
    other.user.sends(3000);
    assertEquals(mss, stack.sent().get(0).payload().length);
  }

  // SYN-07: there was no room for the first SYN, there is for the second, and both are answered
  @Test
  void aCookieIsGoodAlthoughTheSynFoundRoomLater() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    backlogHasRoom();
    other.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    assertEquals(1, stack.sent().size());
    other.sends("ACK seq 1 ack 1 win 1000");
    stack.isSilent();
    other.user.hears("established");
    other.user.sends(1460);
    stack.answers(other, "ACK seq 1 ack 1 len 1000");
    // The entry has gone with it.
    backlogIsFull();
  }

  // SYN-07: the second answer was first
  @Test
  void theEntryIsGoodAlthoughACookieWasSentBefore() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    int cookie = other.stackIss();
    backlogHasRoom();
    other.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    int iss = stack.sent().get(0).seq();
    other.sends("ACK seq 1 ack " + (1 + iss - cookie) + " win 1000");
    stack.isSilent();
    other.user.hears("established");
    stack.counts(Counter.SYN_COOKIES_ACCEPTED, 0);
    other.user.aborts();
    other.user.hears("closed ABORTED");
    stack.sent();
  }

  // SYN-07: whoever has an entry keeps it, however full it is
  @Test
  void anEntryComesBeforeACookie() {
    backlogIsFull();
    cookieFor(5001);
    first.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    stack.answers(first, "SYN ACK seq 0 ack 1 win 65535 <mss 1460,wscale 0>");
    first.sends("ACK seq 1 ack 1 win 512");
    first.user.hears("established");
  }

  // SYN-09: no room in the pool: neither taken nor refused, and good later
  @Test
  void aCookieWaitsUntilAConnectionIsFree() {
    settings(tcp -> tcp.withConnections(2));
    backlogIsFull();
    Peer other = cookieFor(5001);
    Peer another = cookieFor(5002);
    Peer third = cookieFor(5003);
    other.sends("ACK seq 1 ack 1");
    other.user.hears("established");
    another.sends("ACK seq 1 ack 1");
    another.user.hears("established");
    third.sends("ACK seq 1 ack 1");
    stack.isSilent();
    stack.counts(Counter.SYNS_DROPPED, 1);
    stack.counts(Counter.RESETS_SENT, 0);
    other.sends("RST seq 1");
    other.user.hears("closed RESET");
    third.sends("ACK PSH seq 1 ack 1 len 10");
    third.user.hears("established", "data 10");
    time.passes("10 ms");
    stack.answers(third, "ACK seq 1 ack 11");
  }

  // PH-12: with no connection free, a SYN is not answered, by a cookie neither
  @Test
  void noCookieIsSentWhenNoConnectionIsFree() {
    settings(tcp -> tcp.withConnections(1));
    established();
    anotherPeer(World.PEER_ADDRESS, 5001).sends("SYN seq 0");
    stack.isSilent();
    stack.counts(Counter.SYN_COOKIES_SENT, 0);
    stack.counts(Counter.SYNS_DROPPED, 1);
  }

  // SYN-05, BLD-08: a cookie is good once: a late duplicate of the segment that brought it makes no
  // second connection
  @Test
  void aCookieThatWasUsedIsRefused() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    other.sends("ACK PSH seq 1 ack 1 len 100");
    other.user.hears("established", "data 100");
    other.user.aborts();
    other.user.hears("closed ABORTED");
    stack.answers(other, "RST ACK seq 1 ack 101");
    other.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers(other, "RST seq 1");
    // In the next slot, too.
    slotIsAlmostOver();
    time.passes("1 s");
    stack.sent();
    other.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers(other, "RST seq 1");
    other.user.hearsNothing();
    stack.counts(Counter.SYN_COOKIES_ACCEPTED, 1);
    stack.counts(Counter.CONNECTIONS_ACCEPTED, 1);
  }

  // SYN-05: nor does it after the user has refused it once, and the peer has heard so
  @Test
  void aCookieThatTheUserRefusedStaysRefused() {
    backlogIsFull();
    Peer other = cookieFor(5001);
    other.user.refuses();
    other.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers(other, "RST seq 1");
    other.user.accepts();
    other.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers(other, "RST seq 1");
    other.user.hearsNothing();
    stack.counts(Counter.CONNECTIONS_DISALLOWED, 1);
    stack.counts(Counter.SYN_COOKIES_REFUSED, 1);
  }

  // RFC 4987 §3.6: the table of the stack is full, be the backlog as large as it may
  @Test
  void cookiesAreSentWhenTheTableIsFull() {
    settings(tcp -> tcp.withBacklog(1024));
    limits(limits -> limits.withHalfOpenConnections(1));
    backlogIsFull();
    Peer other = cookieFor(5001);
    other.sends("ACK seq 1 ack 1");
    other.user.hears("established");
  }

  // TW-06: the sequence number of a cookie cannot be chosen to lie beyond the old connection's
  @Test
  void aSynForTimeWaitIsNotAnsweredByACookie() {
    Walk.ESTABLISHED.reach(this);
    Walk.ESTABLISHED.leave(this);
    backlogIsFull();
    Peer again = peer.again(numbers.peerIss + 10);
    again.sends("SYN seq 0 win 1000 <mss 1460>");
    stack.answers(again, "SYN ACK seq 0 ack 1");
    stack.counts(Counter.SYN_COOKIES_SENT, 0);
    again.sends("ACK seq 1 ack 1");
    again.user.hears("established");
  }

  // TW-06: but for a table that is full
  @Test
  void aSynForTimeWaitIsDroppedWhenTheTableIsFull() {
    limits(limits -> limits.withHalfOpenConnections(1));
    Walk.ESTABLISHED.reach(this);
    Walk.ESTABLISHED.leave(this);
    backlogIsFull();
    Peer again = peer.again(numbers.peerIss + 10);
    again.sends("SYN seq 0 win 1000 <mss 1460>");
    stack.isSilent();
    stack.counts(Counter.SYNS_DROPPED, 1);
    backlogHasRoom();
    again.sends("SYN seq 0 win 1000 <mss 1460>");
    stack.answers(again, "SYN ACK seq 0 ack 1");
  }

  // SYN-01: cookies take no slot of the reserve, which is there for those whose ACKs count
  @Test
  void cookiesLeaveTheReserveAlone() {
    backlogIsFull();
    stack.cannotSend(true);
    anotherPeer(World.PEER_ADDRESS, 5001).sends("SYN seq 0 win 1000");
    stack.isSilent();
    stack.counts(Counter.SYN_COOKIES_SENT, 0);
    stack.counts(Counter.SYNS_DROPPED, 1);
    first.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    stack.answers(first, "SYN ACK seq 0 ack 1");
  }
}
