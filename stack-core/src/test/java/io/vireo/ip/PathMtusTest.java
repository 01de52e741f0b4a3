// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** IC-09, IC-10, ICM-19: what is learnt of a path serves all who go there, and is forgotten in time. */
final class PathMtusTest {
  private static final long LIFETIME_NS = 600_000_000_000L;
  private static final int REMOTE = 0x0A00_0002;

  private final PathMtus paths = new PathMtus(LIFETIME_NS, 0x5eed);

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MAX_VALUE - LIFETIME_NS / 2})
  void anEntryServesForItsLifetimeWhateverTheClocksOrigin(long startNs) {
    assertEquals(0, paths.limit(REMOTE, startNs));
    paths.learn(REMOTE, 1_400, startNs);
    assertEquals(1_400, paths.limit(REMOTE, startNs));
    assertEquals(1_400, paths.limit(REMOTE, startNs + LIFETIME_NS - 1));
    assertEquals(0, paths.limit(REMOTE + 1, startNs));
    assertEquals(0, paths.limit(REMOTE, startNs + LIFETIME_NS));
    assertEquals(0, paths.limit(REMOTE, startNs), "gone for good");
  }

  @Test
  void whatIsLearntAgainCountsFromThen() {
    paths.learn(REMOTE, 1_400, 0);
    paths.learn(REMOTE, 1_300, LIFETIME_NS - 1);
    assertEquals(1_300, paths.limit(REMOTE, 2 * LIFETIME_NS - 2));
    assertEquals(0, paths.limit(REMOTE, 2 * LIFETIME_NS - 1));
  }

  @Test
  void theOneLearntLongestAgoMakesRoom() {
    for (int i = 0; i < PathMtus.CAPACITY; i++) {
      paths.learn(i, 1_000 + i, i);
    }
    paths.learn(0, 999, 300);
    paths.learn(500, 1_500, 300);
    assertEquals(0, paths.limit(1, 300));
    assertEquals(999, paths.limit(0, 300));
    assertEquals(1_002, paths.limit(2, 300));
    assertEquals(1_500, paths.limit(500, 300));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void agreesWithAMapThatForgetsTheEldest(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    PathMtus small = new PathMtus(1_000, seed);
    Map<Integer, long[]> model = new LinkedHashMap<>();
    long nowNs = Long.MAX_VALUE - 50_000;
    for (int round = 0; round < 100_000; round++) {
      nowNs += random.nextInt(4);
      int remote = random.nextInt(600);
      String run = "seed " + seed + " round " + round;
      long[] known = model.get(remote);
      if (known != null && nowNs - known[1] >= 1_000) {
        known = null;
        model.remove(remote);
        assertEquals(0, small.limit(remote, nowNs), run);
      }
      assertEquals(known == null ? 0 : known[0], small.limit(remote, nowNs), run);
      if (random.nextBoolean()) {
        int mtu = random.nextInt(68, 1_500);
        small.learn(remote, mtu, nowNs);
        model.remove(remote);
        if (model.size() == PathMtus.CAPACITY) {
          model.remove(model.keySet().iterator().next());
        }
        model.put(remote, new long[] {mtu, nowNs});
      }
    }
  }
}
