// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * Connections that wait for the same thing, first come, first served: a ring that doubles when it is full. A connection stands in each queue at most once, and knows in
 * which, so that no ring outgrows the connections, and most stay small.
 */
final class ConnectionQueue {
  /** Connections with events for their user. */
  static final int READY = 0;

  /** Connections with something to send. */
  static final int OUTPUT = 1;

  /** Connections that owe an ACK, due at the end of the batch. */
  static final int ACKS = 2;

  /** Connections whose next hop is being asked for. */
  static final int NEIGHBOUR = 3;

  /** Connections for which the arena was too short. */
  static final int MEMORY = 4;

  /** Connections that hold bytes which came before their turn, or did when they were added. */
  static final int EARLY = 5;

  static final int KINDS = 6;

  private final int kind;
  private final int bit;
  private Connection[] ring = new Connection[64];

  /** Where in the ring the first one stands. */
  private int head;

  private int size;

  ConnectionQueue(int kind) {
    this.kind = kind;
    this.bit = 1 << kind;
  }

  /** Adds at the end, unless it is in already. */
  void add(Connection connection) {
    if ((connection.queues & bit) != 0) {
      return;
    }
    connection.queues |= bit;
    if (size == ring.length) {
      grow();
    }
    ring[(head + size) & (ring.length - 1)] = connection;
    size++;
  }

  /** Puts back at the front what was just polled: it keeps its place. */
  void putBack(Connection connection) {
    assert (connection.queues & bit) == 0;
    connection.queues |= bit;
    if (size == ring.length) {
      grow();
    }
    head = (head - 1) & (ring.length - 1);
    ring[head] = connection;
    size++;
  }

  private void grow() {
    Connection[] larger = new Connection[2 * ring.length];
    int inFront = ring.length - head;
    System.arraycopy(ring, head, larger, 0, inFront);
    System.arraycopy(ring, 0, larger, inFront, head);
    ring = larger;
    head = 0;
  }

  /** Takes the first, or null. */
  Connection poll() {
    if (size == 0) {
      return null;
    }
    Connection first = ring[head];
    head = (head + 1) & (ring.length - 1);
    first.queues &= ~bit;
    size--;
    return first;
  }

  /** Lets go of those that were polled since the queue was last full. */
  void forgetPolled() {
    for (int i = size; i < ring.length; i++) {
      ring[(head + i) & (ring.length - 1)] = null;
    }
  }

  boolean contains(Connection connection) {
    return (connection.queues & bit) != 0;
  }

  int kind() {
    return kind;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }
}
