// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.api.Limits;
import io.vireo.api.StackSettings;
import io.vireo.ip.Icmp;
import io.vireo.ip.Ipv4Input;
import io.vireo.ip.Ipv4Output;
import io.vireo.ip.PathMtus;
import io.vireo.ip.Reassembly;
import io.vireo.link.EthernetLink;
import io.vireo.memory.BufferArena;
import io.vireo.nic.HostNetwork;
import io.vireo.nic.Nic;
import io.vireo.nic.NicStatus;
import io.vireo.tcp.Connection;
import io.vireo.tcp.TcpInput;
import io.vireo.tcp.TcpLayer;
import io.vireo.time.NanoClock;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A TCP/IP stack on one NIC queue, driven by one thread. A stack and all that hangs on it belong to the thread that polls it: before
 * the first poll, and again after {@link #release()} or when the owner has ended, any one thread may use it. A call from another thread
 * throws IllegalStateException; only {@link #wakeup()} and {@link #counter} may be called from anywhere.
 */
public final class TcpStack implements AutoCloseable {
  /** Timers wait until the NIC has nothing more to say, so that after a stall what came is read first, a full ring of it; but not for ever. */
  private static final int MOST_FRAMES_WITHOUT_TIMERS = 4_096;

  private static final long REFRESH_NS = 500_000_000L;

  /** How long {@link #await} sleeps while only the NIC's transmit slots are short. */
  private static final long SLOT_WAIT_NS = 1_000_000L;

  /** How often {@link #close} waits so for the slots of its RSTs. */
  private static final int MOST_SLOT_WAITS = 100;

  private final Nic nic;

  private final NanoClock clock;
  private final int budget;
  private final Counters counters = new Counters();
  private final LocalAddresses addresses;
  private final BufferArena arena;
  private final EthernetLink link;
  private final Reassembly reassembly;
  private final Ipv4Output output;
  private final TcpLayer tcp;
  private final Ingress ingress;
  private final EventDispatch dispatch;

  /** Null: the addresses are our own. */
  private final HostNews host;

  private final OwnerThread owner = new OwnerThread();
  private final QuietTime quiet = new QuietTime();
  private final Endpoints endpoints = new Endpoints();
  private long nowNs;
  private long refreshNs;
  private int framesWithoutTimers;
  private boolean closed;

  /**
   * Uses the queue; closing it remains the caller's.
   *
   * @throws IllegalArgumentException an address in the settings is misspelt, or no host may have it; or the NIC has addresses of its own
   *     where the settings share the kernel's, or the other way round
   */
  public TcpStack(Nic nic, StackSettings settings) {
    this.nic = nic;
    HostNetwork network = nic.host();
    clock = settings.clock();
    budget = settings.framesPerPoll();
    nowNs = clock.nanoTime();
    refreshNs = nowNs;
    addresses = new LocalAddresses(settings, network);
    arena = new BufferArena(settings.bufferMemoryBytes());
    Limits limits = settings.limits();
    RandomGenerator keys =
        settings.seed() == 0 ? new SecureRandom() : new SplittableRandom(settings.seed());
    link = new EthernetLink(
        nic, network, addresses.all(), limits.neighbours(), counters, keys.nextLong());
    reassembly =
        new Reassembly(limits.reassemblyBytes(), limits.reassemblyNs(), keys.nextLong(), counters);
    Ipv4Input ip = new Ipv4Input(link, addresses.routes(), reassembly, counters);
    PathMtus pathMtus = new PathMtus(limits.pathMtuNs(), keys.nextLong());
    output = new Ipv4Output(link, addresses.routes(), pathMtus, counters);
    Icmp icmp =
        new Icmp(ip, output, addresses.routes(), limits.icmpPerSecond(), keys.nextLong(), counters);
    HostPorts ports = network == null ? null : new HostPorts(network, addresses);
    tcp = new TcpLayer(settings, ip, output, arena, ports, counters, nowNs);
    ingress = new Ingress(link, ip, icmp, tcp);
    dispatch = new EventDispatch(tcp, counters);
    host = network == null
        ? null
        : new HostNews(network, addresses, link, output, tcp, ingress, nowNs);
    link.announce();
    link.ring();
  }

  /**
   * One turn: received frames, then expired timers, then events left from outside; each at most StackSettings.framesPerPoll, each
   * connection with at most four callbacks. Returns how many of the three were handled, callbacks or not; 0 means idle: neither
   * anything to handle, nor anything to send for which there is a slot.
   *
   * @throws IllegalStateException an endpoint made without a handler has not been polled with one yet; called inside a callback, by a
   *     thread that does not own the stack, or after close
   * @throws UncheckedIOException the NIC has failed for good
   */
  public int poll() {
    checkTurn();
    endpoints.checkHandlers();
    owner.take();
    long frame = nic.receive();
    nowNs = clock.nanoTime();
    if (frame == Nic.EMPTY && quiet.lasts(nowNs)) {
      checkNic();
      return 0;
    }
    return turn(frame);
  }

  private int turn(long firstFrame) {
    quiet.end();
    int frames = receive(firstFrame);
    int work = frames;
    framesWithoutTimers += frames;
    if (frames < budget || framesWithoutTimers >= MOST_FRAMES_WITHOUT_TIMERS) {
      framesWithoutTimers = 0;
      work += runTimers();
    }
    work += dispatch.drain(nowNs, budget);
    finishTurn();
    if (frames == 0) {
      checkNic();
    }
    return work == 0 ? endIdle() : work;
  }

  /** What a turn that has handled nothing returns. */
  private int endIdle() {
    if (tcp.agenda().isAtRest()) {
      quiet.begin(nextDeadlineNs(nextRefreshNs()));
    }
    return tcp.agenda().mayGoOn() || tcp.agenda().hasDueTimers(nowNs) ? 1 : 0;
  }

  @HotPath
  private void checkNic() {
    if (nic.status() == NicStatus.FAILED) {
      failNic();
    }
  }

  private void failNic() {
    throw new UncheckedIOException(nic.failure());
  }

  /** The MTU may have changed; before frames are read, so that a stack that slept answers them by the present one. */
  @HotPath
  private void refresh() {
    if (nowNs - refreshNs >= 0) {
      refreshNs = nowNs + REFRESH_NS;
      output.refresh();
    }
    if (host != null && host.isDue(nowNs)) {
      host.look(nowNs);
    }
  }

  private long nextRefreshNs() {
    return host == null ? refreshNs : earlier(refreshNs, host.nextLookNs());
  }

  /** The clock is read after a frame was taken, never before: a turn may be interrupted anywhere, and no round trip is to seem shorter than it was. */
  @HotPath
  private int receive(long firstFrame) {
    long frame = firstFrame;
    refresh();
    int frames = 0;
    while (frame != Nic.EMPTY) {
      accept(frame);
      if (++frames == budget) {
        break;
      }
      frame = nic.receive();
      if (frame != Nic.EMPTY) {
        nowNs = clock.nanoTime();
      }
    }
    return frames;
  }

  /** One frame, its events, and what their users send: nothing waits for later frames of the batch but pure ACKs. */
  private void accept(long frame) {
    boolean expected = false;
    try {
      int found = ingress.accept(frame, nowNs);
      expected = found == TcpInput.EXPECTED;
      if (expected) {
        showExpected();
      } else if (found != TcpInput.NOTHING) {
        onFound(found);
      }
    } finally {
      nic.release();
    }
    boolean sent = expected && tcp.agenda().putDownExpected(nowNs);
    if (sent) {
      output.ring();
    } else if (tcp.agenda().hasOutputNow()) {
      tcp.agenda().flushOutput(nowNs);
      output.ring();
    }
  }

  /** The usual case: a steady connection has taken the frame. */
  @HotPath
  private void showExpected() {
    if (dispatch.showExpected(tcp.input().touched(), nowNs)) {
      nowNs = clock.nanoTime();
    }
  }

  private void onFound(int whatIngressFound) {
    int found = whatIngressFound;
    if (found == TcpInput.ASK_USER) {
      found = tcp.input().admit(dispatch.askAboutSyn(tcp.input().askedPool()), nowNs);
    }
    if (found == TcpInput.TOUCHED) {
      if (dispatch.deliver(tcp.input().touched(), nowNs)) {
        nowNs = clock.nanoTime();
      }
      tcp.input().beforeFrameRelease(nowNs);
    }
  }

  private int runTimers() {
    int done = tcp.onTimer(nowNs, budget);
    if (link.neighbours().hasDeadline()) {
      done += link.neighbours().onTimer(nowNs, budget);
      ingress.tellNeighbours();
    }
    if (reassembly.hasDeadline()) {
      done += reassembly.onTimer(nowNs, budget);
    }
    return done + endpoints.callTimers(dispatch, nowNs, budget);
  }

  private void finishTurn() {
    tcp.onMemory(nowNs, budget);
    tcp.agenda().flushOutput(nowNs);
    tcp.agenda().flushAcks(nowNs);
    output.ring();
    counters.publish();
  }

  /**
   * Sleeps until a frame, the earliest deadline, {@link #wakeup()} or maxWaitNs; returns at once if there is work. May return early. An
   * interrupt ends it and stays set. Delivers nothing: poll afterwards.
   */
  public void await(long maxWaitNs) {
    checkTurn();
    if (tcp.agenda().readyCount() > 0 || tcp.agenda().mayGoOn()) {
      return;
    }
    long now = clock.nanoTime();
    // Differences of times hold half of what a long does.
    long longest = tcp.agenda().hasOutput() ? SLOT_WAIT_NS : Long.MAX_VALUE / 2;
    long limit = Math.max(0, Math.min(maxWaitNs, longest));
    long wait = nextDeadlineNs(now + limit) - now;
    if (wait > 0) {
      nic.await(wait);
    }
  }

  /** Ends the present await, or else the next one. Any thread; no system call unless the owner sleeps. */
  public void wakeup() {
    nic.wakeup();
  }

  /** Time of the frame or event at hand, or of the last. Origin arbitrary: compare by difference. */
  public long nowNs() {
    check();
    return nowNs;
  }

  /** Present value, 0 at start. Any thread; another thread may see it late. */
  public long counter(Counter counter) {
    return counters.get(counter);
  }

  /** Gives the stack up for another thread, with every connection in it. The hand-over between the threads must be a safe publication. */
  public void release() {
    checkTurn();
    owner.giveUp();
  }

  /**
   * Resets every connection; each gets its onConnectionClosed(SHUT_DOWN) before close returns. If the NIC has no transmit slots for all the
   * RSTs, close waits for some, a tenth of a second at most; peers whose RST found none learn it from their own timeouts. Idempotent.
   */
  @Override
  public void close() {
    check();
    if (closed) {
      return;
    }
    checkOutside();
    Throwable thrown = null;
    for (TcpEndpoint<?> last = endpoints.last(); last != null; last = endpoints.last()) {
      thrown = end(last, thrown);
    }
    sendLastResets();
    closed = true;
    tcp.close();
    link.close();
    pass(thrown);
  }

  private void sendLastResets() {
    for (int waits = 0; tcp.agenda().owesResets() && waits < MOST_SLOT_WAITS; waits++) {
      nic.await(SLOT_WAIT_NS);
      tcp.agenda().flushOutput(nowNs);
      output.ring();
    }
  }

  // ---- For endpoints and their connections

  /** Ends one endpoint as {@link #close()} ends all. */
  void close(TcpEndpoint<?> endpoint) {
    check();
    if (endpoint.closed()) {
      return;
    }
    checkOutside();
    pass(end(endpoint, null));
  }

  /** Ends every connection of an endpoint, whatever handlers throw; returns what was thrown first, here or before. */
  private Throwable end(TcpEndpoint<?> endpoint, Throwable thrownBefore) {
    Throwable thrown = thrownBefore;
    quiet.end();
    endpoint.markClosed();
    endpoint.timers().clear();
    nowNs = clock.nanoTime();
    tcp.unlistenAll(endpoint.pool());
    endpoints.remove(endpoint);
    for (Connection connection : endpoint.pool().connections()) {
      if (connection.inUse()) {
        tcp.abort(connection, CloseReason.SHUT_DOWN, nowNs);
        output.ring();
      }
      while (connection.inUse()) {
        try {
          dispatch.deliver(connection, nowNs);
        } catch (RuntimeException | Error e) {
          thrown = thrown == null ? e : thrown;
        }
      }
    }
    finishTurn();
    tcp.closePool(endpoint.pool());
    dispatch.remove(endpoint);
    return thrown;
  }

  private static void pass(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
  }

  void add(TcpEndpoint<?> endpoint) {
    dispatch.add(endpoint);
    endpoints.add(endpoint);
  }

  /** From now on the timers of endpoints are looked at. */
  void onEndpointTimer() {
    endpoints.onTimerSet();
  }

  UserViews newViews(ByteOrder order) {
    return new UserViews(nic.receiveMemory(), arena, order);
  }

  TcpLayer tcp() {
    return tcp;
  }

  LocalAddresses addresses() {
    return addresses;
  }

  void check() {
    owner.check();
  }

  /** IllegalStateException: this is no moment for a turn. */
  void checkTurn() {
    owner.check();
    checkOutside();
  }

  /** Begins a command: the present time, read from the clock unless a callback is running. */
  @HotPath
  long begin() {
    owner.check();
    if (!dispatch.calling()) {
      beginOutside();
    }
    return nowNs;
  }

  private void beginOutside() {
    if (closed) {
      refuseClosed();
    }
    quiet.end();
    nowNs = clock.nanoTime();
  }

  /** Ends a command: outside callbacks, what it queued leaves now. */
  @HotPath
  void end(long nowNs) {
    if (!dispatch.calling()) {
      tcp.agenda().flushOutput(nowNs);
      tcp.agenda().flushAcks(nowNs);
      output.ring();
      counters.publish();
    }
  }

  void flushNow(Connection connection, long nowNs) {
    tcp.flush(connection, nowNs);
    output.ring();
  }

  boolean hasClock(NanoClock other) {
    return clock.equals(other);
  }

  long readClock() {
    return clock.nanoTime();
  }

  private void checkOutside() {
    if (dispatch.calling()) {
      throw new IllegalStateException("poll, await, release and close are not for callbacks");
    }
    if (closed) {
      refuseClosed();
    }
  }

  private static void refuseClosed() {
    throw new IllegalStateException("this stack is closed");
  }

  // ---- For Simulation and tests

  /** The earlier of {@code otherwise} and the next time that something falls due by itself. */
  long nextDeadlineNs(long otherwise) {
    long next = tcp.nextDeadlineNs(otherwise);
    if (link.neighbours().hasDeadline()) {
      next = earlier(next, link.neighbours().nextDeadlineNs());
    }
    if (reassembly.hasDeadline()) {
      next = earlier(next, reassembly.nextDeadlineNs());
    }
    next = endpoints.nextDeadlineNs(next);
    if (host != null && host.hasDeadline()) {
      next = earlier(next, host.nextLookNs());
    }
    long frameNs = nic.nextFrameNs();
    return frameNs == Nic.UNKNOWN ? next : earlier(next, frameNs);
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  BufferArena arena() {
    return arena;
  }
}
