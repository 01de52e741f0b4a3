// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

/** Against a deque of the library. */
class SequenceQueueTest {
  private static final int MOST = 65_536;

  private final BufferArena arena = new BufferArena(1 << 20);
  private final SequenceQueue queue = new SequenceQueue(arena);

  @Test
  void doesWhatADequeDoes() {
    Seeded.forSeeds(100, random -> {
      ArrayDeque<Integer> model = new ArrayDeque<>();
      int most = random.nextInt(2, 2_000);
      for (int step = 0; step < 4_000; step++) {
        boolean adds = model.isEmpty() || (model.size() < most && random.nextInt(5) < 3);
        if (adds) {
          int seq = random.nextInt();
          queue.add(seq);
          model.add(seq);
        } else {
          queue.removeFirst();
          model.removeFirst();
        }
        if (random.nextInt(2_000) == 0) {
          queue.clear();
          model.clear();
        }
        assertEquals(model.isEmpty(), queue.isEmpty());
        if (!model.isEmpty()) {
          assertEquals(model.getFirst(), queue.first());
        }
        assertEquals(model.isEmpty(), arena.usedBytes() == 0, "held while empty");
        assertEquals(model.isEmpty(), queue.handle() == BufferArena.NONE);
      }
      queue.clear();
    });
  }

  @Test
  void atItsLimitTheNewOneIsForgotten() {
    for (int i = 0; i < MOST + 10; i++) {
      queue.add(i);
    }
    assertEquals(1 << 18, arena.usedBytes());
    for (int i = 0; i < MOST; i++) {
      assertEquals(i, queue.first());
      queue.removeFirst();
    }
    assertTrue(queue.isEmpty());
    assertEquals(0, arena.usedBytes());
  }

  @Test
  void withoutMemoryTheNewOneIsForgottenAndTheOldOnesStay() {
    SequenceQueue none = new SequenceQueue(new BufferArena(0));
    none.add(1);
    assertTrue(none.isEmpty());
    none.clear();
    SequenceQueue few = new SequenceQueue(new BufferArena(2 << 10));
    for (int i = 0; i < 300; i++) {
      few.add(i);
    }
    for (int i = 0; i < 256; i++) {
      assertEquals(i, few.first());
      few.removeFirst();
    }
    assertTrue(few.isEmpty());
  }
}
