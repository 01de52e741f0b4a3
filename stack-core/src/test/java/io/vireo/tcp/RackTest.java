// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 8985 §6. Segments are of 1,000 bytes and called by their number; the shortest round trip and SRTT are 100 ms. */
class RackTest {
  private static final int MSS = 1_000;
  private static final long MS = 1_000_000L;
  private static final long RTT = 100 * MS;

  private final BufferArena arena = new BufferArena(4 << 20);
  private final Scoreboard board = ScoreboardTest.board(arena, 4 << 20);
  private final RttEstimator rtt = new RttEstimator();
  private final Rack rack = new Rack(board, rtt, arena);
  private int base;
  private long clock;
  private boolean recovering;

  @BeforeEach
  void begin() {
    begin(0, 0);
  }

  private void begin(int base, long clock) {
    this.base = base;
    this.clock = clock;
    rtt.reset(RTT);
    rtt.onEstablished(base);
    rtt.onArrived(base + 1, RTT, RTT, base, clock);
    board.reset(base);
    rack.reset(base);
    recovering = false;
  }

  private void sends(int segments, long ms) {
    for (int i = 0; i < segments; i++) {
      long nowNs = clock + ms * MS;
      assertTrue(board.hasRoom());
      board.append(board.endSeq() + MSS, nowNs, 0, 0, nowNs, nowNs);
    }
  }

  private void sendsAgain(int segment, long ms) {
    long nowNs = clock + ms * MS;
    board.resend(index(segment), nowNs, 0, 0, nowNs, nowNs);
    rack.onSentAgain(base + segment * MSS);
  }

  private int index(int segment) {
    return board.find(base + segment * MSS);
  }

  private void arrives(int index, boolean original, long nowNs) {
    boolean twice = (board.flags(index) & Scoreboard.RETRANSMITTED) != 0;
    rack.onArrived(board.endSeq(index), board.sentNs(index), twice, original, nowNs);
  }

  private void sacks(int segment, long ms) {
    arrives(index(segment), false, clock + ms * MS);
    board.markSacked(index(segment));
  }

  /** Acknowledges everything before a segment. */
  private void acks(int segment, long ms) {
    while (board.startSeq(0) != base + segment * MSS) {
      if ((board.flags(0) & Scoreboard.SACKED) == 0) {
        arrives(0, false, clock + ms * MS);
      }
      board.removeFirst();
    }
  }

  /** The segments that are found lost; a record is a segment, unless it is SACKed. */
  private String lostAt(long nowNs) {
    List<Integer> before = lost();
    int bytes = rack.detect(recovering, MSS, nowNs);
    List<Integer> found = lost();
    found.removeAll(before);
    assertEquals(found.size() * MSS, bytes);
    return found.toString();
  }

  private String lost(long ms) {
    return lostAt(clock + ms * MS);
  }

  private List<Integer> lost() {
    List<Integer> lost = new ArrayList<>();
    for (int i = 0; i < board.count(); i++) {
      if ((board.flags(i) & Scoreboard.LOST) != 0) {
        lost.add((board.startSeq(i) - base) / MSS);
      }
    }
    return lost;
  }

  /** RK-08: Step 5: sent before something that arrived, by its round trip and a quarter of the shortest, and not a moment less. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-500, 9223372036854775806",
    "2147483647, -1",
    "-1500, 9223372036754775807",
    "2147480647, 9223372036734775807"
  })
  void whatWasSentARoundTripAndAQuarterAgoIsLost(int base, long clock) {
    begin(base, clock);
    for (int i = 0; i < 5; i++) {
      sends(1, i);
    }
    assertEquals("[]", lost(100));
    assertEquals(0, rack.waitNs());
    sacks(2, 102);
    assertEquals("[]", lost(102));
    assertEquals(25 * MS, rack.waitNs(), "for all that were sent before");
    assertEquals("[]", lostAt(clock + 125 * MS - 1));
    assertEquals("[0]", lost(125));
    assertEquals(2 * MS, rack.waitNs());
    assertEquals("[]", lostAt(clock + 126 * MS - 1));
    assertEquals("[1]", lost(127));
    assertEquals(0, rack.waitNs());
    assertEquals("[]", lost(10_000), "what was sent later is not");
  }

  /** RK-06: Step 4: while no reordering was seen, the third SACKed segment, or a recovery, needs no more waiting. */
  @Test
  void withoutReorderingTheThirdSegmentShowsTheLoss() {
    sends(6, 0);
    sacks(1, 100);
    assertEquals("[]", lost(100));
    sacks(2, 100);
    assertEquals("[]", lost(100));
    assertEquals(25 * MS, rack.waitNs());
    sacks(3, 100);
    assertEquals("[0]", lost(100));
    assertEquals(0, rack.waitNs());
  }

  @Test
  void inARecoveryTheFirstSegmentShowsTheLoss() {
    sends(6, 0);
    recovering = true;
    sacks(2, 100);
    assertEquals("[0, 1]", lost(100));
    sacks(4, 100);
    assertEquals("[3]", lost(100));
  }

  /** RK-07: Step 3 and 4. */
  @Test
  void onceReorderingWasSeenAQuarterOfTheShortestRoundTripIsWaitedFor() {
    sends(8, 0);
    sacks(1, 100);
    assertFalse(rack.sawReordering());
    acks(2, 101);
    assertTrue(rack.sawReordering());
    recovering = true;
    sacks(3, 102);
    sacks(4, 102);
    sacks(5, 102);
    assertEquals("[]", lost(102));
    assertEquals("[]", lostAt(clock + 127 * MS - 1));
    assertEquals("[2]", lost(127));
  }

  /** Step 3: of what was sent twice nobody knows which of the two is late. */
  @Test
  void whatWasSentTwiceShowsNoReordering() {
    sends(5, 0);
    sacks(1, 100);
    sacks(2, 100);
    sacks(3, 100);
    assertEquals("[0]", lost(100));
    sendsAgain(0, 101);
    acks(4, 210);
    assertFalse(rack.sawReordering());
  }

  /** Step 2: of two segments of the same time the one with the higher number counts as sent later. */
  @Test
  void atTheSameTimeSequenceNumbersTellTheOrder() {
    recovering = true;
    sends(5, 0);
    sacks(2, 100);
    assertEquals("[0, 1]", lost(100));
    sendsAgain(0, 100);
    sends(1, 100);
    sendsAgain(1, 100);
    sacks(0, 200);
    assertEquals("[3, 4]", lost(200), "1 and 5 left after 0");
    sacks(5, 200);
    assertEquals("[1]", lost(200), "sent again right after 5, and yet counts as before it");
  }

  // FR-08
  @Test
  void whatWasSentAgainCanBeLostAgain() {
    recovering = true;
    sends(4, 0);
    sacks(1, 100);
    assertEquals("[0]", lost(100));
    sendsAgain(0, 101);
    sacks(2, 102);
    assertEquals("[]", lost(102), "it was sent before");
    sends(1, 102);
    sends(1, 203);
    sacks(4, 203);
    assertEquals("[0, 3]", lost(203));
    sendsAgain(0, 204);
    sendsAgain(3, 205);
    sacks(5, 304);
    assertEquals("[]", lost(304));
    sacks(3, 306);
    assertEquals("[0]", lost(306));
    sendsAgain(0, 307);
    acks(6, 407);
    assertEquals("[]", lost(407));
    assertEquals(BufferArena.NONE, rack.handle());
  }

  @Test
  void afterAnUndoneRecoveryWhatWasSentAgainCanStillBeLost() {
    recovering = true;
    sends(6, 0);
    sacks(2, 100);
    assertEquals("[0, 1]", lost(100));
    sendsAgain(0, 101);
    sendsAgain(1, 102);
    sends(1, 103);
    sacks(6, 203);
    assertEquals("[0, 1, 3, 4, 5]", lost(203));
    board.unmarkLost();
    rack.onUndone();
    recovering = false;
    sends(1, 204);
    sacks(7, 304);
    assertEquals("[0, 1, 3, 4, 5]", lost(304));
  }

  /** Step 2: sooner than the shortest round trip, an ACK means the segment that was sent first. */
  @Test
  void anAnswerThatIsTooEarlyIsNotOfWhatWasSentAgain() {
    recovering = true;
    sends(4, 0);
    sacks(1, 100);
    assertEquals("[0]", lost(100));
    sendsAgain(0, 110);
    acks(2, 209);
    assertEquals("[]", lost(209));
    assertEquals("[]", lost(1_000));
  }

  @Test
  void anAnswerThatIsNotTooEarlyIs() {
    recovering = true;
    sends(4, 0);
    sacks(1, 100);
    assertEquals("[0]", lost(100));
    sendsAgain(0, 110);
    acks(2, 210);
    assertEquals("[2, 3]", lost(210));
  }

  /** Step 2: an echo of before is proof, however late it comes; and step 3: that is reordering. */
  @Test
  void whatIsKnownToBeTheFirstOfTwoIsReordering() {
    recovering = true;
    sends(4, 0);
    sacks(1, 100);
    assertEquals("[0]", lost(100));
    sendsAgain(0, 110);
    arrives(0, true, 400 * MS);
    board.removeFirst();
    assertTrue(rack.sawReordering());
    assertEquals("[]", lost(400));
  }

  /** Step 3: the highest number that arrived counts, even if its time says nothing. */
  @Test
  void whatOvertookAnAmbiguousAnswerWasReordered() {
    recovering = true;
    sends(3, 0);
    sacks(0, 100);
    board.markLost(index(2));
    sendsAgain(2, 110);
    sacks(2, 111);
    assertFalse(rack.sawReordering());
    sacks(1, 112);
    assertTrue(rack.sawReordering());
  }

  private long windowNs() {
    return rack.reorderingWindowNs(true, MSS);
  }

  private void seeReordering() {
    sends(2, 0);
    sacks(1, 100);
    acks(2, 100);
  }

  /** Step 4: RACK.reo_wnd_mult. */
  @Test
  void eachRoundWithADuplicateWidensTheWindowUpToTheSmoothedRoundTrip() {
    seeReordering();
    assertEquals(25 * MS, windowNs());
    rack.onDuplicateReported(2_000, 5_000);
    assertEquals(50 * MS, windowNs());
    rack.onDuplicateReported(2_000, 6_000);
    rack.onDuplicateReported(4_999, 9_000);
    assertEquals(50 * MS, windowNs(), "once a round");
    rack.onDuplicateReported(5_000, 9_000);
    assertEquals(75 * MS, windowNs());
    rack.onDuplicateReported(9_000, 9_500);
    assertEquals(100 * MS, windowNs());
    rack.onDuplicateReported(9_500, 9_600);
    assertEquals(100 * MS, windowNs());
  }

  // RK-07
  @Test
  void theWindowIsTriedAsItWasAfterSixteenRecoveriesWithoutDuplicates() {
    seeReordering();
    rack.onDuplicateReported(0, 1_000);
    for (int i = 0; i < 15; i++) {
      rack.onRecovered();
      assertEquals(50 * MS, windowNs());
    }
    rack.onDuplicateReported(1_000, 2_000);
    for (int i = 0; i < 15; i++) {
      rack.onRecovered();
      assertEquals(75 * MS, windowNs());
    }
    rack.onRecovered();
    assertEquals(25 * MS, windowNs());
  }

  @Test
  void duplicatesWithoutReorderingDoNotDelayARecovery() {
    rack.onDuplicateReported(0, 1_000);
    assertEquals(0, windowNs());
    assertEquals(50 * MS, rack.reorderingWindowNs(false, MSS));
  }

  /** Sequence numbers that are remembered must not fall 2 GiB behind. */
  @Test
  void lossesAndDuplicatesAreSeenHoweverMuchWentWithoutOne() {
    seeReordering();
    rack.onDuplicateReported(2_000, 3_000);
    assertEquals("[]", lost(100));
    for (int i = 1; i <= 3; i++) {
      board.trim(i << 30);
      assertEquals("[]", lost(100));
    }
    base = 3 << 30;
    rack.onDuplicateReported(base, base + 1_000);
    assertEquals(75 * MS, windowNs());
    sends(3, 100);
    sacks(2, 200);
    assertEquals("[0, 1]", lost(275));
  }

  /** ACK-09: What was dealt with is not looked at again, and what lies behind what is waited for, not yet: so no ACK costs more than it finds. */
  @Test
  void eachSegmentIsExaminedOnce() {
    recovering = true;
    sends(10_000, 0);
    sacks(9_000, 100);
    assertEquals(9_000 * MSS, rack.detect(true, MSS, 100 * MS));
    board.unmarkLost();
    sacks(9_001, 100);
    assertEquals(0, rack.detect(true, MSS, 100 * MS));
    sacks(9_999, 100);
    assertEquals("[" + firstNumbers(9_002, 9_999) + "]", lost(100));
    rack.onUndone();
    assertEquals(9_000 * MSS, rack.detect(true, MSS, 100 * MS));
  }

  private static String firstNumbers(int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(i == from ? "" : ", ").append(i);
    }
    return text.toString();
  }

  /** Out of order, which never happens: the second is older than the first, and is not found before it. */
  @Test
  void whatStandsBehindOneThatIsWaitedForIsNotExamined() {
    sends(1, 5);
    sends(1, 1);
    sends(1, 10);
    sacks(2, 110);
    assertEquals("[]", lost(128));
    assertEquals("[0, 1]", lost(130));
  }

  /** §6.3. */
  @Test
  void whatWasSentARoundTripAgoIsOverdueWhenTheTimerExpires() {
    assertTrue(rack.isOverdue(1_000 * MS, false, MSS, 1_001 * MS), "nothing is known");
    sends(2, 0);
    sacks(1, 100);
    assertFalse(rack.isOverdue(900 * MS + 1, true, MSS, 1_000 * MS));
    assertTrue(rack.isOverdue(900 * MS, true, MSS, 1_000 * MS));
    assertFalse(rack.isOverdue(900 * MS, false, MSS, 1_000 * MS), "with the reordering window");
  }

  // ---- Against the model

  @Test
  void findsWhatTheNaiveOneFinds() {
    Seeded.forSeeds(400, this::run);
  }

  private void run(SplittableRandom random) {
    begin(Seeded.initialSeq(random), random.nextBoolean() ? 0 : Long.MAX_VALUE - 200 * MS);
    RackModel model = new RackModel(RTT, rtt.smoothedNs());
    long nowNs = 0;
    for (int step = 0; step < 300; step++) {
      nowNs += random.nextInt(3) == 0 ? 0 : random.nextLong(40 * MS);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> modelSends(random, model, nowNs);
        case 3, 4 -> modelDelivers(random, model, nowNs);
        case 5 -> {
          modelDelivers(random, model, nowNs);
          modelDelivers(random, model, nowNs);
        }
        case 6 -> modelReports(random, model);
        default -> modelExpires(random, model, nowNs);
      }
      recovering = random.nextInt(10) == 0 ? !recovering : recovering;
      // Not after each: what the timer took for lost may be sent again before the next ACK.
      if (random.nextInt(3) > 0) {
        check(model, nowNs);
      }
    }
  }

  /** What is lost, or else a new segment. */
  private void modelSends(SplittableRandom random, RackModel model, long nowNs) {
    if (board.lostBytes() > 0 && random.nextInt(3) > 0) {
      int index = board.firstLost();
      int number = (board.startSeq(index) - base) / MSS;
      board.resend(index, clock + nowNs, 0, 0, clock, clock);
      rack.onSentAgain(base + number * MSS);
      RackModel.Sent again = model.segments.get(number);
      again.lost = false;
      again.retransmitted = true;
      again.xmitTs = nowNs;
      return;
    }
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      board.append(board.endSeq() + MSS, clock + nowNs, 0, 0, clock, clock);
      board.hasRoom();
      model.segments.add(new RackModel.Sent((model.segments.size() + 1L) * MSS, nowNs));
    }
  }

  /** A segment is SACKed, or acknowledged with all that were before it. */
  private void modelDelivers(SplittableRandom random, RackModel model, long nowNs) {
    if (board.isEmpty()) {
      return;
    }
    int una = (board.startSeq(0) - base) / MSS;
    int reach = Math.min(model.segments.size() - una, 12);
    int number = una + random.nextInt(reach);
    RackModel.Sent segment = model.segments.get(number);
    boolean acks = random.nextInt(4) == 0;
    for (int i = acks ? una : number; i <= number; i++) {
      RackModel.Sent each = model.segments.get(i);
      if (!each.sacked) {
        model.onDelivered(each, nowNs);
        arrives(index(i), false, clock + nowNs);
        each.sacked = true;
        each.lost = false;
        board.markSacked(index(i));
      }
      each.acked |= acks;
    }
    assertTrue(segment.sacked);
    if (acks) {
      while (!board.isEmpty() && board.endSeq(0) - base <= (number + 1) * MSS) {
        board.removeFirst();
      }
      if (board.startSeq(0) - base < (number + 1) * MSS) {
        board.trim(base + (number + 1) * MSS);
      }
    }
  }

  private void modelReports(SplittableRandom random, RackModel model) {
    if (random.nextInt(3) == 0) {
      int una = board.startSeq(0) - base;
      int nxt = board.endSeq() - base;
      rack.onDuplicateReported(base + una, base + nxt);
      model.onDsack(una, nxt);
    } else {
      rack.onRecovered();
      model.onRecovered();
    }
  }

  private void modelExpires(SplittableRandom random, RackModel model, long nowNs) {
    if (random.nextInt(3) > 0) {
      return;
    }
    // As LossRecovery does.
    boolean oldest = true;
    for (int i = 0; i < board.count(); i++) {
      if ((board.flags(i) & Scoreboard.SACKED) == 0) {
        boolean lost = (board.flags(i) & Scoreboard.LOST) != 0;
        if (!lost && (oldest || rack.isOverdue(board.sentNs(i), recovering, MSS, clock + nowNs))) {
          board.markLost(i);
        }
        oldest = false;
      }
    }
    rack.onTimeout();
    model.onRetransmitTimeout(recovering, nowNs);
  }

  private void check(RackModel model, long nowNs) {
    rack.detect(recovering, MSS, clock + nowNs);
    long timeout = model.detect(recovering, nowNs);
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < model.segments.size(); i++) {
      if (model.segments.get(i).lost) {
        expected.add(i);
      }
    }
    assertEquals(expected.toString(), lost().toString());
    if (!board.isEmpty()) {
      assertEquals(timeout > 0, rack.waitNs() > 0, "waits");
      assertTrue(rack.waitNs() >= timeout, "long enough");
    }
    assertEquals(model.reorderingSeen, rack.sawReordering(), "reordering");
  }
}
