// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.List;

/**
 * How one run went.
 *
 * @param failure what did not hold, or null
 * @param checker which check that was: the failure without its numbers
 * @param struck the faults of the run, to be played again
 * @param hash of all that happened
 */
record Outcome(
    Script script,
    Throwable failure,
    String checker,
    String description,
    List<Fault> struck,
    long hash,
    long turns) {

  boolean failed() {
    return failure != null;
  }

  /** Runs one script; marks what was seen in {@code coverage}, and sends frames to {@code capture}, if there are such. */
  static Outcome of(Script script, Coverage coverage, Capture capture) {
    WorldPlan plan = null;
    World world = null;
    try {
      plan = new WorldPlan(script);
      world = new World(plan, capture);
      world.run();
      if (coverage != null) {
        coverage.add(world);
      }
      return new Outcome(
          script, null, "", "", world.faults.struck(), world.trace.hash(), world.turns());
    } catch (RuntimeException | Error e) {
      return new Outcome(
          script,
          e,
          checker(e),
          plan + "\n" + (world == null ? "" : describe(world)),
          world == null ? List.of() : world.faults.struck(),
          world == null ? 0 : world.trace.hash(),
          world == null ? 0 : world.turns());
    }
  }

  /** A stack in pieces may not even be described. */
  private static String describe(World world) {
    try {
      return world.describe();
    } catch (RuntimeException | Error e) {
      return "cannot be described: " + e;
    }
  }

  /** Up to what is only true of this run. */
  private static String checker(Throwable e) {
    if (!(e instanceof Violation)) {
      StackTraceElement[] trace = e.getStackTrace();
      return e.getClass().getName() + (trace.length == 0 ? "" : " in " + trace[0].getMethodName());
    }
    String text = String.valueOf(e.getMessage());
    int end = text.indexOf(": ", text.startsWith("host ") ? 8 : 0);
    return (end < 0 ? text : text.substring(0, end))
        .replaceAll(", in a frame of host.*", "")
        .replaceAll("-?[0-9]+", "N");
  }
}
