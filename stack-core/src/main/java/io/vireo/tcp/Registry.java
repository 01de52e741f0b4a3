// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import java.util.Arrays;

/** All connections of a stack: by slot, by id, and, while they may receive, by tuple; and the tuples in TIME-WAIT. */
final class Registry {
  private static final int ID_SLOT_BITS = 24;

  final ConnectionTable table;
  final TimeWaitTable timeWait;

  private final BufferArena arena;
  private Connection[] bySlot = new Connection[0];
  private long lastSerial;

  Registry(StackSettings settings, Secrets secrets, BufferArena arena, Counters counters) {
    this.arena = arena;
    table = new ConnectionTable(secrets, 1);
    timeWait =
        new TimeWaitTable(secrets, settings.timeWaitConnections(), settings.timeWaitNs(), counters);
  }

  /** Makes the connections of one endpoint. */
  ConnectionPool newPool(TcpSettings settings) {
    int first = bySlot.length;
    int count = first + settings.connections();
    if (count > 1 << ID_SLOT_BITS) {
      throw new IllegalArgumentException(
          "a stack has room for " + (1 << ID_SLOT_BITS) + " connections, not for " + count);
    }
    bySlot = Arrays.copyOf(bySlot, count);
    for (int slot = first; slot < count; slot++) {
      bySlot[slot] = new Connection(slot, settings, arena);
    }
    table.ensureCapacity(count);
    return new ConnectionPool(settings, Arrays.copyOfRange(bySlot, first, count));
  }

  int capacity() {
    return bySlot.length;
  }

  /** An id for the next life of {@code c}: positive, and never used before. */
  long nextId(Connection c) {
    lastSerial++;
    return lastSerial << ID_SLOT_BITS | c.slot;
  }

  /** Of all ids given so far, none is higher; of all later ones, each is. */
  long newestId() {
    return ((lastSerial + 1) << ID_SLOT_BITS) - 1;
  }

  /** The slot that an id was given to. */
  static int slotOf(long id) {
    return (int) id & ((1 << ID_SLOT_BITS) - 1);
  }

  @HotPath
  Connection at(int slot) {
    return bySlot[slot];
  }

  /** The connection of a tuple, or null. */
  @HotPath
  Connection find(long addressKey, long portKey) {
    int slot = table.get(addressKey, portKey);
    return slot == ConnectionTable.NONE ? null : bySlot[slot];
  }

  /** From now on segments reach the connection. */
  void register(Connection c) {
    table.put(c.route.addressKey(), c.portKey(), c.slot);
    c.setRegistered(true);
  }

  /** The connection has ended for TCP; in TIME-WAIT its tuple goes on without it. */
  void unregister(Connection c, long nowNs) {
    table.remove(c.route.addressKey(), c.portKey());
    c.setRegistered(false);
    if (c.state() == TcpState.TIME_WAIT) {
      timeWait.add(
          c.route.addressKey(), c.portKey(), c.sender.sndNxt(), c.receiver.rcvNxt(), nowNs);
    }
  }
}
