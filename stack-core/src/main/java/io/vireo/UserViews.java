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

  /** By number of the slab: what the view is of, and the view. */
  private ByteBuffer[] slabs = new ByteBuffer[0];

  private ByteBuffer[] views = new ByteBuffer[0];

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
  @SuppressWarnings("ReferenceEquality") // equality of buffers is that of their bytes
  ByteBuffer ofArena(long handle, int offset, int length) {
    int slab = BufferArena.slab(handle);
    ByteBuffer memory = arena.memory(handle);
    if (slab >= slabs.length || slabs[slab] != memory) {
      addView(slab, memory);
    }
    return views[slab].limit(offset + length).position(offset);
  }

  /** Once per slab of the arena, and again when the arena has put another one in its place. */
  private void addView(int slab, ByteBuffer memory) {
    if (slab >= slabs.length) {
      slabs = Arrays.copyOf(slabs, Math.max(slab + 1, arena.slabs()));
      views = Arrays.copyOf(views, slabs.length);
    }
    slabs[slab] = memory;
    views[slab] = memory.duplicate().order(order);
  }
}
