// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A naive account of what SACK blocks must say, beside a receiver that gets the same segments: one bit per byte received, one list of islands
 * with the time of their latest change. Position 0 stands behind the peer's SYN.
 */
final class SackModel {
  private static final int LARGEST_SEGMENT = 900;
  private static final ByteBuffer FRAME = ByteBuffer.allocateDirect(LARGEST_SEGMENT);

  /** [start, end), changed last at {@code time}; 0 when four others have changed since. */
  private record Island(int start, int end, int time) {}

  final BufferArena arena = new BufferArena(1 << 20);
  final Receiver receiver;
  private final SackReport report;
  private final SplittableRandom random;
  private final int limit;
  private final int irs;
  private final Segment segment = new Segment();
  private final BitSet received = new BitSet();
  private List<Island> islands = new ArrayList<>();
  private int time;
  private int againStart;
  private int againEnd;

  SackModel(SplittableRandom random) {
    this.random = random;
    limit = random.nextInt(4_096, 20_000);
    irs = Seeded.initialSeq(random);
    receiver = new Receiver(arena, limit, random.nextInt(4, 20));
    receiver.onSyn(irs, 0, 536);
    report = receiver.sackReport();
    report.setNegotiated(true);
    segment.memory = FRAME;
  }

  private int next() {
    return received.nextClearBit(0);
  }

  private int edge() {
    return next() + receiver.window();
  }

  // ---- What arrives

  void arrives() {
    int start = position();
    int end = start + 1 + random.nextInt(random.nextInt(3) == 0 ? LARGEST_SEGMENT : 100);
    segment.seq = irs + 1 + start;
    segment.dataLength = end - start;
    expectAgain(start, end);
    if (!receiver.acceptable(segment.seq, segment.dataLength)) {
      receiver.onUnacceptable(segment);
      return;
    }
    int next = next();
    int from = Math.max(start, next);
    int to = Math.min(end, edge());
    int held = received.cardinality();
    int verdict = receiver.onPayload(segment, random.nextBoolean());
    if (receiver.viewLength() > 0) {
      assertTrue(receiver.onViewShown(random.nextInt(receiver.viewLength() + 1)));
    }
    if (verdict == Receiver.EARLY) {
      received.set(from, to);
      join(from, to);
    } else if (verdict == Receiver.FILLS_GAP) {
      // What reaches beyond the gap changes the island there, for as long as that is one.
      int early = received.nextSetBit(next);
      received.set(from, to);
      if (to > early) {
        join(early, to);
      }
    } else if (verdict == Receiver.IN_ORDER) {
      received.set(from, to);
    } else if (verdict == Receiver.DUPLICATE) {
      assertTrue(to <= from);
    }
    assertTrue(received.cardinality() >= held);
    islands.removeIf(island -> island.end <= next());
    assertEquals(irs + 1 + next(), receiver.rcvNxt());
  }

  private int position() {
    return switch (random.nextInt(8)) {
      case 0 -> next() - random.nextInt(2_000);
      case 1 -> next() - random.nextInt(3 * limit);
      case 2 -> next();
      case 3 -> edge() - random.nextInt(1_000);
      default -> next() + random.nextInt(3_000);
    };
  }

  /** The first bytes of the segment, in a row, that came before. */
  private void expectAgain(int start, int end) {
    int first = Math.max(Math.max(start, 0), start < next() ? next() - limit : 0);
    while (first < end && !received.get(first)) {
      first++;
    }
    int last = first;
    while (last < end && received.get(last)) {
      last++;
    }
    if (first == last || (start < next() && first >= next())) {
      return;
    }
    againStart = againEnd == first && againStart != againEnd ? againStart : first;
    againEnd = last;
  }

  private void join(int from, int to) {
    int start = from;
    int end = to;
    for (Island island : islands) {
      if (island.start <= to && from <= island.end) {
        start = Math.min(start, island.start);
        end = Math.max(end, island.end);
      }
    }
    List<Island> joined = new ArrayList<>();
    for (Island island : islands) {
      if (island.end < start || island.start > end) {
        joined.add(island);
      }
    }
    joined.add(new Island(start, end, ++time));
    joined.sort(ORDER);
    for (int i = 4; i < joined.size(); i++) {
      joined.set(i, new Island(joined.get(i).start, joined.get(i).end, 0));
    }
    islands = joined;
  }

  private static final Comparator<Island> ORDER =
      Comparator.comparingInt(Island::time).thenComparingInt(Island::start).reversed();

  // ---- What happens besides

  void consumes() {
    receiver.onLeftoverShown(random.nextInt(receiver.readable() + 1));
    receiver.offerWindow();
  }

  void drops() {
    receiver.dropEarly();
    received.clear(next(), received.length() + 1);
    islands.clear();
  }

  // ---- What is said

  private List<Island> expected() {
    List<Island> blocks = new ArrayList<>();
    List<Island> others = new ArrayList<>(islands);
    others.sort(ORDER);
    if (againEnd > next() && received.nextClearBit(againStart) < againEnd) {
      againStart = againEnd;
    }
    if (againStart != againEnd) {
      blocks.add(new Island(againStart, againEnd, 0));
      for (Island island : islands) {
        if (island.start <= againStart && againStart < island.end) {
          blocks.add(island);
          others.remove(island);
        }
      }
    }
    blocks.addAll(others);
    return blocks;
  }

  void says() {
    List<Island> expected = expected();
    int most = random.nextInt(3, 5);
    int count = report.count(most);
    assertEquals(againStart != againEnd, report.owesDuplicate());
    assertEquals(Math.min(most, expected.size()), count, "blocks");
    for (int i = 0; i < count; i++) {
      int start = report.start(i) - irs - 1;
      int end = report.end(i) - irs - 1;
      assertEquals(expected.get(i).start, start, "start of block " + i);
      assertEquals(expected.get(i).end, end, "end of block " + i);
      assertTrue(received.nextClearBit(start) >= end, "what is said is held");
    }
    if (random.nextInt(4) > 0) {
      report.onReported();
      againStart = againEnd;
      assertFalse(report.owesDuplicate());
    }
  }
}
