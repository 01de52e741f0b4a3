// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

/** Virtual time: what falls due on the way happens on the way. */
final class Time {
  private final World world;

  Time(World world) {
    this.world = world;
  }

  /** {@code "200 ms"}: units are ns, us, ms, s and min. */
  void passes(String duration) {
    world.start();
    world.note("      " + duration + " pass");
    world.passes(ns(duration));
  }

  /** The process is stopped for this long: the clock moves, the stack does not. */
  void passesWithoutAPoll(String duration) {
    world.start();
    world.note("      " + duration + " pass without a poll");
    world.clock.advance(ns(duration));
  }

  static long ns(String duration) {
    String[] words = duration.split(" ", 2);
    long number = Long.parseLong(words[0]);
    return switch (words[1]) {
      case "ns" -> number;
      case "us" -> number * 1_000;
      case "ms" -> number * 1_000_000;
      case "s" -> number * 1_000_000_000;
      case "min" -> number * 60_000_000_000L;
      default -> throw new IllegalArgumentException(duration);
    };
  }
}
