// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static io.vireo.tcp.Tuples.portKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.tcp.Tuples.Tuple;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTableTest {
  private final ConnectionTable table = new ConnectionTable(new Secrets(1), 4);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void behavesAsAMap(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ConnectionTable churned = new ConnectionTable(new Secrets(seed), random.nextInt(1, 64));
    Map<Tuple, Integer> model = new HashMap<>();
    for (int step = 0; step < 100_000; step++) {
      // The slot is a function of the key, which keeps slots distinct.
      int slot = random.nextInt(500);
      Tuple key = new Tuple(addressKey(slot % 7), portKey(80, slot));
      int expected = model.getOrDefault(key, ConnectionTable.NONE);
      assertEquals(expected, churned.get(key.addressKey(), key.portKey()), () -> "seed " + seed);
      if (random.nextBoolean()) {
        assertEquals(
            model.remove(key) != null,
            churned.remove(key.addressKey(), key.portKey()),
            () -> "seed " + seed);
      } else if (model.putIfAbsent(key, slot) == null) {
        churned.put(key.addressKey(), key.portKey(), slot);
      }
      assertEquals(model.size(), churned.size(), () -> "seed " + seed);
    }
  }

  @Test
  void theFirstSlotBeyondTheCapacityFindsRoom() {
    table.put(addressKey(1), portKey(80, 1), 4);
    assertEquals(4, table.get(addressKey(1), portKey(80, 1)));
  }

  @Test
  void keysThatDifferInOneHalfAreDifferentConnections() {
    table.put(addressKey(1), portKey(80, 1), 0);
    table.put(addressKey(1), portKey(80, 2), 1);
    table.put(addressKey(2), portKey(80, 1), 2);

    assertEquals(0, table.get(addressKey(1), portKey(80, 1)));
    assertEquals(1, table.get(addressKey(1), portKey(80, 2)));
    assertEquals(2, table.get(addressKey(2), portKey(80, 1)));
    assertEquals(ConnectionTable.NONE, table.get(addressKey(2), portKey(80, 2)));
  }

  @Test
  void swappedHalvesAreAnotherConnection() {
    table.put(3, 4, 0);

    assertEquals(ConnectionTable.NONE, table.get(4, 3));
  }

  @Test
  void theKeyOfZeroesIsAKeyAsAnyOther() {
    assertEquals(ConnectionTable.NONE, table.get(0, 0));
    table.put(0, 0, 2);

    assertEquals(2, table.get(0, 0));
    assertTrue(table.remove(0, 0));
    assertFalse(table.remove(0, 0));
  }

  @Test
  void aSlotBeyondTheCapacityMakesRoom() {
    table.put(addressKey(1), portKey(80, 1), 0);
    table.put(addressKey(2), portKey(80, 1), 100_000);

    assertEquals(0, table.get(addressKey(1), portKey(80, 1)));
    assertEquals(100_000, table.get(addressKey(2), portKey(80, 1)));
  }

  @Test
  void aSlotIsUsedAgainForAnotherConnection() {
    table.put(addressKey(1), portKey(80, 1), 3);
    table.remove(addressKey(1), portKey(80, 1));
    table.put(addressKey(2), portKey(80, 1), 3);

    assertEquals(ConnectionTable.NONE, table.get(addressKey(1), portKey(80, 1)));
    assertEquals(3, table.get(addressKey(2), portKey(80, 1)));
  }

  @Test
  void aHundredThousandConnectionsCostAtMost48BytesEach() {
    ConnectionTable large = new ConnectionTable(new Secrets(1), 0);
    large.ensureCapacity(100_000);

    assertTrue(ArraySizes.bytesOf(large) <= 48 * 100_000L);
  }
}
