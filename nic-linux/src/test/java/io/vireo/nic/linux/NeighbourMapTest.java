// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NeighbourMapTest {
  @Test
  void doesWhatAHashMapDoes() {
    SplittableRandom random = new SplittableRandom(1);
    NeighbourMap map = new NeighbourMap();
    Map<Integer, Long> model = new HashMap<>();
    for (int step = 0; step < 200_000; step++) {
      int address = 1 + random.nextInt(step < 100_000 ? 50 : 3_000);
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          map.put(address, step);
          model.put(address, (long) step);
        }
        case 2, 3 -> {
          map.remove(address);
          model.remove(address);
        }
        default -> {
          if (random.nextInt(5_000) == 0) {
            map.clear();
            model.clear();
          }
        }
      }
      long expected = model.getOrDefault(address, NeighbourMap.NONE);
      assertEquals(expected, map.get(address));
      assertEquals(model.size(), map.size());
    }
    for (int address = 1; address <= 3_000; address++) {
      long expected = model.getOrDefault(address, NeighbourMap.NONE);
      assertEquals(expected, map.get(address));
    }
  }
}
