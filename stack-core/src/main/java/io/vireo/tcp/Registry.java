// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.api.Limits;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All connections of a stack: by slot, by id, and, while they may receive, by tuple; and the tuples in TIME-WAIT. */
final class Registry {
  private static final int ID_SLOT_BITS = 24;

  private record Slots(int first, int count) {
    int end() {
      return first + count;
    }
  }

  final ConnectionTable table;
  final TimeWaitTable timeWait;

  private final TimestampOffsets timestampOffsets;
  private final Limits limits;
  private final BufferArena arena;

  /** Null: every port is ours. */
  private final SharedPorts ports;

  private Connection[] bySlot = new Connection[0];

  /** Slots of closed endpoints: a program that makes an endpoint for each of its tasks must not grow. */
  private final List<Slots> free = new ArrayList<>();

  private long lastSerial;

  /** What was found last, or null: segments of a stream come in rows. */
  private Connection found;

  private long foundAddressKey;
  private long foundPortKey;

  Registry(
      StackSettings settings,
      Secrets secrets,
      BufferArena arena,
      SharedPorts ports,
      Counters counters) {
    this.limits = settings.limits();
    this.arena = arena;
    this.ports = ports;
    timestampOffsets = new TimestampOffsets(secrets);
    table = new ConnectionTable(secrets, 1);
    timeWait = new TimeWaitTable(
        secrets, settings.timeWaitConnections(), settings.timeWaitNs(), ports, counters);
  }

  /** Makes the connections of one endpoint. */
  ConnectionPool newPool(TcpSettings settings) {
    int first = takeSlots(settings.connections());
    int end = first + settings.connections();
    if (end > 1 << ID_SLOT_BITS) {
      throw new IllegalArgumentException(
          "a stack has room for " + (1 << ID_SLOT_BITS) + " connections, not for " + end);
    }
    bySlot = Arrays.copyOf(bySlot, Math.max(bySlot.length, end));
    PieceStore store = new PieceStore(settings, limits, arena, first);
    for (int slot = first; slot < end; slot++) {
      bySlot[slot] = new Connection(slot, settings, limits, store);
    }
    table.ensureCapacity(bySlot.length);
    return new ConnectionPool(settings, store, Arrays.copyOfRange(bySlot, first, end));
  }

  /** The endpoint is closed, and every connection of its pool is over: nobody here holds them any longer. */
  void closePool(ConnectionPool pool) {
    Connection[] connections = pool.connections();
    int first = connections[0].slot;
    int end = first + connections.length;
    Arrays.fill(bySlot, first, end, null);
    found = null;
    // In one piece with what is free beside it, or endpoints of other sizes would find no room.
    for (int i = free.size() - 1; i >= 0; i--) {
      Slots slots = free.get(i);
      if (slots.first() == end || slots.end() == first) {
        first = Math.min(first, slots.first());
        end = Math.max(end, slots.end());
        free.remove(i);
      }
    }
    free.add(new Slots(first, end - first));
  }

  /** The first of {@code count} slots in a row: those of an endpoint that was closed, or new ones. */
  private int takeSlots(int count) {
    for (int i = 0; i < free.size(); i++) {
      Slots slots = free.get(i);
      if (slots.count() >= count) {
        free.remove(i);
        if (slots.count() > count) {
          free.add(new Slots(slots.first() + count, slots.count() - count));
        }
        return slots.first();
      }
    }
    return bySlot.length;
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
    if (found != null && foundAddressKey == addressKey && foundPortKey == portKey) {
      return found;
    }
    int slot = table.get(addressKey, portKey);
    found = slot == ConnectionTable.NONE ? null : bySlot[slot];
    foundAddressKey = addressKey;
    foundPortKey = portKey;
    return found;
  }

  /** From now on segments reach the connection. */
  void register(Connection c) {
    table.put(c.route.addressKey(), c.portKey(), c.slot);
    c.timestamps.setOffset(timestampOffsets.of(c.route.addressKey(), c.portKey()));
    c.setRegistered(true);
    if (ports != null) {
      ports.use(c.portKey());
    }
  }

  /** The connection has ended for TCP; in TIME-WAIT its tuple goes on without it. */
  void unregister(Connection c, long nowNs) {
    table.remove(c.route.addressKey(), c.portKey());
    c.setRegistered(false);
    found = null;
    if (c.state() == TcpState.TIME_WAIT) {
      int entry = timeWait.add(
          c.route.addressKey(), c.portKey(), c.sender.sndNxt(), c.receiver.rcvNxt(), nowNs);
      if (entry != TimeWaitTable.NONE && c.handshake.usesTimestamps()) {
        timeWait.setTsRecent(entry, c.timestamps.recent());
      }
    }
    if (ports != null) {
      ports.drop(c.portKey());
    }
  }
}
