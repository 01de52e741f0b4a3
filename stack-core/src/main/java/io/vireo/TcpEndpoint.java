// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionPool;
import io.vireo.tcp.TcpLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What a server and a client have in common: one protocol with its handler, one set of settings, a pool of connections, timers.
 *
 * @param <C> the user's state per connection
 */
public abstract sealed class TcpEndpoint<C> implements AutoCloseable permits TcpServer, TcpClient {
  private static final long LONGEST_DELAY_NS = Long.MAX_VALUE / 2;

  private final TcpStack stack;
  private final boolean ownsStack;
  private final TcpSettings settings;
  private final ConnectionPool pool;
  private final List<TcpConnection<C>> connections;
  private final UserViews views;
  private final EndpointTimers timers;
  private TcpHandler<C> handler;
  private boolean closed;

  /** Alone on a stack of its own. */
  TcpEndpoint(Nic nic, StackSettings stackSettings, TcpSettings settings) {
    this(new TcpStack(nic, stackSettings), true, settings, null);
  }

  /** One of several on a stack. */
  TcpEndpoint(TcpStack stack, TcpSettings settings, TcpHandler<C> handler) {
    this(stack, false, settings, Objects.requireNonNull(handler, "handler"));
  }

  private TcpEndpoint(
      TcpStack stack, boolean ownsStack, TcpSettings settings, TcpHandler<C> handler) {
    this.stack = stack;
    this.ownsStack = ownsStack;
    this.settings = settings;
    this.handler = handler;
    stack.begin();
    pool = stack.tcp().newPool(settings);
    connections = new ArrayList<>(settings.connections());
    for (Connection tcp : pool.connections()) {
      connections.add(new TcpConnection<>(this, tcp));
    }
    views = stack.newViews(settings.byteOrder());
    timers = new EndpointTimers(settings.userTimers());
    stack.add(this);
  }

  /**
   * Binds the handler from now on (live connections keep their attachments), then takes a turn of the whole stack; the events of other
   * endpoints go to their own handlers. Returns and throws as {@link TcpStack#poll}.
   */
  public final int poll(TcpHandler<C> handler) {
    stack.checkTurn();
    checkOpen();
    if (this.handler != handler) {
      this.handler = Objects.requireNonNull(handler, "handler");
    }
    return stack.poll();
  }

  /** The stack that this endpoint is on. */
  public final TcpStack stack() {
    return stack;
  }

  /** The connection with this id, or null if it has ended or was never this endpoint's. */
  public final TcpConnection<C> connection(long id) {
    stack.check();
    int index = TcpLayer.slotOf(id) - pool.connections()[0].slot();
    if (index < 0 || index >= connections.size()) {
      return null;
    }
    TcpConnection<C> connection = connections.get(index);
    return connection.live() && connection.id() == id ? connection : null;
  }

  /** Connections owed an onConnectionClosed: connecting, established and closing. */
  public final int connectionCount() {
    return connections.size() - available();
  }

  /** How many more connections the pool has now; handshakes under way do not count. */
  public final int available() {
    stack.check();
    return pool.available();
  }

  /** Calls action for each connection of {@link #connectionCount()}. It may send, finish, abort; a connection that begins meanwhile is missed. */
  public final void forEach(Consumer<? super TcpConnection<C>> action) {
    stack.check();
    long newest = stack.tcp().newestId();
    for (int i = 0; i < connections.size(); i++) {
      TcpConnection<C> connection = connections.get(i);
      if (connection.live() && connection.id() <= newest) {
        action.accept(connection);
      }
    }
  }

  /**
   * A timer of the endpoint, for what must outlive a connection (back-off, ramps, reports): onTimer(timerId) after delayNs; 0 cancels;
   * set again replaces. Never early; late by the time to the next poll.
   *
   * @param timerId 0 to TcpSettings.userTimers - 1
   * @param delayNs 0 to Long.MAX_VALUE / 2
   */
  public final void setTimer(int timerId, long delayNs) {
    stack.begin();
    checkTimer(timerId, delayNs);
    checkOpen();
    timers.set(timerId, delayNs, stack.readClock());
    stack.onEndpointTimer();
  }

  /** Resets every connection; each gets its onConnectionClosed(SHUT_DOWN) before close returns. With a stack of its own, closes that. Idempotent. */
  @Override
  public final void close() {
    if (ownsStack) {
      stack.close();
    } else {
      stack.close(this);
    }
  }

  // ---- For the stack

  final void checkTimer(int timerId, long delayNs) {
    if (timerId < 0 || timerId >= settings.userTimers()) {
      throw new IllegalArgumentException(
          "timer " + timerId + ": TcpSettings.userTimers is " + settings.userTimers());
    }
    if (delayNs < 0 || delayNs > LONGEST_DELAY_NS) {
      throw new IllegalArgumentException(
          "delay " + delayNs + " ns, must be 0 to " + LONGEST_DELAY_NS);
    }
  }

  /** IllegalArgumentException unless {@code ns} is 0, or from {@code least} to what differences of times can hold. */
  static void checkSpan(String name, long ns, long least) {
    if (ns != 0 && (ns < least || ns > LONGEST_DELAY_NS)) {
      throw new IllegalArgumentException(
          name + " is " + ns + ", must be 0 or " + least + " to " + LONGEST_DELAY_NS);
    }
  }

  final void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this endpoint is closed");
    }
  }

  /** The connection that wraps one of the pool's. */
  final TcpConnection<C> wrap(Connection tcp) {
    return connections.get(tcp.slot() - pool.connections()[0].slot());
  }

  final ConnectionPool pool() {
    return pool;
  }

  final TcpHandler<C> handler() {
    return handler;
  }

  final UserViews views() {
    return views;
  }

  final EndpointTimers timers() {
    return timers;
  }

  final boolean closed() {
    return closed;
  }

  final void markClosed() {
    closed = true;
  }
}
