// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static io.vireo.tcp.Tuples.portKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.tcp.Tuples.Tuple;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeWaitTableTest {
  private static final int NONE = TimeWaitTable.NONE;
  private static final long WAIT_NS = 60_000_000_000L;
  private static final long PEER = addressKey(0x0a4d0001);

  private final Counters counters = new Counters();
  private final TimeWaitTable table = table(1_000);

  @Test
  void keepsTheSequenceNumbers() {
    table.add(PEER, portKey(80, 1), 0xffff_fff0, 7, 0);
    table.add(PEER, portKey(80, 2), 3, 4, 0);
    int entry = table.find(PEER, portKey(80, 1));

    assertEquals(0xffff_fff0, table.sndNxt(entry));
    assertEquals(7, table.rcvNxt(entry));
  }

  @ParameterizedTest // TW-01, MUST-13
  @ValueSource(longs = {0, -5, Long.MAX_VALUE - 10, Long.MIN_VALUE})
  void anEntryStaysUntilItsTimeIsOver(long startNs) {
    table.add(PEER, portKey(80, 1), 1, 1, startNs);

    assertEquals(startNs + WAIT_NS, table.nextDeadlineNs());
    assertEquals(0, table.expire(startNs + WAIT_NS - 1, 10));
    assertEquals(1, table.expire(startNs + WAIT_NS, 10));
    assertEquals(NONE, table.find(PEER, portKey(80, 1)));
    assertTrue(table.isEmpty());
  }

  @Test // TW-02
  void restartLetsTheEntryWaitAnewBehindTheOthers() {
    table.add(PEER, portKey(80, 1), 1, 1, 0);
    table.add(PEER, portKey(80, 2), 1, 1, 10);
    table.restart(table.find(PEER, portKey(80, 1)), 20);

    assertEquals(10 + WAIT_NS, table.nextDeadlineNs());
    assertEquals(1, table.expire(10 + WAIT_NS, 10));
    assertNotEquals(NONE, table.find(PEER, portKey(80, 1)));
    assertEquals(20 + WAIT_NS, table.nextDeadlineNs());
  }

  @Test // TW-09, CLS-11
  void atTheCapTheOldestGivesWayAndIsCounted() {
    for (int port = 0; port < 1_500; port++) {
      table.add(PEER, portKey(80, port), port, port, port);
    }

    assertEquals(1_000, table.size());
    assertEquals(500, counters.get(Counter.TIME_WAIT_RECYCLED));
    assertEquals(NONE, table.find(PEER, portKey(80, 499)));
    assertNotEquals(NONE, table.find(PEER, portKey(80, 500)));
    assertEquals(500 + WAIT_NS, table.nextDeadlineNs());
  }

  @Test
  void capacityZeroKeepsNothing() {
    TimeWaitTable none = table(0);
    none.add(PEER, portKey(80, 1), 1, 1, 0);

    assertTrue(none.isEmpty());
    assertEquals(NONE, none.find(PEER, portKey(80, 1)));
    assertEquals(0, none.expire(WAIT_NS, 10));
  }

  @Test
  void capacityOneKeepsTheLatest() {
    TimeWaitTable one = table(1);
    one.add(PEER, portKey(80, 1), 1, 1, 0);
    one.add(PEER, portKey(80, 2), 1, 1, 0);

    assertEquals(NONE, one.find(PEER, portKey(80, 1)));
    assertNotEquals(NONE, one.find(PEER, portKey(80, 2)));
  }

  @Test
  void oneCallExpiresNoMoreThanItsLimit() {
    for (int port = 0; port < 100; port++) {
      table.add(PEER, portKey(80, port), 1, 1, 0);
    }

    assertEquals(64, table.expire(WAIT_NS, 64));
    assertEquals(36, table.expire(WAIT_NS, 64));
    assertEquals(0, table.expire(WAIT_NS, 64));
  }

  @Test // CLS-09
  void aRemovedConnectionMayComeBack() {
    table.add(PEER, portKey(80, 1), 1, 1, 0);
    table.remove(table.find(PEER, portKey(80, 1)));
    assertFalse(table.expire(WAIT_NS, 10) > 0);
    table.add(PEER, portKey(80, 1), 2, 2, WAIT_NS);

    assertEquals(2, table.sndNxt(table.find(PEER, portKey(80, 1))));
    assertEquals(2 * WAIT_NS, table.nextDeadlineNs());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void behavesAsAQueueWithKeys(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int capacity = random.nextInt(1, 600);
    Counters recycled = new Counters();
    TimeWaitTable churned = new TimeWaitTable(new Secrets(seed), capacity, 1_000, null, recycled);
    Model model = new Model(capacity);
    // The wrap of the clock comes in the middle.
    long nowNs = Long.MAX_VALUE - 100_000;
    for (int step = 0; step < 100_000; step++) {
      nowNs += random.nextInt(4);
      Tuple key = new Tuple(addressKey(random.nextInt(4)), portKey(80, random.nextInt(400)));
      int entry = churned.find(key.addressKey(), key.portKey());
      assertEquals(model.holds(key), entry != NONE, () -> "seed " + seed);
      int action = random.nextInt(10);
      if (action == 0) {
        int limit = random.nextInt(8);
        assertEquals(
            model.expire(nowNs, limit), churned.expire(nowNs, limit), () -> "seed " + seed);
      } else if (entry == NONE) {
        churned.add(key.addressKey(), key.portKey(), step, -step, nowNs);
        model.add(key, step, nowNs + 1_000);
      } else if (action < 4) {
        churned.remove(entry);
        model.remove(key);
      } else if (action < 6) {
        churned.restart(entry, nowNs);
        model.restart(key, nowNs + 1_000);
      } else {
        assertEquals(model.sndNxt(key), churned.sndNxt(entry), () -> "seed " + seed);
        assertEquals(-model.sndNxt(key), churned.rcvNxt(entry), () -> "seed " + seed);
      }
      model.assertSameAs(churned, seed);
    }
    assertEquals(model.recycled, recycled.get(Counter.TIME_WAIT_RECYCLED));
  }

  @Test // CLS-11
  void aFullTableCostsAtMost64BytesPerEntry() {
    TimeWaitTable full = table(1 << 16);
    for (int i = 0; i < 1 << 16; i++) {
      full.add(addressKey(i), portKey(80, 1), 1, 1, 0);
    }

    assertEquals(1 << 16, full.size());
    assertTrue(bytesOf(full) <= (64L << 16) + 64);
  }

  @Test
  void anIdleTableIsSmall() {
    assertTrue(bytesOf(table(1 << 24)) <= 4_096);
  }

  private TimeWaitTable table(int capacity) {
    return new TimeWaitTable(new Secrets(1), capacity, WAIT_NS, null, counters);
  }

  private long bytesOf(TimeWaitTable measured) {
    return ArraySizes.bytesOf(measured) - ArraySizes.bytesOf(counters);
  }

  /** Keys in the order of expiry. */
  private static final class Model {
    private record Entry(int sndNxt, long deadlineNs) {}

    private final Map<Tuple, Entry> entries = new LinkedHashMap<>();
    private final int capacity;
    private int recycled;

    Model(int capacity) {
      this.capacity = capacity;
    }

    boolean holds(Tuple key) {
      return entries.containsKey(key);
    }

    int sndNxt(Tuple key) {
      return entries.get(key).sndNxt();
    }

    void add(Tuple key, int sndNxt, long deadlineNs) {
      if (entries.size() == capacity) {
        entries.remove(entries.keySet().iterator().next());
        recycled++;
      }
      entries.put(key, new Entry(sndNxt, deadlineNs));
    }

    void restart(Tuple key, long deadlineNs) {
      int sndNxt = entries.remove(key).sndNxt();
      entries.put(key, new Entry(sndNxt, deadlineNs));
    }

    void remove(Tuple key) {
      entries.remove(key);
    }

    int expire(long nowNs, int limit) {
      int expired = 0;
      Iterator<Entry> each = entries.values().iterator();
      while (expired < limit && each.hasNext() && each.next().deadlineNs() - nowNs <= 0) {
        each.remove();
        expired++;
      }
      return expired;
    }

    void assertSameAs(TimeWaitTable table, long seed) {
      assertEquals(entries.size(), table.size(), () -> "seed " + seed);
      if (!entries.isEmpty()) {
        long next = entries.values().iterator().next().deadlineNs();
        assertEquals(next, table.nextDeadlineNs(), () -> "seed " + seed);
      }
    }
  }
}
