// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.TcpSettings;
import io.vireo.wire.Ipv4Header;

/**
 * The connections of one endpoint, made once. The one that has been free longest is taken first, so that a reference somebody kept too
 * long goes stale as late as possible.
 */
public final class ConnectionPool {
  private final TcpSettings settings;
  private final PieceStore store;
  private final Connection[] connections;
  private final Connection[] free;
  private int firstFree;
  private int freeCount;

  ConnectionPool(TcpSettings settings, PieceStore store, Connection[] connections) {
    this.settings = settings;
    this.store = store;
    this.connections = connections;
    this.free = connections.clone();
    this.freeCount = connections.length;
  }

  /** The connection that has been free longest, awake, or null. Those that {@code agenda} has in hand stay awake. */
  Connection take(Agenda agenda) {
    if (freeCount == 0) {
      return null;
    }
    Connection connection = free[firstFree];
    firstFree = firstFree + 1 == free.length ? 0 : firstFree + 1;
    freeCount--;
    store.begin(connection, agenda);
    return connection;
  }

  void give(Connection connection) {
    assert freeCount < free.length : "no more come back than there are";
    int last = firstFree + freeCount;
    free[last < free.length ? last : last - free.length] = connection;
    freeCount++;
    store.end(connection.pieces());
  }

  /** All connections of this pool, free or not. */
  public Connection[] connections() {
    return connections;
  }

  public TcpSettings settings() {
    return settings;
  }

  /** Traffic class and time to live of all that is sent for this endpoint, as {@link Ipv4Header#marking} packs them. */
  int marking() {
    return Ipv4Header.marking(settings.trafficClass(), settings.timeToLive());
  }

  /** How many are free. */
  public int available() {
    return freeCount;
  }
}
