// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;

/** Whether a connection may have ended as it did: everything but CLOSED needs an explanation in what the seed drew. */
final class Verdict {
  private static final long SECOND_NS = 1_000_000_000L;

  /** A neighbour that did not answer is not asked again before (RFC 1122 §2.3.2.1), and whoever connects until then is told at once. */
  private static final long ARP_HOLD_OFF_NS = SECOND_NS;

  /** What is known of a neighbour is not looked at again before, if it is in use and nobody complains. */
  private static final long NEIGHBOUR_LIFETIME_NS = 60 * SECOND_NS;

  /** After the first: 1, 2 and 4 s (RFC 6298). */
  private static final long FOURTH_SYN_NS = 7 * SECOND_NS;

  private Verdict() {}

  /** What can be said at once. */
  static void onEnd(Side side) {
    switch (side.reason) {
      case CLOSED -> {
        require(side.established, side, "closed, and never established");
        require(side.finSeen, side, "closed before the peer's end was told");
        require(side.finned, side, "closed without our end");
        require(!side.aborted && !side.threw, side, "closed in spite of an abort");
      }
      case ABORTED -> require(side.aborted, side, "nobody aborted it");
      case HANDLER_FAILED -> require(side.threw, side, "nobody threw");
      case SHUT_DOWN -> require(side.host.closed[side.role], side, "nobody closed");
      case REFUSED, CONNECT_TIMEOUT, UNREACHABLE, NO_LOCAL_PORT ->
        require(side.client && !side.established, side, "established already");
      default -> {}
    }
  }

  /** What can be said when all has ended. */
  static void atLast(Side side) {
    Side other = side.other();
    if (side.reason == CloseReason.CLOSED) {
      if (other != null && other.reason == CloseReason.CLOSED) {
        require(other.received == side.sent, side, "not all arrived at " + other);
      }
      return;
    }
    require(explains(side, other), side, "no explanation, the other end is " + other);
  }

  private static boolean explains(Side side, Side other) {
    return switch (side.reason) {
      case ABORTED, HANDLER_FAILED, SHUT_DOWN -> true;
      case NO_LOCAL_PORT -> chosePort(side);
      case REFUSED -> refuses(side);
      case CONNECT_TIMEOUT ->
        noAnswer(side) && side.endedNs - side.beganNs >= side.settings().connectTimeoutNs();
      case UNREACHABLE -> !calm(side) && unanswered(side);
      case RESET ->
        resets(side, other)
            || (other != null && other.reason == CloseReason.RESET && resets(other, side))
            || acknowledgedByChance(side);
      case TIMEOUT ->
        broken(other) || neverAccepted(side, other) || silentPeer(side, other) || impatient(side);
      default -> false;
    };
  }

  /** Where nothing goes wrong, nobody has to wait for one of the long timers. */
  static void checkPace(World world) {
    WorldPlan plan = world.plan;
    if (world.sides.isEmpty() || !world.calm()) {
      return;
    }
    long limitNs = 10 * SECOND_NS + 60 * longest(plan);
    for (Side side : world.sides) {
      boolean late = side.endedNs - Math.max(plan.windDownNs, admittedNs(side)) > limitNs;
      require(side.reason != CloseReason.CLOSED || !late, side, "late, and nothing went wrong");
    }
  }

  /** Where there was no room for a SYN, nothing is wrong with the minutes that pass until it comes again, each time after twice as long. */
  private static long admittedNs(Side side) {
    boolean waits = side.peer.stack.counter(Counter.SYNS_DROPPED) > 0
        || side.host.stack.counter(Counter.SYNS_DROPPED) > 0;
    return waits && side.established ? side.establishedNs : 0;
  }

  /** Connecting to a port where nobody listens, or to somebody who says no, or who has gone. */
  private static boolean refuses(Side side) {
    Host peer = side.peer;
    return side.remotePort == WorldPlan.SILENT_PORT
        || !peer.plan.listens
        || side.world.disallowed
        || closed(peer)
        || peer.unlistened
        || chosePort(side);
  }

  private static boolean closed(Host host) {
    return host.closed[0] || host.closed[1];
  }

  private static boolean chosePort(Side side) {
    return side.localPort >= WorldPlan.FIRST_LOCAL_PORT
        && side.localPort < WorldPlan.FIRST_LOCAL_PORT + 4;
  }

  /** The network was bad when it began, or the peer had no room. */
  private static boolean noAnswer(Side side) {
    Host peer = side.peer;
    return (!calm(side) && side.beganNs <= quietNs(side))
        || peer.stack.counter(Counter.SYNS_DROPPED) > 0
        || slow(side)
        || wentToFormerStation(side)
        || chosePort(side);
  }

  /**
   * The peer has got another MAC address since its neighbours heard of it last. It is asked for anew with the third SYN, and the fourth is the first that goes there:
   * who does not wait so long never reaches it.
   */
  private static boolean wentToFormerStation(Side side) {
    World world = side.world;
    for (Fault fault : world.faults.timed()) {
      boolean moved = fault.kind() == Fault.Kind.STATION && fault.place() == side.peer.number();
      long knownNs = fault.at() + NEIGHBOUR_LIFETIME_NS + leaps(world);
      if (moved && fault.at() <= side.endedNs && side.beganNs <= knownNs) {
        return side.settings().connectTimeoutNs() <= FOURTH_SYN_NS + longest(world.plan);
      }
    }
    return false;
  }

  /** Nobody answered its question, or that of another one, who had failed shortly before. */
  private static boolean unanswered(Side side) {
    long quietNs = quietNs(side);
    return side.beganNs <= quietNs || side.endedNs <= quietNs + ARP_HOLD_OFF_NS;
  }

  private static boolean calm(Side side) {
    return side.world.calm();
  }

  /** From then on nothing keeps a connection from being made; by the clock of the side's host. */
  private static long quietNs(Side side) {
    WorldPlan plan = side.world.plan;
    // A host whose user takes his time answers nobody, not even by ARP.
    long busy = side.world.blocked > 0 ? plan.windDownNs + 6 * SECOND_NS : 0;
    return Math.max(plan.healNs, busy) + longest(plan) + leaps(side.world);
  }

  private static long leaps(World world) {
    long sum = 0;
    for (Fault fault : world.faults.timed()) {
      sum += fault.kind() == Fault.Kind.LEAP ? fault.argument() : 0;
      sum += fault.kind() == Fault.Kind.SLOW ? 12 * SECOND_NS : 0;
    }
    return sum;
  }

  private static boolean slow(Side side) {
    WorldPlan plan = side.world.plan;
    return 4 * longest(plan) > side.settings().connectTimeoutNs() || side.world.blocked > 0;
  }

  private static long longest(WorldPlan plan) {
    return 2 * plan.longestUnderWayNs() + SECOND_NS;
  }

  /** The other end gave up, or was never there, or is no more. Two ends that a RST ended do not explain each other. */
  private static boolean resets(Side side, Side other) {
    // A cookie's ACK was overtaken by what does not bring the cookie, and is refused.
    boolean overtaken = side.client && side.peer.stack.counter(Counter.SYN_COOKIES_REFUSED) > 0;
    return (broken(other) && other.reason != CloseReason.RESET)
        || overtaken
        || neverAccepted(side, other)
        || lateInTimeWait(side, other);
  }

  /** The other end did not end well, and did not wait for us. */
  private static boolean broken(Side other) {
    return other != null && other.ended && other.reason != CloseReason.CLOSED;
  }

  /**
   * The peer's half-open entry was gone before our ACK, or our data, came to it; or there was none, its SYN cookie came back in a segment of
   * ours that was not the first, or its user said no then.
   */
  private static boolean neverAccepted(Side side, Side other) {
    Host peer = side.peer;
    return side.client
        && (other == null || !other.established)
        && (peer.stack.counter(Counter.HALF_OPEN_EXPIRED) > 0
            || peer.stack.counter(Counter.SYN_COOKIES_SENT) > 0
            || closed(peer)
            || peer.unlistened
            || peer.stack.counter(Counter.SYNS_DROPPED) > 0
            || chosePort(side));
  }

  /**
   * An old copy of a SYN made half a connection, and the peer, in TIME-WAIT of the one that the SYN had begun, answered with what it acknowledged last: by
   * chance that was our new SYN, for we had sent bytes more quickly than initial sequence numbers grow (RFC 9293 §3.4.1).
   */
  private static boolean acknowledgedByChance(Side side) {
    for (Side former : side.peer.sides) {
      boolean sameSyn = former.iss == side.irs
          && former.peer == side.host
          && former.localPort == side.remotePort
          && former.remotePort == side.localPort;
      int finSeq = former.irs + 1 + (int) former.received;
      if (sameSyn && former.reason == CloseReason.CLOSED && finSeq == side.iss) {
        return !side.client;
      }
    }
    return false;
  }

  /** The peer has everything, its last ACK was lost, and its TIME-WAIT is over: the answer to our FIN is a RST. */
  private static boolean lateInTimeWait(Side side, Side other) {
    return other != null
        && other.reason == CloseReason.CLOSED
        && side.finned
        && other.received == side.sent;
  }

  /** The peer owed us its FIN for longer than we wait. */
  private static boolean silentPeer(Side side, Side other) {
    long finWaitNs = side.settings().finWaitNs();
    boolean owed = other == null || !other.finned || other.sent > 0 || !calm(side);
    // A peer that takes its time may end its silence too late by a hair.
    boolean late = side.endedNs - side.beganNs >= finWaitNs;
    return side.finned && finWaitNs > 0 && (owed || late);
  }

  /** The network was bad for longer than our patience; or, for what a window is, the reader was slow. */
  private static boolean impatient(Side side) {
    TcpSettings settings = side.settings();
    long life = side.endedNs - side.beganNs;
    long zeroWindow = settings.zeroWindowTimeoutNs();
    if (zeroWindow > 0 && zeroWindow <= life) {
      return true;
    }
    long probed =
        side.keepAliveIdleNs + settings.keepAliveIntervalNs() * settings.keepAliveProbes();
    long keepAlive = side.keepAliveIdleNs > 0 ? probed : Long.MAX_VALUE;
    long user = side.userTimeoutNs > 0 ? side.userTimeoutNs : Long.MAX_VALUE;
    long patience = Math.min(keepAlive, user);
    // Shorter than an answer may take, even where nothing goes wrong.
    boolean rash = patience <= 4 * longest(side.world.plan);
    return patience <= life && (rash || (!calm(side) && patience <= 2 * quietNs(side)));
  }

  private static void require(boolean holds, Side side, String what) {
    if (!holds) {
      throw new Violation(what + ": " + side);
    }
  }
}
