// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * Connections that wait for the same thing, first come, first served. Intrusive: a connection carries one link per kind of queue and
 * stands in each at most once, so that adding allocates nothing and no queue can outgrow the connections.
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
  private Connection head;
  private Connection tail;
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
    connection.nextInQueue[kind] = null;
    if (tail == null) {
      head = connection;
    } else {
      tail.nextInQueue[kind] = connection;
    }
    tail = connection;
    size++;
  }

  /** Puts back at the front what was just polled: it keeps its place. */
  void putBack(Connection connection) {
    assert (connection.queues & bit) == 0;
    connection.queues |= bit;
    connection.nextInQueue[kind] = head;
    head = connection;
    if (tail == null) {
      tail = connection;
    }
    size++;
  }

  /** Takes the first, or null. */
  Connection poll() {
    Connection first = head;
    if (first != null) {
      head = first.nextInQueue[kind];
      if (head == null) {
        tail = null;
      }
      first.nextInQueue[kind] = null;
      first.queues &= ~bit;
      size--;
    }
    return first;
  }

  boolean contains(Connection connection) {
    return (connection.queues & bit) != 0;
  }

  int kind() {
    return kind;
  }

  boolean isEmpty() {
    return head == null;
  }

  int size() {
    return size;
  }
}
