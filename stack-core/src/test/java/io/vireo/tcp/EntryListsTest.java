// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryListsTest {
  private static final int NONE = EntryLists.NONE;
  private static final int FREE = EntryLists.FREE;

  @Test
  void newEntriesAreFreeAndTheLowestIsTakenFirst() {
    EntryLists lists = new EntryLists(1);
    lists.growEntriesTo(3);

    assertEquals(3, lists.count(FREE));
    assertEquals(0, lists.last(FREE));
    assertEquals(2, lists.first(FREE));
  }

  @Test
  void theEntryFreedLastIsTakenFirst() {
    EntryLists lists = new EntryLists(2);
    lists.growEntriesTo(3);
    lists.move(1, FREE, 1);
    lists.move(0, FREE, 1);
    lists.move(1, 1, FREE);

    assertEquals(1, lists.last(FREE));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void behavesAsAListOfQueues(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    EntryLists lists = new EntryLists(1);
    List<Deque<Integer>> model = new ArrayList<>(List.of(new ArrayDeque<>()));
    List<Integer> listOfEntry = new ArrayList<>();
    for (int step = 0; step < 100_000; step++) {
      if (random.nextInt(1_000) == 0 && listOfEntry.size() < 500) {
        int entry = listOfEntry.size();
        lists.growEntriesTo(entry + 1);
        listOfEntry.add(FREE);
        model.get(FREE).add(entry);
      } else if (random.nextInt(1_000) == 0 && model.size() < 20) {
        model.add(new ArrayDeque<>());
        lists.growListsTo(model.size());
      } else if (!listOfEntry.isEmpty()) {
        int entry = random.nextInt(listOfEntry.size());
        int from = listOfEntry.get(entry);
        int to = random.nextInt(model.size());
        lists.move(entry, from, to);
        model.get(from).remove(entry);
        model.get(to).add(entry);
        listOfEntry.set(entry, to);
      }
      assertSame(model, lists, random.nextInt(model.size()), seed);
    }
  }

  private static void assertSame(
      List<Deque<Integer>> model, EntryLists lists, int list, long seed) {
    Deque<Integer> expected = model.get(list);
    assertEquals(expected.size(), lists.count(list), () -> "seed " + seed);
    assertEquals(
        expected.isEmpty() ? NONE : expected.getFirst(), lists.first(list), () -> "seed " + seed);
    assertEquals(
        expected.isEmpty() ? NONE : expected.getLast(), lists.last(list), () -> "seed " + seed);
  }
}
