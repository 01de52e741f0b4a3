// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.simulation.Script.Habit;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Runs seeds for tests. The failure of one says how to repeat it. */
final class Seeds {
  static final Path DIRECTORY = Path.of("target").toAbsolutePath();
  private static final int MOST_FAILURES = 3;
  private static final long SHRINK_NS = 60_000_000_000L;

  private Seeds() {}

  static int threads() {
    return Integer.getInteger(
        "vireo.simulation.threads", Runtime.getRuntime().availableProcessors());
  }

  /** Runs {@code count} seeds from {@code first} on, or as many from where the system properties say. */
  static Swath runAll(long first, long count) {
    long from = Long.getLong("vireo.simulation.first", first);
    long seeds = Long.getLong("vireo.simulation.seeds", count);
    Swath swath = new Swath(from, seeds, MOST_FAILURES).run(threads());
    System.out.println("simulation: " + swath.summary());
    if (!swath.failures().isEmpty()) {
      StringBuilder text = new StringBuilder(swath.summary());
      for (Outcome failure : swath.failures()) {
        text.append("\nseed ").append(failure.script().seed()).append(": ");
        text.append(failure.failure().getMessage());
      }
      text.append("\n\n").append(shrink(swath.failures().get(0), SHRINK_NS, line -> {}));
      throw new AssertionError(text.toString(), swath.failures().get(0).failure());
    }
    return swath;
  }

  /** Runs one script to its end; returns its trace. */
  static long run(Script script) {
    return succeed(Outcome.of(script, null, null));
  }

  /** Runs {@code count} seeds from {@code first} on with a habit and without, and demands the same traces. */
  static void holdWithout(Habit habit, long first, long count) {
    List<Long> different = LongStream.range(first, first + count)
        .parallel()
        .filter(seed -> run(Script.of(seed)) != run(Script.of(seed).without(habit)))
        .boxed()
        .toList();
    if (!different.isEmpty()) {
      throw new AssertionError("another run without " + habit + ": seeds " + different);
    }
  }

  /** The same, recorded. */
  static void replay(long seed) {
    Path capture = DIRECTORY.resolve("simulation-" + seed + ".pcapng");
    Outcome outcome = record(Script.of(seed), capture);
    System.out.println("frames: " + capture);
    succeed(outcome);
  }

  private static long succeed(Outcome outcome) {
    if (outcome.failed()) {
      throw new AssertionError(describe(outcome), outcome.failure());
    }
    return outcome.hash();
  }

  static String describe(Outcome failure) {
    long seed = failure.script().seed();
    return "seed " + seed + ": " + failure.failure().getMessage() + "\nreplay: lab/simulate replay "
        + seed + "\nshrink: lab/simulate shrink " + seed + "\n" + failure.description();
  }

  /** Shrinks a failure, leaves script and pcapng of what remains, and says all about it. */
  static String shrink(Outcome failure, long limitNs, Consumer<String> log) {
    Shrinker shrinker = new Shrinker(failure, limitNs, log);
    Script small = shrinker.shrink().script();
    String name = "simulation-" + small.seed() + "-shrunk";
    Path script = DIRECTORY.resolve(name + ".txt");
    Path capture = DIRECTORY.resolve(name + ".pcapng");
    Outcome outcome = record(small, capture);
    try {
      Files.writeString(script, "# " + failure.checker() + "\n" + small);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return (outcome.failed() ? describe(outcome) : "does not fail again")
        + "\nshrunk from " + failure.struck().size() + " faults in " + shrinker.runs()
        + " runs:\n" + small + "frames: " + capture + "\nreproduce: lab/simulate replay " + script;
  }

  /** The outcome of a script, whose frames go into {@code file} as pcapng. */
  static Outcome record(Script script, Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      try (OutputStream out = Files.newOutputStream(file);
          Capture capture = new Capture(out)) {
        return Outcome.of(script, null, capture);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
