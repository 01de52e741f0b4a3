// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All queues at once, over the same connections, each against a deque. */
class ConnectionQueueTest {
  @Test
  void areFirstInFirstOutAndDoNotDisturbEachOther() {
    Seeded.forSeeds(200, random -> {
      BufferArena arena = new BufferArena(64 << 10);
      PieceStore store = new PieceStore(TcpSettings.defaults(), Limits.defaults(), arena, 0);
      List<Connection> connections = new ArrayList<>();
      for (int slot = 0; slot < 6; slot++) {
        connections.add(new Connection(slot, TcpSettings.defaults(), Limits.defaults(), store));
      }
      List<ConnectionQueue> queues = new ArrayList<>();
      List<ArrayDeque<Connection>> models = new ArrayList<>();
      for (int kind = 0; kind < ConnectionQueue.KINDS; kind++) {
        queues.add(new ConnectionQueue(kind));
        models.add(new ArrayDeque<>());
      }
      for (int step = 0; step < 500; step++) {
        int kind = random.nextInt(ConnectionQueue.KINDS);
        ConnectionQueue queue = queues.get(kind);
        ArrayDeque<Connection> model = models.get(kind);
        Connection connection = connections.get(random.nextInt(connections.size()));
        switch (random.nextInt(3)) {
          case 0 -> {
            queue.add(connection);
            if (!model.contains(connection)) {
              model.addLast(connection);
            }
          }
          case 1 -> assertSame(model.pollFirst(), queue.poll());
          default -> {
            Connection first = queue.poll();
            assertSame(model.pollFirst(), first);
            if (first != null && random.nextBoolean()) {
              queue.putBack(first);
              model.addFirst(first);
            }
          }
        }
        assertEquals(model.size(), queue.size());
        assertEquals(model.isEmpty(), queue.isEmpty());
        for (Connection any : connections) {
          assertEquals(model.contains(any), queue.contains(any));
        }
      }
    });
  }
}
