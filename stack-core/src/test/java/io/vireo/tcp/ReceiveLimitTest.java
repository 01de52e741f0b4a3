// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** For whom the receive buffer grows, how far, and what is promised by it. */
class ReceiveLimitTest {
  private static final long MS = 1_000_000L;
  private static final int FIRST = 64 << 10;
  private static final int CAP = 4 << 20;

  private final BufferArena arena = new BufferArena(64 << 20);
  private final ReceiveLimit limit = new ReceiveLimit(arena, CAP);
  private int nextSeq = -100_000;
  private long nowNs = Long.MAX_VALUE - 50 * MS;

  @BeforeEach
  void begin() {
    limit.begin(nextSeq, 0xFFFF << 7);
  }

  /** The user consumes all of what came, with a window as large as the limit before it. */
  private void consumes(int bytes, long srttNs) {
    int edge = nextSeq + Math.max(limit.bytes(), bytes);
    nextSeq += bytes;
    limit.onShown(nextSeq, 0, edge, srttNs, nowNs);
  }

  @Test
  void beginsWithWhatAWindowOffersWithoutScaling() {
    assertEquals(FIRST, limit.bytes());
    ReceiveLimit small = new ReceiveLimit(arena, 5_000);
    small.begin(0, 0xFFFF);
    assertEquals(5_000, small.bytes());
    small.onLeftOver(5_000);
    assertEquals(5_000, small.bytes());
    assertEquals(0, arena.promisedBytes());
  }

  // DA-14: ahead of a sender that doubles what it sends in a round trip, whatever that takes
  @ParameterizedTest
  @ValueSource(longs = {1, 100_000, 20 * MS, 300 * MS})
  void staysAheadOfSlowStart(long srttNs) {
    int window = 14_600;
    for (int round = 0; round < 9; round++) {
      for (int sent = 0; sent < window; sent += 1_460) {
        int allowed = Math.min(window + sent, CAP);
        assertTrue(limit.bytes() >= allowed, limit.bytes() + " for " + allowed);
        consumes(1_460, srttNs);
      }
      nowNs += srttNs + 1;
      window *= 2;
    }
    assertEquals(CAP, limit.bytes());
  }

  // DA-14: a path that is slower than its window needs no larger one
  @Test
  void aSteadyStreamIsAllowedFourTimesWhatARoundTripBrings() {
    for (int round = 0; round < 100; round++) {
      for (int i = 0; i < 20; i++) {
        consumes(2_000, 20 * MS);
        nowNs += MS;
      }
    }
    assertTrue(limit.bytes() >= 4 * 40_000, () -> "" + limit.bytes());
    assertTrue(limit.bytes() <= 4 * 42_000 + 16_384, () -> "" + limit.bytes());
  }

  @Test
  void aSlowStreamLeavesTheLimitAsItWas() {
    for (int i = 0; i < 10_000; i++) {
      consumes(1_460, 20 * MS);
      nowNs += 2 * MS;
    }
    assertEquals(FIRST, limit.bytes());
  }

  // DA-14: without any round trip of our own, by the time in which all comes that had been offered
  @Test
  void withoutARoundTripTheWindowMeasuresIt() {
    int edge = nextSeq + FIRST;
    for (int round = 0; round < 12; round++) {
      int end = edge;
      while (nextSeq - end < 0) {
        nextSeq += Math.min(1_000, end - nextSeq);
        limit.onShown(nextSeq, 0, edge, 0, nowNs);
        edge = nextSeq + limit.bytes();
        if (round == 0) {
          assertEquals(FIRST, limit.bytes(), "nothing is known yet");
        }
      }
      nowNs += 100 * MS;
    }
    assertEquals(CAP, limit.bytes());
  }

  @Test
  void whoLeavesOverMoreThanHalfWaitsForMore() {
    limit.onLeftOver(FIRST / 2);
    assertEquals(FIRST, limit.bytes());
    for (int bytes = FIRST; bytes < CAP; bytes *= 2) {
      limit.onLeftOver(bytes / 2 + 1);
      assertEquals(2 * bytes, limit.bytes());
    }
    limit.onLeftOver(CAP);
    assertEquals(CAP, limit.bytes());
    ReceiveLimit odd = new ReceiveLimit(arena, 100_001);
    odd.begin(0, 0xFFFF << 1);
    odd.onLeftOver(FIRST / 2 + 1);
    assertEquals(100_001, odd.bytes());
    ReceiveLimit largest = new ReceiveLimit(arena, 1 << 30);
    largest.begin(0, 0xFFFF << 14);
    for (int i = 0; i < 20; i++) {
      largest.onLeftOver(largest.bytes());
    }
    assertEquals(1 << 30, largest.bytes());
  }

  /** Without scaling, more cannot be offered, however fast he reads; a long message may still be waited for. */
  @Test
  void growsNoFurtherForAReaderThanCanBeOffered() {
    limit.begin(nextSeq, 0xFFFF);
    consumes(60_000, MS);
    assertEquals(FIRST, limit.bytes());
    assertEquals(0, arena.promisedBytes());
    limit.onLeftOver(FIRST);
    assertEquals(2 * FIRST, limit.bytes());
  }

  // ---- What is promised

  /** Half of the arena at most, and always something for who comes later. */
  @Test
  void aThousandReadersArePromisedHalfOfTheArena() {
    ReceiveLimit[] limits = new ReceiveLimit[1_000];
    for (int i = 0; i < limits.length; i++) {
      limits[i] = new ReceiveLimit(arena, CAP);
      limits[i].begin(0, 0xFFFF << 7);
    }
    for (int round = 1; round <= 20; round++) {
      for (ReceiveLimit one : limits) {
        int seq = round * (2 << 20);
        one.onShown(seq, 0, seq, MS, nowNs);
      }
      nowNs += 2 * MS;
    }
    long granted = 0;
    for (ReceiveLimit one : limits) {
      granted += one.bytes() - FIRST;
    }
    assertEquals(granted, arena.promisedBytes());
    assertTrue(granted <= 32 << 20, granted + " of 64 MiB");
    assertTrue(granted > 30 << 20, granted + " of 64 MiB");
    for (ReceiveLimit one : limits) {
      one.end();
      one.end();
    }
    assertEquals(0, arena.promisedBytes());
  }

  @Test
  void nobodyGrowsByReadingWhileMemoryIsScarce() {
    long others = arena.take(32 << 20, 0);
    long more = arena.take(16 << 20, 0);
    long rest = arena.take(8 << 20, 0);
    consumes(1 << 20, MS);
    assertEquals(FIRST, limit.bytes());
    arena.give(others);
    consumes(1_460, MS);
    assertTrue(limit.bytes() > FIRST);
    arena.give(more);
    arena.give(rest);
  }

  /** After silence the sender begins anew, and so does the limit; what was offered remains promised until it is used up. */
  @Test
  void fallsBackAfterSilenceAsTheOfferIsUsedUp() {
    consumes(1 << 20, MS);
    assertEquals(CAP, limit.bytes());
    assertEquals(CAP - FIRST, arena.promisedBytes());
    int edge = nextSeq + CAP;
    nowNs += 1_500 * MS;
    nextSeq += 1_460;
    limit.onShown(nextSeq, 0, edge, MS, nowNs);
    assertEquals(FIRST, limit.bytes());
    assertEquals(CAP - FIRST - 1_460, arena.promisedBytes());
    for (int i = 0; i < 4_000; i++) {
      nowNs += 2 * MS;
      nextSeq += 1_000;
      edge = Math.max(edge, nextSeq + limit.bytes());
      limit.onShown(nextSeq, 0, edge, MS, nowNs);
    }
    assertEquals(FIRST, limit.bytes());
    assertTrue(arena.promisedBytes() < 200_000, () -> "" + arena.promisedBytes());
    limit.onShown(nextSeq += 200_000, 0, nextSeq, 0, nowNs + 2 * MS);
    assertEquals(limit.bytes() - FIRST, arena.promisedBytes());
  }

  /** Bytes are left over: he still waits for the rest. */
  @Test
  void doesNotFallBackWhileBytesAreLeftOver() {
    limit.onLeftOver(FIRST);
    limit.onShown(nextSeq += 100, 100, nextSeq + FIRST, MS, nowNs);
    nowNs += 10_000 * MS;
    limit.onShown(nextSeq += 100, 200, nextSeq + FIRST, MS, nowNs);
    assertEquals(2 * FIRST, limit.bytes());
  }
}
