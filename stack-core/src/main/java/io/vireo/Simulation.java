// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.time.ManualClock;
import java.util.function.BooleanSupplier;

/** Runs stacks that share a clock: polls them in turn, and moves the clock to the earliest deadline or frame when all are idle. */
public final class Simulation {
  private final ManualClock clock;
  private final TcpStack[] stacks;

  /**
   * The stacks must have been made with this clock, and so must the simulated NICs between them.
   *
   * @throws IllegalArgumentException a stack has another clock
   */
  public Simulation(ManualClock clock, TcpStack... stacks) {
    this.clock = clock;
    this.stacks = stacks.clone();
    for (TcpStack stack : this.stacks) {
      if (!stack.hasClock(clock)) {
        throw new IllegalArgumentException("a stack was made with another clock");
      }
    }
  }

  /**
   * Runs until done, or for limitNs of virtual time; what falls due exactly at the limit still happens. Returns done.
   *
   * @throws IllegalArgumentException limitNs is negative
   */
  public boolean run(BooleanSupplier done, long limitNs) {
    if (limitNs < 0) {
      throw new IllegalArgumentException("limit of " + limitNs + " ns");
    }
    long endNs = clock.nanoTime() + limitNs;
    while (!done.getAsBoolean()) {
      if (pollAll() == 0 && !advance(endNs)) {
        return done.getAsBoolean();
      }
    }
    return true;
  }

  private int pollAll() {
    int work = 0;
    for (TcpStack stack : stacks) {
      work += stack.poll();
    }
    return work;
  }

  /** Moves the clock on to what comes next. False if that is beyond the end. */
  private boolean advance(long endNs) {
    long nowNs = clock.nanoTime();
    long nextNs = endNs;
    for (TcpStack stack : stacks) {
      nextNs = stack.nextDeadlineNs(nextNs);
    }
    if (endNs - nowNs <= 0) {
      return false;
    }
    // A deadline that is past although nobody had work waits for something else: time must go on
    // all the same.
    clock.advance(Math.max(nextNs - nowNs, 1));
    return true;
  }
}
