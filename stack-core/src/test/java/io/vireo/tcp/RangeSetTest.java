// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** The set of ranges against one bit per sequence number. */
class RangeSetTest {
  private static final int SPAN = 1_000;

  private final BufferArena arena = new BufferArena(64 << 10);
  private final RangeSet ranges = new RangeSet(arena, 64);

  /** How many ranges the bits make up. */
  private static int count(BitSet bits) {
    int count = 0;
    for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(bits.nextClearBit(i))) {
      count++;
    }
    return count;
  }

  private void check(BitSet bits, int base) {
    assertEquals(count(bits), ranges.count());
    assertEquals(bits.isEmpty(), ranges.isEmpty());
    int index = 0;
    for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(bits.nextClearBit(i))) {
      assertEquals(base + i, ranges.start(index));
      assertEquals(base + bits.nextClearBit(i), ranges.end(index));
      index++;
    }
    assertEquals(bits.isEmpty() ? 0 : 1_024, arena.usedBytes());
  }

  @Test
  void whatIsTakenOutLeavesWhatIsBesideIt() {
    Seeded.forSeeds(500, random -> {
      ranges.clear();
      BitSet bits = new BitSet();
      int base = Seeded.initialSeq(random);
      for (int step = 0; step < 100; step++) {
        int start = random.nextInt(100);
        int end = start + 1 + random.nextInt(8);
        if (random.nextInt(3) == 0) {
          bits.set(start, end);
          ranges.add(base + start, base + end);
        } else {
          boolean all = bits.get(start, end).cardinality() == end - start;
          bits.clear(start, all ? end : start);
          assertTrue(ranges.remove(base + start, base + end));
        }
        check(bits, base);
      }
    });
    ranges.clear();
    assertEquals(BufferArena.NONE, ranges.handle());
  }

  @Test
  void cannotTakeOutTheMiddleWhenThereAreTooManyRanges() {
    for (int i = 0; i < 64; i++) {
      ranges.add(10 * i, 10 * i + 5);
    }
    assertFalse(ranges.remove(1, 2));
    assertEquals(64, ranges.count());
    assertTrue(ranges.remove(0, 2));
    assertTrue(ranges.remove(2, 5));
    assertEquals(63, ranges.count());
  }

  @Test
  void isTheUnionOfWhatWasAdded() {
    Seeded.forSeeds(500, random -> {
      ranges.clear();
      BitSet bits = new BitSet();
      int base = Seeded.initialSeq(random);
      int longest = 1 + random.nextInt(random.nextBoolean() ? 5 : 200);
      for (int step = 0; step < 200; step++) {
        if (random.nextInt(8) == 0 && !bits.isEmpty()) {
          int first = bits.nextSetBit(0);
          bits.clear(first, bits.nextClearBit(first));
          ranges.removeFirst();
        } else {
          int start = random.nextInt(SPAN);
          int end = start + 1 + random.nextInt(longest);
          BitSet after = (BitSet) bits.clone();
          after.set(start, end);
          // Touching counts as joining, so a full set takes what makes no new range.
          boolean fits = count(after) <= 64;
          boolean empty = ranges.isEmpty();
          assertEquals(fits, ranges.canAdd(base + start, base + end));
          if (empty && !fits) {
            ranges.clear();
          }
          assertEquals(fits, ranges.add(base + start, base + end));
          bits = fits ? after : bits;
        }
        check(bits, base);
        int probe = random.nextInt(SPAN + 200);
        assertEquals(naiveIndex(bits, probe), ranges.firstEndingAtOrAfter(base + probe));
        int holding = bits.get(probe) ? naiveIndex(bits, probe) : RangeSet.NONE;
        assertEquals(holding, ranges.holding(base + probe));
      }
    });
  }

  /** Index of the first range that ends at or after the position. */
  private static int naiveIndex(BitSet bits, int position) {
    int index = 0;
    for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(bits.nextClearBit(i))) {
      if (bits.nextClearBit(i) >= position) {
        break;
      }
      index++;
    }
    return index;
  }

  @Test
  void takesNoMoreThanItsLimitAndOneThatJoins() {
    for (int i = 0; i < 64; i++) {
      assertTrue(ranges.add(10 * i, 10 * i + 5));
    }
    assertFalse(ranges.canAdd(7, 8));
    assertFalse(ranges.add(7, 8));
    assertFalse(ranges.add(5_000, 5_001));
    assertTrue(ranges.add(5, 10));
    assertEquals(64 - 1, ranges.count());
    assertTrue(ranges.add(5_000, 5_001));
    assertTrue(ranges.add(-100, 6_000));
    assertEquals(1, ranges.count());
  }

  @Test
  void withoutMemoryNothingIsAdded() {
    long all = arena.take(64 << 10, 0);
    assertFalse(ranges.canAdd(1, 2));
    assertFalse(ranges.add(1, 2));
    assertTrue(ranges.isEmpty());
    arena.give(all);
    assertTrue(ranges.add(1, 2));
  }
}
