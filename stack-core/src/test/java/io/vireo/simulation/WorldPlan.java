// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.TcpSettings;
import java.util.SplittableRandom;

/** What a seed means: the network, the two hosts, and when what happens. The ends of the connections have plans of their own. */
final class WorldPlan {
  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;

  /** One host. */
  record HostPlan(
      int mtu,
      int framesPerPoll,
      long bufferMemoryBytes,
      int timeWaitConnections,
      long seed,
      long clockOffsetNs,
      boolean awaits,
      boolean listens,
      int allowsOneIn,
      TcpSettings server,
      TcpSettings client) {}

  /** One attempt to connect. */
  record Attempt(long atNs, int from, int localPort, int remotePort, boolean crossed) {}

  /** Something that happens to the world. */
  record Mishap(Kind kind, long atNs, int host, long durationNs) {
    enum Kind {
      STALL,
      NARROWER,
      WIDER,
      LINK_DOWN,
      CLOSE_CLIENT,
      CLOSE_SERVER,
      UNLISTEN
    }
  }

  static final int SERVER_PORT = 7;
  static final int FIRST_LOCAL_PORT = 40_000;

  final Draws draws;
  final long startNs;
  final long healNs;
  final int receiveRing;
  final LinkPlan[] links = new LinkPlan[2];
  final HostPlan[] hosts = new HostPlan[2];
  final Attempt[] attempts;
  final Mishap[] mishaps;
  final long timeWaitNs;
  final long windDownNs;

  /** From now on nothing happens to the network any more. */
  final long quietNs;

  final boolean wraps;

  WorldPlan(long seed) {
    draws = new Draws(seed);
    startNs = switch (draws.below(4, "start")) {
      case 0 -> 0;
      case 1 -> Long.MAX_VALUE - draws.stream("before the wrap").nextLong(120 * SECOND);
      case 2 -> -draws.stream("before 0").nextLong(60 * SECOND);
      default -> draws.stream("any start").nextLong();
    };
    healNs = draws.chance(0.12, "no faults?")
        ? 0
        : Draws.logarithmic(draws.stream("heal"), 100 * MS, 60 * SECOND);
    receiveRing = (int) draws.pick(new long[] {16, 64, 256, 256}, "receive ring");
    links[0] = new LinkPlan(draws, 0, healNs);
    links[1] = new LinkPlan(draws, 1, healNs);
    wraps = draws.chance(0.25, "wraps?");
    attempts = drawAttempts();
    mishaps = drawMishaps();
    timeWaitNs = Math.max(
        Draws.logarithmic(draws.stream("TIME-WAIT"), 100 * MS, 60 * SECOND),
        4 * (links[0].longestUnderWayNs() + links[1].longestUnderWayNs()));
    hosts[0] = drawHost(0);
    hosts[1] = drawHost(1);
    long last = 0;
    for (Attempt attempt : attempts) {
      last = Math.max(last, attempt.atNs);
    }
    long quiet = healNs;
    for (Mishap mishap : mishaps) {
      quiet = Math.max(quiet, mishap.atNs + mishap.durationNs);
    }
    quietNs = quiet;
    windDownNs =
        Math.max(last, quietNs) + Draws.logarithmic(draws.stream("wind down"), MS, 30 * SECOND);
  }

  private Attempt[] drawAttempts() {
    int count =
        draws.chance(0.15, "many?") ? 8 + draws.below(16, "many") : 1 + draws.below(4, "few");
    Attempt[] result = new Attempt[count];
    for (int i = 0; i < count; i++) {
      SplittableRandom random = draws.stream("attempt", i);
      long at = i == 0 || random.nextInt(3) == 0
          ? 0
          : random.nextLong(Math.min(4 * SECOND, healNs + SECOND));
      boolean crossed = random.nextInt(12) == 0;
      boolean chosen = crossed || (i == 0 && wraps) || random.nextInt(4) == 0;
      int localPort = chosen ? FIRST_LOCAL_PORT + random.nextInt(4) : 0;
      int remotePort = random.nextInt(40) == 0 ? SERVER_PORT + 1 : SERVER_PORT;
      result[i] = new Attempt(
          at,
          random.nextInt(4) == 0 ? 1 : 0,
          localPort,
          crossed ? FIRST_LOCAL_PORT + random.nextInt(4) : remotePort,
          crossed);
    }
    return result;
  }

  private Mishap[] drawMishaps() {
    int count = healNs == 0 ? 0 : Math.max(0, draws.below(6, "mishaps") - 2);
    Mishap[] result = new Mishap[count];
    for (int i = 0; i < count; i++) {
      SplittableRandom random = draws.stream("mishap", i);
      Mishap.Kind[] kinds = Mishap.Kind.values();
      result[i] = new Mishap(
          kinds[random.nextInt(kinds.length)],
          random.nextLong(healNs),
          random.nextInt(2),
          Draws.logarithmic(random, MS, 5 * SECOND));
    }
    return result;
  }

  private HostPlan drawHost(int host) {
    int narrow = draws.below(8, "different MTUs?") == 0 ? host : 0;
    return new HostPlan(
        (int) draws.pick(new long[] {1_500, 1_500, 576, 1_280, 4_000, 296}, "MTU", narrow),
        (int) draws.pick(new long[] {64, 64, 1, 2, 5, 256}, "frames per poll", host),
        draws.pick(new long[] {16 << 20, 16 << 20, 64 << 10, 128 << 10, 256 << 10}, "arena", host),
        (int) draws.pick(new long[] {65_536, 65_536, 65_536, 4, 1, 0}, "TIME-WAIT size", host),
        1 + draws.stream("seed", host).nextLong(Long.MAX_VALUE),
        clockOffset(host),
        draws.chance(0.5, "awaits", host),
        host == 1 || draws.chance(0.8, "listens", host),
        draws.chance(0.1, "disallows?", host) ? 3 : 0,
        drawSettings(host, 0),
        drawSettings(host, 1));
  }

  private long clockOffset(int host) {
    return draws.chance(0.5, "same clock?") ? 0 : draws.stream("clock", host).nextLong();
  }

  private TcpSettings drawSettings(int host, int role) {
    long[] sends = {4_096, 5_000, 8_192, 65_536, 65_536, 300_000};
    long[] receives = {4_096, 4_097, 6_000, 16_384, 65_536, 65_536, 200_000, 1 << 20};
    return TcpSettings.defaults()
        .withConnections(pool(host, role))
        .withBacklog((int) draws.pick(new long[] {1_024, 1_024, 2, 1}, "backlog", host, role))
        .withSendBufferBytes((int) draws.pick(sends, "send buffer", host, role))
        .withReceiveBufferBytes((int) draws.pick(receives, "receive buffer", host, role))
        .withUserTimers(4)
        .withDelayedAckNs(draws.pick(
            new long[] {10 * MS, 10 * MS, 0, 200 * MS, 499 * MS}, "delayed ACK", host, role))
        .withMinRtoNs(
            draws.pick(new long[] {200 * MS, 200 * MS, MS, 10 * MS, SECOND}, "RTO", host, role))
        .withConnectTimeoutNs(draws.pick(
            new long[] {180 * SECOND, 180 * SECOND, 180 * SECOND, 5 * SECOND, SECOND},
            "connect timeout",
            host,
            role))
        .withUserTimeoutNs(draws.pick(
            new long[] {900 * SECOND, 900 * SECOND, 0, 20 * SECOND}, "user timeout", host, role))
        .withFinWaitNs(
            draws.pick(new long[] {60 * SECOND, 0, 0, 2 * SECOND}, "FIN-WAIT", host, role));
  }

  private int pool(int host, int role) {
    int spare = draws.below(6, "pool", host, role);
    return spare == 0 ? 1 + draws.below(3, "small pool", host, role) : 40;
  }

  /** Whether nothing at all is lost, damaged or closed from outside. */
  boolean calm() {
    return links[0].faultless() && links[1].faultless() && mishaps.length == 0;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("start ").append(startNs).append(" heals ").append(healNs);
    text.append(" winds down ").append(windDownNs).append(" TIME-WAIT ").append(timeWaitNs);
    text.append(" receive ring ").append(receiveRing).append(wraps ? " wraps" : "");
    for (int i = 0; i < 2; i++) {
      text.append("\n  link ").append(i).append(": ").append(links[i]);
      text.append("\n  host ").append(i).append(": ").append(hosts[i]);
    }
    for (Attempt attempt : attempts) {
      text.append("\n  ").append(attempt);
    }
    for (Mishap mishap : mishaps) {
      text.append("\n  ").append(mishap);
    }
    return text.toString();
  }
}
