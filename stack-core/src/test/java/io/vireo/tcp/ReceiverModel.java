// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * A naive receiver beside the real one: one byte and one mark per position of the stream, position 0 behind the peer's SYN, and the right
 * edge, and how far it was rounded up, as plain numbers. Every call of the real one is checked against it.
 */
final class ReceiverModel {
  private static final int STREAM = 600_000;
  private static final int LARGEST_SEGMENT = 3_000;
  private static final long NO_FIN = -1;

  final BufferArena arena;
  final Receiver receiver;
  private final SplittableRandom random;
  private final int cap;
  private final int mss;
  private final int scale;
  private final int irs;
  private final Segment segment = new Segment();
  private final ByteBuffer frame = ByteBuffer.allocateDirect(LARGEST_SEGMENT + 10);

  private final byte[] bytes = new byte[STREAM];
  private final boolean[] held = new boolean[STREAM];
  private int next;
  private int consumed;
  private long edge;
  private long offered;
  private boolean waits;
  private long fin = NO_FIN;
  private boolean finTaken;

  /** What is in view, and what the peer wrote there. */
  private int viewed;

  private long nowNs;

  ReceiverModel(SplittableRandom random, int cap, int scale) {
    this.random = random;
    this.cap = cap;
    this.scale = scale;
    mss = random.nextInt(216, 1_461);
    irs = Seeded.initialSeq(random);
    arena = new BufferArena(4L * cap + (1 << 20));
    receiver = new Receiver(arena, cap, 64);
    receiver.onSyn(irs, scale, mss);
    edge = Math.min(cap, 0xFFFF);
    offered = edge;
  }

  /** Whether there is stream left to go on. */
  boolean goesOn() {
    return next < STREAM - 2 * cap - 2 * LARGEST_SEGMENT;
  }

  private int seq(long position) {
    return (int) (irs + 1 + position);
  }

  private int readable() {
    return next - consumed;
  }

  private int firstEarly() {
    int i = next;
    while (i < STREAM && !held[i]) {
      i++;
    }
    return i;
  }

  private boolean holdsAtOrBeyond(long position) {
    for (int i = (int) Math.max(position, next); i < offered && i < STREAM; i++) {
      if (held[i]) {
        return true;
      }
    }
    return false;
  }

  // ---- What the peer sends

  void arrives(boolean withFin) {
    long start = Math.max(0, position());
    int length = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(LARGEST_SEGMENT);
    boolean ends = withFin && random.nextInt(20) == 0;
    int offset = random.nextInt(10);
    for (int i = 0; i < length; i++) {
      frame.put(offset + i, (byte) random.nextInt());
    }
    segment.memory = frame;
    segment.seq = seq(start);
    segment.dataOffset = offset;
    segment.dataLength = length;
    segment.flags = ends ? 1 : 0;
    // An empty segment may stand behind all that was offered.
    boolean acceptable = length + (ends ? 1 : 0) == 0
        ? start >= next + (finTaken ? 1 : 0) && start <= offered
        : start < offered && start + length + (ends ? 1 : 0) > next + (finTaken ? 1 : 0);
    assertEquals(acceptable, receiver.acceptable(segment.seq, segment.length()), "acceptable");
    if (!acceptable) {
      return;
    }
    if (length > 0) {
      payload((int) start, length, offset);
    }
    if (ends) {
      finArrives(start + length);
    }
    showView();
    takeFin();
  }

  /** Mostly in order, else somewhere about the window. */
  private long position() {
    return switch (random.nextInt(6)) {
      case 0 -> next - random.nextInt(2_000);
      case 1 -> next + random.nextLong(offered - next + 2_000);
      case 2 -> offered - random.nextInt(2_000);
      default -> next;
    };
  }

  private void payload(int start, int length, int offset) {
    boolean mayShow = random.nextBoolean();
    int from = Math.max(start, next);
    // By rounding up more may be offered to one who waits than can be held.
    long end = Math.min(fin == NO_FIN ? offered : fin, consumed + cap);
    int to = (int) Math.min(start + length, end);
    int at = offset + from - start;
    int verdict = receiver.onPayload(segment, mayShow);
    if (to <= from || finTaken) {
      boolean full = from == consumed + cap;
      assertEquals(full ? Receiver.DROPPED : Receiver.DUPLICATE, verdict);
      return;
    }
    if (from > next) {
      assertTrue(verdict == Receiver.EARLY || verdict == Receiver.DROPPED, () -> "" + verdict);
      if (verdict == Receiver.EARLY) {
        accept(from, to - from, at);
      }
      return;
    }
    int early = firstEarly();
    boolean gap = early < STREAM;
    if (to > early) {
      accept(early, to - early, at + early - from);
      to = early;
    }
    assertEquals(gap ? Receiver.FILLS_GAP : Receiver.IN_ORDER, verdict);
    accept(from, to - from, at);
    if (mayShow && readable() == 0) {
      viewed = to - from;
      assertEquals(at, receiver.viewOffset());
    } else {
      advance();
    }
    assertEquals(viewed, receiver.viewLength());
  }

  private void accept(int position, int length, int offset) {
    for (int i = 0; i < length; i++) {
      if (!held[position + i]) {
        held[position + i] = true;
        bytes[position + i] = frame.get(offset + i);
      }
    }
  }

  private void advance() {
    while (next < STREAM && held[next]) {
      next++;
    }
  }

  private void finArrives(long position) {
    boolean expected;
    if (fin != NO_FIN) {
      expected = position == fin;
    } else {
      expected = position >= next && position <= offered && !holdsAtOrBeyond(position);
    }
    assertEquals(expected, receiver.onFin(seq(position)), "onFin");
    if (expected) {
      fin = position;
    }
  }

  private void takeFin() {
    boolean expected = fin == next && !finTaken && viewed == 0;
    assertEquals(expected, receiver.takeFin(), "takeFin");
    if (expected) {
      finTaken = true;
      edge = Math.max(edge, fin + 1);
      offered = Math.max(offered, edge);
    }
    assertEquals(finTaken, receiver.finTaken());
  }

  // ---- What the user does

  private void showView() {
    if (viewed == 0) {
      return;
    }
    assertFalse(receiver.takeFin(), "not while bytes are in view");
    int leftover = random.nextBoolean() ? 0 : random.nextInt(viewed + 1);
    boolean keep = random.nextInt(10) == 0;
    if (keep) {
      leftover = viewed;
    }
    assertTrue(keep ? receiver.keepView() : receiver.onViewShown(leftover));
    consumed += viewed - leftover;
    viewed = 0;
    advance();
    shown(leftover);
  }

  /** Time passes, and the limit may grow, or fall back. */
  private void shown(int leftover) {
    nowNs += random.nextInt(50) == 0 ? 5_000_000_000L : random.nextInt(30_000_000);
    long srttNs = random.nextInt(10) == 0 ? 0 : 20_000_000;
    boolean forMore = random.nextBoolean();
    receiver.onShown(leftover, forMore, srttNs, nowNs);
    waits = finTaken ? waits : forMore && leftover > 0;
    int limit = receiver.limitBytes();
    assertTrue(limit <= cap && limit >= Math.min(cap, 64 << 10), () -> "limit " + limit);
  }

  void consumes() {
    int count = switch (random.nextInt(3)) {
      case 0 -> readable();
      case 1 -> Math.min(readable(), 1 + random.nextInt(10));
      default -> random.nextInt(readable() + 1);
    };
    receiver.onLeftoverShown(readable() - count);
    consumed += count;
    shown(readable());
  }

  // ---- What we offer

  void offers() {
    int limit = receiver.limitBytes();
    long candidate = next + Math.min(limit - readable(), 0xFFFFL << scale);
    long growth = candidate - edge;
    int worth = Math.min(limit / 2, mss);
    boolean due = fin == NO_FIN && (growth >= limit / 2 || (window() < mss && growth >= worth));
    boolean grows = growth >= worth || (growth > 0 && window() == 0);
    // With more held than is moved at any time, only the buffer knows what the next move costs.
    boolean exact = waits || span() <= 64 << 10;
    assertTrue(
        receiver.windowUpdateDue() == due || (!exact && !receiver.windowUpdateDue()),
        "windowUpdateDue");
    int field = receiver.offerWindow();
    if (grows && exact) {
      edge = candidate;
    } else if (grows) {
      long seen = (long) next + receiver.window();
      assertTrue(seen >= Math.max(edge, next) && seen <= Math.max(candidate, next), "edge");
      edge = Math.max(edge, seen);
    }
    offered = Math.max(offered, edge);
    long end = next + ((long) field << scale);
    assertTrue(field >= 0 && field <= 0xFFFF, () -> "field " + field);
    assertTrue(end < edge + (1 << scale), () -> "offers more than " + window());
    assertTrue(waits || end <= offered, "nobody waits for more");
    long least = (waits ? edge : offered) - (waits ? 0 : (1 << scale) - 1);
    assertTrue(field == 0xFFFF || end >= least, () -> "offers less than " + least);
    offered = Math.max(offered, end);
  }

  private long window() {
    return Math.max(edge - next, 0);
  }

  /** From the first byte that is not consumed to the last one that came. */
  private int span() {
    int last = next;
    for (int i = next; i < offered && i < STREAM; i++) {
      last = held[i] ? i + 1 : last;
    }
    return last - consumed;
  }

  void check() {
    assertEquals(seq(next + (finTaken ? 1 : 0)), receiver.rcvNxt(), "rcvNxt");
    assertEquals(window(), receiver.window(), "window");
    assertEquals(readable(), receiver.readable(), "readable");
    assertTrue(edge - consumed <= cap + (finTaken ? 1 : 0), "no more than the cap is promised");
    long most = (Integer.highestOneBit(cap - 1) << 1) + 1_024L;
    assertTrue(arena.usedBytes() <= most, () -> arena.usedBytes() + " bytes of " + most);
    if (readable() > 0) {
      ByteBuffer memory = arena.memory(receiver.readableHandle());
      ByteBuffer shown = memory.slice(receiver.readableOffset(), readable());
      assertEquals(ByteBuffer.wrap(bytes, consumed, readable()), shown, "bytes");
    }
  }
}
