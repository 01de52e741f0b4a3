// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.time.TimerWheel;
import java.util.List;

/**
 * What connections wait for: a call to their user, a transmit slot, the end of the batch, a neighbour, memory, a time. Whatever is done to
 * a connection ends with {@link #schedule}.
 */
public final class Agenda {
  /** Entries of the wheel looked at per deadline that a turn may deal with: most of them may have moved back meanwhile. */
  private static final int LOOKS_PER_DEADLINE = 8;

  /** Turns of connections in one flush: bounds what a turn of the stack can send. */
  private static final int FLUSHES = 64;

  /** RSTs of connections that are over, for the same reason. */
  private static final int RESETS = 512;

  private final Registry registry;
  private final Transmitter transmitter;
  private final ResetQueue resets;
  private final BufferArena arena;
  private final Timeouts timeouts;
  private final Counters counters;
  private final TimerWheel wheel;

  private final ConnectionQueue ready = new ConnectionQueue(ConnectionQueue.READY);
  private final ConnectionQueue output = new ConnectionQueue(ConnectionQueue.OUTPUT);
  private final ConnectionQueue acks = new ConnectionQueue(ConnectionQueue.ACKS);
  private final ConnectionQueue neighbour = new ConnectionQueue(ConnectionQueue.NEIGHBOUR);
  private final ConnectionQueue memory = new ConnectionQueue(ConnectionQueue.MEMORY);
  private final ConnectionQueue early = new ConnectionQueue(ConnectionQueue.EARLY);

  /** Whether the flushes of this turn ended for want of a slot, and not of budget. */
  private boolean slotsShort;

  /** Of those who wait for memory, how many have not been asked since some came free. */
  private int unasked;

  /** What was free when somebody was asked last. */
  private long askedFreeBytes;

  /** See {@link #takeInHand}. */
  private Connection inHand;

  /** Of those that were ready, the one polled last: its user may be hearing of it. */
  private Connection polled;

  Agenda(
      Registry registry,
      Transmitter transmitter,
      ResetQueue resets,
      BufferArena arena,
      Counters counters,
      ConnectionEvents events,
      long nowNs) {
    this.registry = registry;
    this.transmitter = transmitter;
    this.resets = resets;
    this.arena = arena;
    this.timeouts = new Timeouts(counters, events);
    this.counters = counters;
    wheel = new TimerWheel(1, nowNs);
  }

  void ensureCapacity(int connections) {
    wheel.ensureCapacity(connections);
  }

  /** Something is about to be done to {@code c}, or asked of it: it has its pieces now, though others may have to do without. */
  @HotPath
  void wake(Connection c) {
    if (!c.isAwake()) {
      c.store.wake(c, this);
    }
  }

  /** Whether somebody further up may be in the middle of something with {@code c}. */
  boolean hasInHand(Connection c) {
    return c == inHand || c == polled;
  }

  /** Something was done to {@code c}: notes what is due. A connection that has ended leaves the table. */
  @HotPath
  void schedule(Connection c, long nowNs) {
    if (c != inHand || c.hasEnded()) {
      note(c, nowNs);
      if (c.delivery.next() != Delivery.NONE) {
        ready.add(c);
      }
    } else {
      SteadyState.disturb(c);
    }
  }

  /**
   * A segment was dealt with, and the connection's user hears of it next: until {@link #putDown}, {@link #schedule} leaves the connection alone, so that
   * the segment and all that its user does about it are looked at once. An end is not kept waiting.
   */
  @HotPath
  void takeInHand(Connection c, long nowNs) {
    inHand = c;
    if (c.hasEnded()) {
      note(c, nowNs);
    }
  }

  /** The same for a steady connection; {@link #putDownExpected} follows. */
  @HotPath
  void takeExpected(Connection c) {
    inHand = c;
  }

  /**
   * The user of the steady connection in hand has seen what was in view. If he did nothing but that and send, there is one thing to do at most. True: it has been
   * flushed.
   */
  @HotPath
  public boolean putDownExpected(long nowNs) {
    Connection c = inHand;
    if (c == null) {
      return false;
    }
    inHand = null;
    if (!c.isSteady()) {
      schedule(c, nowNs);
      return false;
    }
    armWheel(c);
    if (c.sender.hasUnsent()) {
      if (output.isEmpty() && resets.isEmpty()) {
        flushAlone(c, nowNs);
        return true;
      }
      output.add(c);
    } else if (c.acks.dueNow()) {
      acks.add(c);
    }
    return false;
  }

  /** Nobody else has something to send. */
  @HotPath
  private void flushAlone(Connection c, long nowNs) {
    slotsShort = false;
    int result = flush(c, nowNs);
    if (result == Transmitter.FULL) {
      boolean unused = onFull(c, output);
      return;
    }
    onFlushed(c, output, result, nowNs);
    if (!output.isEmpty()) {
      flush(output, nowNs);
    }
  }

  /** What there was has been queued, and nothing else done. */
  @HotPath
  void onQueued(Connection c, long nowNs) {
    if (!c.isSteady()) {
      schedule(c, nowNs);
    } else if (c != inHand && c.sender.hasUnsent()) {
      output.add(c);
    }
  }

  /** The user of the connection in hand has heard of it, and the frame has gone, or goes. */
  @HotPath
  void putDown(long nowNs) {
    Connection c = inHand;
    if (c != null) {
      inHand = null;
      schedule(c, nowNs);
    }
  }

  @HotPath
  private void note(Connection c, long nowNs) {
    if (c.hasEnded()) {
      onEnded(c, nowNs);
    } else if (c.hasOutput()) {
      output.add(c);
    } else if (c.acks.dueNow()) {
      acks.add(c);
    }
    if (c.receiver.holdsEarly()) {
      early.add(c);
    }
    if (c.waitsForMemory()) {
      memory.add(c);
    }
    armWheel(c);
    SteadyState.note(c);
  }

  private void onEnded(Connection c, long nowNs) {
    if (c == inHand) {
      inHand = null;
    }
    if (c.registered()) {
      registry.unregister(c, nowNs);
      // A RST, which waits for its slot without the connection, or the last ACK. If that cannot
      // leave now, the peer's next segment brings it about.
      transmitter.flush(c, 0, nowNs);
    }
  }

  /** The wheel's entry may be early, never late: most moves of a deadline cost nothing here. */
  @HotPath
  private void armWheel(Connection c) {
    if (c.deadlines.moved() && c.deadlines.rewatch()) {
      wheel.arm(c.slot, c.deadlines.watchedNs());
    }
  }

  /** The connection is back in its pool. */
  void forget(Connection c) {
    wheel.cancel(c.slot);
    c.deadlines.onUnwatched();
  }

  /** Connections are over for good: nothing here holds them any longer. Some queues only shrink when something happens to be scarce or missing. */
  void forgetEnded() {
    for (int i = early.size(); i > 0; i--) {
      Connection c = early.poll();
      if (c.isAwake() && c.receiver.holdsEarly()) {
        early.add(c);
      }
    }
    for (int i = neighbour.size(); i > 0; i--) {
      Connection c = neighbour.poll();
      if (c.route.bound()) {
        neighbour.add(c);
      }
    }
    polled = null;
    for (ConnectionQueue queue : List.of(ready, output, acks, neighbour, memory, early)) {
      queue.forgetPolled();
    }
  }

  // ---- Events for users

  /** The next connection with something for its user, or null. */
  public Connection pollReady() {
    polled = ready.poll();
    return polled;
  }

  /** A connection that was polled has more to tell. */
  public void addReady(Connection c) {
    ready.add(c);
  }

  /** How many connections have something for their users. */
  public int readyCount() {
    return ready.size();
  }

  // ---- Segments for peers

  /** Sends what users have queued, by turns, until the NIC is full or the budget is spent. */
  @HotPath
  public void flushOutput(long nowNs) {
    slotsShort = false;
    if (!resets.isEmpty()) {
      slotsShort = !resets.flush(RESETS);
    }
    flush(output, nowNs);
  }

  /** Sends the ACKs that are due with the end of a batch. */
  @HotPath
  public void flushAcks(long nowNs) {
    flush(acks, nowNs);
  }

  /** Whether users have queued something. */
  @HotPath
  public boolean hasOutputNow() {
    return !output.isEmpty();
  }

  /** Whether RSTs of connections that are over wait for slots. */
  public boolean owesResets() {
    return !resets.isEmpty();
  }

  /** Whether connections still wait to send, be it only an ACK. */
  public boolean hasOutput() {
    return !output.isEmpty() || !acks.isEmpty() || !resets.isEmpty();
  }

  /** Whether somebody waits for his turn only: slots were free to the last, or memory has come free. */
  public boolean mayGoOn() {
    return unasked > 0 || (hasOutput() && !slotsShort);
  }

  /** Whether there is nothing to do before something falls due, comes or is asked for. */
  public boolean isAtRest() {
    boolean reclaims = !early.isEmpty() && Memory.isScarce(arena);
    return !hasOutput() && ready.isEmpty() && unasked == 0 && !reclaims;
  }

  @HotPath
  private void flush(ConnectionQueue queue, long nowNs) {
    for (int i = 0; i < FLUSHES && !queue.isEmpty(); i++) {
      Connection c = queue.poll();
      int result = flush(c, nowNs);
      if (result != Transmitter.FULL) {
        onFlushed(c, queue, result, nowNs);
      } else if (onFull(c, queue)) {
        return;
      }
    }
  }

  @HotPath
  private int flush(Connection c, long nowNs) {
    int result = c.isSteady() ? transmitter.steady.flush(c, nowNs) : ~0;
    return result >= 0 ? result : flushRest(c, ~result, nowNs);
  }

  /** {@code sent}: how many segments of its share have left. */
  private int flushRest(Connection c, int sent, long nowNs) {
    int result = transmitter.flush(c, sent, nowNs);
    SteadyState.note(c);
    return result;
  }

  /** No slot is free for {@code c}. True if there is none for the others of this queue, either. */
  private boolean onFull(Connection c, ConnectionQueue queue) {
    slotsShort = true;
    armWheel(c);
    if (queue.kind() == ConnectionQueue.ACKS && !c.acks.dueNow()) {
      // Its ACK has left through the reserve, and those of others may; its payload waits elsewhere.
      output.add(c);
      return false;
    }
    queue.putBack(c);
    return true;
  }

  @HotPath
  private void onFlushed(Connection c, ConnectionQueue queue, int result, long nowNs) {
    if (result == Transmitter.MORE) {
      queue.add(c);
    } else if (result == Transmitter.NO_NEIGHBOUR) {
      neighbour.add(c);
    }
    if (c.hasEnded()) {
      schedule(c, nowNs);
    } else {
      armWheel(c);
    }
  }

  /** Sends at once what this connection may send. */
  public void flushNow(Connection c, long nowNs) {
    if (c == inHand) {
      SteadyState.disturb(c);
    }
    int result = transmitter.flush(c, 0, nowNs);
    SteadyState.note(c);
    if (result == Transmitter.FULL) {
      output.add(c);
    }
    onFlushed(c, output, result, nowNs);
  }

  // ---- What came

  /** The neighbour at {@code index} has become known, or failed: whoever waits for it tries again. */
  void onNeighbourChanged(int index) {
    for (int i = neighbour.size(); i > 0; i--) {
      Connection c = neighbour.poll();
      if (c.route.neighbour() == index) {
        output.add(c);
      } else if (c.route.bound()) {
        neighbour.add(c);
      }
    }
  }

  /** Whoever waits for a neighbour tries again: it may be another one now. */
  void onRoutesChanged() {
    for (int i = neighbour.size(); i > 0; i--) {
      output.add(neighbour.poll());
    }
  }

  /** Memory may have come free: lets at most {@code limit} of those who wait try again. */
  void onMemory(long nowNs, int limit) {
    if (Memory.isScarce(arena)) {
      reclaim(limit);
    }
    if (memory.isEmpty() || arena.freeBytes() == 0) {
      unasked = 0;
      askedFreeBytes = 0;
      return;
    }
    int waiting = memory.size();
    int asked = Math.min(limit, waiting);
    boolean cameFree = arena.freeBytes() > askedFreeBytes;
    for (int i = asked; i > 0; i--) {
      Connection c = memory.poll();
      c.onMemory();
      schedule(c, nowNs);
    }
    unasked = Math.max((cameFree ? waiting : unasked) - asked, 0);
    askedFreeBytes = arena.freeBytes();
  }

  /** Bytes beyond a gap are the only ones that may be given up. A peer that leaves its gap open for long is the first to lose them. */
  private void reclaim(int limit) {
    for (int i = 0; i < limit && !early.isEmpty() && Memory.isScarce(arena); i++) {
      Connection c = early.poll();
      if (c.isAwake() && c.receiver.holdsEarly()) {
        c.receiver.dropEarly();
        counters.increment(Counter.EARLY_DATA_RECLAIMED);
      }
    }
  }

  /** Deadlines that have come, for at most {@code limit} connections; returns how many. */
  int onTimer(long nowNs, int limit) {
    int done = 0;
    for (int looks = 0; done < limit && looks < LOOKS_PER_DEADLINE * limit; looks++) {
      int slot = wheel.pollExpired(nowNs);
      if (slot < 0) {
        break;
      }
      Connection c = registry.at(slot);
      wake(c);
      c.deadlines.onUnwatched();
      if (!c.deadlines.isEmpty() && c.deadlines.earliest() - nowNs <= 0) {
        timeouts.onDeadline(c, nowNs);
        schedule(c, nowNs);
        done++;
      } else {
        armWheel(c);
      }
    }
    return done;
  }

  boolean hasDeadline() {
    return !wheel.isEmpty();
  }

  /** Whether timers are due although the last {@link #onTimer} came to nothing: of many, some have to be sorted first. */
  public boolean hasDueTimers(long nowNs) {
    return !wheel.isEmpty() && wheel.nextDeadlineNs() - nowNs <= 0;
  }

  /** A lower bound of the next deadline, if there is one. */
  long nextDeadlineNs() {
    return wheel.nextDeadlineNs();
  }
}
