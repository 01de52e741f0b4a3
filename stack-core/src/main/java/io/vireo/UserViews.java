// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The buffers that one endpoint's user is handed: duplicates of the stack's memory in the byte order of the endpoint's settings, so that
 * whatever a user does to position, limit or order cannot break the parsing of headers.
 */
final class UserViews {
  private final BufferArena arena;
  private final ByteOrder order;
  private final ByteBuffer frames;
  private ByteBuffer[] slabs = new ByteBuffer[0];

  UserViews(ByteBuffer frames, BufferArena arena, ByteOrder order) {
    this.arena = arena;
    this.order = order;
    this.frames = frames.duplicate().order(order);
  }

  /** The view of the NIC's receive memory, set to a range. */
  @HotPath
  ByteBuffer ofFrame(int offset, int length) {
    return frames.limit(offset + length).position(offset);
  }

  /** The view of the arena's memory behind a handle, set to a range. */
  ByteBuffer ofArena(long handle, int offset, int length) {
    int slab = BufferArena.slab(handle);
    if (slab >= slabs.length || slabs[slab] == null) {
      addView(slab);
    }
    return slabs[slab].limit(offset + length).position(offset);
  }

  /** Once per slab of the arena. */
  private void addView(int slab) {
    if (slab >= slabs.length) {
      slabs = Arrays.copyOf(slabs, Math.max(slab + 1, arena.slabs()));
    }
    slabs[slab] = arena.slab(slab).duplicate().order(order);
  }
}
