// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.Arrays;

/** The ports that are listened on, each with the pool that its connections come from. */
final class Listeners {
  /** One listening port: the state LISTEN. The index stays with the port while it listens. */
  static final class Listener {
    private final int port;
    private final int index;
    private final ConnectionPool pool;
    private boolean sentCookies;
    private long lastCookieNs;

    Listener(int port, int index, ConnectionPool pool) {
      this.port = port;
      this.index = index;
      this.pool = pool;
    }

    int port() {
      return port;
    }

    int index() {
      return index;
    }

    ConnectionPool pool() {
      return pool;
    }

    void onCookieSent(long nowNs) {
      sentCookies = true;
      lastCookieNs = nowNs;
    }

    /** Whether a cookie of this port may still be under way. */
    boolean awaitsCookies(long nowNs) {
      return sentCookies && SynCookies.mayLive(lastCookieNs, nowNs);
    }
  }

  private int[] ports = new int[4];
  private Listener[] listeners = new Listener[4];
  private int count;

  /** Index to listener, with gaps where somebody has stopped listening. */
  private Listener[] byIndex = new Listener[4];

  /** The listener of a port, or null. */
  Listener find(int port) {
    for (int i = 0; i < count; i++) {
      if (ports[i] == port) {
        return listeners[i];
      }
    }
    return null;
  }

  Listener at(int index) {
    return byIndex[index];
  }

  Listener add(int port, ConnectionPool pool) {
    if (count == ports.length) {
      ports = Arrays.copyOf(ports, 2 * count);
      listeners = Arrays.copyOf(listeners, 2 * count);
      byIndex = Arrays.copyOf(byIndex, 2 * count);
    }
    int index = 0;
    while (byIndex[index] != null) {
      index++;
    }
    Listener listener = new Listener(port, index, pool);
    ports[count] = port;
    listeners[count] = listener;
    byIndex[index] = listener;
    count++;
    return listener;
  }

  void remove(Listener listener) {
    int i = 0;
    while (ports[i] != listener.port()) {
      i++;
    }
    count--;
    ports[i] = ports[count];
    listeners[i] = listeners[count];
    listeners[count] = null;
    byIndex[listener.index()] = null;
  }

  int count() {
    return count;
  }

  Listener get(int position) {
    return listeners[position];
  }
}
