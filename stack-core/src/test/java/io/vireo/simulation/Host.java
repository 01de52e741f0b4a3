// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.StackInspection;
import io.vireo.TcpClient;
import io.vireo.TcpEndpoint;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.memory.BufferArena;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionInvariants;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One stack with its endpoints and their users, and the loop that drives it: busy, or sleeping as the stack says it may. */
final class Host {
  private static final long HOUR_NS = 3_600_000_000_000L;
  private static final int MOST_IDLE_TURNS = 100;
  private static final int TUNNEL_MTU = 1_200;

  /** Idle turns that are looked at: one in so many. */
  private static final int IDLE_TURNS_PER_CHECK = 8;

  final World world;
  final HostPlan plan;
  final SimulatedNic nic;
  final TcpStack stack;

  /** The servers, and last the client. */
  final List<TcpServer<Side>> servers = new ArrayList<>();

  final TcpClient<Side> client;
  final TcpEndpoint<Side>[] endpoints;
  final boolean[] closed = new boolean[HostPlan.SERVERS + 1];
  final List<Side> sides = new ArrayList<>();
  final long[][] timerDueNs = new long[HostPlan.SERVERS + 1][4];
  private final int number;
  private final int address;
  private final ConnectionInvariants invariants;
  private final long clockOffsetNs;
  private long leaptNs;
  private long aheadNs;
  private long wakeNs;
  private long stalledUntilNs;
  private int idleTurns;
  private long hoardedBytes;
  private long turnNs;
  private long turnLocalNs;
  private final List<Long> hoarded = new ArrayList<>();
  private final Set<Integer> toldMtus = new HashSet<>();
  int callbacksThisTurn;
  boolean unlistened;

  @SuppressWarnings("unchecked")
  Host(World world, int number, int largestMtu) {
    this.world = world;
    this.number = number;
    this.plan = world.plan.hosts[number];
    this.address = World.NETWORK + 1 + number;
    this.clockOffsetNs = world.clockOffsetNs(number);
    nic = new SimulatedNic(world, this, world.plan.links[number], plan.mtu, largestMtu);
    StackSettings settings = StackSettings.of("10.0.0." + (1 + number) + "/24")
        .withFramesPerPoll(plan.framesPerPoll)
        .withBufferMemoryBytes(plan.bufferMemoryBytes)
        .withTimeWaitConnections(plan.timeWaitConnections)
        .withTimeWaitNs(world.plan.timeWaitNs)
        .withLimits(plan.limits)
        .withSeed(plan.seed)
        .withClock(this::clockNs);
    stack = new TcpStack(nic, settings);
    endpoints = (TcpEndpoint<Side>[]) new TcpEndpoint<?>[HostPlan.SERVERS + 1];
    for (int role = 0; role < HostPlan.SERVERS; role++) {
      servers.add(new TcpServer<>(stack, plan.settings[role], new App(this, role)));
      endpoints[role] = servers.get(role);
    }
    client = new TcpClient<>(stack, plan.client(), new App(this, HostPlan.SERVERS));
    endpoints[HostPlan.SERVERS] = client;
    invariants = new ConnectionInvariants(StackInspection.tcp(stack));
    for (int role = 0; plan.listens && role < HostPlan.SERVERS; role++) {
      servers.get(role).listen(WorldPlan.SERVER_PORT + role);
    }
  }

  int number() {
    return number;
  }

  int address() {
    return address;
  }

  int largestReceiveBuffer() {
    int largest = 0;
    for (var settings : plan.settings) {
      largest = Math.max(largest, settings.receiveBufferBytes());
    }
    return largest;
  }

  /** Others of this machine take all memory but so many thousandths, as far as there is any. */
  void hoard(long leftThousandths) {
    BufferArena arena = StackInspection.arena(stack);
    long left = arena.capacityBytes() * leftThousandths / 1_000;
    for (int bytes = 1 << 20; bytes >= 2_048; bytes >>= 1) {
      while (arena.freeBytes() - bytes >= left) {
        long handle = arena.take(bytes, left);
        if (handle == BufferArena.NONE) {
          break;
        }
        hoarded.add(handle);
        hoardedBytes += BufferArena.capacity(handle);
      }
    }
    afterCommand();
  }

  /** And give it back. */
  void endHoard() {
    for (long handle : hoarded) {
      StackInspection.arena(stack).give(handle);
    }
    hoarded.clear();
    hoardedBytes = 0;
  }

  /** A router says that the path to somebody takes no more. */
  void onPathMtu(int mtu) {
    toldMtus.add(Math.max(mtu, plan.limits.leastPathMtu()));
  }

  /** Whether a router said so, or it is what is tried where routers keep silent (RFC 4821 §7.7). */
  boolean mayBePathLimit(int bytes) {
    int least = plan.limits.leastPathMtu();
    return toldMtus.contains(bytes) || bytes == Math.max(least, TUNNEL_MTU) || bytes == least;
  }

  // ---- Time

  /** Since the world began; a host that blocks in a callback is ahead of the others, who catch up before it goes on. */
  long elapsedNs() {
    return Math.max(world.elapsedNs(), aheadNs);
  }

  /** As this host's clock has it: suspensions are in it. */
  long localNs() {
    return elapsedNs() + leaptNs;
  }

  /** When the last turn began: what the stack does in it, it does at this time or later. */
  long turnLocalNs() {
    return turnLocalNs;
  }

  private long clockNs() {
    return localNs() + world.plan.startNs + clockOffsetNs;
  }

  /** Somebody's callback takes its time. */
  void block(long ns) {
    aheadNs = elapsedNs() + ns;
    world.blocked++;
  }

  void leap(long ns) {
    leaptNs += ns;
    wakeNs = elapsedNs();
  }

  void stall(long untilNs) {
    stalledUntilNs = Math.max(stalledUntilNs, untilNs);
  }

  // ---- The loop

  boolean runnable() {
    long now = world.elapsedNs();
    if (stalledUntilNs > now || aheadNs > now) {
      return false;
    }
    return !plan.awaits || nic.frameWaits() || wakeNs <= now;
  }

  /** One turn of the stack; returns what poll returned. */
  int turn() {
    callbacksThisTurn = 0;
    turnNs = clockNs();
    turnLocalNs = localNs();
    int work = poll();
    checkWork();
    nic.onTurn();
    if (work > 0) {
      idleTurns = 0;
      check();
    } else if (idleTurns++ % IDLE_TURNS_PER_CHECK == 0) {
      check();
    }
    if (plan.awaits) {
      if (work > 0) {
        wakeNs = elapsedNs();
      } else {
        sleep();
      }
    }
    return work;
  }

  private int poll() {
    try {
      return stack.poll();
    } catch (Accident.Thrown | Accident.Failure expected) {
      // The books are in order; the next poll goes on.
      world.trace.add("poll threw");
      return 1;
    }
  }

  /** Awaits, or finds that there is no time for it. */
  private void sleep() {
    nic.takeAwaited();
    stack.await(HOUR_NS);
    long awaited = nic.takeAwaited();
    if (awaited >= 0) {
      idleTurns = 0;
      wakeNs = elapsedNs() + awaited;
      return;
    }
    wakeNs = elapsedNs();
    if (idleTurns >= MOST_IDLE_TURNS) {
      throw new Violation("host " + number + " spins: awake, and nothing to do");
    }
  }

  /** A command was given from outside poll. */
  void afterCommand() {
    check();
    if (plan.awaits) {
      sleep();
    }
  }

  /** When it wants to run next, or Long.MAX_VALUE. */
  long nextNs() {
    long now = world.elapsedNs();
    if (stalledUntilNs > now || aheadNs > now) {
      return Math.max(stalledUntilNs, aheadNs);
    }
    if (plan.awaits) {
      return nic.frameWaits() ? now : wakeNs;
    }
    return nextDeadlineNs();
  }

  /** The stack's next deadline, or Long.MAX_VALUE. */
  long nextDeadlineNs() {
    long clockNs = clockNs();
    long never = Long.MAX_VALUE >>> 2;
    long next = StackInspection.nextDeadlineNs(stack, clockNs + never) - clockNs;
    return next == never ? Long.MAX_VALUE : elapsedNs() + next;
  }

  // ---- Judging

  /** INV-12: what a turn may do. */
  private void checkWork() {
    Violation.unless(nic.readThisTurn <= plan.framesPerPoll, "reads more frames than allowed");
    // Frames, timers and events, each connection with at most four callbacks; and who accepts is
    // asked.
    int most = 16 * plan.framesPerPoll + 16;
    if (callbacksThisTurn > most) {
      throw new Violation(callbacksThisTurn + " callbacks in one turn");
    }
    int pool = (HostPlan.SERVERS + 1) * 24;
    if (nic.claimsThisTurn > 64 * (plan.framesPerPoll + pool)) {
      throw new Violation(nic.claimsThisTurn + " slots claimed in one turn");
    }
  }

  void check() {
    try {
      long clockNs = clockNs();
      long bytes = StackInspection.bytesInUse(stack);
      invariants.beginLook(
          stack.counter(Counter.FAST_RETRANSMITS)
              + stack.counter(Counter.RETRANSMIT_TIMEOUTS)
              + stack.counter(Counter.RECOVERIES_UNDONE),
          turnNs);
      for (TcpEndpoint<?> endpoint : endpoints) {
        check(endpoint, clockNs, bytes);
      }
      invariants.endLook(bytes - hoardedBytes);
      invariants.checkHalfOpen();
    } catch (AssertionError error) {
      throw new Violation("host " + number + ": " + error.getMessage());
    }
    for (int i = 0; i < sides.size(); i++) {
      Side side = sides.get(i);
      if (!side.ended) {
        side.noteTimeWait();
        if (side.commandable()) {
          side.checkBooks();
          side.checkAgainstWire();
        }
      }
    }
    Violation.unless(
        StackInspection.bytesInUse(stack) <= plan.bufferMemoryBytes, "the arena beyond its cap");
    if (plan.sleeps) {
      for (TcpEndpoint<?> endpoint : endpoints) {
        ConnectionInvariants.putToSleep(
            StackInspection.tcp(stack), StackInspection.connections(endpoint));
      }
    }
  }

  private void check(TcpEndpoint<?> endpoint, long clockNs, long bytes) {
    int used = 0;
    for (Connection c : StackInspection.connections(endpoint)) {
      invariants.check(c, 2 * bytes > plan.bufferMemoryBytes, clockNs);
      used += c.inUse() ? 1 : 0;
    }
    Violation.unless(used == endpoint.connectionCount(), "the pool has lost count");
  }

  /** There is nothing to do, and nothing to wake up for. */
  void checkAsleep() {
    Violation.unless(stack.poll() == 0, "work for a stack at rest");
    check();
    nic.takeAwaited();
    stack.await(HOUR_NS);
    long awaited = nic.takeAwaited();
    if (awaited != HOUR_NS) {
      throw new Violation("host " + number + " at rest sleeps for " + awaited);
    }
  }

  /** Everything has ended, and time has passed: nothing is left over. */
  void checkAtRest() {
    for (TcpEndpoint<?> endpoint : endpoints) {
      Violation.unless(endpoint.connectionCount() == 0, "connections are left");
      for (Connection c : StackInspection.connections(endpoint)) {
        ConnectionInvariants.checkAtRest(c);
      }
    }
    if (StackInspection.bytesInUse(stack) != 0) {
      throw new Violation(
          StackInspection.bytesInUse(stack) + " bytes of the arena are still in use");
    }
    Violation.unless(nextDeadlineNs() == Long.MAX_VALUE, "a deadline is left");
    invariants.checkHalfOpenAtRest();
    checkCounters();
    stack.close();
    if (nic.freeSlots() != nic.features().transmitSlots()) {
      throw new Violation(
          "of " + nic.features().transmitSlots() + " slots came back " + nic.freeSlots());
    }
  }

  /** INV-16: each frame that was read ended under exactly one name. */
  private void checkCounters() {
    Violation.unless(
        stack.counter(Counter.FRAMES_RECEIVED) == nic.framesRead, "frames that nobody counted");
    if (nic.fragmentsRead + nic.icmpRead > 0) {
      return;
    }
    long ended = nic.arpRead;
    for (Counter counter : Counter.values()) {
      String name = counter.name();
      boolean link = name.startsWith("ETHERNET_");
      boolean ip = name.startsWith("IP_") && counter != Counter.IP_NO_ROUTE;
      boolean tcp = counter == Counter.TCP_MALFORMED
          || counter == Counter.TCP_BAD_CHECKSUM
          || counter == Counter.SEGMENTS_RECEIVED;
      ended += link || ip || tcp ? stack.counter(counter) : 0;
    }
    if (ended != nic.framesRead) {
      throw new Violation(
          "host " + number + " read " + nic.framesRead + " frames, and " + ended + " have a name");
    }
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    text.append("\n  host ").append(number);
    text.append(" uses ").append(StackInspection.bytesInUse(stack)).append(" bytes, wakes ");
    text.append(nextNs()).append(", local time ").append(localNs());
    for (Side side : sides) {
      text.append("\n    ").append(side);
    }
    return text.toString();
  }
}
