// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.memory.BufferArena;
import io.vireo.time.TimerWheel;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** How many bytes of the arena a connection holds: a question that only tests ask, and so of private fields. */
final class HeldMemory {
  // Asked after every turn of every stack: constants, which a compiler turns into plain loads.
  private static final VarHandle SEND = field(SendBuffer.class, "handle", long.class);
  private static final VarHandle RECEIVER = field(Receiver.class, "buffer", ReorderBuffer.class);
  private static final VarHandle RECEIVE = field(ReorderBuffer.class, "handle", long.class);
  private static final VarHandle EARLY = field(ReorderBuffer.class, "early", RangeSet.class);
  private static final VarHandle RANGES = field(RangeSet.class, "handle", long.class);

  private static final VarHandle HALF_OPEN = field(TcpLayer.class, "halfOpen", HalfOpenTable.class);
  private static final VarHandle HALF_OPEN_INDEX =
      field(HalfOpenTable.class, "index", TupleIndex.class);
  private static final VarHandle HALF_OPEN_TIMERS =
      field(HalfOpenTable.class, "timers", TimerWheel.class);

  private HeldMemory() {}

  private static VarHandle field(Class<?> type, String name, Class<?> of) {
    try {
      return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
          .findVarHandle(type, name, of);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  static long of(Connection c) {
    ReorderBuffer receive = (ReorderBuffer) RECEIVER.get(c.receiver);
    RangeSet early = (RangeSet) EARLY.get(receive);
    return bytes((long) SEND.get(c.sender.buffer))
        + bytes((long) RECEIVE.get(receive))
        + bytes((long) RANGES.get(early))
        + bytes(c.recovery.board.handle())
        + bytes(c.recovery.rack.handle())
        + bytes(c.recovery.spurious.handle());
  }

  /** Whether all of [start, end) came before its turn and is held. */
  static boolean holdsRange(Connection c, int start, int end) {
    ReorderBuffer receive = (ReorderBuffer) RECEIVER.get(c.receiver);
    RangeSet early = (RangeSet) EARLY.get(receive);
    for (int i = 0; i < early.count(); i++) {
      if (start - early.start(i) >= 0 && end - early.end(i) <= 0) {
        return true;
      }
    }
    return false;
  }

  static HalfOpenTable halfOpen(TcpLayer layer) {
    return (HalfOpenTable) HALF_OPEN.get(layer);
  }

  static boolean isUsed(HalfOpenTable table, int entry) {
    return ((TupleIndex) HALF_OPEN_INDEX.get(table)).contains(entry);
  }

  static boolean isTimed(HalfOpenTable table, int entry) {
    return ((TimerWheel) HALF_OPEN_TIMERS.get(table)).isArmed(entry);
  }

  private static long bytes(long handle) {
    return handle == BufferArena.NONE ? 0 : BufferArena.capacity(handle);
  }
}
