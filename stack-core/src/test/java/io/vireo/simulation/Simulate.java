// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The simulation from the command line, outside of any test; see lab/simulate and docs/simulation.md. */
public final class Simulate {
  private static final long SHRINK_NS = 600_000_000_000L;
  private static final int SHOWN = 20;

  private Simulate() {}

  /**
   * {@code run [FIRST [COUNT [MOST_FAILURES]]]}, {@code replay SEED|FILE}, {@code shrink SEED|FILE}; the exit status is 0 if all
   * that must hold held.
   */
  public static void main(String[] arguments) throws IOException {
    String command = arguments.length == 0 ? "run" : arguments[0];
    boolean held = switch (command) {
      case "run" ->
        run(number(arguments, 1, 1), number(arguments, 2, 10_000), (int)
            number(arguments, 3, Integer.MAX_VALUE));
      case "replay" -> replay(script(arguments[1]));
      case "shrink" -> shrink(script(arguments[1]));
      default -> throw new IllegalArgumentException("no command " + command);
    };
    System.exit(held ? 0 : 1);
  }

  private static long number(String[] arguments, int index, long otherwise) {
    return arguments.length > index ? Long.parseLong(arguments[index]) : otherwise;
  }

  private static Script script(String name) throws IOException {
    return name.matches("-?[0-9]+") ? Script.of(Long.parseLong(name)) : Script.read(Path.of(name));
  }

  private static boolean run(long first, long count, int mostFailures) {
    Swath swath = new Swath(first, count, mostFailures).run(Seeds.threads());
    System.out.println(swath.coverage());
    int shown = 0;
    for (Outcome failure : swath.failures()) {
      System.out.println("violation: seed " + failure.script().seed() + ": " + failure.checker());
      if (++shown >= SHOWN) {
        System.out.println("...");
        break;
      }
    }
    System.out.println(swath.summary());
    return swath.failures().isEmpty();
  }

  private static boolean replay(Script script) throws IOException {
    Path capture = Seeds.DIRECTORY.resolve("simulation-" + script.seed() + ".pcapng");
    Outcome outcome = Seeds.record(script, capture);
    if (outcome.failed()) {
      System.out.println(Seeds.describe(outcome));
      outcome.failure().printStackTrace(System.out);
    }
    Path faults = Seeds.DIRECTORY.resolve("simulation-" + script.seed() + ".txt");
    Files.writeString(faults, script.withFaults(outcome.struck()).toString());
    System.out.println("seed " + script.seed() + (outcome.failed() ? " fails" : " holds") + ", "
        + outcome.turns() + " turns, " + outcome.struck().size() + " faults, hash "
        + Long.toHexString(outcome.hash()) + "; frames in " + capture + ", faults in " + faults);
    return !outcome.failed();
  }

  private static boolean shrink(Script script) throws IOException {
    Outcome failure = Outcome.of(script, null, null);
    if (!failure.failed()) {
      System.out.println("seed " + script.seed() + " holds");
      return true;
    }
    System.out.println(Seeds.shrink(failure, SHRINK_NS, System.out::println));
    return false;
  }
}
