// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.CloseReason;
import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.Counter;
import io.vireo.api.SoftError;
import io.vireo.api.TcpSettings;
import io.vireo.tcp.ConnectionInspection;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One seed at work: a few stacks under one clock, what their users do and what the network does to them, first under faults, then
 * on a network that has healed, where every connection has to come to its end.
 */
final class World {
  static final int NETWORK = 0x0A00_0000;

  /** More than all connections of a world together. */
  static final int MANY = 1_024;

  private static final long SECOND_NS = 1_000_000_000L;
  private static final long MINUTE_NS = 60 * SECOND_NS;
  private static final long LIVENESS_NS = 40 * MINUTE_NS;
  private static final long RESCUE_NS = 20 * MINUTE_NS;

  /** With the smallest MTU that a host may have. */
  private static final int LEAST_MSS = 296 - 40;

  private static final int MOST_TURNS_AT_ONCE = 100_000;
  private static final int MOST_TURNS = 3_000_000;
  private static final int MOST_CONNECTS = 60;

  /** So many are never too many. */
  private static final int FEW_SEGMENTS = 5_000;

  private record Action(long atNs, int number, Runnable what) {}

  final WorldPlan plan;
  final Faults faults;
  final Trace trace = new Trace();
  final ManualClock clock;
  final Network network;

  /** By number; those that the script leaves out are null. */
  final Host[] hosts;

  final List<Host> present = new ArrayList<>();
  final List<Side> sides = new ArrayList<>();
  final Set<String> ids = new HashSet<>();

  /** What sides send from: any bytes around it are nobody's business. */
  final ByteBuffer source = ByteBuffer.allocateDirect(64 << 10);

  final WireObserver observer;
  private final PriorityQueue<Action> actions =
      new PriorityQueue<>(Comparator.comparingLong(Action::atNs).thenComparingInt(Action::number));
  private int actionCount;
  private int connects;
  private int reconnects;
  private int turns;
  private int turnsAtOnce;

  /** By all sides together. */
  long bytesSent;

  /** How often a callback took its time. */
  long blocked;

  final long[] softErrors = new long[SoftError.values().length];
  final long[] reasons = new long[CloseReason.values().length];

  /** The host whose callback is running, or null. */
  Host calling;

  boolean winding;
  boolean disallowed;

  /** {@code capture}: sees every frame that is sent, or null. */
  World(WorldPlan plan, Capture capture) {
    this.plan = plan;
    observer = new WireObserver(trace, capture);
    faults = new Faults(plan.swarm, plan.script.faults(), plan.healNs);
    clock = new ManualClock(plan.startNs);
    hosts = new Host[plan.hostCount];
    network = new Network(this, hosts.length);
    int largestMtu = 0;
    for (HostPlan host : plan.hosts) {
      largestMtu = Math.max(largestMtu, host.mtu);
    }
    for (int i = 0; i < hosts.length; i++) {
      if (!plan.script.skippedHosts().contains(i)) {
        hosts[i] = new Host(this, i, largestMtu);
        present.add(hosts[i]);
      }
    }
    schedule();
  }

  /** Since the beginning. */
  long elapsedNs() {
    return clock.nanoTime() - plan.startNs;
  }

  /** Who has this address, or null. */
  Host host(int address) {
    int number = address - NETWORK - 1;
    return number >= 0 && number < hosts.length ? hosts[number] : null;
  }

  /** By how much a host's clock is ahead; one seed in four puts the sequence numbers of the first connection near their wrap. */
  long clockOffsetNs(int host) {
    HostPlan own = plan.hosts[host];
    WorldPlan.Attempt first = plan.attempts[0];
    boolean connects = first.from() == host;
    boolean takesPart = connects || first.to() == host;
    if (plan.wraps && takesPart) {
      return offsetBeforeSequenceWrap(host, first);
    }
    if (plan.clockWrapsUnseen) {
      for (Fault fault : faults.timed()) {
        boolean absent = fault.kind() == Fault.Kind.STALL || fault.kind() == Fault.Kind.LEAP;
        if (absent && fault.place() == host) {
          long missedNs = fault.kind() == Fault.Kind.LEAP ? fault.argument() : fault.durationNs();
          return Long.MAX_VALUE - plan.startNs - fault.at() - missedNs / 2;
        }
      }
    }
    return plan.timestampsWrap && takesPart
        ? offsetBeforeTimestampWrap(host, first)
        : own.clockOffsetNs;
  }

  /** The clock that the first connection shows passes a sign within seconds. */
  private long offsetBeforeTimestampWrap(int host, WorldPlan.Attempt first) {
    boolean connects = first.from() == host;
    int offset = ConnectionInspection.timestampOffset(
        plan.hosts[host].seed,
        NETWORK + 1 + host,
        connects ? first.localPort() : first.remotePort(),
        NETWORK + 1 + (connects ? first.to() : first.from()),
        connects ? first.remotePort() : first.localPort());
    int wrap = plan.draws.below(4, "which clock wrap", host) == 0 ? -1 : Integer.MAX_VALUE;
    long before = Draws.logarithmic(plan.draws.stream("before the clock wrap", host), 1, 2_000);
    int tick = wrap - (int) before - offset;
    return ((tick & 0xFFFF_FFFFL) << 20) - plan.startNs - first.atNs();
  }

  private long offsetBeforeSequenceWrap(int host, WorldPlan.Attempt first) {
    HostPlan own = plan.hosts[host];
    boolean connects = first.from() == host;
    int hash = ConnectionInspection.initialSequence(
        own.seed,
        NETWORK + 1 + host,
        connects ? first.localPort() : first.remotePort(),
        NETWORK + 1 + (connects ? first.to() : first.from()),
        connects ? first.remotePort() : first.localPort(),
        0);
    // Where the number turns 0, and where its sign changes.
    int wrap = plan.draws.below(2, "which wrap", host) == 0 ? -1 : Integer.MAX_VALUE;
    int iss = wrap - plan.draws.below(5_000, "before the wrap", host);
    return ((iss - hash & 0xFFFF_FFFFL) << 12) - plan.startNs;
  }

  // ---- What is to happen

  private void schedule() {
    for (int i = 0; i < plan.attempts.length; i++) {
      if (!plan.script.skippedAttempts().contains(i)) {
        schedule(i, plan.attempts[i]);
      }
    }
    for (Fault fault : faults.timed()) {
      at(fault.at(), () -> happen(fault));
    }
    for (int i = 0; i < plan.steps.length; i++) {
      SplittableRandom random = plan.draws.stream("step", i);
      if (!plan.script.skippedSteps().contains(i)) {
        at(plan.steps[i], () -> step(random));
      }
    }
    at(plan.healNs, this::heal);
    at(plan.windDownNs, this::windDown);
    at(plan.windDownNs + RESCUE_NS, this::rescue);
  }

  private void schedule(int number, WorldPlan.Attempt attempt) {
    at(attempt.atNs(), () -> {
      Host from = hosts[attempt.from()];
      Host to = hosts[attempt.to()];
      connect(from, to, attempt.localPort(), attempt.remotePort(), 2 * number);
      if (attempt.crossed()) {
        connect(to, from, attempt.remotePort(), attempt.localPort(), 2 * number + 1);
      }
    });
  }

  private void at(long ns, Runnable what) {
    actions.add(new Action(ns, actionCount++, what));
  }

  private void step(SplittableRandom random) {
    if (!winding && !sides.isEmpty()) {
      Chaos.act(sides.get(random.nextInt(sides.size())), random);
    }
  }

  /** One more connection, to anybody, as a user makes it whose last one has ended. */
  void connectAgain(Host host, SplittableRandom random) {
    int other = random.nextInt(hosts.length - 1);
    Host to = hosts[(host.number() + 1 + other) % hosts.length];
    connect(host, to, 0, WorldPlan.SERVER_PORT + random.nextInt(2), 1_000 + reconnects++);
  }

  private void connect(Host host, Host to, int localPort, int remotePort, int number) {
    if (host == null || to == null || winding || connects >= MOST_CONNECTS) {
      return;
    }
    if (host.closed[HostPlan.SERVERS]) {
      return;
    }
    connects++;
    SidePlan sidePlan = new SidePlan(plan, plan.draws.stream("connects", number));
    Side side = new Side(host, sidePlan, HostPlan.SERVERS);
    InetSocketAddress remote = new InetSocketAddress("10.0.0." + (1 + to.number()), remotePort);
    boolean room = host.client.available() > 0;
    try {
      var connection = localPort == 0
          ? host.client.connect(remote, side)
          : host.client.connect(new InetSocketAddress(localPort), remote, side);
      Violation.unless(room, "one more connection than the pool has");
      side.begin(connection);
      if (side.random.nextInt(3) == 0) {
        side.write();
      }
    } catch (IllegalStateException e) {
      if (room) {
        throw new Violation("connect says " + e);
      }
      sides.remove(side);
      host.sides.remove(side);
    }
    if (calling != host) {
      host.afterCommand();
    }
  }

  private void happen(Fault fault) {
    trace.add(fault.kind().ordinal(), fault.place(), fault.at());
    boolean nowhere = fault.kind().ofHost() && hosts[fault.place()] == null;
    if (nowhere || fault.at() >= plan.healNs) {
      return;
    }
    switch (fault.kind()) {
      case STALL -> hosts[fault.place()].stall(Math.min(fault.endNs(), plan.healNs));
      case LEAP -> hosts[fault.place()].leap(fault.argument());
      case MTU -> {
        limitPackets();
        at(Math.min(fault.endNs(), plan.healNs), this::limitPackets);
      }
      case CLOSE_CLIENT -> closing(hosts[fault.place()], HostPlan.SERVERS);
      case CLOSE_SERVER -> {
        for (int role = 0; role < HostPlan.SERVERS; role++) {
          closing(hosts[fault.place()], role);
        }
      }
      case UNLISTEN -> unlisten(hosts[fault.place()]);
      case STATION -> network.changeStation(fault.place(), fault.argument());
      case STRANGER -> Stranger.send(hosts[fault.place()], (int) fault.argument());
      case HOARD -> {
        hosts[fault.place()].hoard(fault.argument());
        at(Math.min(fault.endNs(), plan.healNs), hosts[fault.place()]::endHoard);
      }
      default -> {}
    }
  }

  private void limitPackets() {
    long limit = Long.MAX_VALUE;
    for (Fault fault : faults.timed()) {
      boolean holds = fault.kind() == Fault.Kind.MTU && fault.holds(elapsedNs());
      if (holds && elapsedNs() < plan.healNs) {
        limit = Math.min(limit, fault.argument());
      }
    }
    for (Host host : present) {
      host.nic.mtu((int) Math.min(host.plan.mtu, limit));
    }
  }

  private static void closing(Host host, int role) {
    host.closed[role] = true;
    try {
      host.endpoints[role].close();
    } catch (Accident.Thrown | Accident.Failure e) {
      // A user threw when he was told; closing again goes on.
      host.endpoints[role].close();
    }
    host.afterCommand();
  }

  private static void unlisten(Host host) {
    for (int role = 0; role < HostPlan.SERVERS; role++) {
      if (!host.closed[role]) {
        host.unlistened = true;
        host.servers.get(role).unlisten(WorldPlan.SERVER_PORT + role);
        host.afterCommand();
      }
    }
  }

  private void heal() {
    trace.add("healed");
    limitPackets();
  }

  private void windDown() {
    winding = true;
    trace.add("winds down");
    for (Side side : List.copyOf(sides)) {
      side.windDown();
    }
    for (Host host : present) {
      host.afterCommand();
    }
  }

  /** A peer that is gone for good, and whose RST was lost, leaves a FIN-WAIT-2 without a limit of its own for ever. */
  private void rescue() {
    for (Side side : List.copyOf(sides)) {
      Side other = side.other();
      boolean alone = other == null || other.ended;
      if (side.commandable() && side.finned && side.waitsForFin() && alone) {
        side.rescued = true;
        side.abort();
        side.host.afterCommand();
      }
    }
  }

  // ---- Running

  /** Runs to the end, or to a Violation. */
  void run() {
    while (!ended()) {
      step();
      long lateNs = elapsedNs() - plan.windDownNs;
      if (lateNs > LIVENESS_NS && lateNs > LIVENESS_NS + ringsPastTimeouts() * MINUTE_NS) {
        throw new Violation("no end: connections live on, " + lateNs / SECOND_NS
            + " s after the network healed and their users finished");
      }
    }
    comeToRest();
    for (Host host : present) {
      host.checkAtRest();
    }
    for (Side side : sides) {
      Verdict.atLast(side);
    }
    Verdict.checkPace(this);
    trace.add(elapsedNs());
  }

  /**
   * Without congestion control a timeout sends a whole window at once, of which no more arrives than the peer's ring takes; without SACK only the next timeout
   * repairs the rest, and without timestamps nothing tells how long a round trip is (Karn), so that the timer may stay backed off to a minute for each such ring.
   */
  private long ringsPastTimeouts() {
    long rings = 0;
    for (Side side : sides) {
      Side other = side.other();
      TcpSettings own = side.settings();
      TcpSettings peers = other == null ? own : other.settings();
      boolean blind = !(own.selectiveAcks() && peers.selectiveAcks())
          && !(own.timestamps() && peers.timestamps());
      if (own.congestionAlgorithm() == CongestionAlgorithm.NONE && blind) {
        long slots = plan.links[side.peer.number()].receiveSlots();
        rings += side.sent / (slots * LEAST_MSS);
      }
    }
    return rings;
  }

  private boolean ended() {
    if (!winding) {
      return false;
    }
    for (int i = 0; i < sides.size(); i++) {
      if (!sides.get(i).ended) {
        return false;
      }
    }
    return true;
  }

  private void step() {
    long nowNs = elapsedNs();
    network.pump(nowNs);
    while (!actions.isEmpty() && actions.peek().atNs() <= nowNs) {
      actions.remove().what().run();
    }
    int work = 0;
    boolean awaitsWork = false;
    for (Host host : present) {
      host.nic.pump(nowNs);
      if (host.runnable()) {
        turns++;
        turnsAtOnce++;
        work += host.turn();
        awaitsWork |= host.plan.awaits && host.runnable();
      }
    }
    network.checkBalance();
    if (turns >= mostTurns()) {
      throw new Violation("no end: " + turns + " turns");
    }
    if (observer.segments() >= FEW_SEGMENTS && observer.segments() >= mostSegments()) {
      throw new Violation("no end: " + observer.segments() + " segments");
    }
    Violation.unless(turnsAtOnce < MOST_TURNS_AT_ONCE, "no end: time stands still");
    if (work == 0 && !awaitsWork) {
      advance(nowNs);
    }
  }

  /** Where windows leave at once again and again, each segment may take a turn of whoever sends it, and one of whoever reads it; how many there may be is another matter. */
  private long mostTurns() {
    long most = (plan.waits ? 4L : 1) * MOST_TURNS;
    return plan.wide ? most + 2L * observer.segments() : most;
  }

  /** Far more than all that was sent, retransmitted many times over, and keep-alives with their answers: what is beyond answers itself. */
  private long mostSegments() {
    long keepAlives = 0;
    for (Host host : present) {
      keepAlives += host.stack.counter(Counter.KEEP_ALIVES_SENT);
    }
    long data = plan.wide ? 10 * bytesSent : bytesSent / 5;
    return FEW_SEGMENTS + 500L * connects + data + 2 * keepAlives;
  }

  private void advance(long nowNs) {
    long next = network.nextNs();
    if (!actions.isEmpty()) {
      next = Math.min(next, actions.peek().atNs());
    }
    for (Host host : present) {
      next = Math.min(next, Math.min(host.nic.nextNs(nowNs), host.nextNs()));
    }
    if (next == Long.MAX_VALUE) {
      next = nowNs + MINUTE_NS;
    }
    // A deadline that is past although nobody had work: so much may a timer be late.
    clock.advance(Math.max(next - nowNs, 1_000));
    if (next > nowNs) {
      turnsAtOnce = 0;
    }
  }

  /** Until nobody waits for anything; and then nothing happens any more. */
  private void comeToRest() {
    long limit = elapsedNs() + 2 * plan.timeWaitNs + 20 * MINUTE_NS;
    while (waits()) {
      Violation.unless(elapsedNs() < limit, "never comes to rest");
      step();
    }
    observer.expectSilence();
    for (int minute = 0; minute < 10; minute++) {
      clock.advance(MINUTE_NS);
      for (Host host : present) {
        host.checkAsleep();
      }
    }
  }

  private boolean waits() {
    long nowNs = elapsedNs();
    boolean waits = network.nextNs() != Long.MAX_VALUE;
    for (Host host : present) {
      waits |= host.nextDeadlineNs() != Long.MAX_VALUE
          || host.nic.frameWaits()
          || host.nic.nextNs(nowNs) != Long.MAX_VALUE;
    }
    return waits;
  }

  // ---- For judges

  /** Nothing was lost, damaged or closed from outside, not even for want of a slot: nothing may end badly. */
  boolean calm() {
    return faults.timed().isEmpty()
        && faults.strikes[Fault.Kind.CORRUPT.ordinal()] == 0
        && faults.strikes[Fault.Kind.FRAGMENT.ordinal()] == 0
        && faults.strikes[Fault.Kind.OLD_COPY.ordinal()] == 0
        && blocked == 0
        && network.harmless();
  }

  int turns() {
    return turns;
  }

  String describe() {
    StringBuilder text = new StringBuilder("at " + elapsedNs() / 1_000 + " us, " + network);
    for (Host host : present) {
      text.append(host.describe());
    }
    return text + "\n  frames seen last:" + observer.lastFrames();
  }
}
