// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionPool;
import io.vireo.tcp.Delivery;
import io.vireo.tcp.TcpInput;
import io.vireo.tcp.TcpLayer;
import io.vireo.wire.Ipv4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Makes every call of user code. Connections only note what is due; here it is delivered, one event after the other, never nested, and
 * what a callback throws stays with its connection.
 */
final class EventDispatch {
  /** Callbacks for one connection before others have their turn. */
  private static final int MOST_CALLS = 4;

  private final TcpLayer tcp;
  private final Counters counters;
  private final SynAddresses synAddresses;
  private TcpConnection<?>[] bySlot = new TcpConnection<?>[0];
  private boolean calling;

  EventDispatch(TcpLayer tcp, Counters counters) {
    this.tcp = tcp;
    this.counters = counters;
    this.synAddresses = new SynAddresses(tcp.input());
  }

  /** From now on events of this endpoint's connections are delivered. */
  void add(TcpEndpoint<?> endpoint) {
    Connection[] connections = endpoint.pool().connections();
    int last = connections[connections.length - 1].slot();
    bySlot = Arrays.copyOf(bySlot, Math.max(bySlot.length, last + 1));
    for (Connection connection : connections) {
      bySlot[connection.slot()] = endpoint.wrap(connection);
    }
  }

  /** The endpoint is closed, and every connection of it has heard of its end. */
  void remove(TcpEndpoint<?> endpoint) {
    Connection[] connections = endpoint.pool().connections();
    int first = connections[0].slot();
    Arrays.fill(bySlot, first, first + connections.length, null);
  }

  /** Whether a callback is running. */
  @HotPath
  boolean calling() {
    return calling;
  }

  /** Delivers what is due to the users of at most {@code limit} connections, each at most once; returns to how many. */
  int drain(long nowNs, int limit) {
    int count = Math.min(limit, tcp.agenda().readyCount());
    int told = 0;
    for (int i = 0; i < count; i++) {
      Connection connection = tcp.agenda().pollReady();
      if (connection == null) {
        break;
      }
      if (deliver(connection, nowNs)) {
        told++;
      }
    }
    return told;
  }

  /** Delivers what is due to the user of one connection. True if there was something. */
  @HotPath
  boolean deliver(Connection connection, long nowNs) {
    if (connection.delivery().next() == Delivery.NONE) {
      return false;
    }
    deliver(connection, MOST_CALLS, nowNs);
    return true;
  }

  @HotPath
  private void deliver(Connection connection, int mostCalls, long nowNs) {
    TcpConnection<?> user = bySlot[connection.slot()];
    int event = connection.delivery().next();
    for (int calls = 0; calls < mostCalls && event != Delivery.NONE; calls++) {
      deliver(user, event, nowNs);
      event = connection.delivery().next();
    }
    if (event != Delivery.NONE) {
      tcp.agenda().addReady(connection);
    }
  }

  /** Shows the user of a steady connection what is in view; what else is due to him follows if he has made it so. True if there was something. */
  @HotPath
  boolean showExpected(Connection connection, long nowNs) {
    if (!connection.delivery().shownInFrame()) {
      return false;
    }
    deliver(bySlot[connection.slot()], Delivery.DATA, nowNs);
    if (connection.delivery().next() != Delivery.NONE) {
      deliver(connection, MOST_CALLS - 1, nowNs);
    }
    return true;
  }

  private <C> void deliver(TcpConnection<C> connection, int event, long nowNs) {
    Connection c = connection.tcp();
    TcpHandler<C> handler = connection.endpoint().handler();
    boolean ending = event == Delivery.CLOSED;
    boolean returned = false;
    calling = true;
    try {
      call(handler, connection, event, nowNs);
      returned = true;
    } catch (RuntimeException e) {
      counters.increment(Counter.HANDLER_FAILURES);
      if (!ending) {
        tcp.abort(c, CloseReason.HANDLER_FAILED, nowNs);
      }
      handler.onException(connection, e);
      returned = true;
    } finally {
      calling = false;
      if (!returned && !ending) {
        // An Error, or onException threw: the connection goes the same way, and what was thrown
        // leaves poll.
        tcp.abort(c, CloseReason.HANDLER_FAILED, nowNs);
      }
      if (ending) {
        connection.attach(null);
        tcp.release(c, connection.endpoint().pool(), nowNs);
      }
    }
  }

  private <C> void call(TcpHandler<C> handler, TcpConnection<C> connection, int event, long nowNs) {
    Connection c = connection.tcp();
    if (handler == null) {
      // Closed before its endpoint was ever polled: there is nobody to tell.
      c.delivery().taken(event);
      connection.onEnding();
      return;
    }
    if (event == Delivery.DATA) {
      showData(handler, connection, nowNs);
      return;
    }
    if (event == Delivery.TIMER) {
      handler.onUserTimeout(connection, c.delivery().takeTimer());
      return;
    }
    if (event == Delivery.SOFT_ERROR) {
      handler.onSoftError(connection, c.delivery().takeSoftError());
      return;
    }
    c.delivery().taken(event);
    switch (event) {
      case Delivery.ESTABLISHED -> {
        if (!connection.live()) {
          connection.onBegun(null);
        }
        handler.onConnectionEstablished(connection);
      }
      case Delivery.MORE_SENDABLE -> handler.onMoreSendable(connection);
      case Delivery.FIN -> {
        int offset = c.delivery().shownOffset();
        int length = c.delivery().shownLength();
        handler.onFin(connection, view(connection, offset, length), offset, length);
        tcp.onDataShown(c, 0, nowNs);
      }
      default -> {
        connection.onEnding();
        handler.onConnectionClosed(connection, c.delivery().closeReason());
      }
    }
  }

  @HotPath
  private <C> void showData(TcpHandler<C> handler, TcpConnection<C> connection, long nowNs) {
    Connection c = connection.tcp();
    Delivery delivery = c.delivery();
    delivery.taken(Delivery.DATA);
    int offset = delivery.shownOffset();
    int length = delivery.shownLength();
    int leftover = handler.onData(connection, view(connection, offset, length), offset, length);
    if (leftover < 0 || leftover > length) {
      refuseLeftover(leftover, length);
    }
    tcp.onDataShown(c, leftover, nowNs);
  }

  @HotPath
  private static ByteBuffer view(TcpConnection<?> connection, int offset, int length) {
    Delivery delivery = connection.tcp().delivery();
    UserViews views = connection.endpoint().views();
    if (delivery.shownInFrame() || length == 0) {
      return views.ofFrame(offset, length);
    }
    return views.ofArena(delivery.shownHandle(), offset, length);
  }

  private static void refuseLeftover(int leftover, int length) {
    throw new IllegalStateException(
        "onData returned " + leftover + ", must be 0 to the length shown, " + length);
  }

  /** Asks about the SYN under consideration. */
  boolean askAboutSyn(ConnectionPool pool) {
    TcpConnection<?> any = bySlot[pool.connections()[0].slot()];
    return ask(any.endpoint().handler());
  }

  private <C> boolean ask(TcpHandler<C> handler) {
    calling = true;
    try {
      return handler.allowNewConnection(synAddresses);
    } catch (RuntimeException e) {
      counters.increment(Counter.HANDLER_FAILURES);
      handler.onException(null, e);
      return false;
    } finally {
      calling = false;
    }
  }

  /** Calls the timers of an endpoint that are due, at most {@code limit}; returns how many. */
  <C> int callTimers(TcpEndpoint<C> endpoint, long nowNs, int limit) {
    int called = 0;
    while (called < limit) {
      int timer = endpoint.timers().poll(nowNs);
      if (timer == EndpointTimers.NONE) {
        break;
      }
      called++;
      callTimer(endpoint.handler(), timer);
    }
    return called;
  }

  private <C> void callTimer(TcpHandler<C> handler, int timer) {
    calling = true;
    try {
      handler.onTimer(timer);
    } catch (RuntimeException e) {
      counters.increment(Counter.HANDLER_FAILURES);
      handler.onException(null, e);
    } finally {
      calling = false;
    }
  }

  /** The peer of a SYN, as allowNewConnection sees it. */
  private record SynAddresses(TcpInput input) implements TcpAddresses {
    @Override
    public int localPort() {
      return input.localPort();
    }

    @Override
    public int remoteIpv4() {
      return input.remoteAddress();
    }

    @Override
    public int remotePort() {
      return input.remotePort();
    }

    @Override
    public InetSocketAddress localAddress() {
      return new InetSocketAddress(
          Ipv4Address.toInetAddress(input.localAddress()), input.localPort());
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return new InetSocketAddress(
          Ipv4Address.toInetAddress(input.remoteAddress()), input.remotePort());
    }
  }
}
