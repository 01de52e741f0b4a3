// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counters;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Slots go from endpoint to endpoint, and ids never come again. */
class RegistryTest {
  private final Registry registry = new Registry(
      StackSettings.of("10.0.0.1/24"),
      new Secrets(1),
      new BufferArena(1 << 20),
      null,
      new Counters());

  private ConnectionPool pool(int connections) {
    return registry.newPool(TcpSettings.defaults().withConnections(connections));
  }

  @Test
  void anEndpointAsLargeAsTheOneBeforeTakesItsPlace() {
    registry.closePool(pool(4));
    pool(4);
    assertEquals(4, registry.capacity());
  }

  @Test
  void smallerEndpointsShareAPlace() {
    registry.closePool(pool(8));
    Set<Integer> slots = new HashSet<>();
    for (int connections : new int[] {5, 3}) {
      for (Connection c : pool(connections).connections()) {
        assertTrue(slots.add(c.slot));
      }
    }
    assertEquals(8, registry.capacity());
    pool(1);
    assertEquals(9, registry.capacity());
  }

  @Test
  void placesSideBySideAreOne() {
    ConnectionPool[] pools = {pool(2), pool(3), pool(4), pool(1)};
    for (int i : new int[] {0, 2, 1}) {
      registry.closePool(pools[i]);
    }
    assertEquals(0, pool(9).connections()[0].slot);
    assertEquals(10, registry.capacity());
  }

  @Test
  void connectionsOfAClosedEndpointAreForgotten() {
    WeakReference<Connection> one = oneOfAClosedEndpoint();
    System.gc();
    assertNull(one.get());
  }

  private WeakReference<Connection> oneOfAClosedEndpoint() {
    ConnectionPool pool = pool(4);
    registry.closePool(pool);
    return new WeakReference<>(pool.connections()[2]);
  }

  @Test
  void theNewestIdLiesBetweenTheIdsBeforeAndAllLater() {
    Connection[] connections = pool(3).connections();
    for (Connection before : connections) {
      for (Connection after : connections) {
        long given = registry.nextId(before);
        long newest = registry.newestId();
        assertTrue(given <= newest);
        assertTrue(registry.nextId(after) > newest);
      }
    }
  }
}
