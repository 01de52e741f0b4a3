// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static io.vireo.tcp.Tuples.portKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.tcp.Tuples.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HalfOpenTableTest {
  private static final int NONE = HalfOpenTable.NONE;
  private static final int CAPACITY = 16_384;
  private static final long PEER = addressKey(0x0a4d0001);
  private static final long MS = 1_000_000;

  private final HalfOpenTable table = new HalfOpenTable(new Secrets(1), CAPACITY, 0);

  @Test
  void keepsWhatBothSidesSaid() {
    int entry = table.add(PEER, portKey(80, 40_000), 3);
    table.setPeer(entry, 0xffff_fffe, 65_495, 14, 0x0200_0000_0001L);
    table.setOwn(entry, 0x8000_0000, 7);

    assertEquals(entry, table.find(PEER, portKey(80, 40_000)));
    assertEquals(PEER, table.addressKey(entry));
    assertEquals(portKey(80, 40_000), table.portKey(entry));
    assertEquals(3, table.listener(entry));
    assertEquals(0xffff_fffe, table.irs(entry));
    assertEquals(65_495, table.peerMss(entry));
    assertEquals(14, table.peerWindowScale(entry));
    assertEquals(0x0200_0000_0001L, table.peerMac(entry));
    assertEquals(0x8000_0000, table.iss(entry));
    assertEquals(7, table.ownWindowScale(entry));
  }

  @Test
  void keepsThatNoWindowScaleWasAgreed() {
    int entry = table.add(PEER, portKey(80, 1), 0);
    table.setPeer(entry, 1, 536, -1, 1);
    table.setOwn(entry, 1, -1);

    assertEquals(-1, table.peerWindowScale(entry));
    assertEquals(-1, table.ownWindowScale(entry));
  }

  @Test
  void aNewEntryHasNoRetriesAndNoTimer() {
    int entry = table.add(PEER, portKey(80, 1), 0);
    table.countRetry(entry);
    table.arm(entry, 5 * MS);
    table.remove(entry);
    assertEquals(entry, table.add(PEER, portKey(80, 2), 0));

    assertEquals(0, table.retries(entry));
    assertTrue(table.isEmpty());
    assertEquals(NONE, table.pollExpired(10 * MS));
  }

  @Test
  void knowsWhenItWasAnsweredAndWhetherMoreThanOnce() {
    int entry = table.add(PEER, portKey(80, 1), 0);
    assertFalse(table.answered(entry));
    table.onAnswered(entry, 5);
    assertTrue(table.answered(entry));
    assertTrue(table.answeredOnce(entry));
    assertEquals(5, table.answeredNs(entry));
    for (int i = 0; i < 300; i++) {
      table.onAnswered(entry, 6 + i);
      assertTrue(table.answered(entry));
      assertFalse(table.answeredOnce(entry));
    }
    table.remove(entry);
    assertEquals(entry, table.add(PEER, portKey(80, 2), 0));
    assertFalse(table.answered(entry));
  }

  @Test
  void countsRetriesWithoutOverflow() {
    int entry = table.add(PEER, portKey(80, 1), 0);
    for (int i = 0; i < 1_000; i++) {
      table.countRetry(entry);
    }

    assertEquals(127, table.retries(entry));
  }

  @Test // SYN-03
  void aFullTableTakesNoMoreUntilOneLeaves() {
    fill(0);

    assertEquals(CAPACITY, table.size());
    assertTrue(table.isFull());
    assertEquals(NONE, table.add(PEER, portKey(81, 1), 0));
    table.remove(4_711);
    assertFalse(table.isFull());
    assertEquals(4_711, table.add(PEER, portKey(81, 1), 0));
    assertEquals(NONE, table.add(PEER, portKey(81, 2), 0));
  }

  @Test
  void entriesAndTheirTimersStayWhereTheyAreWhenItGrows() {
    int first = table.add(PEER, portKey(80, 65_535), 1);
    table.setOwn(first, 99, 5);
    table.arm(first, 7 * MS);
    for (int port = 0; port < 5_000; port++) {
      int entry = table.add(PEER, portKey(80, port), 0);
      table.arm(entry, 1_000 * MS);
    }

    assertEquals(first, table.find(PEER, portKey(80, 65_535)));
    assertEquals(99, table.iss(first));
    assertTrue(table.nextDeadlineNs() <= 7 * MS);
    assertEquals(NONE, table.pollExpired(7 * MS - 1));
    assertEquals(first, table.pollExpired(9 * MS));
    assertEquals(NONE, table.pollExpired(9 * MS));
  }

  @Test
  void theBacklogOfEachListenerIsCountedApart() {
    table.add(PEER, portKey(80, 1), 0);
    table.add(PEER, portKey(80, 2), 0);
    int entry = table.add(PEER, portKey(443, 1), 9);

    assertEquals(2, table.count(0));
    assertEquals(1, table.count(9));
    assertEquals(0, table.count(5));
    assertEquals(0, table.count(1_000));
    table.remove(entry);
    assertEquals(0, table.count(9));
  }

  @Test // SYN-18
  void theEntriesOfOneListenerLeaveOldestFirstInBoundedSteps() {
    for (int port = 0; port < 100; port++) {
      table.arm(table.add(PEER, portKey(80 + port % 2, port), port % 2), MS);
    }

    assertEquals(table.find(PEER, portKey(81, 1)), table.oldest(1));
    assertEquals(40, table.removeAll(1, 40));
    assertEquals(table.find(PEER, portKey(81, 81)), table.oldest(1));
    assertEquals(10, table.removeAll(1, 40));
    assertEquals(NONE, table.oldest(1));
    assertEquals(0, table.removeAll(1, 40));
    assertEquals(0, table.removeAll(1_000, 40));
    assertEquals(50, table.count(0));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void behavesAsAMapWithTimers(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Model model = new Model(seed, random.nextInt(1, 500));
    for (int step = 0; step < 100_000; step++) {
      Tuple key = new Tuple(addressKey(random.nextInt(4)), portKey(80, random.nextInt(200)));
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> model.add(key, random.nextInt(12), step);
        case 3 -> model.remove(key);
        case 4, 5 -> model.arm(key, random.nextInt(200) * MS);
        case 6 -> model.pollAfter(random.nextInt(20) * MS);
        default -> model.removeAll(random.nextInt(12), random.nextInt(4));
      }
      model.assertSameFor(key);
    }
  }

  @Test // SYN-03
  void aFullTableCostsAtMost96BytesPerEntry() {
    fill(0);

    assertTrue(ArraySizes.bytesOf(table) <= 96 * CAPACITY, () -> "" + ArraySizes.bytesOf(table));
  }

  @Test
  void anIdleTableIsSmall() {
    assertTrue(ArraySizes.bytesOf(table) <= 16_384, () -> "" + ArraySizes.bytesOf(table));
  }

  private void fill(int listener) {
    for (int i = 0; i < CAPACITY; i++) {
      assertNotEquals(NONE, table.add(PEER, portKey(80, i), listener));
    }
  }

  /** Runs a table and a naive copy of it side by side. */
  private static final class Model {
    private static final class Entry {
      final int listener;
      final int step;
      long deadlineNs = Long.MAX_VALUE;

      Entry(int listener, int step) {
        this.listener = listener;
        this.step = step;
      }
    }

    private final Map<Tuple, Entry> entries = new LinkedHashMap<>();
    private final HalfOpenTable table;
    private final int capacity;
    private final String seed;
    private long nowNs;

    Model(long seed, int capacity) {
      this.table = new HalfOpenTable(new Secrets(seed), capacity, 0);
      this.capacity = capacity;
      this.seed = "seed " + seed;
    }

    void add(Tuple key, int listener, int step) {
      if (entries.containsKey(key)) {
        return;
      }
      int entry = table.add(key.addressKey(), key.portKey(), listener);
      assertEquals(entries.size() == capacity, entry == NONE, seed);
      if (entry != NONE) {
        table.setPeer(entry, step, step & 0xfff, step & 15, step);
        table.setOwn(entry, -step, step & 7);
        entries.put(key, new Entry(listener, step));
      }
    }

    void remove(Tuple key) {
      if (entries.remove(key) != null) {
        table.remove(find(key));
      }
    }

    void arm(Tuple key, long delayNs) {
      if (entries.containsKey(key)) {
        entries.get(key).deadlineNs = nowNs + delayNs;
        table.arm(find(key), nowNs + delayNs);
      }
    }

    /** NONE does not mean that nothing is due while the next deadline is. */
    void pollAfter(long delayNs) {
      nowNs += delayNs;
      while (!table.isEmpty() && table.nextDeadlineNs() - nowNs <= 0) {
        int entry = table.pollExpired(nowNs);
        if (entry != NONE) {
          Tuple key = new Tuple(table.addressKey(entry), table.portKey(entry));
          assertTrue(entries.get(key).deadlineNs <= nowNs, seed);
          entries.get(key).deadlineNs = Long.MAX_VALUE;
        }
      }
      assertTrue(earliestNs() > nowNs, seed);
    }

    void removeAll(int listener, int limit) {
      List<Tuple> oldest = new ArrayList<>();
      entries.forEach((key, entry) -> {
        if (entry.listener == listener && oldest.size() < limit) {
          oldest.add(key);
        }
      });
      assertEquals(oldest.size(), table.removeAll(listener, limit), seed);
      oldest.forEach(entries::remove);
    }

    void assertSameFor(Tuple key) {
      assertEquals(entries.size(), table.size(), seed);
      assertEquals(earliestNs() == Long.MAX_VALUE, table.isEmpty(), seed);
      assertTrue(table.isEmpty() || table.nextDeadlineNs() <= earliestNs(), seed);
      Entry entry = entries.get(key);
      assertEquals(entry != null, find(key) != NONE, seed);
      if (entry != null) {
        assertEquals(entry.listener, table.listener(find(key)), seed);
        assertEquals(entry.step, table.irs(find(key)), seed);
        assertEquals(-entry.step, table.iss(find(key)), seed);
        assertEquals(countOf(entry.listener), table.count(entry.listener), seed);
      }
    }

    private int find(Tuple key) {
      return table.find(key.addressKey(), key.portKey());
    }

    private long earliestNs() {
      long earliest = Long.MAX_VALUE;
      for (Entry entry : entries.values()) {
        earliest = Math.min(earliest, entry.deadlineNs);
      }
      return earliest;
    }

    private long countOf(int listener) {
      return entries.values().stream()
          .filter(entry -> entry.listener == listener)
          .count();
    }
  }
}
