// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static io.vireo.tcp.Tuples.portKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.tcp.Tuples.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TupleIndexTest {
  /** Chance passes this once in a million full tables: runs of length n have probability exp(-0.193 n) at load 1/2. */
  private static final int LONGEST_PROBE = 128;

  private static final int SEEDS = 20;
  private static final int PEER = 0x0a4d0001;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void behavesAsAMapUnderChurn(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int capacity = 1 << random.nextInt(1, 11);
    TupleIndex index = new TupleIndex(new Secrets(seed), Secrets.Use.CONNECTION_TABLE, capacity);
    Map<Tuple, Integer> model = new HashMap<>();
    Deque<Integer> free = new ArrayDeque<>(IntStream.range(0, capacity).boxed().toList());
    for (int step = 0; step < 100_000; step++) {
      Tuple key = new Tuple(random.nextInt(40), random.nextInt(40));
      Integer entry = model.get(key);
      assertEquals(
          entry == null ? TupleIndex.NONE : entry,
          index.find(key.addressKey(), key.portKey()),
          () -> "seed " + seed);
      if (entry != null && random.nextInt(3) > 0) {
        index.remove(entry);
        free.add(model.remove(key));
      } else if (entry == null && !free.isEmpty()) {
        index.insert(key.addressKey(), key.portKey(), free.peek());
        model.put(key, free.remove());
      } else if (free.isEmpty() && capacity < 1_000) {
        index.growTo(capacity + random.nextInt(1, 20));
        IntStream.range(capacity, index.capacity()).forEach(free::add);
        capacity = index.capacity();
      }
      assertEquals(model.size(), index.size(), () -> "seed " + seed);
    }
    assertHolds(model, index, seed);
  }

  @Test
  void entriesKeepTheirNumbersAndKeysWhenItGrows() {
    TupleIndex index = new TupleIndex(new Secrets(1), Secrets.Use.CONNECTION_TABLE, 0);
    for (int entry = 0; entry < 1_000; entry++) {
      index.growTo(entry + 1);
      index.insert(addressKey(PEER + entry), portKey(80, entry), entry);
    }
    for (int entry = 0; entry < 1_000; entry++) {
      assertEquals(entry, index.find(addressKey(PEER + entry), portKey(80, entry)));
      assertEquals(addressKey(PEER + entry), index.addressKey(entry));
      assertEquals(portKey(80, entry), index.portKey(entry));
    }
  }

  @Test
  void churnLeavesNothingBehind() {
    TupleIndex index = new TupleIndex(new Secrets(1), Secrets.Use.CONNECTION_TABLE, 256);
    SplittableRandom random = new SplittableRandom(1);
    for (int step = 0; step < 1_000_000; step++) {
      int entry = step % 256;
      if (step >= 256) {
        index.remove(entry);
      }
      index.insert(random.nextLong(), random.nextLong(), entry);
    }
    assertTrue(index.longestProbe() < LONGEST_PROBE);
    for (int entry = 0; entry < 256; entry++) {
      index.remove(entry);
    }

    assertEquals(0, index.size());
    assertEquals(0, index.longestProbe());
  }

  @Test // SYN-13
  void tenThousandPeersOnOnePort() {
    assertProbesAreShort(10_000, i -> new Tuple(addressKey(PEER + i), portKey(80, 40_000)));
  }

  @Test // SYN-13, CAP-08
  void peersThatShareOneSourcePortAndDifferInTheHighBits() {
    assertProbesAreShort(
        1 << 16, i -> new Tuple(addressKey(Integer.reverse(i)), portKey(80, 40_000)));
  }

  @Test // SYN-13
  void allSourcePortsOfOnePeer() {
    assertProbesAreShort(1 << 16, i -> new Tuple(addressKey(PEER), portKey(80, i)));
  }

  @Test // SYN-13
  void allLocalPortsToOnePeer() {
    assertProbesAreShort(1 << 16, i -> new Tuple(addressKey(PEER), portKey(i, 80)));
  }

  @Test // SYN-13
  void portsThatFollowTheAddress() {
    assertProbesAreShort(1 << 16, i -> new Tuple(addressKey(PEER ^ i), portKey(80, i)));
  }

  @Test // SYN-13
  void peersOfManyLocalAddresses() {
    assertProbesAreShort(1 << 16, i -> new Tuple(addressKey(i, PEER), portKey(80, 40_000)));
  }

  @Test // SYN-13
  void multiplesOfALargePowerOfTwo() {
    assertProbesAreShort(1 << 16, i -> new Tuple((long) i << 48, (long) i << 32));
  }

  @Test // SYN-13: a factor of zero would hide the other one
  void oneHalfOfZeroes() {
    assertProbesAreShort(1 << 16, i -> new Tuple(0, i));
    assertProbesAreShort(1 << 16, i -> new Tuple(i, 0));
  }

  @Test // SYN-13, CAP-08: an attacker who has searched with the secrets of his own stack
  void tuplesChosenToCollideUnderOtherSecrets() {
    List<Tuple> chosen = tuplesOfOneBucket(new TupleHash(new Secrets(99), tableUse()));
    assertProbesAreShort(chosen.size(), chosen::get);
  }

  private static List<Tuple> tuplesOfOneBucket(TupleHash known) {
    List<Tuple> chosen = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(99);
    while (chosen.size() < 1 << 12) {
      Tuple tuple = new Tuple(addressKey(random.nextInt()), portKey(80, random.nextInt(1 << 16)));
      if ((known.hash(tuple.addressKey(), tuple.portKey()) & 0x3ff) == 0) {
        chosen.add(tuple);
      }
    }
    return chosen;
  }

  private static Secrets.Use tableUse() {
    return Secrets.Use.CONNECTION_TABLE;
  }

  private static void assertProbesAreShort(int count, IntFunction<Tuple> tuples) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      TupleIndex index = new TupleIndex(new Secrets(seed), tableUse(), count);
      for (int i = 0; i < count; i++) {
        index.insert(tuples.apply(i).addressKey(), tuples.apply(i).portKey(), i);
      }
      int longest = index.longestProbe();
      String where = "seed " + seed + ": " + longest;
      assertTrue(longest < LONGEST_PROBE && longest > 1, where);
    }
  }

  private static void assertHolds(Map<Tuple, Integer> model, TupleIndex index, long seed) {
    model.forEach((key, entry) -> {
      assertEquals(entry, index.find(key.addressKey(), key.portKey()), () -> "seed " + seed);
      assertEquals(key, new Tuple(index.addressKey(entry), index.portKey(entry)));
    });
  }

  /** What the tests above measure by: one that is alone is found at once, wherever its bucket is. */
  @Test
  void aLonelyEntryIsFoundWithOneLook() {
    for (int i = 0; i < 100; i++) {
      TupleIndex index = new TupleIndex(new Secrets(1), tableUse(), 2);
      index.insert(addressKey(PEER + i), portKey(80, i), 0);
      assertEquals(1, index.longestProbe());
    }
  }
}
