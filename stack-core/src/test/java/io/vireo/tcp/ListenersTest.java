// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vireo.api.TcpSettings;
import io.vireo.tcp.Listeners.Listener;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The listening ports against a map. */
class ListenersTest {
  @Test
  void areFoundByPortAndByAnIndexThatStays() {
    Seeded.forSeeds(200, random -> {
      ConnectionPool pool = new ConnectionPool(TcpSettings.defaults(), null, new Connection[0]);
      Listeners listeners = new Listeners();
      Map<Integer, Listener> model = new TreeMap<>();
      for (int step = 0; step < 300; step++) {
        int port = 1 + random.nextInt(40);
        Listener known = model.get(port);
        assertSame(known, listeners.find(port));
        if (known == null) {
          Listener added = listeners.add(port, pool);
          assertEquals(port, added.port());
          assertSame(pool, added.pool());
          model.put(port, added);
        } else {
          listeners.remove(known);
          model.remove(port);
          assertNull(listeners.find(port));
          assertNull(listeners.at(known.index()));
        }
        Set<Integer> indexes = new HashSet<>();
        for (Listener listener : model.values()) {
          assertSame(listener, listeners.at(listener.index()));
          assertFalse(!indexes.add(listener.index()), "two with one index");
        }
        Set<Listener> all = new HashSet<>();
        for (int i = 0; i < listeners.count(); i++) {
          all.add(listeners.get(i));
        }
        assertEquals(new HashSet<>(model.values()), all);
      }
    });
  }
}
