// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.Arrays;
import java.util.SplittableRandom;

/** What a seed means: the network, the hosts, and when what happens. The ends of the connections have plans of their own. */
final class WorldPlan {
  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;

  /** One attempt to connect. {@code crossed}: both at the same time, each to the other's local port. */
  record Attempt(long atNs, int from, int to, int localPort, int remotePort, boolean crossed) {}

  static final int SERVER_PORT = 7;

  /** Nobody listens here. */
  static final int SILENT_PORT = 11;

  static final int FIRST_LOCAL_PORT = 40_000;
  private static final int OUTSIDE_STEPS = 12;

  final Script script;
  final Draws draws;
  final long startNs;
  final long healNs;
  final int hostCount;
  final LinkPlan[] links;
  final HostPlan[] hosts;
  final Attempt[] attempts;

  /** When somebody is called from outside of any callback. */
  final long[] steps;

  final long timeWaitNs;
  final long windDownNs;
  final boolean wraps;

  /** Whether the timestamps of the first connection pass a sign soon. */
  final boolean timestampsWrap;

  /** Whether nobody hurries to come to an end. */
  final boolean waits;

  /** Whether hundreds of small segments are under way, of which many get lost. */
  final boolean wide;

  /** Whether the clock of a host that stands still, or leaps, passes its sign meanwhile. */
  final boolean clockWrapsUnseen;

  final Swarm swarm;

  WorldPlan(Script script) {
    this.script = script;
    draws = new Draws(script.seed());
    startNs = switch (draws.below(4, "start")) {
      case 0 -> 0;
      case 1 -> Long.MAX_VALUE - draws.stream("before the wrap").nextLong(120 * SECOND);
      case 2 -> -draws.stream("before 0").nextLong(60 * SECOND);
      default -> draws.stream("any start").nextLong();
    };
    wide = script.allows(Script.Habit.WIDE) && draws.chance(0.02, "wide?");
    long faultsNs = draws.chance(0.1, "no faults?")
        ? 0
        : Draws.logarithmic(draws.stream("heal"), 100 * MS, 60 * SECOND);
    healNs = wide ? Math.max(faultsNs, 5 * SECOND) : faultsNs;
    hostCount = draws.chance(0.6, "two?")
        ? 2
        : draws.chance(0.6, "few?") ? 3 + draws.below(2, "few") : 5 + draws.below(4, "many");
    swarm = new Swarm(draws, hostCount, healNs, wide);
    links = new LinkPlan[hostCount];
    hosts = new HostPlan[hostCount];
    for (int host = 0; host < hostCount; host++) {
      LinkPlan link = LinkPlan.draw(draws, host);
      links[host] = wide ? link.withReceiveSlots(1_024) : link;
      hosts[host] = new HostPlan(draws, host, script, wide);
    }
    wraps = script.allows(Script.Habit.WRAP) && draws.chance(0.25, "wraps?");
    timestampsWrap = script.allows(Script.Habit.WRAP) && draws.chance(0.2, "timestamps wrap?");
    clockWrapsUnseen = script.allows(Script.Habit.WRAP) && draws.chance(0.4, "wraps unseen?");
    attempts = drawAttempts();
    timeWaitNs = Math.max(
        Draws.logarithmic(draws.stream("TIME-WAIT"), 100 * MS, 60 * SECOND),
        8 * longestUnderWayNs());
    long last = healNs;
    for (Attempt attempt : attempts) {
      last = Math.max(last, attempt.atNs);
    }
    // Idle connections, and windows that nobody opens, see what only hours bring.
    waits = script.allows(Script.Habit.PATIENCE) && draws.chance(0.04, "waits?");
    long waitNs = draws.pick(new long[] {300 * SECOND, 1_200 * SECOND, 7_200 * SECOND}, "waits");
    windDownNs =
        last + Draws.logarithmic(draws.stream("wind down"), MS, 30 * SECOND) + (waits ? waitNs : 0);
    steps = drawSteps();
  }

  private Attempt[] drawAttempts() {
    int count = draws.chance(0.12, "many attempts?")
        ? 8 + draws.below(12, "many attempts")
        : 1 + draws.below(3 + hostCount / 2, "few attempts");
    Attempt[] result = new Attempt[count];
    for (int i = 0; i < count; i++) {
      SplittableRandom random = draws.stream("attempt", i);
      long at = i == 0 || random.nextInt(3) == 0
          ? 0
          : random.nextLong(Math.min(4 * SECOND, healNs + SECOND));
      boolean crossed = random.nextInt(12) == 0;
      boolean chosen = crossed || (i == 0 && (wraps || timestampsWrap)) || random.nextInt(4) == 0;
      int localPort = chosen ? FIRST_LOCAL_PORT + random.nextInt(4) : 0;
      int server = SERVER_PORT + random.nextInt(4) / 3;
      int remotePort = random.nextInt(40) == 0 ? SILENT_PORT : server;
      int from = random.nextInt(hostCount);
      int to = (from + 1 + random.nextInt(hostCount - 1)) % hostCount;
      result[i] = new Attempt(
          at,
          from,
          to,
          localPort,
          crossed ? FIRST_LOCAL_PORT + random.nextInt(4) : remotePort,
          crossed);
    }
    return result;
  }

  private long[] drawSteps() {
    SplittableRandom random = draws.stream("outside");
    long[] result = new long[random.nextInt(4) == 0 ? OUTSIDE_STEPS : 0];
    for (int i = 0; i < result.length; i++) {
      result[i] = random.nextLong(windDownNs);
    }
    return result;
  }

  /** How long a frame may be under way from host to host, at the most. */
  long longestUnderWayNs() {
    long slowest = 0;
    for (LinkPlan link : links) {
      slowest = Math.max(slowest, link.delayNs() + link.completionNs());
    }
    return 2 * (slowest + swarm.longestDelayNs());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("start ").append(startNs).append(" heals ").append(healNs);
    text.append(" winds down ").append(windDownNs).append(" TIME-WAIT ").append(timeWaitNs);
    text.append(wraps ? " wraps" : "")
        .append(timestampsWrap ? " timestamps wrap" : "")
        .append(wide ? " wide" : "")
        .append(waits ? " waits" : "");
    text.append(clockWrapsUnseen ? " clock wraps unseen" : "");
    text.append("\n  swarm:").append(swarm);
    for (int i = 0; i < hostCount; i++) {
      text.append("\n  host ").append(i).append(": ").append(links[i]);
      text.append("\n    ").append(hosts[i]);
    }
    for (Attempt attempt : attempts) {
      text.append("\n  ").append(attempt);
    }
    return text.append("\n  steps ").append(Arrays.toString(steps)).toString();
  }
}
