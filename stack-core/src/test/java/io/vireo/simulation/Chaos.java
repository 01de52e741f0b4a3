// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.SplittableRandom;

/** Any call of the API, at any moment, on any connection: everything from everywhere. */
final class Chaos {
  private static final int ACTS = 17;
  private static final long SECOND_NS = 1_000_000_000L;

  private Chaos() {}

  /** Does something, to {@code self} or to somebody else. */
  static void act(Side self, SplittableRandom random) {
    Side side = self;
    World world = self.world;
    if (random.nextInt(3) == 0) {
      side = world.sides.get(random.nextInt(world.sides.size()));
    }
    int act = random.nextInt(ACTS);
    world.trace.add(1_000 + act);
    if (side.commandable()) {
      actOn(side, act, random);
    }
    if (world.calling != side.host) {
      side.host.afterCommand();
    }
    if (world.calling != null) {
      actInCallback(world.calling, act);
    }
    if (act == 0 && !world.winding) {
      world.connectAgain(self.host, random);
    }
  }

  private static void actOn(Side side, int act, SplittableRandom random) {
    switch (act) {
      case 1, 2 -> {
        if (!side.finned && side.total < Long.MAX_VALUE) {
          side.total = Math.max(side.total, side.sent + side.send(random.nextInt(3_000)));
        } else if (side.finned) {
          refusesToSend(side);
        }
      }
      case 3 -> side.connection.flush();
      case 4 -> ask(side);
      case 5 -> side.pause();
      case 6, 7 -> side.resume();
      case 8 -> {
        if (random.nextInt(3) == 0) {
          side.sendFin();
        }
      }
      case 9 -> side.setTimer(Side.CHAOS_TIMER, random.nextInt(4) * random.nextLong(SECOND_NS));
      case 10 -> {
        if (random.nextInt(6) == 0) {
          side.abort();
        }
      }
      case 11 -> refusesBadArguments(side);
      case 15 -> side.setKeepAlive(random.nextInt(3) * (SECOND_NS + random.nextLong(SECOND_NS)));
      case 16 ->
        // Probes come as often as patience asks: with milliseconds of it, a closed window costs
        // more
        // frames than a run may have.
        side.setUserTimeout(
            random.nextInt(3) * Math.max(SECOND_NS, 1_000_000L + random.nextLong(20 * SECOND_NS)));
      case 12 -> {
        int timer = random.nextInt(4);
        long delay = 1 + random.nextLong(SECOND_NS);
        if (!side.host.closed[side.role]) {
          side.endpoint().setTimer(timer, delay);
          side.host.timerDueNs[side.role][timer] = side.host.localNs() + delay;
        }
      }
      default -> {}
    }
  }

  private static void ask(Side side) {
    int sendable = side.connection.sendable();
    int immediately = side.connection.immediatelySendable();
    Violation.unless(sendable >= 0 && immediately >= 0, "less than nothing is sendable");
    Violation.unless(immediately <= sendable, "more leaves at once than can be sent at all");
    Violation.unless(!side.finned || sendable == 0, "sendable after the end");
    Violation.unless(side.endpoint().connection(side.id) == side.connection, "not found by its id");
    int[] count = new int[1];
    side.endpoint().forEach(connection -> count[0]++);
    Violation.unless(count[0] <= side.endpoint().connectionCount(), "more than there are");
    Violation.unless(side.connection.remoteIpv4() == side.peer.address(), "another peer");
    Violation.unless(!side.connection.toString().isEmpty(), "no name");
  }

  private static void refusesToSend(Side side) {
    try {
      side.connection.send(side.world.source, 0, 0);
    } catch (IllegalStateException expected) {
      return;
    }
    throw new Violation("sends after its FIN");
  }

  private static void refusesBadArguments(Side side) {
    if (side.claims()) {
      // Whoever has a claim open hears of that first.
      return;
    }
    int limit = side.world.source.limit();
    refuses(() -> side.connection.send(side.world.source, limit, 1));
    refuses(() -> side.connection.send(side.world.source, -1, 1));
    refuses(() -> side.connection.send(side.world.source, 0, -1));
    refuses(() -> side.connection.setUserTimer(Side.TIMERS, 1));
    refuses(() -> side.connection.setUserTimer(0, -1));
  }

  private static void refuses(Runnable call) {
    try {
      call.run();
    } catch (IllegalArgumentException expected) {
      return;
    }
    throw new Violation("a bad argument was taken");
  }

  private static void actInCallback(Host host, int act) {
    switch (act) {
      case 13 -> isNotForCallbacks(host.stack::poll);
      case 14 -> {
        isNotForCallbacks(host.stack::close);
        for (int role = 0; role <= HostPlan.SERVERS; role++) {
          if (!host.closed[role]) {
            isNotForCallbacks(host.endpoints[role]::close);
          }
        }
        isNotForCallbacks(host.stack::release);
        isNotForCallbacks(() -> host.stack.await(0));
      }
      default -> {}
    }
  }

  private static void isNotForCallbacks(Runnable call) {
    try {
      call.run();
    } catch (IllegalStateException expected) {
      return;
    }
    throw new Violation("a callback may poll, sleep or close");
  }
}
