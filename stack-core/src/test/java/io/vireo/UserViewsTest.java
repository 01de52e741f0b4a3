// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The views that users get of the stack's memory. */
class UserViewsTest {
  private static final long SEED = 0x71e4;

  /** An arena that is short gives memory of one size back to the JVM and takes that of another, under the same number. */
  @Test
  void followTheArenaWhereItReplacesItsMemory() {
    SplittableRandom random = new SplittableRandom(SEED);
    BufferArena arena = new BufferArena(1 << 20);
    UserViews views = new UserViews(ByteBuffer.allocateDirect(10), arena, ByteOrder.LITTLE_ENDIAN);
    List<Long> taken = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      long handle = arena.take(1 << random.nextInt(10, 21), 0);
      if (handle == BufferArena.NONE) {
        while (taken.size() > random.nextInt(3)) {
          arena.give(taken.remove(random.nextInt(taken.size())));
        }
        continue;
      }
      taken.add(handle);
      int offset = BufferArena.offset(handle);
      arena.memory(handle).putInt(offset, Integer.reverseBytes(step));
      ByteBuffer view = views.ofArena(handle, offset, 4);
      assertEquals(step, view.getInt(), "seed " + SEED + ", step " + step);
    }
  }
}
