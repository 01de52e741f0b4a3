// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.util.SplittableRandom;

/** A scoreboard without records: each byte knows for itself what became of it. Drives the real one, and compares. */
final class ScoreboardModel {
  private static final int BYTES = 20_000;
  private static final long LONGEST_AGO_NS = 64L * Integer.MAX_VALUE;

  private static final class Octet {
    boolean starts;
    int flags;

    /** Of how many SACKed ones its record was made. */
    int segments;

    long sentNs;
    int delivered;
    long deliveredNs;
    long firstSentNs;

    void copyTimes(Octet other) {
      sentNs = other.sentNs;
      delivered = other.delivered;
      deliveredNs = other.deliveredNs;
      firstSentNs = other.firstSentNs;
    }
  }

  private final SplittableRandom random;
  private final BufferArena arena;
  private final Scoreboard board;
  private final int mostRecords;
  private final int base;
  private final Octet[] bytes = new Octet[BYTES];
  private int first;
  private int end;
  private long nowNs;

  ScoreboardModel(SplittableRandom random, BufferArena arena, Scoreboard board, int mostRecords) {
    this.random = random;
    this.arena = arena;
    this.board = board;
    this.mostRecords = mostRecords;
    base = Seeded.initialSeq(random);
    nowNs = Long.MAX_VALUE - random.nextLong(200_000_000L);
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = new Octet();
    }
    board.reset(base);
  }

  void step() {
    nowNs += random.nextInt(5) == 0 ? 0 : random.nextLong(1_000_000);
    int count = count();
    if (count == 0 || random.nextInt(3) == 0) {
      sends();
      return;
    }
    int index = random.nextInt(count);
    int at = start(index);
    int flags = bytes[at].flags;
    boolean sacked = (flags & Scoreboard.SACKED) != 0;
    boolean lost = (flags & Scoreboard.LOST) != 0;
    switch (random.nextInt(12)) {
      case 0, 1 -> sack(index, sacked);
      case 11 -> sackRun(index);
      case 2 -> lose(index, sacked || lost);
      case 3 -> sendAgain(index, sacked);
      case 4 -> splits(index, sacked);
      case 5 -> joinsLost(index, lost);
      case 6 -> removesFirst();
      case 7 -> trims();
      case 8 -> unmarks();
      default -> finds();
    }
  }

  private void stamp(Octet b, int flags) {
    b.flags = flags;
    b.sentNs = nowNs;
    b.delivered = random.nextInt();
    b.deliveredNs = nowNs - ago();
    b.firstSentNs = nowNs - ago();
  }

  private long ago() {
    return random.nextInt(20) == 0
        ? random.nextLong(200_000_000_000L)
        : random.nextLong(1_000_000_000);
  }

  private void sends() {
    int length = 1 + random.nextInt(8);
    if (end + length > BYTES) {
      return;
    }
    int last = count() - 1;
    boolean full = last + 1 == mostRecords;
    int unusual = Scoreboard.SACKED | Scoreboard.LOST | Scoreboard.RETRANSMITTED;
    boolean room = !full || (bytes[start(last)].flags & unusual) == 0;
    assertEquals(room, board.hasRoom(), "room");
    if (!room) {
      return;
    }
    Octet sent = new Octet();
    stamp(sent, random.nextInt(4) == 0 ? Scoreboard.APPLICATION_LIMITED : 0);
    sent.flags |= random.nextInt(8) == 0 ? Scoreboard.RETRANSMITTED : 0;
    board.append(
        base + end + length, nowNs, sent.flags, sent.delivered, sent.deliveredNs, sent.firstSentNs);
    bytes[end].starts = true;
    fill(end, end + length, sent, sent.flags);
    end += length;
    if (full) {
      int several = bytes[start(last)].sentNs == sent.sentNs ? 0 : Scoreboard.SEVERAL;
      joins(last);
      setFlags(last, bytes[start(last)].flags | several);
    }
  }

  private void fill(int from, int to, Octet times, int flags) {
    for (int i = from; i < to; i++) {
      bytes[i].copyTimes(times);
      bytes[i].flags = flags;
    }
  }

  /** A record and the next become one: with the flags of both, and the times of the one sent later, or else the second. */
  private void joins(int index) {
    int left = start(index);
    int right = start(index + 1);
    Octet later = bytes[right].sentNs - bytes[left].sentNs < 0 ? bytes[left] : bytes[right];
    Octet times = new Octet();
    times.copyTimes(later);
    int flags = bytes[left].flags | bytes[right].flags;
    int to = index + 2 < count() ? start(index + 2) : end;
    int segments = bytes[left].segments + bytes[right].segments;
    bytes[right].starts = false;
    fill(left, to, times, flags);
    setSegments(index, segments);
  }

  private void sack(int index, boolean already) {
    if (already) {
      return;
    }
    board.markSacked(index);
    held(index);
    joinsHeld(index);
  }

  /** Several records, some of which are SACKed already. */
  private void sackRun(int first) {
    int last = Math.min(first + random.nextInt(6), count() - 1);
    for (int i = first; i <= last; i++) {
      if ((bytes[start(i)].flags & Scoreboard.SACKED) == 0) {
        board.markSackedApart(i);
        held(i);
      }
    }
    board.joinSacked(first, last);
    for (int i = last; i >= first; i--) {
      joinsHeld(i);
    }
  }

  private void held(int index) {
    int at = start(index);
    setFlags(index, (bytes[at].flags & ~Scoreboard.LOST) | Scoreboard.SACKED);
    setSegments(index, 1);
  }

  private void joinsHeld(int index) {
    if (index + 1 < count() && (bytes[start(index + 1)].flags & Scoreboard.SACKED) != 0) {
      joins(index);
    }
    if (index > 0 && (bytes[start(index - 1)].flags & Scoreboard.SACKED) != 0) {
      joins(index - 1);
    }
  }

  private void setFlags(int index, int flags) {
    int to = index + 1 < count() ? start(index + 1) : end;
    for (int i = start(index); i < to; i++) {
      bytes[i].flags = flags;
    }
  }

  private void setSegments(int index, int segments) {
    int to = index + 1 < count() ? start(index + 1) : end;
    for (int i = start(index); i < to; i++) {
      bytes[i].segments = segments;
    }
  }

  private void lose(int index, boolean already) {
    if (!already) {
      board.markLost(index);
      setFlags(index, bytes[start(index)].flags | Scoreboard.LOST);
    }
  }

  private void sendAgain(int index, boolean sacked) {
    if (sacked) {
      return;
    }
    Octet sent = new Octet();
    stamp(sent, random.nextInt(4) == 0 ? Scoreboard.APPLICATION_LIMITED : 0);
    board.resend(index, nowNs, sent.flags, sent.delivered, sent.deliveredNs, sent.firstSentNs);
    int to = index + 1 < count() ? start(index + 1) : end;
    fill(start(index), to, sent, sent.flags | Scoreboard.RETRANSMITTED);
  }

  private void splits(int index, boolean sacked) {
    int at = start(index);
    int to = index + 1 < count() ? start(index + 1) : end;
    if (to - at > 1 && !sacked) {
      boolean room = count() < mostRecords;
      boolean handsOver =
          !room && to < end && (bytes[at].flags & bytes[to].flags & Scoreboard.LOST) != 0;
      int cut = random.nextInt(at + 1, to);
      assertEquals(room || handsOver, board.split(index, base + cut), "split");
      bytes[cut].starts = room || handsOver;
      if (handsOver) {
        joins(index + 1);
      }
    }
  }

  private void joinsLost(int index, boolean lost) {
    if (lost && index + 1 < count() && (bytes[start(index + 1)].flags & Scoreboard.LOST) != 0) {
      board.join(index);
      joins(index);
    }
  }

  private void removesFirst() {
    board.removeFirst();
    first = count() > 1 ? start(1) : end;
  }

  private void trims() {
    int to = count() > 1 ? start(1) : end;
    int cut = random.nextInt(first, to);
    board.trim(base + cut);
    first = cut;
    bytes[first].starts = true;
  }

  private void unmarks() {
    int flag = random.nextBoolean() ? Scoreboard.LOST : Scoreboard.SACKED;
    if (random.nextInt(4) != 0) {
      return;
    }
    for (int i = first; i < end; i++) {
      bytes[i].flags &= ~flag;
      bytes[i].segments = flag == Scoreboard.SACKED ? 0 : bytes[i].segments;
    }
    if (flag == Scoreboard.LOST) {
      board.unmarkLost();
    } else {
      board.unmarkSacked();
    }
  }

  private void finds() {
    int at = random.nextInt(first, end + 3);
    int expected = 0;
    while (expected < count() && (expected + 1 < count() ? start(expected + 1) : end) <= at) {
      expected++;
    }
    assertEquals(expected, board.find(base + at), "find");
  }

  void acknowledgeAll() {
    while (!board.isEmpty()) {
      removesFirst();
    }
    board.trim(base + end);
  }

  private int count() {
    int count = 0;
    for (int i = first; i < end; i++) {
      count += bytes[i].starts ? 1 : 0;
    }
    return count;
  }

  private int start(int index) {
    int at = first;
    for (int i = 0; i < index; i++) {
      do {
        at++;
      } while (!bytes[at].starts);
    }
    return at;
  }

  void check() {
    int index = 0;
    int sacked = 0;
    int segments = 0;
    int lost = 0;
    int firstLost = -1;
    for (int at = first; at < end; ) {
      int to = at + 1;
      while (to < end && !bytes[to].starts) {
        to++;
      }
      checkRecord(index, at, to);
      segments += bytes[at].segments;
      sacked += (bytes[at].flags & Scoreboard.SACKED) != 0 ? to - at : 0;
      lost += (bytes[at].flags & Scoreboard.LOST) != 0 ? to - at : 0;
      firstLost = firstLost < 0 && lost > 0 ? index : firstLost;
      at = to;
      index++;
    }
    assertEquals(index, board.count(), "count");
    assertEquals(index == 0, board.isEmpty(), "empty");
    assertEquals(base + first, board.startSeq(0), "SND.UNA");
    assertEquals(base + end, board.endSeq(), "end");
    assertEquals(sacked, board.sackedBytes(), "SACKed");
    assertEquals(segments, board.sackedSegments(), "SACKed segments");
    assertEquals(lost, board.lostBytes(), "lost");
    assertEquals(end - first, board.outstandingBytes(), "outstanding");
    assertEquals(end - first - sacked - lost, board.inFlightBytes(), "in flight");
    if (lost > 0 && random.nextBoolean()) {
      assertEquals(firstLost, board.firstLost(), "first lost");
    }
    if (index == 0) {
      assertEquals(0, arena.usedBytes(), "held without records");
    }
    assertTrue(index <= mostRecords, "records");
  }

  private void checkRecord(int index, int at, int to) {
    assertEquals(base + at, board.startSeq(index), "start");
    assertEquals(base + to, board.endSeq(index), "end");
    assertEquals(to - at, board.length(index), "length");
    Octet expected = bytes[at];
    assertEquals(expected.flags, board.flags(index), "flags");
    assertEquals(expected.sentNs, board.sentNs(index), "sent");
    SentSegment sent = new SentSegment();
    board.read(index, sent);
    assertEquals(base + to, sent.endSeq, "end");
    assertEquals(expected.flags, sent.flags, "flags");
    assertEquals(expected.sentNs, sent.sentNs, "sent");
    assertEquals(expected.delivered, sent.delivered, "delivered");
    checkTime(expected.sentNs, expected.deliveredNs, sent.deliveredNs);
    checkTime(expected.sentNs, expected.firstSentNs, sent.firstSentNs);
  }

  /** In units of 64 ns, up to 137 s. */
  private static void checkTime(long sentNs, long expectedNs, long actualNs) {
    long within = Math.max(sentNs - expectedNs - LONGEST_AGO_NS, 0);
    long late = actualNs - expectedNs;
    assertTrue(late >= within && late < within + 64, () -> "late by " + late);
  }
}
