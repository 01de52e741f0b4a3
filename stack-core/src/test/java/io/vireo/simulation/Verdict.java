// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;

/** Whether a connection may have ended as it did: everything but CLOSED needs an explanation in what the seed drew. */
final class Verdict {
  private static final long SECOND_NS = 1_000_000_000L;

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
      case SHUT_DOWN ->
        require(
            side.client ? side.host.clientClosed : side.host.serverClosed, side, "nobody closed");
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
    WorldPlan plan = side.world.plan;
    return switch (side.reason) {
      case ABORTED, HANDLER_FAILED, SHUT_DOWN -> true;
      case NO_LOCAL_PORT -> chosePort(side);
      case REFUSED -> refuses(side);
      case CONNECT_TIMEOUT ->
        noAnswer(side) && side.endedNs - side.beganNs >= side.host.plan.client().connectTimeoutNs();
      case UNREACHABLE -> !calm(side) && side.beganNs <= plan.quietNs + longest(plan);
      case RESET -> broken(other) || neverAccepted(side, other) || lateInTimeWait(side, other);
      case TIMEOUT ->
        broken(other) || neverAccepted(side, other) || silentPeer(side, other) || impatient(side);
      default -> false;
    };
  }

  /** Where nothing goes wrong, nobody has to wait for one of the long timers. */
  static void checkPace(World world) {
    WorldPlan plan = world.plan;
    if (world.sides.isEmpty() || !calm(world.sides.get(0))) {
      return;
    }
    long limitNs = 10 * SECOND_NS + 60 * longest(plan);
    for (Side side : world.sides) {
      boolean late = side.endedNs - plan.windDownNs > limitNs;
      require(side.reason != CloseReason.CLOSED || !late, side, "late, and nothing went wrong");
    }
  }

  /** Connecting to a port where nobody listens, or to somebody who says no, or who has gone. */
  private static boolean refuses(Side side) {
    Host peer = side.host.peer();
    return side.remotePort != WorldPlan.SERVER_PORT
        || !peer.plan.listens()
        || side.world.disallowed
        || peer.serverClosed
        || peer.unlistened
        || chosePort(side);
  }

  private static boolean chosePort(Side side) {
    return side.localPort >= WorldPlan.FIRST_LOCAL_PORT
        && side.localPort < WorldPlan.FIRST_LOCAL_PORT + 4;
  }

  /** The network was bad when it began, or the peer had no room. */
  private static boolean noAnswer(Side side) {
    WorldPlan plan = side.world.plan;
    Host peer = side.host.peer();
    return (!calm(side) && side.beganNs <= plan.quietNs + longest(plan))
        || peer.stack.counter(Counter.SYNS_DROPPED) > 0
        || slow(side)
        || chosePort(side);
  }

  /** Nothing was lost, damaged or closed from outside, not even for want of a slot. */
  private static boolean calm(Side side) {
    World world = side.world;
    return world.plan.calm() && world.hosts[0].nic.overrun + world.hosts[1].nic.overrun == 0;
  }

  private static boolean slow(Side side) {
    WorldPlan plan = side.world.plan;
    return 4 * longest(plan) > side.host.plan.client().connectTimeoutNs();
  }

  private static long longest(WorldPlan plan) {
    return plan.links[0].longestUnderWayNs() + plan.links[1].longestUnderWayNs() + SECOND_NS;
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
    Host peer = side.host.peer();
    return side.client
        && (other == null || !other.established)
        && (peer.stack.counter(Counter.HALF_OPEN_EXPIRED) > 0
            || peer.stack.counter(Counter.SYN_COOKIES_SENT) > 0
            || peer.serverClosed
            || peer.unlistened
            || peer.stack.counter(Counter.SYNS_DROPPED) > 0
            || chosePort(side));
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
    long finWaitNs = settings(side).finWaitNs();
    return side.finned
        && finWaitNs > 0
        && (other == null || !other.finned || other.sent > 0 || !calm(side));
  }

  /** The network was bad for longer than our patience. */
  private static boolean impatient(Side side) {
    WorldPlan plan = side.world.plan;
    long patienceNs = settings(side).userTimeoutNs();
    return patienceNs > 0
        && !calm(side)
        && patienceNs <= side.endedNs
        && patienceNs <= 2 * plan.quietNs;
  }

  private static TcpSettings settings(Side side) {
    return side.client ? side.host.plan.client() : side.host.plan.server();
  }

  private static void require(boolean holds, Side side, String what) {
    if (!holds) {
      throw new Violation(what + ": " + side);
    }
  }
}
