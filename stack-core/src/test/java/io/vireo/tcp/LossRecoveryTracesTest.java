// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Duplicate ACKs, fast retransmit and NewReno's partial ACKs: the traces of RFC 6582, at the wraps too. */
class LossRecoveryTracesTest {
  private static final int MSS = 1_000;

  /** Writes down what congestion control is told. */
  private static final class Told implements CongestionControl {
    final List<String> events = new ArrayList<>();

    @Override
    public void onMss(int mss) {}

    @Override
    public void onEstablished(int mss, boolean handshakeRetransmitted) {}

    @Override
    public void onAck(int acked, int flight, long nowNs) {
      events.add("ack " + acked + " of " + flight);
    }

    @Override
    public void onLossDetected(int flight, long nowNs) {
      events.add("loss with " + flight);
    }

    @Override
    public void onDuplicateAck() {
      events.add("duplicate");
    }

    @Override
    public void onPartialAck(int acked) {
      events.add("partial " + acked);
    }

    @Override
    public void onRecovered(int flight) {
      events.add("recovered with " + flight);
    }

    @Override
    public void onRetransmitTimeout(int flight, boolean repeated, long nowNs) {}

    @Override
    public void onIdle() {}

    @Override
    public int windowBytes() {
      return 0;
    }

    @Override
    public int slowStartThresholdBytes() {
      return 0;
    }
  }

  private final Told told = new Told();
  private final LossRecovery recovery = new LossRecovery(told);
  private int una;
  private int max;

  /** Ten segments are under way. */
  private void begin(int iss) {
    recovery.reset(iss);
    una = iss + 1;
    max = una + 10 * MSS;
  }

  private boolean duplicate() {
    return recovery.onDuplicateAck(una, max, 0);
  }

  private void ack(int bytes) {
    int flight = max - una;
    una += bytes;
    recovery.onAck(bytes, una, flight, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -1_000, -5_001, Integer.MAX_VALUE, Integer.MAX_VALUE - 5_000})
  void theThirdDuplicateShowsALoss(int iss) {
    begin(iss);
    assertFalse(duplicate());
    assertEquals(1, recovery.extraSegments(), "limited transmit (RFC 3042)");
    assertFalse(duplicate());
    assertEquals(2, recovery.extraSegments());
    max += 2 * MSS;
    assertFalse(recovery.retransmitDue());
    assertTrue(duplicate());
    assertTrue(recovery.retransmitDue());
    assertEquals(0, recovery.extraSegments());
    assertEquals(List.of("loss with 10000"), told.events, "without what limited transmit sent");
    recovery.onRetransmitted();
    assertFalse(recovery.retransmitDue());
    assertFalse(duplicate());
    assertFalse(recovery.retransmitDue());
    assertEquals(List.of("loss with 10000", "duplicate"), told.events);
  }

  /** RFC 6582 §3.2: each partial ACK brings the next hole, until all that was sent at the loss is acknowledged. */
  @ParameterizedTest
  @ValueSource(ints = {0, -1, -5_001, Integer.MAX_VALUE - 5_000})
  void partialAcksRepairHoleAfterHole(int iss) {
    begin(iss);
    for (int i = 0; i < 3; i++) {
      duplicate();
    }
    int recover = max;
    max += 2 * MSS;
    recovery.onRetransmitted();
    ack(3 * MSS);
    assertTrue(recovery.retransmitDue());
    assertTrue(recovery.recovering());
    recovery.onRetransmitted();
    ack(2 * MSS);
    assertTrue(recovery.retransmitDue());
    recovery.onRetransmitted();
    ack(recover - una - 1);
    assertTrue(recovery.retransmitDue(), "all but one byte");
    ack(1);
    assertFalse(recovery.recovering());
    assertFalse(recovery.retransmitDue());
    assertEquals(
        List.of(
            "loss with 10000",
            "partial 3000",
            "partial 2000",
            "partial 4999",
            "recovered with 2000"),
        told.events);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MAX_VALUE - 5_000})
  void newBytesForgetTheDuplicates(int iss) {
    begin(iss);
    duplicate();
    duplicate();
    ack(MSS);
    assertFalse(duplicate());
    assertFalse(duplicate());
    assertTrue(duplicate());
    assertEquals(List.of("ack 1000 of 10000", "loss with 9000"), told.events);
  }

  /** RFC 6582 §3.2 step 1 and §4: duplicates of what a timeout sent again show nothing new. */
  @ParameterizedTest
  @ValueSource(ints = {0, -1, -5_001, Integer.MAX_VALUE - 5_000})
  void afterATimeoutDuplicatesShowNoLossUntilAllIsAcknowledged(int iss) {
    begin(iss);
    recovery.onGoBack(max);
    for (int i = 0; i < 10; i++) {
      assertFalse(duplicate());
    }
    ack(4 * MSS);
    for (int i = 0; i < 10; i++) {
      assertFalse(duplicate());
    }
    ack(6 * MSS);
    for (int i = 0; i < 10; i++) {
      assertFalse(duplicate(), "not beyond what was sent then");
    }
    max += 5 * MSS;
    ack(MSS);
    duplicate();
    duplicate();
    assertTrue(duplicate());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void aTimeoutEndsRecovery(int iss) {
    begin(iss);
    for (int i = 0; i < 3; i++) {
      duplicate();
    }
    recovery.onGoBack(max);
    assertFalse(recovery.recovering());
    assertFalse(recovery.retransmitDue());
    assertEquals(0, recovery.extraSegments());
    ack(2 * MSS);
    assertFalse(recovery.retransmitDue(), "SND.NXT goes on from there by itself");
  }

  /** The window of one recovery is not halved twice. */
  @ParameterizedTest
  @ValueSource(ints = {0, -1, -5_001})
  void aSecondLossInTheSameWindowIsNoNewOne(int iss) {
    begin(iss);
    for (int i = 0; i < 3; i++) {
      duplicate();
    }
    recovery.onRetransmitted();
    ack(10 * MSS);
    max += 10 * MSS;
    for (int i = 0; i < 3; i++) {
      assertFalse(duplicate());
    }
    ack(MSS);
    duplicate();
    duplicate();
    assertTrue(duplicate());
  }
}
