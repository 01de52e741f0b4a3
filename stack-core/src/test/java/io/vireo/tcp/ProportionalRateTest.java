// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

/** RFC 6937 §3: with the slow start reduction bound where all goes well, else with the conservative one. */
class ProportionalRateTest {
  private static final int MSS = 1_000;

  private final ProportionalRate rate = new ProportionalRate();

  /** Of the recovery under way: RFC 6937's pipe. */
  private int pipe;

  /** RFC 6937 §3 in exact numbers. */
  private static final class Model {
    final long recoverFs;
    final long ssthresh;
    long prrDelivered;
    long prrOut;

    Model(long recoverFs, long ssthresh) {
      this.recoverFs = recoverFs;
      this.ssthresh = ssthresh;
    }

    long sndcnt(long delivered, long pipe, boolean progress) {
      prrDelivered += delivered;
      if (pipe > ssthresh) {
        return BigDecimal.valueOf(prrDelivered)
                .multiply(BigDecimal.valueOf(ssthresh))
                .divide(BigDecimal.valueOf(recoverFs), 0, RoundingMode.CEILING)
                .longValueExact()
            - prrOut;
      }
      long limit = Math.max(prrDelivered - prrOut, delivered) + (progress ? MSS : 0);
      return Math.min(ssthresh - pipe, limit);
    }
  }

  private void begin(int flight, int pipe) {
    this.pipe = pipe;
    rate.begin(flight * MSS, pipe * MSS, MSS);
  }

  /** An ACK delivers a segment; as many are sent as the window has room for. Returns how many. */
  private int ack(int ssthresh, boolean lossless) {
    pipe--;
    rate.onAck(MSS, pipe * MSS, ssthresh * MSS, lossless, false, MSS);
    int sent = 0;
    while ((pipe + 1) * MSS <= rate.windowBytes()) {
      rate.onSent(MSS);
      pipe++;
      sent++;
    }
    return sent;
  }

  private String acks(int count, int ssthresh, boolean lossless) {
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < count; i++) {
      sent.append(ack(ssthresh, lossless));
    }
    return sent.toString();
  }

  /** FR-09: RFC 6937 §4, the first example: of twenty segments one is lost, and the window is halved. In bytes, half a segment waits for the next half. */
  @Test
  void aSegmentLeavesForEverySecondThatArrived() {
    begin(20, 17);
    assertEquals("1" + "001010101" + "00" + "11111", acks(17, 10, false));
    assertEquals(10, pipe);
  }

  /** FR-09: At 0.7, as CUBIC reduces. */
  @Test
  void sevenLeaveForTenThatArrived() {
    begin(40, 37);
    assertEquals(7, acks(10, 28, false).chars().filter(sent -> sent == '1').count());
    acks(20, 28, false);
    assertEquals(28, pipe);
  }

  // RFC 6937 §4, the second example: fifteen of twenty segments are lost
  @Test
  void afterABurstOfLossesOneLeavesForEachThatArrived() {
    begin(20, 3);
    assertEquals("111", acks(3, 10, false));
    assertEquals(3, pipe);
  }

  /** §3, PRR-SSRB. */
  @Test
  void thenTheWindowGrowsAsInSlowStartUntilItIsWhatItShallBe() {
    begin(20, 3);
    acks(3, 10, false);
    assertEquals("222", acks(3, 10, true));
    assertEquals(6, pipe);
    assertEquals("2222", acks(4, 10, true));
    assertEquals("1111", acks(4, 10, true));
    assertEquals(10, pipe);
  }

  /** FR-10: §3, PRR-CRB: and not while more is lost. */
  @Test
  void anAckThatShowsANewLossLetsNoMoreGoThanItTook() {
    begin(20, 3);
    acks(3, 10, true);
    int before = pipe;
    assertEquals("11", acks(2, 10, false));
    assertEquals(before, pipe);
  }

  @Test
  void theFastRetransmitWaitsForNothing() {
    rate.begin(10 * MSS, 9 * MSS, MSS);
    assertEquals(10 * MSS, rate.windowBytes());
    rate.onAck(0, 9 * MSS, 2 * MSS, false, false, MSS);
    assertEquals(10 * MSS, rate.windowBytes());
    rate.onSent(MSS);
    rate.onAck(MSS, 9 * MSS, 2 * MSS, false, false, MSS);
    assertEquals(9 * MSS, rate.windowBytes());
    rate.onAck(0, 9 * MSS, 2 * MSS, false, true, MSS);
    assertEquals(10 * MSS, rate.windowBytes(), "a segment is to leave in any case");
  }

  @Test
  void computesWhatTheFormulasSay() {
    Seeded.forSeeds(1_000, random -> {
      int flight = random.nextInt(1, 1 << random.nextInt(4, 30));
      int ssthresh = random.nextInt(1, 1 << random.nextInt(4, 30));
      Model model = new Model(Math.max(flight, MSS), ssthresh);
      rate.begin(flight, flight, MSS);
      long pipe = flight;
      for (int step = 0; step < 100; step++) {
        int delivered = (int) random.nextLong(Math.min(pipe, 20_000) + 1);
        pipe -= delivered;
        boolean progress = random.nextBoolean();
        boolean atOnce = random.nextInt(10) == 0;
        rate.onAck(delivered, (int) pipe, ssthresh, progress, atOnce, MSS);
        long expected = Math.max(model.sndcnt(delivered, pipe, progress), 0);
        if (atOnce || model.prrOut == 0) {
          expected = Math.max(expected, MSS);
        }
        assertEquals(pipe + expected, rate.windowBytes());
        int sent = (int) random.nextLong(expected + 1);
        rate.onSent(sent);
        model.prrOut += sent;
        pipe += sent;
      }
    });
  }

  /** While more is under way than ssthresh, no more leaves than its share of what arrived, rounded up to a segment. */
  @Test
  void neverSendsMoreThanItsShare() {
    Seeded.forSeeds(500, random -> {
      int flight = random.nextInt(4, 200);
      int ssthresh = random.nextInt(2, flight);
      int lost = random.nextInt(1, flight);
      begin(flight, flight - lost);
      int arrived = 0;
      int sent = 0;
      int first = flight - lost;
      while (pipe > 0 && arrived < first) {
        boolean above = pipe - 1 > ssthresh;
        sent += ack(ssthresh, false);
        arrived++;
        int share = (arrived * ssthresh + flight - 1) / flight;
        assertTrue(!above || sent <= Math.max(share, 1), "its share");
        assertTrue(sent <= arrived, "packet conservation");
        assertTrue(pipe <= Math.max(first - arrived + sent, ssthresh));
      }
      // What was sent again arrives, and nothing more is lost.
      for (int i = 0; i < 2 * flight && pipe > 0; i++) {
        ack(ssthresh, true);
      }
      assertEquals(ssthresh, pipe, "at the end");
    });
  }
}
