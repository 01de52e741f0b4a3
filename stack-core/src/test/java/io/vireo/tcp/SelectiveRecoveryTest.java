// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.LossScript.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of peers with SACK: RFC 2018, RFC 2883, RFC 6675 and RFC 8985 together. The round trip is 100 ms. */
class SelectiveRecoveryTest {
  private LossScript script;
  private LossRecovery recovery;

  /** Ten segments are under way; it is 100 ms later. */
  private void begin(int base) {
    script = new LossScript(base, true);
    recovery = script.recovery;
    assertEquals("0 1 2 3 4 5 6 7 8 9", script.sends());
    script.at(100);
  }

  // FR-02, SK-14, ACK-08
  @ParameterizedTest
  @ValueSource(ints = {0, -1, -500, -5_000, Integer.MAX_VALUE, Integer.MAX_VALUE - 5_001})
  void threeSegmentsThatArrivedShowALoss(int base) {
    begin(base);
    assertEquals(0, script.ack(0, 1, 2));
    assertEquals("10", script.sends(), "for the one that arrived");
    assertEquals(0, script.ack(0, 1, 3));
    assertEquals("11", script.sends());
    assertEquals(LossRecovery.LOSS_FOUND, script.ack(0, 1, 4));
    assertEquals("[0]", script.sends());
    assertTrue(recovery.recovering());
    script.ack(0, 1, 10);
    script.at(200);
    assertEquals(0, script.ack(10));
    assertTrue(recovery.recovering(), "10 and 11 had left when the loss was found");
    script.ack(12);
    assertFalse(recovery.recovering());
    assertEquals("loss, recovered", script.told());
  }

  /** RFC 6937 §3: what the ACK acknowledged that shows the loss is delivered; so it was under way when recovery began. */
  @Test
  void whatTheAckAcknowledgedThatShowsTheLossCountsAsUnderWay() {
    begin(0);
    script.congestion.threshold = 2_000;
    assertEquals(LossRecovery.LOSS_FOUND, script.ack(3, 4, 7));
    assertEquals("[3]", script.sends());
    script.ack(3, 4, 8);
    assertEquals("", script.sends(), "of ten segments seven are delivered: one may leave, and did");
  }

  /** FR-09: the ACK that ends a recovery is the first of congestion avoidance; of what it acknowledges, the window grows by what had not come before. */
  @Test
  void theAckThatEndsARecoveryCountsForWhatItDelivers() {
    begin(0);
    script.ack(0, 1, 4);
    script.ack(0, 1, 7);
    assertEquals("[0] 10", script.sends());
    assertEquals(0, script.congestion.grownBy);
    script.at(200);
    script.ack(10);
    assertEquals("loss, recovered", script.told());
    assertEquals(4 * MSS, script.congestion.grownBy, "0, 7, 8 and 9");
    script.sends();
    script.at(300);
    script.ack(12);
    assertEquals(6 * MSS, script.congestion.grownBy);
  }

  /** RFC 6582 §3.2: without SACK nobody knows what had come before. */
  @Test
  void withoutSackTheAckThatEndsARecoveryCountsForNothing() {
    script = new LossScript(0, false);
    script.sends();
    script.at(100);
    script.ack(0);
    script.ack(0);
    assertEquals(LossRecovery.LOSS_FOUND, script.ack(0));
    script.sends();
    script.at(200);
    script.ack(12);
    assertFalse(script.recovery.recovering());
    assertEquals(0, script.congestion.grownBy);
  }

  /** FR-07, SK-08: RFC 6675 §5: each hole once, in order, and nothing that the peer holds. */
  @Test
  void allHolesAreFilledInOrder() {
    begin(0);
    script.ack(0, 1, 2);
    script.ack(0, 3, 4, 1, 2);
    script.ack(0, 5, 6, 3, 4, 1, 2);
    assertEquals("[0]", script.sends());
    script.ack(0, 5, 7, 3, 4, 1, 2);
    script.ack(0, 5, 8, 3, 4, 1, 2);
    assertEquals("[2] [4]", script.sends());
    script.ack(0, 5, 9, 3, 4, 1, 2);
    script.ack(0, 5, 10, 3, 4, 1, 2);
    assertEquals("10 11", script.sends());
    script.at(200);
    script.ack(2, 5, 10, 3, 4);
    script.ack(4, 5, 10);
    script.ack(10);
    assertFalse(recovery.retransmitDue());
    assertEquals("loss, recovered", script.told());
  }

  /** FR-08: RFC 8985: a retransmission that is lost is found, and reduces nothing again. */
  @Test
  void whatIsLostAgainIsSentAgain() {
    begin(0);
    script.ack(0, 1, 4);
    assertEquals("[0]", script.sends());
    script.ack(0, 1, 10);
    script.at(101);
    assertEquals("10 11 12 13", script.sends());
    script.at(201);
    assertEquals(0, script.ack(0, 10, 11, 1, 10));
    assertEquals("[0] 14", script.sends());
    script.at(301);
    script.ack(15);
    assertFalse(recovery.recovering());
    assertEquals("loss, recovered", script.told());
  }

  /** SK-11, ACK-11: RFC 2018 §8: it said that it holds 1 to 9, and does not acknowledge them. */
  @Test
  void whatThePeerTookBackIsSentAgain() {
    begin(0);
    script.ack(0, 1, 10);
    script.sends();
    script.at(200);
    script.ack(1);
    script.told();
    script.at(1_000);
    script.expires();
    script.congestion.window = 20 * MSS;
    assertTrue(script.sends().startsWith("[1] [2] [3] [4] [5] [6] [7] [8] [9]"));
    script.at(1_100);
    script.ack(20);
    assertEquals(0, recovery.board.sackedBytes());
  }

  /** RFC 6675 §5.1: else what was reported stays so after a timeout. */
  @Test
  void aTimeoutForgetsNothingThatThePeerMayStillHold() {
    begin(0);
    script.ack(0, 2, 10);
    script.at(1_000);
    script.expires();
    script.congestion.window = 20 * MSS;
    assertEquals("[0] [1] 10 11", script.sends().substring(0, 13));
  }

  // RK-10; RFC 8985 §6.3
  @Test
  void aTimeoutKeepsWhatWasSentAMomentAgo() {
    begin(0);
    script.ack(1);
    assertEquals("10", script.sends());
    script.at(950);
    script.congestion.window = 12 * MSS;
    assertEquals("11 12", script.sends());
    script.at(1_000);
    script.expires();
    assertEquals("timeout with 12000 keeping 2000", script.told());
    assertEquals(10 * MSS, recovery.board.lostBytes());
  }

  /** RK-10: What was sent again a moment before the timer expired is under way, too: its loss is found by RACK. */
  @Test
  void aTimeoutKeepsWhatWasSentAgainAMomentAgo() {
    begin(0);
    script.ack(0, 2, 8);
    script.at(950);
    assertEquals("[0] [1] 10", script.sends());
    script.at(1_000);
    script.expires();
    assertEquals("loss, timeout with 11000 keeping 2000", script.told());
    script.congestion.window = 20 * MSS;
    assertTrue(script.sends().startsWith("[0] [8] [9] 11"));
    script.at(1_050);
    script.ack(0, 10, 11, 2, 8);
    assertTrue(script.sends().startsWith("[1]"));
  }

  /** RFC 8985 §6.2 step 4: recoveries of either kind count towards the sixteen. */
  @Test
  void recoveriesAfterTimeoutsCountForTheReorderingWindow() {
    script = new LossScript(0, true);
    recovery = script.recovery;
    script.congestion.window = MSS;
    int number = 0;
    for (int i = 0; i < 20; i++) {
      script.sends();
      if (i == 0) {
        recovery.onDuplicateReported(-2_000, -1_000);
        assertEquals(50_000_000, recovery.rack.reorderingWindowNs(false, MSS));
      }
      script.nowNs += 1_000_000_000;
      script.expires();
      script.sends();
      script.nowNs += 100_000_000;
      number++;
      script.ack(number);
      assertFalse(recovery.afterTimeout());
    }
    assertEquals(25_000_000, recovery.rack.reorderingWindowNs(false, MSS));
  }

  /** FR-11, SK-12: RFC 3708, RFC 2883 §4: the only segment that was sent again had arrived already. */
  @Test
  void aRecoveryForNothingIsUndone() {
    begin(0);
    script.ack(0, 1, 4);
    assertEquals("[0]", script.sends());
    script.at(190);
    script.ack(4);
    assertTrue(recovery.recovering());
    assertEquals(LossRecovery.UNDONE, script.ack(5, 0, 1));
    assertFalse(recovery.recovering());
    assertEquals("loss, undone, recovered", script.told());
  }

  /** ACK-12: The originals come late, and end the recovery; the D-SACK of the retransmission follows. */
  @Test
  void aRecoveryThatIsOverIsUndoneByTheDuplicateThatComesAfterIt() {
    begin(0);
    script.ack(0, 1, 4);
    assertEquals("[0]", script.sends());
    script.at(190);
    script.ack(10);
    assertFalse(recovery.recovering());
    assertEquals(LossRecovery.UNDONE, script.ack(10, 0, 1));
    assertEquals(1, recovery.undoneRecoveries());
    assertEquals(0, script.ack(10, 0, 1), "once");
    assertEquals("loss, recovered, undone", script.told());
  }

  /** What comes when all is acknowledged that was under way at the end of a recovery is of something else. */
  @Test
  void aDuplicateLongAfterARecoveryUndoesNothing() {
    begin(0);
    script.ack(0, 1, 4);
    assertEquals("[0]", script.sends());
    script.at(190);
    script.ack(10);
    script.sends();
    script.ack(12);
    assertEquals(0, script.ack(12, 0, 1));
    assertEquals("loss, recovered", script.told());
  }

  @Test
  void aRecoveryOfWhichPartWasNeededIsNotUndone() {
    begin(0);
    script.ack(0, 2, 5);
    script.ack(0, 2, 8);
    assertEquals("[0] [1] 10", script.sends());
    script.at(190);
    assertEquals(0, script.ack(5, 0, 1));
    assertTrue(recovery.recovering());
    assertEquals("loss", script.told());
  }

  @Test
  void aTimeoutForNothingIsUndone() {
    begin(0);
    script.at(1_000);
    script.expires();
    script.congestion.window = MSS;
    assertEquals("[0]", script.sends());
    assertEquals(10 * MSS - MSS, recovery.board.lostBytes());
    script.ack(1);
    assertEquals(LossRecovery.UNDONE, script.ack(2, 0, 1));
    assertFalse(recovery.afterTimeout());
    assertEquals(8 * MSS, recovery.inFlightBytes(), "nothing is lost any more");
    assertEquals("timeout with 10000 keeping 0, undone", script.told());
  }

  /** FR-12: RFC 3522: the first sending of the oldest segment arrives, after all. */
  @ParameterizedTest
  @ValueSource(ints = {0, -2_000, Integer.MAX_VALUE - 500})
  void aRecoveryIsUndoneByAnEchoOfBefore(int base) {
    begin(base);
    script.ack(0, 1, 4);
    assertEquals("[0]", script.sends());
    script.at(150);
    script.echoes(0);
    assertEquals(LossRecovery.UNDONE, script.ack(4));
    assertFalse(recovery.recovering());
    assertTrue(recovery.rack.sawReordering());
  }

  @Test
  void anEchoOfTheRetransmissionUndoesNothing() {
    begin(0);
    script.ack(0, 1, 4);
    script.sends();
    script.at(200);
    script.echoes(100);
    assertEquals(0, script.ack(4));
    assertTrue(recovery.recovering());
    assertFalse(recovery.rack.sawReordering());
  }

  @Test
  void aTimeoutIsUndoneByAnEchoOfBefore() {
    begin(0);
    script.at(1_000);
    script.expires();
    script.congestion.window = MSS;
    script.sends();
    script.at(1_010);
    script.echoes(0);
    assertEquals(LossRecovery.UNDONE, script.ack(1));
    assertEquals(9 * MSS, recovery.inFlightBytes());
  }

  /** RT-06: RFC 7323 §4: Karn's rule does not keep the timer backed off. */
  @Test
  void anEchoOfTheRetransmissionIsASample() {
    begin(0);
    script.at(1_000);
    script.expires();
    script.congestion.window = MSS;
    script.sends();
    script.at(1_100);
    assertTrue(script.connection.rtt.isBackedOff());
    script.echoes(1_000);
    assertEquals(0, script.ack(1));
    assertFalse(script.connection.rtt.isBackedOff());
    assertEquals(101.0, script.connection.rtt.smoothedNs() / 1e6, 2.5);
  }

  /** RT-06: a round trip of less than a tick, as in a local network, is one, too. */
  @Test
  void anEchoInTheSameTickIsASample() {
    begin(0);
    script.at(1_000);
    script.expires();
    script.congestion.window = MSS;
    script.sends();
    script.echoes(1_000);
    assertEquals(0, script.ack(1));
    assertFalse(script.connection.rtt.isBackedOff());
  }

  /** What was cut too large is sent again in smaller segments, without a word to congestion control. */
  @Test
  void whatIsCutAnewIsSentAgainAndIsNoLoss() {
    begin(0);
    script.ack(0, 1, 3);
    recovery.onCutAnew(script.nowNs);
    script.sender.setMss(600);
    script.congestion.window = 20 * MSS;
    String sent = script.sends();
    assertTrue(sent.startsWith("[0] [0+600] [3] [3+600] [4+200] [4+800] [5+400]"), sent);
    assertFalse(recovery.recovering());
    assertFalse(recovery.afterTimeout());
    assertEquals("", script.told());
  }

  /** RK-04: RFC 8985 §7.4.2: the reduction that would have come with a recovery. */
  @Test
  void aLossThatAProbeRepairedIsToldOnce() {
    begin(0);
    script.ack(9);
    script.congestion.window = MSS;
    int last = recovery.cuts.lastSegment();
    script.at(400);
    recovery.onSentAgain(last, script.nowNs);
    recovery.tailProbe.onSent(script.sender.sndNxt(), true);
    assertFalse(recovery.probesTail(), "one at a time");
    script.at(500);
    assertEquals(0, script.ack(10));
    assertEquals("", script.told());
    script.sends();
    script.at(600);
    assertEquals(LossRecovery.LOSS_FOUND, script.ack(11));
    assertEquals("loss, recovered", script.told());
    script.sends();
    assertTrue(recovery.probesTail());
  }

  /** SK-09, ACK-05: RFC 2018 §3: what was never sent, or is acknowledged, or no block at all, says nothing. */
  @ParameterizedTest
  @ValueSource(ints = {0, -5_000, Integer.MAX_VALUE - 5_000})
  void impossibleBlocksSayNothing(int base) {
    begin(base);
    script.ack(2);
    script.ack(2, 5, 11);
    script.ack(2, 7, 5);
    script.ack(2, 5, 5);
    script.ack(2, 2, 4);
    script.ack(2, 1, 4);
    assertEquals(0, recovery.board.sackedBytes());
    script.ack(2, 5, 10);
    assertEquals(5 * MSS, recovery.board.sackedBytes());
    script.ack(2, 5, 10);
    assertEquals(5 * MSS, recovery.board.sackedBytes());
    assertEquals(0, script.arrival.sample.deliveredBytes);
  }

  /** SK-10: An ACK that was overtaken on its way tells what has arrived all the same, and takes nothing back. */
  @ParameterizedTest
  @ValueSource(ints = {0, -2_000, Integer.MAX_VALUE - 2_000})
  void blocksOfAnOldAckCount(int base) {
    begin(base);
    script.ack(3);
    assertEquals("10 11 12", script.sends());
    assertEquals(LossRecovery.LOSS_FOUND, script.ack(1, 5, 8));
    assertEquals(3 * MSS, recovery.board.sackedBytes());
    assertEquals(base + 3 * MSS, script.sender.sndUna());
    assertEquals("[3]", script.sends());
  }

  /** SK-15: Blocks of a byte each, anywhere: no record is cut for them, so that they are found and forgotten as fast at the end as at the beginning. */
  @Test
  void tinyBlocksLeaveNoTrace() {
    begin(0);
    script.congestion.window = 60 * MSS;
    script.sends();
    int records = recovery.board.count();
    SplittableRandom random = new SplittableRandom(15);
    for (int i = 0; i < 10_000; i++) {
      int[] blocks = new int[6];
      for (int block = 0; block < 6; block += 2) {
        blocks[block] = 1 + random.nextInt(60 * MSS - 1);
        blocks[block + 1] = blocks[block] + 1;
      }
      assertEquals(0, script.ackBytes(0, blocks));
    }
    assertEquals(records, recovery.board.count());
    assertEquals(60 * MSS, recovery.inFlightBytes());
    assertEquals("", script.told());
  }

  /** CC-14: Segments that overtook each other by less than a loss would take are no reason to send less. */
  @Test
  void disorderAloneLessensNothing() {
    begin(0);
    assertEquals(0, script.ack(0, 1, 3));
    assertEquals(0, script.ack(3));
    assertEquals(0, script.ack(3, 4, 5));
    assertEquals(0, script.ack(5, 6, 8));
    assertEquals(0, script.ack(10));
    assertEquals("", script.told());
    assertFalse(recovery.recovering());
    assertEquals(10 * MSS, recovery.windowBytes());
    assertTrue(recovery.sawReordering());
  }

  /** RK-09: Of a segment of which a part is reported nothing has arrived, before SND.UNA says so. */
  @ParameterizedTest
  @ValueSource(ints = {0, -3_500, Integer.MAX_VALUE - 3_500})
  void aPartOfASegmentIsNotTheWhole(int base) {
    begin(base);
    script.ackBytes(0, 3_300, 4_700);
    script.ackBytes(0, 3_000, 3_999);
    assertEquals(0, recovery.board.sackedBytes());
    assertEquals(0, script.arrival.sample.deliveredBytes);
    script.ackBytes(0, 2_999, 5_001);
    assertEquals(2 * MSS, recovery.board.sackedBytes());
    assertEquals(2 * MSS, script.arrival.sample.deliveredBytes);
    assertEquals(8 * MSS, recovery.inFlightBytes());
    assertEquals(9, recovery.board.count());
    script.ackBytes(3_100);
    assertEquals(3_000, script.arrival.sample.deliveredBytes);
    assertEquals(1_900, recovery.board.sackedBytes());
    script.ackBytes(5_500);
    assertEquals(500, script.arrival.sample.deliveredBytes);
    assertEquals(4_500, recovery.inFlightBytes());
  }

  /** Without memory for more records, 1 to 9 are one: it is cut between segments as long as there is a record left for that. */
  @Test
  void aRecordOfSeveralSegmentsIsCutBetweenThem() {
    script = new LossScript(0, true);
    recovery = script.recovery;
    script.takesAllMemory();
    assertEquals("0 1 2 3 4 5 6 7 8 9", script.sends());
    assertEquals(2, recovery.board.count());
    script.at(100);
    script.ack(0, 5, 10);
    assertEquals(0, recovery.board.sackedBytes(), "no room");
    script.ack(1);
    script.ackBytes(1_000, 4_500, 10_000);
    assertEquals(5 * MSS, recovery.board.sackedBytes());
    assertEquals(5 * MSS, recovery.board.startSeq(1));
    script.ack(1, 3, 5);
    assertEquals(5 * MSS, recovery.board.sackedBytes(), "no room");
    script.ack(1, 1, 5);
    assertEquals(5 * MSS, recovery.board.sackedBytes(), "it begins at SND.UNA");
    script.at(200);
    script.ack(5);
    assertEquals(BufferArena.NONE, recovery.board.handle());
    assertEquals(0, recovery.inFlightBytes());
  }

  /** Of the record of 1 to 9 the block covers 4, 5 and 6, and of 3 and 7 a part. */
  @Test
  void aRecordOfSeveralSegmentsIsCutAtBothEnds() {
    script = new LossScript(0, true);
    recovery = script.recovery;
    script.takesAllMemory();
    script.sends();
    script.givesMemoryBack();
    script.at(100);
    script.ackBytes(0, 3_500, 7_500);
    assertEquals(3 * MSS, recovery.board.sackedBytes());
    assertEquals(4 * MSS, recovery.board.startSeq(2));
    assertEquals(7 * MSS, recovery.board.endSeq(2));
    assertEquals(4, recovery.board.count());
  }

  @Test
  void holdsNoMemoryOnceAllIsAcknowledged() {
    begin(0);
    script.ack(0, 2, 10);
    assertEquals("[0] [1]", script.sends().substring(0, 7));
    assertTrue(recovery.rack.handle() != BufferArena.NONE);
    script.at(200);
    script.ack(script.sender.sndNxt() / MSS);
    assertEquals(BufferArena.NONE, recovery.rack.handle());
    assertEquals(BufferArena.NONE, recovery.board.handle());
  }

  // MUST-18; RFC 6298 (3): Karn
  @Test
  void whatWasSentOnceIsASampleThoughOthersWereSentAgain() {
    begin(0);
    script.ack(0, 1, 4);
    assertEquals("[0]", script.sends());
    long before = script.connection.rtt.smoothedNs();
    script.at(900);
    script.ack(4);
    assertEquals(before, script.connection.rtt.smoothedNs());
    assertEquals(0, script.arrival.sample.rttNs);
    script.ack(4, 5, 6);
    assertEquals(900_000_000, script.arrival.sample.rttNs);
  }
}
