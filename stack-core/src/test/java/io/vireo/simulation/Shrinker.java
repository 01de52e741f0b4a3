// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes out of a failing run what the failure does not need: faults by delta debugging, then connects, calls from outside, hosts,
 * habits of users, and bytes. What counts is that the same check fails, not that something does.
 */
final class Shrinker {
  private final String checker;
  private final long endNs;
  private final Consumer<String> log;
  private Outcome best;
  private int runs;

  /** {@code failure}: a run that failed. {@code limitNs}: how long to try. */
  Shrinker(Outcome failure, long limitNs, Consumer<String> log) {
    this.checker = failure.checker();
    this.endNs = System.nanoTime() + limitNs;
    this.log = log;
    this.best = failure;
  }

  /** The smallest run found that fails in the same way. */
  Outcome shrink() {
    Script listed = best.script().withFaults(best.struck());
    if (!tryScript(listed)) {
      log.accept("the list of its faults alone does not fail: " + checker);
      return best;
    }
    long before;
    do {
      before = weight();
      shrinkFaults();
      shrinkAttempts();
      shrinkSteps();
      shrinkHosts();
      shrinkHabits();
      shrinkBytes();
      log.accept(progress());
    } while (weight() < before && !timeIsUp());
    return best;
  }

  int runs() {
    return runs;
  }

  private String progress() {
    Script script = best.script();
    return runs + " runs: " + script.faults().size() + " faults, without attempts "
        + script.skippedAttempts() + ", steps " + script.skippedSteps() + ", hosts "
        + script.skippedHosts() + ", " + script.without() + ", bytes " + script.mostBytes();
  }

  /** Less is smaller. */
  private long weight() {
    Script script = best.script();
    int taken = script.skippedAttempts().size()
        + script.skippedSteps().size()
        + script.skippedHosts().size()
        + script.without().size();
    return 1_000L * script.faults().size()
        + 64
        - Long.numberOfLeadingZeros(script.mostBytes())
        - taken;
  }

  private boolean timeIsUp() {
    return System.nanoTime() - endNs >= 0;
  }

  /** Whether this fails in the same way; if so, it is the best so far. */
  private boolean tryScript(Script script) {
    if (timeIsUp()) {
      return false;
    }
    runs++;
    Outcome outcome = Outcome.of(script, null, null);
    boolean same = outcome.failed() && outcome.checker().equals(checker);
    if (same) {
      best = outcome;
    }
    return same;
  }

  /** Delta debugging (Zeller and Hildebrandt 2002), leaving out ever smaller parts. */
  private void shrinkFaults() {
    int parts = 1;
    while (!best.script().faults().isEmpty() && !timeIsUp()) {
      List<Fault> faults = best.script().faults();
      int size = Math.max(1, faults.size() / parts);
      boolean smaller = false;
      for (int from = 0; from < faults.size() && !smaller; from += size) {
        List<Fault> rest = new ArrayList<>(faults.subList(0, from));
        rest.addAll(faults.subList(Math.min(faults.size(), from + size), faults.size()));
        smaller = tryScript(best.script().withFaults(rest));
      }
      if (!smaller) {
        if (size == 1) {
          return;
        }
        parts = Math.min(faults.size(), 2 * parts);
      } else {
        parts = Math.max(1, parts - 1);
      }
    }
  }

  private void shrinkAttempts() {
    int attempts = new WorldPlan(best.script()).attempts.length;
    for (int i = attempts - 1; i >= 0; i--) {
      if (!best.script().skippedAttempts().contains(i)) {
        tryScript(best.script().withoutAttempt(i));
      }
    }
  }

  private void shrinkSteps() {
    int steps = new WorldPlan(best.script()).steps.length;
    for (int i = steps - 1; i >= 0; i--) {
      if (!best.script().skippedSteps().contains(i)) {
        tryScript(best.script().withoutStep(i));
      }
    }
  }

  private void shrinkHosts() {
    int hosts = new WorldPlan(best.script()).hostCount;
    for (int i = hosts - 1; i >= 0; i--) {
      if (!best.script().skippedHosts().contains(i)) {
        tryScript(best.script().withoutHost(i));
      }
    }
  }

  private void shrinkHabits() {
    for (Script.Habit habit : Script.Habit.values()) {
      if (best.script().allows(habit)) {
        tryScript(best.script().without(habit));
      }
    }
  }

  private void shrinkBytes() {
    long least = -1;
    long most = Math.min(best.script().mostBytes(), 1 << 20);
    // The least number between the two that still fails, if failing is monotonous; else some
    // number.
    while (most - least > 1 && !timeIsUp()) {
      long middle = least + (most - least) / 2;
      if (tryScript(best.script().withMostBytes(middle))) {
        most = middle;
      } else {
        least = middle;
      }
    }
  }
}
