// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.testing.PlainSettings;

/** What one host is like: its stack, its two servers and its client, and how it is driven. */
final class HostPlan {
  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;

  /** Many segments to a window. */
  private static final int WIDE_MTU = 168;

  /** Servers of a host; server n listens on port {@link WorldPlan#SERVER_PORT} + n. */
  static final int SERVERS = 2;

  final int mtu;
  final int framesPerPoll;
  final long bufferMemoryBytes;
  final int timeWaitConnections;
  final long seed;
  final long clockOffsetNs;

  /** Sleeps as the stack says it may, rather than spin. */
  final boolean awaits;

  final boolean listens;

  /** Whether its connections fall asleep whenever they may. */
  final boolean sleeps;

  final int allowsOneIn;
  final Limits limits;

  /** Of the servers, and last of the client. */
  final TcpSettings[] settings = new TcpSettings[SERVERS + 1];

  HostPlan(Draws draws, int host, Script script, boolean wide) {
    boolean odd = script.allows(Script.Habit.ODD_SETTINGS);
    boolean prediction = script.allows(Script.Habit.PREDICTION);
    sleeps = script.allows(Script.Habit.SLEEP);
    long awake = draws.pick(new long[] {1, 1, 2, 4}, "awake", host);
    int narrow = draws.below(8, "different MTUs?") == 0 ? host : 0;
    long anyMtu = draws.pick(new long[] {1_500, 1_500, 576, 1_280, 4_000, 296}, "MTU", narrow);
    mtu = wide ? WIDE_MTU : (int) anyMtu;
    framesPerPoll = (int) draws.pick(new long[] {64, 64, 1, 2, 5, 256}, "frames per poll", host);
    bufferMemoryBytes = draws.pick(
        new long[] {4 << 20, 4 << 20, 4 << 20, 64 << 10, 128 << 10, 256 << 10}, "arena", host);
    timeWaitConnections =
        (int) draws.pick(new long[] {1_024, 1_024, 1_024, 4, 1, 0}, "TIME-WAIT size", host);
    seed = 1 + draws.stream("seed", host).nextLong(Long.MAX_VALUE);
    clockOffsetNs =
        draws.chance(0.5, "same clock?") ? 0 : draws.stream("clock", host).nextLong();
    awaits = draws.chance(0.5, "awaits", host);
    listens = host == 1 || draws.chance(0.85, "listens", host);
    allowsOneIn = draws.chance(0.06, "disallows?", host) ? 3 : 0;
    Limits drawn = Limits.defaults()
        .withHalfOpenConnections(
            (int) draws.pick(new long[] {256, 256, 256, 2, 1}, "half open", host))
        .withSynCookies(draws.chance(0.6, "cookies", host))
        .withSynAckRetries((int) draws.pick(new long[] {3, 3, 3, 0, 6}, "SYN-ACKs", host))
        .withChallengeAckNs(draws.pick(new long[] {500 * MS, 500 * MS, 0}, "challenge", host))
        .withNeighbours((int) draws.pick(new long[] {64, 16}, "neighbours", host))
        .withReassemblyBytes(
            (int) draws.pick(new long[] {64 << 10, 256 << 10, 0}, "reassembly", host))
        .withReassemblyNs(
            draws.pick(new long[] {30 * SECOND, SECOND, 50 * MS}, "reassembly time", host))
        .withOutOfOrderRanges((int) draws.pick(new long[] {64, 64, 4, 9, 256}, "ranges", host))
        .withLeastMss((int) draws.pick(new long[] {216, 216, 48}, "least MSS", host));
    limits = wide ? drawn.withLeastMss(48).withOutOfOrderRanges(256) : drawn;
    for (int role = 0; role <= SERVERS; role++) {
      TcpSettings own = odd ? odd(draws, host, role) : plain(draws, host, role);
      settings[role] = (wide ? wide(own) : own).withHeaderPrediction(prediction);
      if (sleeps) {
        settings[role] = settings[role].withAwakeConnections((int) awake);
      }
    }
  }

  TcpSettings client() {
    return settings[SERVERS];
  }

  private static TcpSettings plain(Draws draws, int host, int role) {
    CongestionAlgorithm algorithm = draws.chance(0.5, "CUBIC", host, role)
        ? CongestionAlgorithm.CUBIC
        : CongestionAlgorithm.NEWRENO;
    return PlainSettings.TCP
        .withConnections(pool(draws, host, role))
        .withUserTimers(Side.TIMERS)
        .withSelectiveAcks(draws.chance(0.75, "SACK", host, role))
        .withTimestamps(draws.chance(0.75, "timestamps", host, role))
        .withIdleRestart(draws.chance(0.7, "idle restart", host, role))
        .withInitialWindowSegments(
            (int) draws.pick(new long[] {10, 10, 10, 1, 2, 64}, "initial window", host, role))
        .withCongestionAlgorithm(
            draws.chance(0.05, "no congestion control", host, role)
                ? CongestionAlgorithm.NONE
                : algorithm);
  }

  /** As much as a window holds leaves at once. */
  private static TcpSettings wide(TcpSettings drawn) {
    return drawn
        .withSelectiveAcks(true)
        .withCongestionAlgorithm(CongestionAlgorithm.NONE)
        .withSendBufferBytes(200_000)
        .withReceiveBufferBytes(200_000);
  }

  // In parts: all of it inlined into one method costs the compiler more time than a thousand
  // worlds.
  private static TcpSettings odd(Draws draws, int host, int role) {
    TcpSettings buffers = oddBuffers(plain(draws, host, role), draws, host, role);
    TcpSettings delays = oddDelays(buffers, draws, host, role);
    TcpSettings ends = oddEnds(delays, draws, host, role);
    return oddKeepAlives(ends, draws, host, role);
  }

  private static TcpSettings oddBuffers(TcpSettings plain, Draws draws, int host, int role) {
    long[] sends = {4_096, 5_000, 8_192, 65_536, 65_536, 300_000};
    long[] receives = {4_096, 4_097, 6_000, 16_384, 65_536, 65_536, 200_000, 1 << 20};
    return plain
        .withBacklog((int) draws.pick(new long[] {1_024, 1_024, 2, 1}, "backlog", host, role))
        .withSendBufferBytes((int) draws.pick(sends, "send buffer", host, role))
        .withReceiveBufferBytes((int) draws.pick(receives, "receive buffer", host, role));
  }

  private static TcpSettings oddDelays(TcpSettings plain, Draws draws, int host, int role) {
    return plain
        .withNagle(draws.chance(0.3, "Nagle", host, role))
        .withCorkNs(draws.pick(new long[] {200 * MS, 0, SECOND, MS}, "cork", host, role))
        .withDelayedAckNs(draws.pick(
            new long[] {10 * MS, 10 * MS, 0, 200 * MS, 499 * MS}, "delayed ACK", host, role))
        .withMinRtoNs(
            draws.pick(new long[] {200 * MS, 200 * MS, MS, 10 * MS, SECOND}, "RTO", host, role));
  }

  private static TcpSettings oddEnds(TcpSettings plain, Draws draws, int host, int role) {
    return plain
        .withConnectTimeoutNs(draws.pick(
            new long[] {180 * SECOND, 180 * SECOND, 180 * SECOND, 5 * SECOND, SECOND},
            "connect timeout",
            host,
            role))
        .withUserTimeoutNs(draws.pick(
            new long[] {900 * SECOND, 900 * SECOND, 0, 20 * SECOND}, "user timeout", host, role))
        .withZeroWindowTimeoutNs(
            draws.pick(new long[] {0, 0, 0, 30 * SECOND}, "zero window", host, role))
        .withFinWaitNs(
            draws.pick(new long[] {60 * SECOND, 0, 0, 2 * SECOND}, "FIN-WAIT", host, role));
  }

  private static TcpSettings oddKeepAlives(TcpSettings plain, Draws draws, int host, int role) {
    return plain
        .withKeepAliveIdleNs(
            draws.pick(new long[] {0, 0, 2 * SECOND, 20 * SECOND}, "keep-alive", host, role))
        .withKeepAliveIntervalNs(
            draws.pick(new long[] {75 * SECOND, SECOND, 3 * SECOND}, "interval", host, role))
        .withKeepAliveProbes((int) draws.pick(new long[] {9, 9, 2}, "probes", host, role))
        .withTrafficClass((int) draws.pick(new long[] {0, 0, 0xB8, 3}, "class", host, role))
        .withTimeToLive((int) draws.pick(new long[] {64, 64, 255, 1}, "hops", host, role));
  }

  private static int pool(Draws draws, int host, int role) {
    int spare = draws.below(6, "pool", host, role);
    return spare == 0 ? 1 + draws.below(3, "small pool", host, role) : 24;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("mtu ").append(mtu).append(" frames per poll ").append(framesPerPoll);
    text.append(" arena ").append(bufferMemoryBytes).append(" TIME-WAIT ");
    text.append(timeWaitConnections).append(awaits ? " awaits" : " spins");
    text.append(listens ? " listens" : "").append(" allows 1 in ").append(allowsOneIn);
    text.append(' ').append(limits);
    for (TcpSettings one : settings) {
      text.append("\n      ").append(one);
    }
    return text.toString();
  }
}
