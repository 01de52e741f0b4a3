// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.StackInspection;
import io.vireo.TcpClient;
import io.vireo.TcpEndpoint;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.StackSettings;
import io.vireo.nic.Nic;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionInvariants;
import java.util.ArrayList;
import java.util.List;

/** One stack with its endpoints and their users, and the loop that drives it: busy, or sleeping as the stack says it may. */
final class Host {
  private static final long HOUR_NS = 3_600_000_000_000L;
  private static final int MOST_IDLE_TURNS = 100;

  final World world;
  final WorldPlan.HostPlan plan;
  final SimulatedNic nic;
  final TcpStack stack;
  final TcpServer<Side> server;
  final TcpClient<Side> client;
  final List<Side> sides = new ArrayList<>();
  final long[] timerDueNs = new long[4];
  private final int number;
  private final int address;
  private final ConnectionInvariants invariants;
  private final long clockOffsetNs;
  private long wakeNs;
  private long stalledUntilNs;
  private int idleTurns;
  boolean serverClosed;
  boolean clientClosed;
  boolean unlistened;

  Host(World world, int number, Nic wire, WireObserver observer) {
    this.world = world;
    this.number = number;
    this.plan = world.plan.hosts[number];
    this.address = World.NETWORK + 1 + number;
    this.clockOffsetNs = world.clockOffsetNs(number);
    nic = new SimulatedNic(wire, this, world.plan.links[number], observer, plan.mtu());
    StackSettings settings = StackSettings.of("10.0.0." + (1 + number) + "/24")
        .withFramesPerPoll(plan.framesPerPoll())
        .withBufferMemoryBytes(plan.bufferMemoryBytes())
        .withTimeWaitConnections(plan.timeWaitConnections())
        .withTimeWaitNs(world.plan.timeWaitNs)
        .withSeed(plan.seed())
        .withClock(this::clockNs);
    stack = new TcpStack(world.recorded(nic, number), settings);
    App app = new App(this);
    server = new TcpServer<>(stack, plan.server(), app);
    client = new TcpClient<>(stack, plan.client(), app);
    invariants = new ConnectionInvariants(StackInspection.tcp(stack));
    if (plan.listens()) {
      server.listen(WorldPlan.SERVER_PORT);
    }
  }

  private long clockNs() {
    return world.clock.nanoTime() + clockOffsetNs;
  }

  int number() {
    return number;
  }

  int address() {
    return address;
  }

  Host peer() {
    return world.hosts[1 - number];
  }

  /** Since the world began. */
  long elapsedNs() {
    return world.elapsedNs();
  }

  int largestReceiveBuffer() {
    return Math.max(plan.server().receiveBufferBytes(), plan.client().receiveBufferBytes());
  }

  // ---- The loop

  void stall(long untilNs) {
    stalledUntilNs = Math.max(stalledUntilNs, untilNs);
  }

  boolean runnable() {
    long now = elapsedNs();
    if (stalledUntilNs > now) {
      return false;
    }
    return !plan.awaits() || nic.frameWaits() || wakeNs <= now;
  }

  /** One turn of the stack; returns what poll returned. */
  int turn() {
    int work = poll();
    nic.onTurn();
    check();
    if (plan.awaits()) {
      if (work > 0) {
        idleTurns = 0;
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
    idleTurns++;
    Violation.unless(
        idleTurns < MOST_IDLE_TURNS, "host " + number + " spins: awake, and nothing to do");
  }

  /** A command was given from outside poll. */
  void afterCommand() {
    check();
    if (plan.awaits()) {
      sleep();
    }
  }

  /** When it wants to run next, or Long.MAX_VALUE. */
  long nextNs() {
    long now = elapsedNs();
    if (stalledUntilNs > now) {
      return stalledUntilNs;
    }
    if (plan.awaits()) {
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

  void check() {
    try {
      check(server);
      check(client);
    } catch (AssertionError error) {
      throw new Violation("host " + number + ": " + error.getMessage());
    }
    for (int i = 0; i < sides.size(); i++) {
      if (sides.get(i).commandable()) {
        sides.get(i).checkBooks();
      }
    }
    Violation.unless(
        StackInspection.bytesInUse(stack) <= plan.bufferMemoryBytes(), "the arena beyond its cap");
  }

  private void check(TcpEndpoint<?> endpoint) {
    long clockNs = clockNs();
    long bytes = StackInspection.bytesInUse(stack);
    int used = 0;
    for (Connection c : StackInspection.connections(endpoint)) {
      invariants.check(c, 2 * bytes > plan.bufferMemoryBytes(), clockNs);
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
    Violation.unless(awaited == HOUR_NS, "host " + number + " at rest sleeps for " + awaited);
  }

  /** Everything has ended, and time has passed: nothing is left over. */
  void checkAtRest() {
    checkAtRest(server);
    checkAtRest(client);
    Violation.unless(
        StackInspection.bytesInUse(stack) == 0,
        StackInspection.bytesInUse(stack) + " bytes of the arena are still in use");
    Violation.unless(nextDeadlineNs() == Long.MAX_VALUE, "a deadline is left");
    stack.close();
    Violation.unless(
        nic.freeSlots() == nic.features().transmitSlots(),
        "of " + nic.features().transmitSlots() + " slots came back " + nic.freeSlots());
  }

  private static void checkAtRest(TcpEndpoint<?> endpoint) {
    Violation.unless(endpoint.connectionCount() == 0, "connections are left");
    for (Connection c : StackInspection.connections(endpoint)) {
      ConnectionInvariants.checkAtRest(c);
    }
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    text.append("\n  host ").append(number);
    text.append(" uses ").append(StackInspection.bytesInUse(stack)).append(" bytes, wakes ");
    text.append(nextNs()).append(", frames lost ").append(nic.lost);
    text.append(" overrun ").append(nic.overrun);
    for (Side side : sides) {
      text.append("\n    ").append(side);
    }
    return text.toString();
  }
}
