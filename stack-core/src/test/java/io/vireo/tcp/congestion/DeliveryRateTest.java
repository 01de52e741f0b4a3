// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import static io.vireo.tcp.congestion.Driver.MS;
import static io.vireo.tcp.congestion.Driver.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** draft-ietf-ccwg-bbr §4.1: delivery rate samples. */
class DeliveryRateTest {
  private record Sent(
      int delivered, long deliveredNs, long firstSentNs, boolean appLimited, long sentNs) {}

  private final DeliveryRate rate = new DeliveryRate();
  private final AckSample ack = new AckSample();
  private final Deque<Sent> segments = new ArrayDeque<>();
  private long originNs;

  private void send(int ms) {
    long nowNs = originNs + ms * MS;
    rate.onSent(segments.size() * MSS, nowNs);
    segments.add(new Sent(
        rate.delivered(), rate.deliveredNs(), rate.firstSentNs(), rate.appLimited(), nowNs));
  }

  private void deliver(Sent segment, int ms) {
    rate.onDelivered(
        ack,
        MSS,
        segment.sentNs,
        segment.delivered,
        segment.deliveredNs,
        segment.firstSentNs,
        segment.appLimited,
        originNs + ms * MS);
  }

  /** An ACK of the first segments under way. */
  private long ack(int ms, int count, int minRttMs) {
    ack.clear();
    ack.minRttNs = minRttMs * MS;
    for (int i = 0; i < count; i++) {
      deliver(segments.remove(), ms);
    }
    rate.sampleInto(ack);
    return ack.deliveryRate();
  }

  /** A segment each 10 ms, acknowledged 100 ms later, at any time of a clock that wraps. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1_000_000_000_000L, Long.MAX_VALUE - 150_000_000L, -170_000_000L})
  void measuresASteadySender(long startNs) {
    originNs = startNs;
    rate.reset(originNs - 1);
    long measured = 0;
    for (int i = 0; i < 50; i++) {
      measured = i < 10 ? 0 : ack(10 * i, 1, 90);
      send(10 * i);
    }
    assertEquals(100 * MSS, measured);
    assertEquals(100 * MS, ack.intervalNs);
    assertEquals(10 * MSS, ack.deliveredInterval);
  }

  @Test
  void deliveredBytesMayWrap() {
    rate.reset(0);
    rate.onDelivered(ack, Integer.MAX_VALUE, 0, 0, 0, 0, false, 0);
    send(0);
    send(0);
    ack(20, 2, 0);
    assertTrue(rate.delivered() < 0);
    assertEquals(2 * MSS, ack.deliveredInterval);
  }

  /** Eleven segments sent over 201 ms, the last ten ACKs within 10 ms: the sending took longer. */
  @Test
  void compressedAcksAreNoFasterPath() {
    rate.reset(0);
    for (int i = 0; i <= 10; i++) {
      send(10 * i);
    }
    ack(200, 1, 0);
    send(201);
    assertEquals(11 * MSS * 1_000L / 201, ack(210, 11, 0));
  }

  /** Ten segments sent at once, their ACKs spread: the delivery took longer. */
  @Test
  void aBurstIsNoFasterPath() {
    rate.reset(0);
    for (int i = 0; i < 10; i++) {
      send(0);
    }
    for (int i = 0; i < 9; i++) {
      ack(10 + 10 * i, 1, 0);
    }
    assertEquals(10 * MSS * 1_000L / 100, ack(100, 1, 0));
  }

  @Test
  void silenceBeforeTheFirstSegmentDoesNotCount() {
    rate.reset(0);
    send(60_000);
    assertEquals(MSS * 1_000L / 20, ack(60_020, 1, 0));
    send(120_000);
    assertEquals(MSS * 1_000L / 20, ack(120_020, 1, 0));
  }

  /** Found by a SACK, then the hole: the segment sent last is the one that tells. */
  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 20_000_000L})
  void theSegmentSentLastTells(long startNs) {
    originNs = startNs;
    rate.reset(originNs);
    send(0);
    send(50);
    Sent first = segments.remove();
    Sent second = segments.remove();
    ack.clear();
    deliver(second, 100);
    deliver(first, 100);
    rate.sampleInto(ack);
    assertEquals(2 * MSS, ack.deliveredInterval);
    assertEquals(100 * MS, ack.intervalNs);
    assertEquals(originNs + 50 * MS, rate.firstSentNs());
  }

  @Test
  void anIntervalShorterThanTheShortestRoundTripIsNoSample() {
    rate.reset(0);
    send(0);
    assertEquals(0, ack(20, 1, 21));
    assertEquals(0, ack.intervalNs);
    send(30);
    assertEquals(MSS * 1_000L / 21, ack(51, 1, 21));
  }

  @Test
  void noTimeAtAllIsNoSample() {
    rate.reset(0);
    send(20);
    assertEquals(0, ack(20, 1, 0));
    assertEquals(0, ack.deliveredInterval);
  }

  @Test
  void anAckThatDeliversNothingIsNoSample() {
    rate.reset(0);
    send(0);
    ack(20, 1, 0);
    assertEquals(0, ack(30, 0, 0));
  }

  @Test
  void whatIsSentInALullIsMarkedUntilAllOfItHasArrived() {
    rate.reset(0);
    send(0);
    rate.onApplicationLimited(MSS);
    send(10);
    send(11);
    ack(20, 1, 0);
    assertFalse(ack.appLimited, "sent before");
    assertTrue(rate.appLimited(), "no more than what was under way has arrived");
    ack(30, 1, 0);
    assertTrue(ack.appLimited, "sent in the lull");
    assertFalse(rate.appLimited(), "and that is past");
    send(31);
    ack(32, 1, 0);
    assertTrue(ack.appLimited);
    ack(40, 1, 0);
    assertFalse(ack.appLimited);
    ack.appLimited = true;
    ack(41, 0, 0);
    assertFalse(ack.appLimited);
  }

  @Test
  void aRateOfTheFastestPathsFits() {
    ack.deliveredInterval = 0xFFFF_FFFFL;
    ack.intervalNs = 1;
    assertEquals(0xFFFF_FFFFL * 1_000_000_000L, ack.deliveryRate());
  }
}
