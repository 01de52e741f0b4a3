// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.api.Limits;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.ip.Icmp;
import io.vireo.ip.Ipv4Input;
import io.vireo.ip.Ipv4Output;
import io.vireo.ip.Ipv4Route;
import io.vireo.memory.BufferArena;
import io.vireo.tcp.Listeners.Listener;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;

/**
 * TCP as the root sees it: makes the parts, carries out the commands of users, and passes time and news from below on. Each command
 * ends with {@link Agenda#schedule}, but for those of the short cut past it (docs/decisions/0014).
 */
public final class TcpLayer {
  /** How many of those who wait for memory hear of a claim that was given up. The others follow in the next turn. */
  private static final int TOLD_OF_MEMORY = 64;

  private final Ipv4Output output;
  private final Counters counters;
  private final Registry registry;
  private final Agenda agenda;
  private final Transmitter transmitter;
  private final TcpInput input;
  private final PassiveOpen passiveOpen;
  private final ActiveOpen activeOpen;
  private final HalfOpenTable halfOpen;
  private final Listeners listeners = new Listeners();

  /** Null: every port is ours. */
  private final SharedPorts sharedPorts;

  private final UserCalls calls = new UserCalls();
  private final IcmpArrival icmpArrival;
  private final ConnectionEvents events = new ConnectionEvents();

  /**
   * Makes the parts.
   *
   * @param portHost who gives ports away; null: all of them are ours
   */
  public TcpLayer(
      StackSettings settings,
      Ipv4Input ip,
      Ipv4Output output,
      BufferArena arena,
      PortHost portHost,
      Counters counters,
      long nowNs) {
    this.output = output;
    this.counters = counters;
    Secrets secrets = new Secrets(settings.seed());
    InitialSequence initialSequence = new InitialSequence(secrets);
    SegmentWriter writer = new SegmentWriter(output, counters);
    Limits limits = settings.limits();
    Responder responder = new Responder(writer, limits, secrets, counters);
    ResetQueue resets = new ResetQueue(writer, counters);
    transmitter = new Transmitter(writer, output, resets, counters);
    sharedPorts = portHost == null ? null : new SharedPorts(portHost, secrets);
    registry = new Registry(settings, secrets, arena, sharedPorts, counters);
    icmpArrival = new IcmpArrival(output.pathMtus(), counters, events);
    agenda = new Agenda(registry, transmitter, resets, arena, counters, events, nowNs);
    halfOpen = new HalfOpenTable(secrets, limits.halfOpenConnections(), nowNs);
    SynCookies cookies = new SynCookies(secrets, limits.leastMss());
    passiveOpen =
        new PassiveOpen(limits, listeners, halfOpen, cookies, responder, initialSequence, counters);
    LocalPorts localPorts =
        new LocalPorts(secrets, settings.firstLocalPort(), settings.lastLocalPort());
    activeOpen =
        new ActiveOpen(output, registry, halfOpen, localPorts, sharedPorts, initialSequence);
    input = new TcpInput(
        ip,
        output,
        registry,
        agenda,
        transmitter,
        new SegmentArrival(limits, counters, events),
        responder,
        passiveOpen,
        halfOpen,
        listeners,
        counters,
        events);
  }

  public TcpInput input() {
    return input;
  }

  public Agenda agenda() {
    return agenda;
  }

  // ---- Pools and listeners

  /** Makes the connections of one endpoint. */
  public ConnectionPool newPool(TcpSettings settings) {
    ConnectionPool pool = registry.newPool(settings);
    agenda.ensureCapacity(registry.capacity());
    return pool;
  }

  /** The endpoint of this pool is closed, and every connection over. */
  public void closePool(ConnectionPool pool) {
    registry.closePool(pool);
    agenda.forgetEnded();
  }

  /** The slot that an id was given to. */
  public static int slotOf(long id) {
    return Registry.slotOf(id);
  }

  /** No connection so far has a higher id, and every later one will have. */
  public long newestId() {
    return registry.newestId();
  }

  public boolean isListening(int port) {
    return listeners.find(port) != null;
  }

  /** Accepts connections on a port that nobody listens on. Returns null, or why the host refuses the port. */
  public String listen(int port, ConnectionPool pool) {
    String refusal = sharedPorts == null ? null : sharedPorts.listen(port);
    if (refusal == null) {
      listeners.add(port, pool);
    }
    return refusal;
  }

  /** Stops a pool's listening on a port; handshakes under way are dropped, and the ACKs of their peers refused. */
  public void unlisten(int port, ConnectionPool pool) {
    Listener listener = listeners.find(port);
    if (listener != null && listener.pool() == pool) {
      halfOpen.removeAll(listener.index(), Integer.MAX_VALUE);
      listeners.remove(listener);
      if (sharedPorts != null) {
        sharedPorts.drop(port);
      }
    }
  }

  /** Stops listening on every port of a pool. */
  public void unlistenAll(ConnectionPool pool) {
    for (int i = listeners.count() - 1; i >= 0; i--) {
      if (listeners.get(i).pool() == pool) {
        unlisten(listeners.get(i).port(), pool);
      }
    }
  }

  // ---- Commands

  /** Comes before all that is asked of {@code c}, or done to it, while its user is not hearing of it: it may be asleep. */
  @HotPath
  public void wake(Connection c) {
    agenda.wake(c);
  }

  /** A connection of the pool on its way to the peer, or failed already; null if the pool is exhausted. */
  public Connection connect(
      ConnectionPool pool, int local, int localPort, int remote, int remotePort, long nowNs) {
    Connection c = pool.take(agenda);
    if (c != null) {
      activeOpen.open(c, local, localPort, remote, remotePort, pool.marking(), nowNs);
      agenda.schedule(c, nowNs);
    }
    return c;
  }

  /** Queues what fits of source[offset, offset + length); returns how much that was. With {@code more}, the last segment waits for it. */
  @HotPath
  public int send(
      Connection c, ByteBuffer source, int offset, int length, boolean more, long nowNs) {
    int taken = calls.send(c, source, offset, length, more);
    if (taken < length || more) {
      agenda.schedule(c, nowNs);
    } else {
      agenda.onQueued(c, nowNs);
    }
    return taken;
  }

  /** Queues what fits of sources[first, first + count), each from its position to its limit, and moves the positions; returns how much that was. */
  @HotPath
  public int send(Connection c, ByteBuffer[] sources, int first, int count, long nowNs) {
    int taken = calls.send(c, sources, first, count);
    agenda.schedule(c, nowNs);
    return taken;
  }

  /** Reserves room for {@code length} bytes in one piece. False if they do not fit now; they are told of when they do. */
  @HotPath
  public boolean claim(Connection c, int length, long nowNs) {
    boolean open = calls.claim(c, length);
    if (!open) {
      agenda.schedule(c, nowNs);
    }
    return open;
  }

  /** Queues the first {@code length} bytes of the open claim. */
  @HotPath
  public void commit(Connection c, int length, boolean more, long nowNs) {
    calls.commit(c, length, more);
    agenda.schedule(c, nowNs);
    if (length == 0) {
      // It may have been the last claim on its memory, for which others wait; the stack may sleep
      // next.
      agenda.onMemory(nowNs, TOLD_OF_MEMORY);
    }
  }

  /** Sends at once what the windows allow, the incomplete last segment as well. */
  public void flush(Connection c, long nowNs) {
    calls.flush(c);
    agenda.flushNow(c, nowNs);
  }

  public void setNagle(Connection c, boolean on, long nowNs) {
    calls.setNagle(c, on);
    agenda.schedule(c, nowNs);
  }

  public void sendFin(Connection c, long nowNs) {
    calls.sendFin(c);
    agenda.schedule(c, nowNs);
  }

  /** Ends the connection at once, with a RST if the peer knows of it. */
  public void abort(Connection c, CloseReason reason, long nowNs) {
    agenda.wake(c);
    calls.abort(c, reason);
    agenda.schedule(c, nowNs);
  }

  public void pause(Connection c, long nowNs) {
    c.delivery.pause();
    agenda.schedule(c, nowNs);
  }

  public void resume(Connection c, long nowNs) {
    c.delivery.resume();
    agenda.schedule(c, nowNs);
  }

  public void setKeepAlive(Connection c, long idleNs, long nowNs) {
    calls.setKeepAlive(c, idleNs, nowNs);
    agenda.schedule(c, nowNs);
  }

  public void setUserTimeout(Connection c, long timeoutNs, long nowNs) {
    calls.setUserTimeout(c, timeoutNs, nowNs);
    agenda.schedule(c, nowNs);
  }

  public void setUserTimer(Connection c, int timer, long delayNs, long nowNs) {
    calls.setUserTimer(c, timer, delayNs, nowNs);
    agenda.schedule(c, nowNs);
  }

  /** The user was shown what {@link Delivery#DATA} announced, and left {@code leftover} bytes. */
  @HotPath
  public void onDataShown(Connection c, int leftover, long nowNs) {
    if (leftover == 0 && c.isSteady() && c.receiver.viewLength() > 0) {
      calls.onViewConsumed(c, nowNs);
      return;
    }
    if (!calls.onDataShown(c, leftover, nowNs)) {
      counters.increment(Counter.TCP_DATA_DROPPED);
    }
    agenda.schedule(c, nowNs);
  }

  /** The last event is delivered: the connection goes back to its pool. */
  public void release(Connection c, ConnectionPool pool, long nowNs) {
    assert c.hasEnded() && !c.registered();
    events.onClosed(c, nowNs);
    c.release();
    output.unbind(c.route);
    agenda.forget(c);
    counters.increment(Counter.CONNECTIONS_CLOSED);
    pool.give(c);
  }

  // ---- Time, and news from below

  /** Does what is due, at most {@code limit} things; returns how many. */
  public int onTimer(long nowNs, int limit) {
    int done = agenda.onTimer(nowNs, limit);
    done += passiveOpen.onTimer(transmitter.localMss(), nowNs, limit - done);
    return done + registry.timeWait.expire(nowNs, limit - done);
  }

  /** The earlier of {@code otherwise} and the next time that {@link #onTimer} has something to do. */
  public long nextDeadlineNs(long otherwise) {
    long next = otherwise;
    if (agenda.hasDeadline()) {
      next = earlier(next, agenda.nextDeadlineNs());
    }
    if (!halfOpen.isEmpty()) {
      next = earlier(next, halfOpen.nextDeadlineNs());
    }
    if (!registry.timeWait.isEmpty()) {
      next = earlier(next, registry.timeWait.nextDeadlineNs());
    }
    return next;
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  /** The neighbour at {@code index} has become known, or failed. */
  public void onNeighbourChanged(int index) {
    agenda.onNeighbourChanged(index);
  }

  /** The host's routes have changed: whoever waits for a neighbour may have another one now. */
  public void onRoutesChanged() {
    agenda.onRoutesChanged();
  }

  /** The host's addresses have changed: connections on one that has gone end (GND-15). */
  public void onAddressesChanged(long nowNs) {
    for (int i = 0; i < listeners.count(); i++) {
      sharedPorts.listenOnAll(listeners.get(i).port());
    }
    for (int slot = 0; slot < registry.capacity(); slot++) {
      Connection c = registry.at(slot);
      if (c != null && c.inUse() && c.registered() && !output.isOwn(c.route.local())) {
        abort(c, CloseReason.ADDRESS_LOST, nowNs);
      }
    }
  }

  /** The stack has ended: its ports are the host's again. */
  public void close() {
    if (sharedPorts != null) {
      sharedPorts.close();
    }
  }

  /** Memory may have come free since the last turn. */
  public void onMemory(long nowNs, int limit) {
    agenda.onMemory(nowNs, limit);
  }

  /**
   * An ICMP error about a segment of ours, of a datagram of {@code quotedBytes}; {@code quoted} is where the segment's first eight bytes stand in
   * {@code memory}.
   */
  public void onIcmpError(Icmp error, ByteBuffer memory, int quoted, long nowNs) {
    int localPort = TcpHeader.sourcePort(memory, quoted);
    int remotePort = TcpHeader.destinationPort(memory, quoted);
    int quotedSeq = TcpHeader.seq(memory, quoted);
    long addressKey = Ipv4Route.addressKey(error.quotedLocal(), error.quotedRemote());
    long portKey = (long) localPort << 16 | remotePort;
    Connection c = registry.find(addressKey, portKey);
    if (c != null) {
      agenda.wake(c);
      icmpArrival.onError(
          c,
          error.errorType(),
          error.errorCode(),
          quotedSeq,
          error.quotedBytes(),
          error.nextHopMtu(),
          nowNs);
      agenda.schedule(c, nowNs);
      return;
    }
    int entry = halfOpen.find(addressKey, portKey);
    if (entry != HalfOpenTable.NONE && error.refusesPort()) {
      passiveOpen.onHardError(entry, quotedSeq);
    }
  }
}
