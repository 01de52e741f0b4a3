// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.wire.AddressIndex;
import io.vireo.wire.IndexList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The three structures of the neighbour table against the JDK's collections. */
final class IndexStructuresTest {
  private static final int CAPACITY = 32;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theHeapAlwaysKnowsTheEarliestDeadline(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    DeadlineHeap heap = new DeadlineHeap(CAPACITY);
    Map<Integer, Long> model = new HashMap<>();
    long baseNs = Long.MAX_VALUE - 500;
    for (int round = 0; round < 100_000; round++) {
      int thing = random.nextInt(CAPACITY);
      if (random.nextInt(3) == 0) {
        heap.disarm(thing);
        model.remove(thing);
      } else {
        long offsetNs = random.nextLong(1_000);
        heap.arm(thing, baseNs + offsetNs);
        model.put(thing, offsetNs);
      }
      String run = "seed " + seed + " round " + round;
      assertEquals(model.isEmpty(), heap.isEmpty(), run);
      assertEquals(model.containsKey(thing), heap.armed(thing), run);
      if (!model.isEmpty()) {
        long earliest = model.values().stream().min(Long::compare).orElseThrow();
        assertEquals(earliest, heap.firstNs() - baseNs, run);
        assertEquals(earliest, model.get(heap.first()), run);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theListKeepsTheOrderOfJoining(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    IndexList list = new IndexList(CAPACITY);
    Set<Integer> model = new LinkedHashSet<>();
    for (int round = 0; round < 100_000; round++) {
      int index = random.nextInt(CAPACITY);
      if (model.contains(index) || random.nextInt(3) == 0) {
        list.remove(index);
        model.remove(index);
      } else {
        list.add(index);
        model.add(index);
      }
      String run = "seed " + seed + " round " + round;
      int first = model.isEmpty() ? IndexList.NONE : model.iterator().next();
      assertEquals(first, list.first(), run);
      assertEquals(model.contains(index), list.contains(index), run);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theIndexFindsWhatWasAddedUntilItIsRemoved(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    AddressIndex entries = new AddressIndex(CAPACITY, random.nextLong());
    Map<Integer, Integer> model = new HashMap<>();
    for (int round = 0; round < 100_000; round++) {
      int address = 0x0a00_0000 + random.nextInt(3 * CAPACITY);
      String run = "seed " + seed + " round " + round;
      Integer known = model.get(address);
      assertEquals(known == null ? AddressIndex.NONE : known, entries.find(address), run);
      assertEquals(model.size() == CAPACITY, entries.isFull(), run);
      if (known != null) {
        assertEquals(address, entries.address(known), run);
        if (random.nextBoolean()) {
          entries.remove(known);
          model.remove(address);
        }
      } else if (model.size() < CAPACITY) {
        assertEquals(null, model.put(address, entries.add(address)), run);
      }
    }
  }
}
