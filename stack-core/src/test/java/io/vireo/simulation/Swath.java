// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Runs many seeds, on all processors: worlds share nothing. */
final class Swath {
  private final long first;
  private final long count;
  private final int mostFailures;
  private final AtomicLong next = new AtomicLong();
  private final List<Outcome> failures = new ArrayList<>();
  private final Coverage coverage = new Coverage();
  private long done;
  private long hash;
  private long elapsedNs;

  /** {@code mostFailures}: as soon as there are so many, the rest is not run. */
  Swath(long first, long count, int mostFailures) {
    this.first = first;
    this.count = count;
    this.mostFailures = mostFailures;
  }

  Swath run(int threads) {
    long start = System.nanoTime();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread worker = new Thread(this::work);
      workers.add(worker);
      worker.start();
    }
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          // Time is up: the present seeds are the last ones.
          interrupted = true;
          next.set(count);
        }
      }
    }
    elapsedNs = System.nanoTime() - start;
    failures.sort((a, b) -> Long.compare(a.script().seed(), b.script().seed()));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return this;
  }

  private void work() {
    Coverage seen = new Coverage();
    long mixed = 0;
    long ran = 0;
    for (long i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
      long seed = first + i;
      // Should it hang, then the name tells which one.
      Thread.currentThread().setName("simulation of seed " + seed);
      Outcome outcome = Outcome.of(Script.of(seed), seen, null);
      // Whoever ran which seed, and when: the sum is the same.
      mixed += Draws.mix(outcome.hash() ^ seed);
      ran++;
      if (outcome.failed()) {
        onFailure(outcome);
      }
    }
    synchronized (this) {
      coverage.add(seen);
      hash += mixed;
      done += ran;
    }
  }

  private synchronized void onFailure(Outcome outcome) {
    failures.add(outcome);
    if (failures.size() >= mostFailures) {
      next.set(count);
    }
  }

  /** By seed. */
  List<Outcome> failures() {
    return failures;
  }

  Coverage coverage() {
    return coverage;
  }

  /** Of all that happened in all worlds. */
  long hash() {
    return hash;
  }

  String summary() {
    double seconds = elapsedNs / 1e9;
    return String.format(
        "seeds %d from %d, violations %d, %.0f s, %.1f seeds/s, hash %016x",
        done, first, failures.size(), seconds, done / seconds, hash);
  }
}
