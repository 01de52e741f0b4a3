// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.memory.BufferArena;
import io.vireo.time.TimerWheel;
import java.lang.reflect.Field;

/** How many bytes of the arena a connection holds: a question that only tests ask, and so of private fields. */
final class HeldMemory {
  private static final Field SEND = field(SendBuffer.class, "handle");
  private static final Field RECEIVER = field(Receiver.class, "buffer");
  private static final Field RECEIVE = field(ReorderBuffer.class, "handle");
  private static final Field EARLY = field(ReorderBuffer.class, "early");
  private static final Field RANGES = field(RangeSet.class, "handle");

  private static final Field HALF_OPEN = field(TcpLayer.class, "halfOpen");
  private static final Field HALF_OPEN_INDEX = field(HalfOpenTable.class, "index");
  private static final Field HALF_OPEN_TIMERS = field(HalfOpenTable.class, "timers");

  private HeldMemory() {}

  private static Field field(Class<?> type, String name) {
    try {
      Field field = type.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  static long of(Connection c) {
    try {
      Object receive = RECEIVER.get(c.receiver);
      return bytes(SEND.getLong(c.sender.buffer))
          + bytes(RECEIVE.getLong(receive))
          + bytes(RANGES.getLong(EARLY.get(receive)))
          + bytes(c.recovery.board.handle())
          + bytes(c.recovery.rack.handle())
          + bytes(c.recovery.spurious.handle());
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether all of [start, end) came before its turn and is held. */
  static boolean holdsRange(Connection c, int start, int end) {
    try {
      RangeSet early = (RangeSet) EARLY.get(RECEIVER.get(c.receiver));
      for (int i = 0; i < early.count(); i++) {
        if (start - early.start(i) >= 0 && end - early.end(i) <= 0) {
          return true;
        }
      }
      return false;
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  static HalfOpenTable halfOpen(TcpLayer layer) {
    try {
      return (HalfOpenTable) HALF_OPEN.get(layer);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  static boolean isUsed(HalfOpenTable table, int entry) {
    try {
      return ((TupleIndex) HALF_OPEN_INDEX.get(table)).contains(entry);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  static boolean isTimed(HalfOpenTable table, int entry) {
    try {
      return ((TimerWheel) HALF_OPEN_TIMERS.get(table)).isArmed(entry);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  private static long bytes(long handle) {
    return handle == BufferArena.NONE ? 0 : BufferArena.capacity(handle);
  }
}
