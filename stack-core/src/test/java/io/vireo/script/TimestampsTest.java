// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Timestamps, RFC 7323. The stack's tick is 1,048,576 ns. {@link Peer} checks of every segment that it carries one where both SYNs did, and that
 * the clock never goes back.
 */
class TimestampsTest extends TcpScript {
  private static final String TEN_TICKS = "10485760 ns";

  @BeforeEach
  void withTimestamps() {
    settings(tcp -> tcp.withTimestamps(true));
  }

  /** The peer opens at 100 of its clock, without window scale; as {@link #established}. */
  private void stamped() {
    for (int i = 0; i < 2; i++) {
      peer.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero>");
      stack.answers("SYN ACK seq 0 ack 1 <mss 1460,ts 0 100>");
    }
    peer.sends("ACK seq 1 ack 1 win 65535 <ts 100 0>");
    stack.isSilent();
    user.hears("established");
  }

  private void echoes(int tsVal) {
    int seq = peer.stackSentEnd();
    user.sends(1);
    stack.answers("ACK PSH seq " + seq + " len 1 <ts * " + tsVal + ">");
  }

  // TS-01, OP-06; RFC 7323 §3.2, RFC 6691 §2: 12 bytes of each segment are theirs
  @Test
  void everySegmentCarriesOneAndSoMuchLessPayload() {
    stamped();
    time.passes(TEN_TICKS);
    user.sends(3000);
    stack.answers(
        "ACK seq 1 ack 1 len 1448 <ts 10 100>",
        "ACK seq 1449 ack 1 len 1448 <ts 10 100>",
        "ACK PSH seq 2897 ack 1 len 104 <ts 10 100>");
    peer.sends("ACK seq 1 ack 3001 <ts 110 10>");
    peer.sends("ACK PSH seq 1 ack 3001 len 10 <ts 120 10>");
    user.hears("data 10");
    time.passes(TEN_TICKS);
    stack.answers("ACK seq 3001 ack 11 <ts * 120>");
  }

  // TS-01, OP-06: what is sent again, too, with the time of now
  @Test
  void aRetransmissionCarriesTheTimeOfNow() {
    stamped();
    user.sends(2000);
    stack.answers(
        "ACK seq 1 ack 1 len 1448 <ts 0 100>", "ACK PSH seq 1449 ack 1 len 552 <ts 0 100>");
    time.passes("1 s");
    List<SeenSegment> again = stack.sent();
    assertEquals(1448, again.get(0).payload().length);
    assertTrue(again.get(0).hasTimestamp());
    peer.sends("ACK seq 1 ack 2001 <ts 1100 953>");
    stack.isSilent();
  }

  // TS-01: probes of a closed window, and of a silent peer
  @Test
  void probesCarryThem() {
    settings(tcp -> tcp.withKeepAliveIdleNs(5_000_000_000L));
    stamped();
    peer.sends("ACK seq 1 ack 1 win 0 <ts 100 0>");
    user.sends(10);
    time.passes("1 s");
    stack.answers("ACK PSH seq 1 ack 1 len 1 <ts * 100>");
    peer.sends("ACK seq 1 ack 11 win 65535 <ts 100 0>");
    stack.sent();
    peer.sends("ACK seq 1 ack 2 win 65535 <ts 100 0>");
    stack.sent();
    peer.sends("ACK seq 1 ack 11 win 65535 <ts 100 0>");
    time.passes("5 s");
    stack.answers("ACK seq 10 ack 1 <ts * 100>");
  }

  // OP-06, RFC 6691 §2, RFC 1191: also where the path takes less
  @Test
  void aPathThatTakesLessTakesOptionsToo() {
    stamped();
    user.sends(1448);
    SeenSegment large = stack.sent().get(0);
    assertEquals(1500, large.datagram().length);
    peer.findsTooBig(large, 1000);
    List<SeenSegment> small = stack.sent();
    assertEquals(948, small.get(0).payload().length);
    assertEquals(1000, small.get(0).datagram().length);
    peer.sends("ACK seq 1 ack 1449 <ts 100 0>");
    user.sends(948);
    assertEquals(948, stack.sent().get(0).payload().length);
    peer.sends("ACK seq 1 ack 2397 <ts 100 0>");
    // What arrived is not given up for a word of somebody's.
    user.sends(948);
    SeenSegment proven = stack.sent().get(0);
    peer.findsTooBig(proven, 900);
    stack.isSilent();
    peer.sends("ACK seq 1 ack 3345 <ts 100 0>");
  }

  // OP-06, PMTU black hole: guesses are of datagrams, too
  @Test
  void aSuspectedBlackHoleIsTriedWithOptionsInTheSize() {
    stamped();
    user.sends(1448);
    stack.answers("ACK PSH seq 1 ack 1 len 1448");
    for (int i = 0; i < 4; i++) {
      time.passes((1 << i) + " s");
    }
    List<SeenSegment> tried = stack.sent();
    assertEquals(1200, tried.get(tried.size() - 1).datagram().length);
    peer.sends("ACK seq 1 ack 1449 <ts 100 0>");
    stack.sent();
  }

  // TS-02, TSW-03; deviation from RFC 7323 §3.2: tolerated
  @Test
  void aSegmentWithoutOneIsTaken() {
    stamped();
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11 <ts * 100>");
    peer.sends("ACK PSH seq 11 ack 1 len 10 <hex 08090000000000000000>");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 21 <ts * 100>");
    peer.sends("FIN ACK seq 21 ack 1");
    user.hears("fin");
    stack.answers("ACK seq 1 ack 22 <ts * 100>");
  }

  // TS-03; RFC 7323 §4.3 (A)
  @Test
  void aDelayedAckEchoesTheEarlierOfTwo() {
    stamped();
    peer.sends("ACK seq 1 ack 1 len 1448 <ts 110 0>", "ACK seq 1449 ack 1 len 1448 <ts 120 0>");
    user.hears("data 1448", "data 1448");
    stack.answers("ACK seq 1 ack 2897 <ts 0 110>");
    peer.sends("ACK seq 2897 ack 1 len 10 <ts 130 0>");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 2907 <ts * 130>");
  }

  // TS-04; RFC 7323 §4.3 (B), (C)
  @Test
  void aSegmentBehindAGapIsNotEchoedAndTheOneThatFillsItIs() {
    stamped();
    peer.sends("ACK seq 101 ack 1 len 100 <ts 120 0>");
    stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    peer.sends("ACK seq 201 ack 1 len 100 <ts 130 0>");
    stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    peer.sends("ACK seq 1 ack 1 len 100 <ts 140 0>");
    user.heard();
    stack.answers("ACK seq 1 ack 301 <ts 0 140>");
  }

  // TS-05, TSW-01; RFC 7323 §5.3 (R1)
  @Test
  void aSegmentOfThePastIsAcknowledgedAndDropped() {
    stamped();
    for (int i = 1; i <= 3; i++) {
      peer.sends("ACK PSH seq 1 ack 1 len 10 <ts 99 0>");
      stack.answers("ACK seq 1 ack 1 <ts 0 100>");
      stack.counts(Counter.TCP_OLD_TIMESTAMP, i);
    }
    peer.sends("FIN ACK seq 1 ack 1 <ts 99 0>");
    stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    user.hearsNothing();
    peer.sends("ACK PSH seq 1 ack 1 len 10 <ts 100 0>");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11 <ts * 100>");
  }

  // TS-05: an ACK of the past changes nothing, and is answered once in a while
  @Test
  void anAckOfThePastChangesNothing() {
    stamped();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 101 win 5 <ts 99 0>");
    stack.answers("ACK seq 101 ack 1 <ts 0 100>");
    peer.sends("ACK seq 1 ack 101 win 5 <ts 98 0>");
    stack.isSilent();
    stack.counts(Counter.TCP_OLD_TIMESTAMP, 2);
    stack.counts(Counter.REPLIES_SUPPRESSED, 1);
    time.passes("1 s");
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    peer.sends("ACK seq 1 ack 101 <ts 101 0>");
    stack.isSilent();
  }

  // TS-06, TSW-02; RFC 7323 §5.2
  @Test
  void aResetOfThePastIsAReset() {
    stamped();
    peer.sends("RST seq 1 <ts 50 0>");
    user.hears("closed RESET");
  }

  // RS-08; RFC 7323 §3.2
  @Test
  void aResetWithoutTimestampIsAReset() {
    stamped();
    peer.sends("RST seq 1");
    user.hears("closed RESET");
  }

  // TS-07; RFC 7323 §5.2: modulo 2^32, and the half of it is the limit
  @ParameterizedTest
  @CsvSource({"-2147483549, true", "-2147483548, false", "99, false"})
  void clocksAreComparedModuloTheirSize(int tsVal, boolean taken) {
    stamped();
    peer.sends("ACK PSH seq 1 ack 1 len 10 <ts " + tsVal + " 0>");
    if (taken) {
      user.hears("data 10");
      stack.answersAfter("10 ms", "ACK seq 1 ack 11 <ts * " + tsVal + ">");
    } else {
      user.hearsNothing();
      stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    }
  }

  // TSW-05: our own goes round once in 52 days, and theirs
  @Test
  void clocksGoRound() {
    stamped();
    long theirs = 100;
    for (int seq = 1; seq < 8; seq++) {
      time.passes("28800 min");
      theirs += 1_728_000_000L;
      user.sends(1);
      SeenSegment data = stack.sent().get(0);
      int echo = data.tsVal() - peer.stackTs();
      peer.sends("ACK PSH seq " + seq + " ack " + (seq + 1) + " len 1 <ts " + (int) theirs + " "
          + echo + ">");
      user.hears("data 1");
      stack.answersAfter(
          "10 ms", "ACK seq " + (seq + 1) + " ack " + (seq + 1) + " <ts * " + (int) theirs + ">");
    }
    stack.counts(Counter.TCP_OLD_TIMESTAMP, 0);
    stack.counts(Counter.SEGMENTS_RETRANSMITTED, 0);
  }

  // TS-08, TSW-04; RFC 7323 §5.5
  @Test
  void after24DaysWithoutASegmentThePastIsForgotten() {
    stamped();
    stack.isSilentFor("34560 min");
    peer.sends("ACK PSH seq 1 ack 1 len 10 <ts 99 0>");
    stack.answers("ACK seq 1 ack 1 <ts * 100>");
    time.passes("1 ns");
    peer.sends("ACK PSH seq 1 ack 1 len 10 <ts 99 0>");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11 <ts * 99>");
  }

  // TS-09, TSW-10; RFC 7323 §5.4, §7.1: neither the time since the start, nor what another
  // connection shows
  @Test
  void everyTupleHasAClockOfItsOwn() {
    int[] clocks = new int[20];
    for (int i = 0; i < clocks.length; i++) {
      Peer other = anotherPeer(World.PEER_ADDRESS, 6001 + i);
      other.sends("SYN seq 0 win 1000 <mss 1460,ts 100 zero>");
      clocks[i] = stack.sent().get(0).tsVal();
      int ticks = (int) (world.clock.nanoTime() >> 20);
      assertTrue(Math.abs(clocks[i] - ticks) > 10_000, "the clock of " + i);
      for (int j = 0; j < i; j++) {
        assertTrue(Math.abs(clocks[i] - clocks[j]) > 10_000, "clocks of " + i + " and " + j);
      }
      other.sends("RST seq 1");
    }
  }

  // TS-09; RFC 6191: a tuple's clock goes on
  @Test
  void aTupleKeepsItsClock() {
    stamped();
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    final int before = peer.stackTs();
    time.passes(TEN_TICKS);
    peer = peer.again(numbers.peerIss + 77);
    peer.sends("SYN seq 0 win 1000 <mss 1460,ts 300 zero>");
    assertEquals(10, stack.sent().get(0).tsVal() - before);
  }

  // TS-10; RFC 7323 §3.2
  @Test
  void aFinAfterAPauseCarriesTheTimeOfNow() {
    stamped();
    time.passes(TEN_TICKS);
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1 <ts 10 100>");
    peer.sends("FIN ACK seq 1 ack 2 <ts 200 10>");
    user.hears("fin", "closed CLOSED");
    stack.answers("ACK seq 2 ack 2 <ts 10 200>");
  }

  // RS-20, TS-10; RFC 7323 §3.2
  @Test
  void ourResetCarriesTheTimeOfNow() {
    stamped();
    time.passes(TEN_TICKS);
    user.aborts();
    user.hears("closed ABORTED");
    stack.answers("RST ACK seq 1 ack 1 <ts 10 100>");
  }

  // RS-20: also one that waited for its slot
  @Test
  void ourResetThatWaitedCarriesATime() {
    stamped();
    stack.cannotSend(true);
    user.aborts();
    user.hears("closed ABORTED");
    stack.cannotSend(false);
    time.passes("1 s");
    stack.answers("RST ACK seq 1 ack 1 <ts 0 100>");
  }

  // TS-11, TSW-09; RFC 7323 §4.1: nobody believes in a round trip that never was
  @ParameterizedTest
  @ValueSource(strings = {"zero", "1000000", "-1000000", "2147483647", "-2147483648"})
  void anEchoOfWhatWasNeverSentIsNoRoundTrip(String echo) {
    stamped();
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    peer.sends("ACK seq 1 ack 11 <ts 101 " + echo + ">");
    user.sends(10);
    stack.answers("ACK PSH seq 11 ack 1 len 10 <ts * 101>");
    // Round trips took no time at all: the RTO is the least there is.
    stack.answersAfter("200 ms", "ACK PSH seq 11 ack 1 len 10");
    peer.sends("ACK seq 1 ack 21 <ts 102 0>");
    stack.isSilent();
  }

  // TS-12; RFC 7323 §5: 4 GiB later, its place is inside the window once more
  @Test
  void anOldDuplicateInsideTheWindowIsRejected() {
    stamped();
    peer.sends("ACK PSH seq 1 ack 1 len 1000 <ts 200 0>");
    user.hears("data 1000");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1001 <ts * 200>");
    peer.sends("ACK PSH seq 1001 ack 1 len 100 data 41 <ts 150 0>");
    stack.answers("ACK seq 1 ack 1001 <ts * 200>");
    peer.sends("ACK PSH seq 2001 ack 1 len 100 data 41 <ts 150 0>");
    stack.answers("ACK seq 1 ack 1001 <ts * 200>");
    user.hearsNothing();
  }

  // AK-08, BLD-13; RFC 7323 §4.3
  @Test
  void theTimeOfASegmentThatIsRefusedIsNotEchoed() {
    stamped();
    peer.sends("ACK seq 1 ack 5000 len 10 <ts 500 0>");
    stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    peer.sends("ACK seq 70000 ack 1 len 10 <ts 500 0>");
    stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    peer.sends("ACK seq -100 ack 1 len 10 <ts 500 0>");
    stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    echoes(100);
  }

  // ---- Opening

  // OP-22; RFC 7323 §3.2: the peer's SYN has none
  @Test
  void withoutOneInThePeersSynThereAreNone() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460>");
    peer.sends("ACK seq 1 ack 1 <ts 100 0>");
    user.hears("established");
    user.sends(1460);
    stack.answers("ACK PSH seq 1 ack 1 len 1460 <>");
    peer.sends("ACK PSH seq 1 ack 1461 len 10 <ts 50 0>");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1461 ack 11 <>");
  }

  // OP-22: its SYN-ACK has none
  @Test
  void withoutOneInThePeersSynAckThereAreNone() {
    user.connects();
    stack.answers("SYN seq 0 <mss 1460,ts 0 zero,wscale 0>");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1 <>");
    user.hears("established");
    user.sends(1460);
    stack.answers("ACK PSH seq 1 ack 1 len 1460 <>");
  }

  // OP-22: its SYN-ACK has one
  @Test
  void withOneInBothSynsTheyAreUsed() {
    user.connects();
    stack.answers("SYN seq 0 <mss 1460,ts 0 zero,wscale 0>");
    time.passes(TEN_TICKS);
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460,ts 100 0>");
    stack.answers("ACK seq 1 ack 1 <ts 10 100>");
    user.hears("established");
    user.sends(1460);
    stack.answers(
        "ACK seq 1 ack 1 len 1448 <ts 10 100>", "ACK PSH seq 1449 ack 1 len 12 <ts 10 100>");
  }

  // OP-22: we do not want any
  @Test
  void switchedOffThereAreNone() {
    settings(tcp -> tcp.withTimestamps(false));
    peer.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460>");
    peer.sends("ACK PSH seq 1 ack 1 len 10 <ts 50 0>");
    user.hears("established", "data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11 <>");
  }

  // TS-10 of SYNs: RFC 7323 §3.2
  @Test
  void aSynThatIsSentAgainCarriesTheTimeOfNow() {
    user.connects();
    stack.answers("SYN seq 0 <mss 1460,ts 0 zero,wscale 0>");
    time.passes("1 s");
    int ticks = stack.sent().get(0).tsVal() - peer.stackTs();
    assertTrue(ticks == 953 || ticks == 954, "after " + ticks);
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460,ts 100 " + ticks + ">");
    stack.answers("ACK seq 1 ack 1 <ts " + ticks + " 100>");
    user.hears("established");
  }

  // The same of SYN-ACKs, and what they echo
  @Test
  void aSynAckThatIsSentAgainCarriesTheTimeOfNow() {
    peer.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,ts 0 100>");
    time.passes("1 s");
    int ticks = stack.sent().get(0).tsVal() - peer.stackTs();
    assertTrue(ticks == 953 || ticks == 954, "after " + ticks);
    peer.sends("SYN seq 0 win 65535 <mss 1460,ts 1100 zero>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,ts " + ticks + " 1100>");
    // One that was under way for long.
    peer.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,ts " + ticks + " 1100>");
    peer.sends("ACK seq 1 ack 1 <ts 1101 " + ticks + ">");
    user.hears("established");
    echoes(1101);
  }

  // TS-05 in SYN-RECEIVED; RFC 7323 §5.3
  @Test
  void anAckOfThePastDoesNotComplete() {
    peer.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,ts 0 100>");
    peer.sends("ACK seq 1 ack 1 <ts 99 0>");
    stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    stack.counts(Counter.TCP_OLD_TIMESTAMP, 1);
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 1 <ts 100 0>");
    user.hears("established");
  }

  // TS-02 in SYN-RECEIVED
  @Test
  void anAckWithoutOneCompletes() {
    peer.sends("SYN seq 0 win 65535 <mss 1460,ts 100 zero>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,ts 0 100>");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    echoes(100);
  }

  // OP-23; RFC 7323 §3.2, RFC 2018 §2: what both SYNs have
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mss 1000 | mss 1460",
        "mss 1000,sackok | mss 1460,sackok",
        "mss 1000,ts 100 zero | mss 1460,ts 0 100",
        "mss 1000,sackok,ts 100 zero,wscale 2 | mss 1460,sackok,ts 0 100,wscale 0"
      })
  void whereBothOpenAtOnceTheyAgreeOnWhatBothOffer(String offered, String agreed) {
    settings(tcp -> tcp.withSelectiveAcks(true));
    user.connects();
    stack.answers("SYN seq 0 <mss 1460,sackok,ts 0 zero,wscale 0>");
    peer.sends("SYN seq 0 win 1000 <" + offered + ">");
    stack.answers("SYN ACK seq 0 ack 1 <" + agreed + ">");
    boolean stamps = agreed.contains("ts ");
    String ts = stamps ? "<ts 101 0>" : "";
    if (stamps) {
      // PAWS holds already.
      peer.sends(
          "SYN ACK seq 0 ack 1 win 1000 <" + offered.replace("ts 100 zero", "ts 99 0") + ">");
      stack.answers("ACK seq 1 ack 1 <ts 0 100>");
    }
    peer.sends("ACK seq 1 ack 1 win 1000 " + ts);
    user.hears("established");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10 " + (stamps ? "<ts 0 101>" : "<>"));
  }

  // ---- TIME-WAIT

  /** Over, with both FINs acknowledged; the peer's clock stands at 200. */
  private void timeWait() {
    stamped();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK seq 1 ack 2 <ts 200 0>");
    user.hears("fin", "closed CLOSED");
    stack.answers("ACK seq 2 ack 2 <ts 0 200>");
  }

  // TW-06, SHLD-4; RFC 6191 §2, RFC 9293 §3.6.1 MAY-2
  @ParameterizedTest
  @CsvSource({
    // by its clock
    "201, 3",
    "201, 2",
    "201, 1",
    "201, -1000000",
    "201, 1000000",
    "-2147483449, -5",
    // by its number where clocks say nothing
    "200, 3",
    "200, 1000"
  })
  void aSynOfALaterTimeOpensANewConnection(int tsVal, int seq) {
    timeWait();
    final int oldSndNxt = peer.stackIss() + 2;
    peer = peer.again(numbers.peerIss + seq);
    peer.sends("SYN seq 0 win 1000 <mss 1460,ts " + tsVal + " zero>");
    stack.answers(peer, "SYN ACK seq 0 ack 1 <mss 1460,ts 0 " + tsVal + ">");
    assertTrue(peer.stackIss() - oldSndNxt > 0);
    peer.sends("ACK PSH seq 1 ack 1 len 10 <ts " + tsVal + " 0>");
    peer.user.hears("established", "data 10");
    time.passes("10 ms");
    stack.answers(peer, "ACK seq 1 ack 11");
  }

  // TW-06: a SYN without a timestamp is judged by its number
  @Test
  void aSynWithoutTimestampOpensANewConnectionByItsNumber() {
    timeWait();
    peer.sends("SYN seq 2 win 1000 <mss 1460>");
    stack.answers("ACK seq 2 ack 2 <ts 0 200>");
    peer = peer.again(numbers.peerIss + 3);
    peer.sends("SYN seq 0 win 1000 <mss 1460>");
    stack.answers(peer, "SYN ACK seq 0 ack 1 <mss 1460>");
  }

  // TW-07; RFC 6191 §2
  @ParameterizedTest
  @CsvSource({"199, 3", "199, 1000000", "199, 1", "200, 2", "200, -5", "-2147483000, 100"})
  void aSynOfThePastIsAcknowledgedOnly(int tsVal, int seq) {
    timeWait();
    peer.sends("SYN seq " + seq + " win 1000 <mss 1460,ts " + tsVal + " zero>");
    stack.answers("ACK seq 2 ack 2 <ts 0 200>");
    assertEquals("TIME_WAIT", world.state(peer));
  }

  // TW-02 with timestamps: a FIN of the past does not begin the wait anew, and a later one is
  // echoed
  @Test
  void onlyAFinOfLaterTimeBeginsTheWaitAnew() {
    timeWait();
    time.passes("50 s");
    peer.sends("FIN ACK seq 1 ack 2 <ts 199 0>");
    stack.answers("ACK seq 2 ack 2 <ts * 200>");
    time.passes("10 s");
    assertEquals("none", world.state(peer));
  }

  // TW-02; RFC 7323 §4.3
  @Test
  void aRepeatedFinIsEchoed() {
    timeWait();
    time.passes("50 s");
    peer.sends("FIN ACK seq 1 ack 2 <ts 250 0>");
    stack.answers("ACK seq 2 ack 2 <ts * 250>");
    time.passes("50 s");
    assertEquals("TIME_WAIT", world.state(peer));
    assertNotEquals(0, world.lastSent.tsVal());
  }
}
