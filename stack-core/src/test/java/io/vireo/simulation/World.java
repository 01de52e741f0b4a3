// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.nic.Nic;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.nic.lab.RecordingNic;
import io.vireo.nic.lab.WireSettings;
import io.vireo.tcp.ConnectionInspection;
import io.vireo.time.ManualClock;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
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
 * One seed at work: two stacks under one clock, what their users do and what the network does to them, first under faults, then on
 * a network that has healed, where every connection has to come to its end.
 */
final class World {
  static final int NETWORK = 0x0A00_0000;
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long MINUTE_NS = 60 * SECOND_NS;
  private static final long LIVENESS_NS = 40 * MINUTE_NS;
  private static final long RESCUE_NS = 20 * MINUTE_NS;
  private static final int MOST_TURNS_AT_ONCE = 100_000;
  private static final int MOST_TURNS = 3_000_000;
  private static final int MOST_CONNECTS = 60;

  private record Action(long atNs, int number, Runnable what) {}

  final WorldPlan plan;
  final Trace trace = new Trace();
  final ManualClock clock;
  final Host[] hosts = new Host[2];
  final List<Side> sides = new ArrayList<>();
  final Set<String> ids = new HashSet<>();

  /** What sides send from: any bytes around it are nobody's business. */
  final ByteBuffer source = ByteBuffer.allocateDirect(64 << 10);

  final WireObserver observer = new WireObserver(trace);
  private final MemoryWire wire;
  private final OutputStream recording;
  private final PriorityQueue<Action> actions =
      new PriorityQueue<>(Comparator.comparingLong(Action::atNs).thenComparingInt(Action::number));
  private int actionCount;
  private int connects;
  private int turns;
  private int turnsAtOnce;

  /** By all sides together. */
  long bytesSent;

  /** The host whose callback is running, or null. */
  Host calling;

  boolean winding;
  boolean disallowed;

  /** {@code recording}: where to write what host 0 sends and receives, as pcapng; or null. */
  World(WorldPlan plan, OutputStream recording) {
    this.plan = plan;
    this.recording = recording;
    clock = new ManualClock(plan.startNs);
    int mtu = Math.max(plan.hosts[0].mtu(), plan.hosts[1].mtu());
    wire = new MemoryWire(
        clock, WireSettings.defaults().withSlots(plan.receiveRing).withMtu(mtu));
    hosts[0] = new Host(this, 0, wire.left(), observer);
    hosts[1] = new Host(this, 1, wire.right(), observer);
    schedule();
  }

  Nic recorded(Nic nic, int host) {
    if (recording == null || host != 0) {
      return nic;
    }
    try {
      return new RecordingNic(nic, this::elapsedNs, recording);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Since the beginning. */
  long elapsedNs() {
    return clock.nanoTime() - plan.startNs;
  }

  /** By how much a host's clock is ahead; one seed in four puts the sequence numbers of the first connection near their wrap. */
  long clockOffsetNs(int host) {
    WorldPlan.HostPlan own = plan.hosts[host];
    if (!plan.wraps) {
      return own.clockOffsetNs();
    }
    WorldPlan.Attempt first = plan.attempts[0];
    boolean connects = first.from() == host;
    int hash = ConnectionInspection.initialSequence(
        own.seed(),
        NETWORK + 1 + host,
        connects ? first.localPort() : first.remotePort(),
        NETWORK + 2 - host,
        connects ? first.remotePort() : first.localPort(),
        0);
    // Where the number turns 0, and where its sign changes.
    int wrap = plan.draws.below(2, "which wrap", host) == 0 ? -1 : Integer.MAX_VALUE;
    int iss = wrap - plan.draws.below(20_000, "before the wrap", host);
    return ((iss - hash & 0xFFFF_FFFFL) << 12) - plan.startNs;
  }

  // ---- What is to happen

  private void schedule() {
    for (WorldPlan.Attempt attempt : plan.attempts) {
      at(attempt.atNs(), () -> {
        connect(hosts[attempt.from()], attempt.localPort(), attempt.remotePort());
        if (attempt.crossed()) {
          connect(hosts[1 - attempt.from()], attempt.remotePort(), attempt.localPort());
        }
      });
    }
    for (WorldPlan.Mishap mishap : plan.mishaps) {
      at(mishap.atNs(), () -> happen(mishap));
    }
    SplittableRandom random = plan.draws.stream("outside");
    if (random.nextInt(4) == 0) {
      for (int i = 0; i < 12; i++) {
        at(random.nextLong(plan.windDownNs), () -> {
          if (!winding && !sides.isEmpty()) {
            Chaos.act(sides.get(random.nextInt(sides.size())), random);
          }
        });
      }
    }
    at(plan.healNs, () -> trace.add("healed"));
    at(plan.windDownNs, this::windDown);
    at(plan.windDownNs + RESCUE_NS, this::rescue);
  }

  private void at(long ns, Runnable what) {
    actions.add(new Action(ns, actionCount++, what));
  }

  void connect(Host host, int localPort, int remotePort) {
    if (winding || host.clientClosed || connects >= MOST_CONNECTS) {
      return;
    }
    connects++;
    Side side = new Side(host, new SidePlan(plan.draws, connects, true), true);
    InetSocketAddress remote =
        new InetSocketAddress("10.0.0." + (1 + host.peer().number()), remotePort);
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
      Violation.unless(!room, "connect says " + e);
      sides.remove(side);
      host.sides.remove(side);
    }
    if (calling != host) {
      host.afterCommand();
    }
  }

  private void happen(WorldPlan.Mishap mishap) {
    Host host = hosts[mishap.host()];
    trace.add(mishap.kind().name());
    switch (mishap.kind()) {
      case STALL -> host.stall(mishap.atNs() + mishap.durationNs());
      case NARROWER -> {
        hosts[0].nic.mtu(Math.min(hosts[0].nic.mtu(), 576));
        hosts[1].nic.mtu(Math.min(hosts[1].nic.mtu(), 576));
      }
      case WIDER -> {
        hosts[0].nic.mtu(plan.hosts[0].mtu());
        hosts[1].nic.mtu(plan.hosts[1].mtu());
      }
      case LINK_DOWN -> {
        wire.linkUp(false);
        at(mishap.atNs() + mishap.durationNs(), () -> wire.linkUp(true));
      }
      case CLOSE_CLIENT -> {
        host.clientClosed = true;
        closing(host.client::close);
        host.afterCommand();
      }
      case CLOSE_SERVER -> {
        host.serverClosed = true;
        closing(host.server::close);
        host.afterCommand();
      }
      case UNLISTEN -> {
        if (!host.serverClosed) {
          host.unlistened = true;
          host.server.unlisten(WorldPlan.SERVER_PORT);
          host.afterCommand();
        }
      }
    }
  }

  private static void closing(Runnable close) {
    try {
      close.run();
    } catch (Accident.Thrown | Accident.Failure e) {
      // A user threw when he was told; closing again goes on.
      close.run();
    }
  }

  private void windDown() {
    winding = true;
    trace.add("winds down");
    for (Side side : List.copyOf(sides)) {
      side.windDown();
    }
    hosts[0].afterCommand();
    hosts[1].afterCommand();
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
      if (elapsedNs() - plan.windDownNs > LIVENESS_NS) {
        throw new Violation("no end: connections live on, " + LIVENESS_NS / SECOND_NS
            + " s after the network healed and their users finished");
      }
    }
    comeToRest();
    for (Host host : hosts) {
      host.checkAtRest();
    }
    checkWire(wire.left());
    checkWire(wire.right());
    for (Side side : sides) {
      Verdict.atLast(side);
    }
    Verdict.checkPace(this);
    trace.add(elapsedNs());
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
    hosts[0].nic.pump(nowNs);
    hosts[1].nic.pump(nowNs);
    while (!actions.isEmpty() && actions.peek().atNs() <= nowNs) {
      actions.remove().what().run();
    }
    int work = 0;
    boolean asleep = true;
    for (Host host : hosts) {
      if (host.runnable()) {
        turns++;
        turnsAtOnce++;
        work += host.turn();
        asleep &= host.plan.awaits();
      }
    }
    Violation.unless(turns < MOST_TURNS, "no end: " + turns + " turns");
    Violation.unless(
        observer.segments() < mostSegments(), "no end: " + observer.segments() + " segments");
    Violation.unless(turnsAtOnce < MOST_TURNS_AT_ONCE, "no end: time stands still");
    boolean awaitsWork = asleep && (hosts[0].runnable() || hosts[1].runnable());
    if (work == 0 && !awaitsWork) {
      advance(nowNs);
    }
  }

  /** Far more than all that was sent, retransmitted many times over: what is beyond answers itself. */
  private long mostSegments() {
    return 5_000 + 500L * connects + bytesSent / 5;
  }

  private void advance(long nowNs) {
    long next = Math.min(hosts[0].nic.nextNs(nowNs), hosts[1].nic.nextNs(nowNs));
    if (!actions.isEmpty()) {
      next = Math.min(next, actions.peek().atNs());
    }
    for (Host host : hosts) {
      next = Math.min(next, host.nextNs());
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
    while (hosts[0].nextDeadlineNs() != Long.MAX_VALUE
        || hosts[1].nextDeadlineNs() != Long.MAX_VALUE
        || hosts[0].nic.nextNs(elapsedNs()) != Long.MAX_VALUE
        || hosts[1].nic.nextNs(elapsedNs()) != Long.MAX_VALUE) {
      step();
      Violation.unless(elapsedNs() < limit, "never comes to rest");
    }
    observer.expectSilence();
    for (int minute = 0; minute < 10; minute++) {
      clock.advance(MINUTE_NS);
      for (Host host : hosts) {
        host.checkAsleep();
      }
    }
  }

  /** Every slot of the wire is free again. */
  private void checkWire(Nic end) {
    int slots = 0;
    while (end.claim(0) != Nic.FULL) {
      slots++;
    }
    Violation.unless(
        slots == plan.receiveRing, "of " + plan.receiveRing + " frames " + slots + " came back");
  }

  long turns() {
    return turns;
  }

  String describe() {
    return "at " + elapsedNs() / 1_000 + " us" + hosts[0].describe() + hosts[1].describe()
        + "\n  frames seen last:" + observer.lastFrames();
  }
}
