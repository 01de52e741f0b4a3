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
  private final ByteBuffer frames;
  private final Slabs received;

  /** Apart from the others, so that a user may copy from what he is shown to what he has claimed. */
  private final Slabs claimed;

  UserViews(ByteBuffer frames, BufferArena arena, ByteOrder order) {
    this.frames = frames.duplicate().order(order);
    received = new Slabs(arena, order);
    claimed = new Slabs(arena, order);
  }

  /** The view of the NIC's receive memory, set to a range. */
  @HotPath
  ByteBuffer ofFrame(int offset, int length) {
    return frames.limit(offset + length).position(offset);
  }

  /** The view of received bytes in the arena's memory behind a handle, set to a range. */
  ByteBuffer ofArena(long handle, int offset, int length) {
    return received.view(handle).limit(offset + length).position(offset);
  }

  /** The view of a claim in the arena's memory behind a handle, set to a range. */
  @HotPath
  ByteBuffer ofClaim(long handle, int offset, int length) {
    return claimed.view(handle).limit(offset + length).position(offset);
  }

  /** One view of each slab of the arena. */
  private static final class Slabs {
    private final BufferArena arena;
    private final ByteOrder order;

    /** By number of the slab: what the view is of, and the view. */
    private ByteBuffer[] slabs = new ByteBuffer[0];

    private ByteBuffer[] views = new ByteBuffer[0];

    Slabs(BufferArena arena, ByteOrder order) {
      this.arena = arena;
      this.order = order;
    }

    @HotPath
    @SuppressWarnings("ReferenceEquality") // equality of buffers is that of their bytes
    ByteBuffer view(long handle) {
      int slab = BufferArena.slab(handle);
      ByteBuffer memory = arena.memory(handle);
      if (slab >= slabs.length || slabs[slab] != memory) {
        addView(slab, memory);
      }
      return views[slab];
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
}
