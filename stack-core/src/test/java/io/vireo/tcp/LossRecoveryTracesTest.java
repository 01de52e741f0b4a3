// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.LossScript.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of peers without SACK: duplicate ACKs, fast retransmit and NewReno's partial ACKs: the traces of RFC 6582, at the wraps too. */
class LossRecoveryTracesTest {
  private LossScript script;
  private LossRecovery recovery;

  /** Ten segments are under way. */
  private void begin(int base) {
    script = new LossScript(base, false);
    recovery = script.recovery;
    assertEquals("0 1 2 3 4 5 6 7 8 9", script.sends());
    script.at(100);
  }

  // FR-01, FR-05; RFC 5681 §3.2, RFC 3042
  @ParameterizedTest
  @ValueSource(ints = {1, 0, -1, -1_000, -5_001, Integer.MAX_VALUE, Integer.MAX_VALUE - 5_000})
  void theThirdDuplicateShowsALoss(int base) {
    begin(base);
    assertFalse(script.duplicates(1, 0));
    assertEquals("10", script.sends(), "limited transmit (RFC 3042)");
    assertFalse(script.duplicates(1, 0));
    assertEquals("11", script.sends());
    assertFalse(recovery.retransmitDue());
    assertTrue(script.duplicates(1, 0));
    assertTrue(recovery.recovering());
    assertEquals("[0]", script.sends());
    assertFalse(script.duplicates(1, 0));
    assertFalse(recovery.retransmitDue());
    assertEquals("loss", script.told());
  }

  /** FR-06: RFC 6582 §3.2: each partial ACK brings the next hole, until all that was sent at the loss is acknowledged. */
  @ParameterizedTest
  @ValueSource(ints = {1, 0, -1, -5_001, Integer.MAX_VALUE - 5_000})
  void partialAcksRepairHoleAfterHole(int base) {
    begin(base);
    assertTrue(script.duplicates(3, 0));
    assertEquals("[0]", script.sends());
    script.ack(3);
    assertEquals(MSS, script.arrival.sample.deliveredBytes, "duplicates told of two of them");
    assertEquals(5 * MSS, recovery.inFlightBytes());
    assertTrue(script.sends().startsWith("[3]"));
    script.ack(5);
    assertTrue(script.sends().startsWith("[5]"));
    script.ackBytes(10 * MSS - 1);
    assertTrue(recovery.recovering(), "all but one byte");
    assertTrue(script.sends().startsWith("[9+999]"));
    script.ack(10);
    assertFalse(recovery.recovering());
    assertFalse(recovery.retransmitDue());
    assertEquals("loss, recovered", script.told());
  }

  /** RFC 6582 §3.2 step 3: the next hole is filled at once, however much seems to be under way. */
  @Test
  void aPartialAckSendsTheNextSegmentWhateverTheWindow() {
    begin(0);
    script.congestion.threshold = 2 * MSS;
    script.duplicates(3, 0);
    script.sends();
    script.ack(1);
    assertEquals("[1]", script.sends());
    assertEquals("", script.sends());
  }

  // RFC 6937 §3: of what duplicates tell, half leaves
  @Test
  void duplicatesLetSegmentsGoInProportion() {
    begin(0);
    script.duplicates(3, 0);
    assertEquals("[0]", script.sends());
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      script.duplicates(1, 0);
      sent.append(script.sends()).append('|');
    }
    assertEquals("||10|11|12|13|", sent.toString());
    assertEquals(5 * MSS, recovery.inFlightBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 0, Integer.MAX_VALUE - 5_000})
  void newBytesForgetTheDuplicates(int base) {
    begin(base);
    assertFalse(script.duplicates(2, 0));
    script.ack(1);
    assertEquals(9 * MSS, recovery.inFlightBytes());
    assertFalse(script.duplicates(2, 1));
    assertTrue(script.duplicates(1, 1));
  }

  /** RFC 6582 §3.2 step 1 and §4: duplicates of what a timeout sent again show nothing new. */
  @ParameterizedTest
  @ValueSource(ints = {1, 0, -1, -5_001, Integer.MAX_VALUE - 5_000})
  void afterATimeoutDuplicatesShowNoLossUntilAllIsAcknowledged(int base) {
    begin(base);
    script.at(1_000);
    script.expires();
    script.congestion.window = 3 * MSS;
    assertEquals("[0] [1] [2]", script.sends());
    assertFalse(script.duplicates(10, 0));
    assertEquals("", script.sends());
    script.ack(4);
    assertFalse(script.duplicates(10, 4));
    assertEquals("[4] [5] [6]", script.sends());
    script.ack(10);
    assertFalse(recovery.afterTimeout());
    script.congestion.window = 6 * MSS;
    assertEquals("10 11 12 13 14 15", script.sends());
    assertFalse(script.duplicates(10, 10), "not beyond what was sent then");
    script.ack(11);
    assertFalse(script.duplicates(2, 11));
    assertTrue(script.duplicates(1, 11));
    assertEquals("timeout with 10000 keeping 0, loss", script.told());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 0})
  void aTimeoutEndsRecovery(int base) {
    begin(base);
    script.duplicates(3, 0);
    script.sends();
    script.at(1_000);
    script.expires();
    assertFalse(recovery.recovering());
    assertTrue(recovery.afterTimeout());
    script.congestion.window = MSS;
    assertEquals("[0]", script.sends());
    script.ack(2);
    assertEquals("[2]", script.sends(), "it goes on from there");
    script.ack(10);
    assertFalse(recovery.afterTimeout());
    assertEquals("loss, timeout with 10000 keeping 0", script.told());
  }

  /** The window of one recovery is not halved twice (RFC 6582 §3.2 step 1). */
  @ParameterizedTest
  @ValueSource(ints = {1, 0, -5_001})
  void aSecondLossInTheSameWindowIsNoNewOne(int base) {
    begin(base);
    script.duplicates(3, 0);
    script.sends();
    script.ack(10);
    assertEquals("loss, recovered", script.told());
    script.sends();
    assertFalse(script.duplicates(3, 10));
    script.ack(11);
    assertFalse(script.duplicates(2, 11));
    assertTrue(script.duplicates(1, 11));
  }

  /** RFC 3042: two segments, and no more while duplicates show no loss; then, for a liar's, no more than was under way (RFC 5681 §5). */
  @Test
  void aLiarsDuplicatesLetNoMoreGoThanWasUnderWay() {
    begin(0);
    script.duplicates(3, 0);
    script.sends();
    for (int i = 0; i < 1_000; i++) {
      script.duplicates(1, 0);
      script.sends();
    }
    int mayHaveLeft = 10 + 5 + 1;
    assertTrue(recovery.board.outstandingBytes() <= mayHaveLeft * MSS);
    assertTrue(recovery.inFlightBytes() >= 0);
    script.ack(10);
    script.sends();
    int before = script.sender.sndNxt();
    for (int i = 0; i < 1_000; i++) {
      script.duplicates(1, 10);
      script.sends();
    }
    assertEquals(2 * MSS, script.sender.sndNxt() - before);
  }

  /** RFC 6582's recover is a sequence number: it must not fall 2 GiB behind. */
  @Test
  void lossIsFoundHoweverMuchWentWithoutOne() {
    script = new LossScript(0, false);
    recovery = script.recovery;
    int una = 0;
    for (int i = 0; i < 9; i++) {
      leaves(1 << 28);
      una += 1 << 28;
      script.ackBytes(una);
    }
    for (int i = 0; i < 5; i++) {
      leaves(MSS);
    }
    assertEquals(0, script.ackBytes(una));
    assertEquals(0, script.ackBytes(una));
    assertEquals(LossRecovery.LOSS_FOUND, script.ackBytes(una));
  }

  private void leaves(int bytes) {
    script.sender.onSent(bytes, script.nowNs);
    recovery.onSent(script.sender.sndNxt(), false, script.nowNs);
  }

  /** What is noted for peers with SACK is not noted without. */
  @Test
  void holdsNoMemoryOnceAllIsAcknowledged() {
    begin(0);
    script.duplicates(3, 0);
    script.sends();
    script.at(1_000);
    script.expires();
    script.congestion.window = 2 * MSS;
    script.sends();
    assertEquals(BufferArena.NONE, recovery.rack.handle());
    script.ack(10);
    recovery.onSent(script.sender.sndNxt() + 1, true, script.nowNs);
    assertEquals(BufferArena.NONE, recovery.rack.handle());
    assertEquals(BufferArena.NONE, recovery.board.handle());
  }

  // MUST-18; RFC 6298 (3)
  @Test
  void anAckOfWhatWasSentTwiceIsNoSample() {
    begin(0);
    long before = script.connection.rtt.smoothedNs();
    script.duplicates(3, 0);
    script.sends();
    script.at(400);
    script.ack(5);
    assertEquals(before, script.connection.rtt.smoothedNs(), "it covers 0, too");
    script.ack(10);
    assertTrue(script.connection.rtt.smoothedNs() > before);
  }
}
