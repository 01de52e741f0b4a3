// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.vireo.memory.BufferArena;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What ACKs say of bytes beyond RCV.NXT, and of those that came twice: RFC 2018 §4, RFC 2883 §4. */
class SackReportTest {
  private static final ByteBuffer BYTES = ByteBuffer.allocateDirect(10_000);

  private final BufferArena arena = new BufferArena(1 << 20);
  private final Receiver receiver = new Receiver(arena, 64 << 10, 64);
  private final SackReport report = receiver.sackReport();
  private final Segment segment = new Segment();

  @BeforeEach
  void begin() {
    receiver.onSyn(-1, 0, 1_460);
    report.setNegotiated(true);
    segment.memory = BYTES;
  }

  /** The user takes all that is in order. */
  private int arrives(int start, int end) {
    segment.seq = start;
    segment.dataLength = end - start;
    if (!receiver.acceptable(start, end - start)) {
      receiver.onUnacceptable(segment);
      return Receiver.DUPLICATE;
    }
    int verdict = receiver.onPayload(segment, true);
    receiver.onViewShown(0);
    receiver.onLeftoverShown(0);
    return verdict;
  }

  private String blocks(int most) {
    StringBuilder text = new StringBuilder();
    int count = report.count(most);
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ").append(report.start(i)).append('-').append(report.end(i));
    }
    return text.toString();
  }

  /** What the next ACK says; it leaves. */
  private String acks(int most) {
    String said = receiver.rcvNxt() + ": " + blocks(most);
    report.onReported();
    return said;
  }

  /** Of two numbers half of all apart, each is less than the other. */
  @Test
  void anEmptySegmentHalfOfAllNumbersAwayDidNotComeTwice() {
    arrives(Integer.MIN_VALUE, Integer.MIN_VALUE);
    assertEquals("0: ", acks(4));
  }

  @Test
  void saysWhatTheNaiveOneSays() {
    Seeded.forSeeds(1_500, random -> {
      SackModel model = new SackModel(random);
      for (int step = 0; step < 300; step++) {
        switch (random.nextInt(10)) {
          case 0 -> model.consumes();
          case 1, 2, 3 -> model.says();
          case 4 -> {
            if (random.nextInt(10) == 0) {
              model.drops();
            }
          }
          default -> model.arrives();
        }
      }
      model.receiver.release();
      assertEquals(0, model.arena.usedBytes());
    });
  }

  // SK-01; RFC 2018 §4: the first block holds the newest arrival
  @Test
  void theFirstBlockHoldsTheNewestArrival() {
    assertEquals("0: ", acks(4));
    arrives(500, 1_000);
    assertEquals("0: 500-1000", acks(4));
    assertEquals("0: 500-1000", acks(4), "every ACK while bytes are held");
    arrives(1_000, 1_500);
    assertEquals("0: 500-1500", acks(4));
    arrives(2_000, 2_500);
    assertEquals("0: 2000-2500 500-1500", acks(4));
    arrives(1_500, 1_600);
    assertEquals("0: 500-1600 2000-2500", acks(4));
    arrives(0, 500);
    assertEquals("1600: 2000-2500", acks(4));
    arrives(1_600, 2_000);
    assertEquals("2500: ", acks(4));
  }

  // SK-02; RFC 2018 §3, §4: as many blocks as there is room for, the latest first
  @Test
  void ofManyIslandsTheLatestAreReported() {
    for (int i = 1; i <= 6; i++) {
      arrives(1_000 * i, 1_000 * i + 100);
    }
    assertEquals("0: 6000-6100 5000-5100 4000-4100 3000-3100", acks(4));
    assertEquals("0: 6000-6100 5000-5100 4000-4100", acks(3));
    arrives(2_100, 2_200);
    assertEquals("0: 2000-2200 6000-6100 5000-5100 4000-4100", acks(4));
    arrives(0, 1_000);
    arrives(1_100, 2_000);
    arrives(2_200, 3_000);
    assertEquals("3100: 6000-6100 5000-5100 4000-4100", acks(4));
  }

  /** Four have changed since: what is forgotten is said again when there is room. */
  @Test
  void forgottenIslandsComeBackWhenOthersAreGone() {
    for (int at : new int[] {7_000, 8_000, 1_000, 2_000, 3_000, 4_000}) {
      arrives(at, at + 100);
    }
    assertEquals("0: 4000-4100 3000-3100 2000-2100 1000-1100", acks(4));
    arrives(0, 1_000);
    arrives(1_100, 2_000);
    assertEquals("2100: 4000-4100 3000-3100 8000-8100 7000-7100", acks(4));
  }

  // SK-03; RFC 2018 §4
  @Test
  void joinedIslandsAreOneBlock() {
    arrives(1_000, 1_100);
    arrives(1_200, 1_300);
    arrives(5_000, 5_100);
    assertEquals("0: 5000-5100 1200-1300 1000-1100", acks(4));
    arrives(1_100, 1_200);
    assertEquals("0: 1000-1300 5000-5100", acks(4));
    arrives(900, 5_200);
    assertEquals("0: 1000-1300 900-5200", acks(4));
    assertEquals("0: 900-5200", acks(4));
  }

  // SK-04; RFC 2018 §2
  @Test
  void nothingIsSaidUnlessBothAgreed() {
    report.setNegotiated(false);
    arrives(500, 1_000);
    arrives(500, 1_000);
    assertEquals("0: ", acks(4));
    assertFalse(report.owesDuplicate());
    receiver.onSyn(-1, 0, 1_460);
    arrives(500, 1_000);
    assertEquals("0: ", acks(4), "unless told so, they had not");
  }

  // SK-05; RFC 2883 §4.1.1
  @Test
  void bytesBelowTheAckThatComeAgainAreReportedOnce() {
    arrives(0, 1_000);
    assertFalse(report.owesDuplicate());
    arrives(500, 1_000);
    assertTrue(report.owesDuplicate());
    assertEquals("1000: 500-1000", acks(4));
    assertEquals("1000: ", acks(4));
    arrives(1_500, 2_000);
    arrives(0, 500);
    assertEquals("1000: 0-500 1500-2000", acks(4));
    assertEquals("1000: 1500-2000", acks(4));
  }

  // SK-05; RFC 2883 §4.2.1: part of the segment is new
  @Test
  void onlyThePartThatCameBeforeIsReported() {
    arrives(0, 1_000);
    arrives(800, 1_500);
    assertEquals("1500: 800-1000", acks(4));
    arrives(2_000, 2_500);
    arrives(1_200, 1_800);
    assertEquals("1800: 1200-1500 2000-2500", acks(4));
  }

  // SK-06; RFC 2883 §4.1.2, §4.2.2: the enclosing island comes second
  @Test
  void theIslandAroundWhatCameAgainFollowsIt() {
    arrives(1_000, 2_000);
    arrives(5_000, 5_500);
    arrives(1_200, 1_400);
    assertEquals("0: 1200-1400 1000-2000 5000-5500", acks(4));
    assertEquals("0: 1000-2000 5000-5500", acks(4));
    arrives(5_400, 5_600);
    assertEquals("0: 5400-5500 5000-5600 1000-2000", acks(3));
  }

  /** RFC 2883 §4 (4) before RFC 2018 §4: without its island, what came again would be taken for news. */
  @Test
  void theIslandAroundWhatCameAgainComesBeforeTheNewestArrival() {
    arrives(1_000, 2_000);
    arrives(1_000, 1_100);
    arrives(5_000, 5_500);
    arrives(6_000, 6_500);
    assertEquals("0: 1000-1100 1000-2000 6000-6500", acks(3));
    assertEquals("0: 6000-6500 5000-5500 1000-2000", acks(3));
  }

  // SK-07; RFC 2883 §4.2.3
  @Test
  void ofTwoPartsThatCameAgainTheFirstIsReported() {
    arrives(1_000, 1_500);
    arrives(2_000, 2_500);
    arrives(500, 3_000);
    assertEquals("0: 1000-1500 500-3000", acks(4));
    arrives(0, 3_500);
    assertEquals("3500: 500-3000", acks(4), "of a segment that fills the gap as well");
  }

  /** A whole flight that was sent again in vain, in one batch. */
  @Test
  void whatComesAgainInARowIsOneBlock() {
    arrives(0, 3_000);
    arrives(0, 1_000);
    arrives(1_000, 2_000);
    arrives(2_000, 3_000);
    assertEquals("3000: 0-3000", acks(4));
    arrives(0, 1_000);
    arrives(2_000, 3_000);
    assertEquals("3000: 2000-3000", acks(4), "the last");
  }

  /** INV-09: what was given up is not held, and what came again of it neither. */
  @Test
  void whatWasGivenUpIsNotReported() {
    arrives(0, 100);
    arrives(1_000, 2_000);
    arrives(1_000, 2_000);
    receiver.dropEarly();
    assertEquals("100: ", acks(4));
    arrives(0, 100);
    arrives(1_500, 2_000);
    receiver.dropEarly();
    arrives(1_800, 2_000);
    assertEquals("100: 0-100 1800-2000", acks(4));
  }

  /** INV-09: part of what came again, given up and half of it received anew, is held no more. */
  @Test
  void whatCameAgainAndIsOnlyPartlyHeldIsNotReported() {
    arrives(1_000, 2_000);
    arrives(1_000, 2_000);
    receiver.dropEarly();
    arrives(1_000, 1_500);
    assertEquals("0: 1000-1500", acks(4));
    arrives(1_000, 1_500);
    arrives(1_500, 2_000);
    arrives(1_500, 2_000);
    receiver.dropEarly();
    arrives(0, 1_600);
    assertEquals("1600: ", acks(4));
  }

  /** A late segment of an earlier connection, or one that nobody can have sent: never received here. */
  @Test
  void whatWasNeverReceivedDidNotComeAgain() {
    arrives(0, 100);
    arrives(-500, -100);
    assertEquals("100: ", acks(4));
    arrives(-500, 50);
    assertEquals("100: 0-50", acks(4));
    for (int at = 100; at < 200_000; at += 10_000) {
      arrives(at, at + 10_000);
      receiver.offerWindow();
    }
    int next = receiver.rcvNxt();
    arrives(next - (64 << 10) - 1_000, next - (64 << 10));
    assertEquals(next + ": ", acks(4));
    arrives(next - (64 << 10), next - (64 << 10) + 10);
    assertEquals(next + ": " + (next - (64 << 10)) + "-" + (next - (64 << 10) + 10), acks(4));
  }

  /** An ACK that leaves while bytes are in view: they are not counted yet, what follows them is held. */
  @Test
  void whatFollowsBytesInViewIsReported() {
    arrives(1_000, 2_000);
    segment.seq = 0;
    segment.dataLength = 1_500;
    assertEquals(Receiver.FILLS_GAP, receiver.onPayload(segment, true));
    assertEquals("0: 1000-1500 1000-2000", acks(4));
    receiver.onViewShown(0);
    assertEquals("2000: ", acks(4));
  }

  @Test
  void anAckIsDueForEachEarlySegmentUpToThree() {
    AckPolicy acks = new AckPolicy();
    acks.reset();
    acks.setSelective(true);
    for (int i = 0; i < 20; i++) {
      acks.duplicate();
      assertEquals(Math.min(i + 1, 3), acks.duplicatesOwed());
    }
    acks.reset();
    for (int i = 0; i < 20; i++) {
      acks.duplicate();
    }
    assertEquals(8, acks.duplicatesOwed(), "the next connection begins without");
  }

  @Test
  void allocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    int sum = 0;
    for (int round = 0; round < 20 && least > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 2_000; i++) {
        int next = receiver.rcvNxt();
        for (int island = 5; island > 0; island--) {
          arrives(next + 1_000 * island, next + 1_000 * island + 200);
        }
        arrives(next + 1_050, next + 1_100);
        for (int block = report.count(4) - 1; block >= 0; block--) {
          sum += report.end(block) - report.start(block);
        }
        report.onReported();
        arrives(next, next + 6_000);
        receiver.offerWindow();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(sum > 0);
    assertEquals(0, least, "bytes in each round");
  }
}
