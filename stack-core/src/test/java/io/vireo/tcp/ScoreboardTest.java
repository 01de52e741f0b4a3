// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.vireo.memory.BufferArena;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is under way, against an array with an entry for each byte. */
class ScoreboardTest {
  private static final int OWN_BASE = 32;
  private static final int PLENTY = 1 << 20;
  private static final int LOST = Scoreboard.LOST;
  private static final int SACKED = Scoreboard.SACKED;

  private final BufferArena arena = new BufferArena(PLENTY);
  private final Scoreboard board = board(arena, 1 << 20);
  private final SentSegment sent = new SentSegment();

  static Scoreboard board(BufferArena arena, int sendBufferBytes) {
    ByteBuffer own = ByteBuffer.allocateDirect(OWN_BASE + Scoreboard.OWN_BYTES);
    return new Scoreboard(arena, own, OWN_BASE, sendBufferBytes);
  }

  /** Segments of ten bytes, a nanosecond apart. */
  private void sends(int segments) {
    for (int i = 0; i < segments; i++) {
      assertTrue(board.hasRoom());
      int nowNs = board.endSeq() / 10;
      board.append(board.endSeq() + 10, nowNs, 0, 0, nowNs, nowNs);
    }
  }

  private String records() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < board.count(); i++) {
      int flags = board.flags(i);
      text.append(i == 0 ? "" : " ").append(board.endSeq(i));
      text.append((flags & SACKED) != 0 ? "S" : "").append((flags & LOST) != 0 ? "L" : "");
      text.append((flags & Scoreboard.RETRANSMITTED) != 0 ? "R" : "");
    }
    return text.toString();
  }

  /** The arena has no memory for records, memory for the smallest ring, or more than the limit. */
  @ParameterizedTest
  @CsvSource({"0, 2", "2048, 32", "1048576, 64"})
  void doesWhatTheNaiveOneDoes(int arenaBytes, int most) {
    Seeded.forSeeds(150, random -> {
      BufferArena arena = new BufferArena(arenaBytes);
      // Of so small a send buffer an eighth is less than the 64 records that there are in any case.
      ScoreboardModel model = new ScoreboardModel(random, arena, board(arena, 4_000), most);
      int mostSteps = random.nextInt(50, 500);
      for (int step = 0; step < mostSteps; step++) {
        model.step();
        model.check();
      }
      model.acknowledgeAll();
      model.check();
    });
  }

  @Test
  void keepsTimesToTheUnitUpToTwoMinutes() {
    long[] clocks = {0, Long.MAX_VALUE - 5, Long.MIN_VALUE + 5, -1};
    long[] before = {0, 1, 63, 64, 65, 1_000_000_007L, 120_000_000_000L};
    board.reset(0);
    for (long nowNs : clocks) {
      for (long ago : before) {
        board.append(board.endSeq() + 1, nowNs, 0, 7, nowNs - ago, nowNs - ago);
        board.read(0, sent);
        assertEquals(ago / 64 * 64, nowNs - sent.deliveredNs);
        assertEquals(sent.deliveredNs, sent.firstSentNs);
        assertEquals(nowNs, sent.sentNs);
        assertEquals(7, sent.delivered);
        board.removeFirst();
      }
    }
  }

  @Test
  void whatWasLongerAgoIsTakenForTwoMinutesAtLeast() {
    board.reset(0);
    board.append(1, 0, 0, 0, -400_000_000_000L, Long.MIN_VALUE + 1);
    board.read(0, sent);
    assertTrue(sent.deliveredNs <= -120_000_000_000L);
    assertTrue(sent.deliveredNs < 0);
    assertTrue(sent.firstSentNs <= -120_000_000_000L);
    assertTrue(sent.firstSentNs < 0);
  }

  @Test
  void neighboursThatAreHeldBecomeOne() {
    board.reset(0);
    sends(5);
    board.markSacked(1);
    board.markSacked(3);
    assertEquals("10 20S 30 40S 50", records());
    board.markSacked(2);
    assertEquals("10 40S 50", records());
    assertEquals(30, board.sackedBytes());
    assertEquals(20, board.inFlightBytes());
    assertEquals(3, board.sentNs(1), "sent when the last of them was");
    board.markLost(0);
    assertEquals("10L 40S 50", records());
    assertEquals(10, board.inFlightBytes());
    board.markSacked(0);
    assertEquals("40S 50", records());
    assertEquals(0, board.lostBytes());
  }

  @Test
  void theFirstThatIsLostIsFoundWhateverTheOrderInWhichTheyWere() {
    board.reset(-30);
    sends(6);
    board.markLost(4);
    assertEquals(4, board.firstLost());
    board.markLost(1);
    assertEquals(1, board.firstLost());
    board.markLost(2);
    board.resend(1, 9, 0, 0, 9, 9);
    assertEquals(2, board.firstLost());
    board.markSacked(2);
    assertEquals(4, board.firstLost());
    board.unmarkLost();
    board.markLost(3);
    board.markLost(0);
    assertEquals(0, board.firstLost());
    assertEquals(20, board.lostBytes());
  }

  @Test
  void aFewRecordsNeedNoMemoryAndManyGiveItBack() {
    board.reset(0);
    sends(2);
    assertEquals(0, arena.usedBytes());
    assertEquals(BufferArena.NONE, board.handle());
    sends(1);
    assertEquals(1_024, arena.usedBytes());
    sends(30);
    assertEquals(2_048, arena.usedBytes(), "and not both");
    while (board.count() > 1) {
      board.removeFirst();
    }
    assertEquals(2_048, arena.usedBytes());
    board.removeFirst();
    assertEquals(0, arena.usedBytes());
    assertEquals(BufferArena.NONE, board.handle());
    sends(100);
    board.reset(0);
    assertEquals(0, arena.usedBytes());
  }

  /** What a connection's records take is no more than an eighth of its send buffer. */
  @Test
  void atTheLimitTheNextSegmentJoinsTheLastRecord() {
    Scoreboard small = board(arena, 64 << 10);
    small.reset(0);
    for (int i = 1; i <= 1_000; i++) {
      assertTrue(small.hasRoom());
      small.append(i, i, 0, i, i, i);
    }
    assertEquals(256, small.count());
    assertEquals(8 << 10, arena.usedBytes());
    assertEquals(1_000, small.endSeq());
    assertEquals(1_000, small.sentNs(255), "not to be taken for lost before the last of them");
    assertFalse(small.split(3, 3), "has no byte inside, and there is no room for one more");
    small.markLost(255);
    assertFalse(small.hasRoom(), "what was lost is not mixed with what was not");
    small.unmarkLost();
    assertTrue(small.hasRoom());
    small.removeFirst();
    small.markLost(254);
    assertTrue(small.hasRoom());
  }

  /** A byte that had been sent before, by a probe, makes all of the record ambiguous; the rate is measured from the later segment. */
  @Test
  void whatJoinsTheLastRecordBringsItsFlagsAndItsSnapshot() {
    Scoreboard full = board(new BufferArena(0), 64 << 10);
    full.reset(0);
    full.append(10, 100, 0, 1, 100, 100);
    full.append(20, 100, Scoreboard.APPLICATION_LIMITED, 1, 100, 100);
    full.append(30, 1_100, Scoreboard.RETRANSMITTED, 5, 1_100, 1_100);
    assertEquals(2, full.count());
    int both = Scoreboard.APPLICATION_LIMITED | Scoreboard.RETRANSMITTED;
    assertEquals(both | Scoreboard.SEVERAL, full.flags(1));
    full.read(1, sent);
    assertEquals(5, sent.delivered);
    assertEquals(1_100, sent.deliveredNs);
    assertEquals(1_100, sent.firstSentNs);
    assertFalse(full.hasRoom());
  }

  /** RFC 6298 §3: what arrives of the earlier one left before the time that the record knows, and is no sample. */
  @Test
  void whatJoinsTheLastRecordLaterMakesItStandForSeveral() {
    Scoreboard full = board(new BufferArena(0), 64 << 10);
    full.reset(0);
    full.append(10, 100, 0, 1, 100, 100);
    full.append(20, 200, 0, 1, 100, 100);
    full.append(30, 200, 0, 1, 100, 100);
    assertEquals(0, full.flags(1), "both left at the same time");
    full.append(40, 300, 0, 1, 100, 100);
    assertEquals(Scoreboard.SEVERAL, full.flags(1));
    full.append(50, 300, 0, 1, 100, 100);
    assertEquals(Scoreboard.SEVERAL, full.flags(1), "for good");
    full.markLost(1);
    full.resend(1, 400, 0, 1, 100, 100);
    assertEquals(Scoreboard.RETRANSMITTED, full.flags(1), "sent again as one");
  }

  @Test
  void withoutMemoryNothingIsSplit() {
    Scoreboard full = board(new BufferArena(0), 64 << 10);
    full.reset(-5);
    full.append(5, 0, 0, 0, 0, 0);
    assertTrue(full.split(0, 0));
    assertFalse(full.split(0, -2));
    assertEquals(2, full.count());
    assertEquals(0, full.endSeq(0));
    assertEquals(5, full.endSeq(1));
  }

  @Test
  void allocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    board.reset(0);
    rounds();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 10; i++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      rounds();
      // The JVM itself may allocate now and then.
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least);
  }

  /** Twenty segments, of which every third is lost, and sent again, and the others are held; then all are acknowledged. */
  private void rounds() {
    for (int round = 0; round < 5_000; round++) {
      sends(20);
      for (int i = 0; i < board.count(); i++) {
        if (i % 3 == 0) {
          board.markLost(i);
        }
      }
      while (board.lostBytes() > 0) {
        board.resend(board.firstLost(), round, 0, 0, round, round);
      }
      board.markSacked(board.find(board.startSeq(0) + 45));
      board.split(0, board.startSeq(0) + 5);
      board.trim(board.startSeq(0) + 2);
      board.unmarkSacked();
      while (!board.isEmpty()) {
        board.removeFirst();
      }
    }
  }
}
