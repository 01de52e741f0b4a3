// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The receive half: every segment, every offer and every byte against {@link ReceiverModel}. */
class ReceiverTest {
  @Test
  void doesWhatTheNaiveOneDoes() {
    Seeded.forSeeds(300, random -> {
      int limit = random.nextBoolean() ? random.nextInt(4_096, 20_000) : 65_536;
      int scale = random.nextBoolean() ? Receiver.scaleFor(limit) : 0;
      ReceiverModel model = new ReceiverModel(random, limit, scale);
      for (int step = 0; step < 300 && model.goesOn(); step++) {
        switch (random.nextInt(4)) {
          case 0 -> model.consumes();
          case 1 -> model.offers();
          default -> model.arrives(step > 150);
        }
        model.check();
      }
      model.receiver.release();
      assertEquals(0, model.arena.usedBytes());
    });
  }

  /** Every scale, also where the buffer is far smaller than the scale would allow. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14})
  void keepsItsPromisesAtEveryScale(int scale) {
    Seeded.forSeeds(10, random -> {
      ReceiverModel model = new ReceiverModel(random, random.nextInt(4_096, 140_000), scale);
      for (int step = 0; step < 200 && model.goesOn(); step++) {
        switch (random.nextInt(4)) {
          case 0 -> model.consumes();
          case 1, 2 -> model.offers();
          default -> model.arrives(false);
        }
        model.check();
      }
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {4 << 10, 65_535, 65_536, 65_537, 131_072, 1 << 20, 1_000_001, 1 << 30})
  void offersAllOfItsBufferByTheScaleItChooses(int limit) {
    int scale = Receiver.scaleFor(limit);
    assertTrue(0xFFFFL << scale >= limit - (1L << scale), () -> "scale " + scale);
    assertTrue(scale == 0 || 0xFFFFL << (scale - 1) < limit - 1, "the smallest that will do");
    Receiver receiver = new Receiver(new BufferArena(1 << 20), limit, 64);
    receiver.onSyn(-5, scale, 1_460);
    assertEquals(Math.min(limit, 0xFFFF), receiver.window());
    grow(receiver, limit);
    receiver.offerWindow();
    assertTrue(receiver.window() >= limit - Math.max(1 << scale, 1_460));
  }

  /** By a user who leaves so much over. */
  private static void grow(Receiver receiver, int limit) {
    while (receiver.limitBytes() < limit) {
      receiver.onShown(receiver.limitBytes(), true, 0, 0);
    }
    assertEquals(limit, receiver.limitBytes());
  }

  /** For the byte at each sequence number, over and over. */
  private static ByteBuffer pattern(int length) {
    ByteBuffer pattern = ByteBuffer.allocateDirect(length);
    for (int i = 0; i < length; i++) {
      pattern.put(i, (byte) (i * 31));
    }
    return pattern;
  }

  /** Others use the arena up: bytes may be dropped, but none is invented, and what was promised stays promised. */
  @Test
  void livesWithAnArenaThatIsUsedUp() {
    ByteBuffer pattern = pattern(60_000);
    Seeded.forSeeds(100, random -> {
      int limit = random.nextInt(4_096, 50_000);
      BufferArena arena = new BufferArena(64 << 10);
      Receiver receiver = new Receiver(arena, limit, 64);
      int irs = Seeded.initialSeq(random);
      receiver.onSyn(irs, 0, 1_460);
      Segment segment = new Segment();
      segment.memory = ByteBuffer.allocateDirect(3_000);
      long others = BufferArena.NONE;
      int consumed = irs + 1;
      int edge = irs + 1 + receiver.window();
      for (int step = 0; step < 400; step++) {
        if (random.nextInt(10) == 0) {
          if (others != BufferArena.NONE) {
            arena.give(others);
          }
          others = arena.take(1 << random.nextInt(10, 16), 0);
        }
        segment.seq = receiver.rcvNxt() + (random.nextInt(3) == 0 ? random.nextInt(9_000) : 0);
        segment.dataLength = 1 + random.nextInt(3_000);
        segment.dataOffset = 0;
        segment.memory.put(0, pattern, segment.seq & 0xFF, segment.dataLength);
        if (receiver.acceptable(segment.seq, segment.dataLength)) {
          receiver.onPayload(segment, random.nextBoolean());
          int view = receiver.viewLength();
          if (view > 0) {
            int leftover = random.nextInt(view + 1);
            receiver.onViewShown(leftover);
            consumed += view - leftover;
          }
        }
        if (random.nextInt(3) == 0) {
          int count = random.nextInt(receiver.readable() + 1);
          receiver.onLeftoverShown(receiver.readable() - count);
          consumed += count;
        }
        receiver.offerWindow();
        int newEdge = receiver.rcvNxt() + receiver.window();
        assertTrue(newEdge - edge >= 0, "the right edge moved left");
        edge = newEdge;
        assertTrue(edge - consumed <= limit, "promised too much");
        assertEquals(consumed + receiver.readable(), receiver.rcvNxt());
        assertEquals(receiver.rcvNxt() - irs - 1, receiver.receivedBytes());
        if (receiver.readable() > 0) {
          ByteBuffer memory = arena.memory(receiver.readableHandle());
          ByteBuffer shown = memory.slice(receiver.readableOffset(), receiver.readable());
          assertEquals(pattern.slice(consumed & 0xFF, receiver.readable()), shown);
        }
      }
      receiver.release();
      if (others != BufferArena.NONE) {
        arena.give(others);
      }
      assertEquals(0, arena.usedBytes());
    });
  }

  @Test
  void theFinMayStandAnywhereUpToTheRightEdge() {
    for (int at : new int[] {0, 1, 100, 4_095, 4_096}) {
      Receiver receiver = new Receiver(new BufferArena(64 << 10), 4_096, 64);
      receiver.onSyn(-2_000, 0, 1_460);
      assertTrue(receiver.onFin(-1_999 + at));
      assertTrue(receiver.onFin(-1_999 + at), "the same one again");
      assertFalse(receiver.onFin(-1_999 + at + 1), "another one");
      assertEquals(at == 0, receiver.takeFin());
      assertEquals(-1_999 + (at == 0 ? 1 : 0), receiver.rcvNxt());
    }
    Receiver receiver = new Receiver(new BufferArena(64 << 10), 4_096, 64);
    receiver.onSyn(-2_000, 0, 1_460);
    assertFalse(receiver.onFin(-1_999 + 4_097));
    assertFalse(receiver.onFin(-2_000));
  }

  @Test
  void aFinCannotStandBeforeBytesThatAreHeld() {
    Receiver receiver = new Receiver(new BufferArena(64 << 10), 4_096, 64);
    receiver.onSyn(99, 0, 1_460);
    Segment segment = new Segment();
    segment.memory = ByteBuffer.allocateDirect(10);
    segment.seq = 200;
    segment.dataLength = 10;
    assertEquals(Receiver.EARLY, receiver.onPayload(segment, true));
    assertFalse(receiver.onFin(205));
    assertTrue(receiver.onFin(210));
  }

  /** Bytes behind the FIN do not exist. */
  @Test
  void nothingIsTakenBehindTheFin() {
    Receiver receiver = new Receiver(new BufferArena(64 << 10), 4_096, 64);
    receiver.onSyn(99, 0, 1_460);
    assertTrue(receiver.onFin(105));
    Segment segment = new Segment();
    segment.memory = ByteBuffer.allocateDirect(100);
    segment.seq = 100;
    segment.dataLength = 100;
    assertEquals(Receiver.IN_ORDER, receiver.onPayload(segment, false));
    assertEquals(5, receiver.readable());
    assertTrue(receiver.takeFin());
    assertEquals(106, receiver.rcvNxt());
    assertEquals(Receiver.DUPLICATE, receiver.onPayload(segment, false));
  }

  /** A receiver to which {@code length} bytes have come in order, of which the user has left {@code leftover}. */
  private static Receiver received(int limit, int mss, int length, int leftover) {
    Receiver receiver = new Receiver(new BufferArena(1 << 20), limit, 64);
    receiver.onSyn(99, 0, mss);
    Segment segment = segment(100, length);
    assertEquals(Receiver.IN_ORDER, receiver.onPayload(segment, true));
    assertTrue(receiver.onViewShown(leftover));
    return receiver;
  }

  private static Segment segment(int seq, int length) {
    Segment segment = new Segment();
    segment.memory = ByteBuffer.allocateDirect(length);
    segment.seq = seq;
    segment.dataLength = length;
    return segment;
  }

  /** RFC 9293 §3.8.6.2.2 */
  @Test
  void anUpdateIsDueForHalfTheBuffer() {
    assertFalse(received(8_192, 1_460, 4_095, 0).windowUpdateDue());
    assertTrue(received(8_192, 1_460, 4_096, 0).windowUpdateDue());
  }

  @Test
  void anUpdateIsDueForASegmentWhenLessThanOneCouldCome() {
    Receiver receiver = received(8_192, 1_460, 8_192 - 1_459, 8_192 - 1_459);
    receiver.onLeftoverShown(8_192 - 1_459 - 1_459);
    assertFalse(receiver.windowUpdateDue());
    receiver.onLeftoverShown(8_192 - 1_459 - 1_460);
    assertTrue(receiver.windowUpdateDue());
    Receiver another = received(8_192, 1_460, 8_192 - 1_460, 8_192 - 1_460);
    another.onLeftoverShown(8_192 - 1_460 - 1_460);
    assertFalse(another.windowUpdateDue(), "a segment could come all the time");
  }

  @Test
  void roomForASegmentOrHalfTheBufferIsRoom() {
    assertTrue(received(8_192, 1_460, 8_192 - 1_460, 0).roomForPeer());
    assertFalse(received(8_192, 1_460, 8_192 - 1_459, 0).roomForPeer());
    assertTrue(received(4_096, 8_960, 2_048, 0).roomForPeer());
    assertFalse(received(4_096, 8_960, 2_049, 0).roomForPeer());
  }

  /** A copy of all that is held costs what a sixteenth of it is worth; one who waits for the rest of it gets it at once. */
  @Test
  void aSlowReaderOfAFullBufferIsOfferedNothingUntilItsMoveIsPaid() {
    Receiver receiver = new Receiver(new BufferArena(4 << 20), 1 << 20, 64);
    receiver.onSyn(99, 4, 1_460);
    grow(receiver, 1 << 20);
    receiver.offerWindow();
    int held = receiver.window();
    receiver.onPayload(segment(100, held), false);
    receiver.onShown(held, false, 1, 0);
    int paid = held / 17;
    while (held - receiver.readable() < paid - 1_000) {
      receiver.onLeftoverShown(receiver.readable() - 1_000);
      receiver.onShown(receiver.readable(), false, 1, 0);
      assertFalse(receiver.windowUpdateDue());
      // What lies behind the last byte, where rounding has left room.
      assertTrue(receiver.offerWindow() << 4 <= 32);
    }
    receiver.onLeftoverShown(receiver.readable() - 1_500);
    assertTrue(receiver.windowUpdateDue());
    receiver.offerWindow();
    assertTrue(receiver.window() >= paid);
    assertEquals(
        Receiver.IN_ORDER,
        receiver.onPayload(segment(receiver.rcvNxt(), receiver.window()), false));
    receiver.onLeftoverShown(receiver.readable() - 3_000);
    receiver.onShown(receiver.readable(), false, 1, 0);
    assertFalse(receiver.windowUpdateDue());
    receiver.onShown(receiver.readable(), true, 1, 0);
    assertTrue(receiver.windowUpdateDue());
  }

  /** With segments as large as the buffer, half of it is worth an offer. */
  @Test
  void theEdgeMovesByHalfASmallBuffer() {
    Receiver receiver = received(4_096, 8_960, 2_047, 0);
    assertEquals(2_049, receiver.offerWindow());
    receiver = received(4_096, 8_960, 2_048, 0);
    assertEquals(4_096, receiver.offerWindow());
  }

  /** Whoever calls has to drop the rest of the segment: the peer sends it again. */
  @Test
  void leftoversThatFindNoMemoryAreNotCounted() {
    BufferArena arena = new BufferArena(64 << 10);
    Receiver receiver = new Receiver(arena, 8_192, 64);
    receiver.onSyn(99, 0, 1_460);
    long others = arena.take(64 << 10, 0);
    receiver.onPayload(segment(100, 1_000), true);
    assertFalse(receiver.onViewShown(600));
    assertEquals(0, receiver.readable());
    assertEquals(500, receiver.rcvNxt());
    receiver.onPayload(segment(500, 1_000), true);
    assertFalse(receiver.keepView());
    assertEquals(500, receiver.rcvNxt());
    assertTrue(receiver.keepView(), "nothing in view");
    arena.give(others);
    receiver.onPayload(segment(500, 1_000), true);
    assertTrue(receiver.keepView());
    assertEquals(1_500, receiver.rcvNxt());
  }

  /** RX-16: what was offered stays offered, and is taken if its bytes are consumed at once. */
  @Test
  void aReaderIsStarvedOnlyForWantOfMemory() {
    BufferArena arena = new BufferArena(64 << 10);
    Receiver receiver = new Receiver(arena, 8_192, 64);
    receiver.onSyn(99, 0, 1_460);
    receiver.onPayload(segment(100, 8_192 - 1_459), true);
    assertTrue(receiver.onViewShown(1));
    assertFalse(receiver.starved(), "there is memory");
    long[] others = takeAll(arena);
    assertTrue(receiver.starved());
    assertEquals(1_459, receiver.offerWindow());
    receiver.onPayload(segment(receiver.rcvNxt(), 1_459), false);
    assertEquals(0, receiver.offerWindow());
    receiver.onLeftoverShown(1);
    assertEquals(0, receiver.offerWindow());
    assertTrue(receiver.starved());
    give(arena, others);
    assertFalse(receiver.starved());
    assertEquals(8_191, receiver.offerWindow());
  }

  /** MEM-08: whoever needs no memory is not stopped by those who hold it. */
  @Test
  void aReaderWhoConsumesAllWhereItLiesIsOfferedMoreWithoutMemory() {
    BufferArena arena = new BufferArena(256 << 10);
    Receiver receiver = new Receiver(arena, 128 << 10, 64);
    receiver.onSyn(99, 2, 1_460);
    long[] others = takeAll(arena);
    for (int i = 0; i < 10; i++) {
      receiver.onPayload(segment(receiver.rcvNxt(), 60_000), true);
      assertTrue(receiver.onViewShown(0));
      assertFalse(receiver.starved());
      assertTrue(receiver.windowUpdateDue());
      assertEquals(
          (64 << 10) >>> 2,
          receiver.offerWindow(),
          "no more than what every connection begins with");
    }
    give(arena, others);
  }

  /** What is offered without memory fits the window field, too. */
  @Test
  void anOfferWithoutMemoryIsNoLongerThanTheField() {
    BufferArena arena = new BufferArena(256 << 10);
    Receiver receiver = new Receiver(arena, 128 << 10, 64);
    receiver.onSyn(99, 0, 1_460);
    long[] others = takeAll(arena);
    receiver.onPayload(segment(100, 60_000), true);
    assertTrue(receiver.onViewShown(0));
    assertEquals(0xFFFF, receiver.offerWindow());
    assertEquals(0xFFFF, receiver.window());
    give(arena, others);
  }

  private static long[] takeAll(BufferArena arena) {
    long[] taken = new long[20];
    Arrays.fill(taken, BufferArena.NONE);
    int count = 0;
    for (int bytes = 1 << 20; bytes >= 1 << 10; bytes >>>= 1) {
      taken[count] = arena.take(bytes, 0);
      count += taken[count] == BufferArena.NONE ? 0 : 1;
    }
    assertEquals(0, arena.freeBytes());
    return taken;
  }

  private static void give(BufferArena arena, long[] taken) {
    for (long handle : taken) {
      if (handle != BufferArena.NONE) {
        arena.give(handle);
      }
    }
  }

  /** Half the buffer is worth telling, and so worth waiting for, also where a segment could be larger. */
  @Test
  void aReaderOfASmallBufferIsStarvedThoughNoWholeSegmentHasRoom() {
    BufferArena arena = new BufferArena(64 << 10);
    Receiver receiver = new Receiver(arena, 4_096, 64);
    receiver.onSyn(99, 0, 3_960);
    receiver.onPayload(segment(100, 4_096), true);
    assertTrue(receiver.onViewShown(400));
    long[] others = takeAll(arena);
    assertEquals(0, receiver.offerWindow());
    assertTrue(receiver.starved());
    give(arena, others);
    assertTrue(receiver.windowUpdateDue());
  }

  @Test
  void aReaderWhoLeavesItsBufferFullIsNotStarved() {
    BufferArena arena = new BufferArena(64 << 10);
    Receiver receiver = new Receiver(arena, 8_192, 64);
    receiver.onSyn(99, 0, 1_460);
    receiver.onPayload(segment(100, 6_733), true);
    assertTrue(receiver.onViewShown(6_733));
    long others = arena.take(16 << 10, 0);
    long more = arena.take(32 << 10, 0);
    long rest = arena.take(8 << 10, 0);
    assertFalse(receiver.starved());
    receiver.onLeftoverShown(6_732);
    assertTrue(receiver.starved(), "room for a segment, by the buffer");
    arena.give(others);
    arena.give(more);
    arena.give(rest);
  }

  @Test
  void aFinAtTheRightEdgeIsPassedByWhatFollowsIt() {
    Receiver receiver = received(4_096, 1_460, 4_096, 4_096);
    assertTrue(receiver.onFin(100 + 4_096));
    assertTrue(receiver.takeFin());
    assertTrue(receiver.acceptable(100 + 4_097, 0));
    assertFalse(receiver.acceptable(100 + 4_098, 0));
  }

  /** Five billion bytes later, RCV.UP stands ahead of RCV.NXT again, as sequence numbers go. */
  @Test
  void urgentDataOfLongAgoDoesNotComeBack() {
    Receiver receiver = new Receiver(new BufferArena(1 << 20), 1 << 30, 64);
    receiver.onSyn(0, 14, 1_460);
    grow(receiver, 1 << 30);
    assertTrue(receiver.onUrgent(100));
    Segment segment = new Segment();
    for (int length :
        new int[] {1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000_000, 294_000_000}) {
      receiver.offerWindow();
      segment.seq = receiver.rcvNxt();
      segment.dataLength = length;
      assertEquals(Receiver.IN_ORDER, receiver.onPayload(segment, true));
      receiver.onViewShown(0);
      assertEquals(0, receiver.urgentBytes());
    }
    assertTrue(receiver.onUrgent(receiver.rcvNxt() + 10), "news");
    assertEquals(10, receiver.urgentBytes());
  }

  /** After silence less is offered than before; what was offered before is taken all the same. */
  @Test
  void whatWasOfferedIsKeptThoughTheLimitHasFallenBack() {
    BufferArena arena = new BufferArena(4 << 20);
    Receiver receiver = new Receiver(arena, 1 << 20, 64);
    receiver.onSyn(99, 4, 1_460);
    receiver.onShown(0, true, 1, 0);
    grow(receiver, 1 << 20);
    receiver.offerWindow();
    assertEquals(0xFFFF << 4, receiver.window());
    receiver.onShown(0, true, 1, 5_000_000_000L);
    assertEquals(64 << 10, receiver.limitBytes());
    for (int i = 0; i < 10; i++) {
      assertEquals(
          Receiver.IN_ORDER, receiver.onPayload(segment(receiver.rcvNxt(), 10_000), false));
      receiver.offerWindow();
    }
    assertEquals(100_000, receiver.readable());
    assertEquals((0xFFFF << 4) - 100_000, receiver.window());
  }

  @Test
  void behindTheFinNothingIsPromised() {
    BufferArena arena = new BufferArena(4 << 20);
    Receiver receiver = new Receiver(arena, 1 << 20, 64);
    receiver.onSyn(99, 4, 1_460);
    grow(receiver, 1 << 20);
    assertEquals((1 << 20) - (64 << 10), arena.promisedBytes());
    assertTrue(receiver.onFin(100));
    assertTrue(receiver.takeFin());
    assertEquals(0, arena.promisedBytes());
  }

  /** A connection is used again for the next: nothing of its last life is left. */
  @Test
  void beginsAnewWithoutWhatItWas() {
    BufferArena arena = new BufferArena(4 << 20);
    Receiver receiver = new Receiver(arena, 1 << 20, 64);
    receiver.onSyn(99, 4, 1_460);
    receiver.sackReport().setNegotiated(true);
    grow(receiver, 1 << 20);
    receiver.offerWindow();
    receiver.onPayload(segment(100, 1_000), false);
    receiver.onPayload(segment(1_200, 100), false);
    receiver.onPayload(segment(100, 1_000), false);
    assertTrue(receiver.onUrgent(2_000));
    assertTrue(receiver.onFin(3_000));
    receiver.onPayload(segment(1_100, 50), true);
    receiver.onSyn(7_999, 0, 1_460);
    assertEquals(0, arena.usedBytes());
    assertEquals(0, arena.promisedBytes());
    assertEquals(0, receiver.readable());
    assertEquals(0, receiver.viewLength());
    assertEquals(0, receiver.urgentBytes());
    assertEquals(0, receiver.receivedBytes());
    assertFalse(receiver.holdsEarly());
    assertFalse(receiver.sackReport().owesDuplicate());
    assertEquals(8_000, receiver.rcvNxt());
    assertEquals(0xFFFF, receiver.window());
    assertEquals(64 << 10, receiver.limitBytes());
    assertEquals(0xFFFF, receiver.offerWindow());
    assertTrue(receiver.onFin(8_100), "another FIN than the last one's");
  }

  @Test
  void nothingIsHeldOrPromisedAfterTheEnd() {
    BufferArena arena = new BufferArena(4 << 20);
    Receiver receiver = new Receiver(arena, 1 << 20, 64);
    receiver.onSyn(99, 4, 1_460);
    grow(receiver, 1 << 20);
    receiver.onPayload(segment(100, 1_000), false);
    receiver.onPayload(segment(2_000, 100), false);
    receiver.release();
    assertEquals(0, arena.usedBytes());
    assertEquals(0, arena.promisedBytes());
    assertEquals(0, receiver.readable());
    receiver.onSyn(99, 4, 1_460);
    receiver.onPayload(segment(100, 1_000), true);
    assertEquals(1_000, receiver.viewLength());
    receiver.release();
    assertEquals(0, receiver.viewLength());
  }

  /** MUST-33: those in view, those left over, and those to come. */
  @Test
  void urgentBytesAreThoseThatTheUserHasNotConsumed() {
    Receiver receiver = new Receiver(new BufferArena(1 << 20), 8_192, 64);
    receiver.onSyn(99, 0, 1_460);
    assertEquals(0, receiver.urgentBytes());
    assertFalse(receiver.onUrgent(100), "no byte before it");
    assertTrue(receiver.onUrgent(400));
    assertFalse(receiver.onUrgent(400), "the same");
    assertFalse(receiver.onUrgent(399), "less");
    assertTrue(receiver.onUrgent(401), "more");
    assertEquals(301, receiver.urgentBytes());
    receiver.onPayload(segment(100, 200), true);
    assertEquals(301, receiver.urgentBytes());
    receiver.onViewShown(50);
    assertEquals(151, receiver.urgentBytes());
    receiver.onLeftoverShown(20);
    assertEquals(121, receiver.urgentBytes());
    receiver.onPayload(segment(300, 101), false);
    receiver.onLeftoverShown(1);
    assertEquals(1, receiver.urgentBytes());
    assertFalse(receiver.onUrgent(401), "known");
    receiver.onLeftoverShown(0);
    assertEquals(0, receiver.urgentBytes());
    assertTrue(receiver.onUrgent(402), "news");
  }

  @Test
  void thatItHasFilledUpIsSaidOnceUntilThereIsRoom() {
    Receiver receiver = received(4_096, 1_460, 4_095, 4_095);
    assertFalse(receiver.hasFilledUp());
    receiver.onPayload(segment(100 + 4_095, 1), false);
    assertTrue(receiver.hasFilledUp());
    assertFalse(receiver.hasFilledUp(), "said");
    receiver.onLeftoverShown(4_095);
    assertFalse(receiver.hasFilledUp());
    receiver.offerWindow();
    receiver.onPayload(segment(100 + 4_096, 1), false);
    assertTrue(receiver.hasFilledUp(), "again");
  }

  /** RFC 5961 §3.2 asks of a RST, whether the byte at its place may come. */
  @Test
  void offersTheBytesOfItsWindow() {
    Receiver receiver = received(4_096, 1_460, 1_000, 1_000);
    assertFalse(receiver.offers(1_099));
    assertTrue(receiver.offers(1_100));
    assertTrue(receiver.offers(100 + 4_095));
    assertFalse(receiver.offers(100 + 4_096));
  }

  @Test
  void aReaderForWhomASegmentHasRoomIsNotStarved() {
    BufferArena arena = new BufferArena(64 << 10);
    Receiver receiver = new Receiver(arena, 8_192, 64);
    receiver.onSyn(99, 0, 1_460);
    receiver.onPayload(segment(100, 8_192 - 1_460), true);
    assertTrue(receiver.onViewShown(1));
    long[] others = takeAll(arena);
    assertFalse(receiver.starved());
    receiver.onPayload(segment(receiver.rcvNxt(), 1), false);
    receiver.onLeftoverShown(1);
    assertTrue(receiver.starved());
    give(arena, others);
  }

  /** Where as much is left as early bytes leave free, there is memory. */
  @Test
  void theArenaIsShortBelowItsReserve() {
    BufferArena arena = new BufferArena(64 << 10);
    Receiver receiver = received(arena);
    long[] others = {
      arena.take(32 << 10, 0), arena.take(16 << 10, 0), arena.take(8 << 10, 0), BufferArena.NONE
    };
    others[3] = arena.take(1 << 10, 0);
    long one = arena.take(1 << 10, 0);
    assertEquals(Memory.earlyReserveBytes(arena), arena.freeBytes());
    assertFalse(receiver.starved());
    long last = arena.take(1 << 10, 0);
    assertTrue(receiver.starved());
    arena.give(last);
    arena.give(one);
    for (long other : others) {
      arena.give(other);
    }
  }

  /** One whose window is used up, and all of it consumed but a byte. */
  private static Receiver received(BufferArena arena) {
    Receiver receiver = new Receiver(arena, 8_192, 64);
    receiver.onSyn(99, 0, 1_460);
    receiver.onPayload(segment(100, 8_192), true);
    assertTrue(receiver.onViewShown(1));
    return receiver;
  }

  /** Only he who waits for more needs a larger buffer. */
  @Test
  void whoWaitsForSomethingElseIsNotOfferedMore() {
    Receiver receiver = new Receiver(new BufferArena(4 << 20), 1 << 20, 64);
    receiver.onSyn(99, 4, 1_460);
    receiver.onShown(64 << 10, false, 1, 0);
    assertEquals(64 << 10, receiver.limitBytes());
    receiver.onShown(64 << 10, true, 1, 0);
    assertEquals(128 << 10, receiver.limitBytes());
  }

  /** The same for a user who consumes from what he left over. */
  @Test
  void urgentDataOfLongAgoDoesNotComeBackToALateReader() {
    Receiver receiver = new Receiver(new BufferArena(8 << 20), 2 << 20, 64);
    receiver.onSyn(0, 5, 1_460);
    grow(receiver, 2 << 20);
    receiver.offerWindow();
    assertTrue(receiver.onUrgent(100));
    Segment segment = segment(0, 1 << 20);
    for (int i = 0; i < 2_100; i++) {
      segment.seq = receiver.rcvNxt();
      assertEquals(Receiver.IN_ORDER, receiver.onPayload(segment, false));
      receiver.onLeftoverShown(0);
      receiver.offerWindow();
    }
    assertEquals(0, receiver.urgentBytes());
  }

  /** The first step of the limit is 16 KiB, for four times what has come: no byte more is counted than came behind the SYN. */
  @Test
  void theStreamIsCountedFromItsFirstByte() {
    assertEquals(64 << 10, limitAfter(20_479));
    assertEquals(80 << 10, limitAfter(20_480));
  }

  private static int limitAfter(int length) {
    Receiver receiver = new Receiver(new BufferArena(4 << 20), 1 << 20, 64);
    receiver.onSyn(99, 4, 1_460);
    receiver.onPayload(segment(100, length), true);
    receiver.onViewShown(0);
    receiver.onShown(0, false, 1_000, 0);
    return receiver.limitBytes();
  }
}
