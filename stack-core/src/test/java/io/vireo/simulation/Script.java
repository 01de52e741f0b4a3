// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which run is meant: a seed, and what of it is left out. The empty script is the seed as it was drawn; a {@link Shrinker} leaves
 * out all that a failure does not need.
 *
 * @param seed what everything is drawn from
 * @param faults instead of those drawn; null: those drawn
 * @param skippedAttempts numbers of connects that do not happen
 * @param skippedSteps numbers of the random calls from outside that do not happen
 * @param skippedHosts numbers of hosts that do not exist
 * @param mostBytes that one side sends by itself
 * @param without what nobody does
 */
record Script(
    long seed,
    List<Fault> faults,
    Set<Integer> skippedAttempts,
    Set<Integer> skippedSteps,
    Set<Integer> skippedHosts,
    long mostBytes,
    Set<Habit> without) {

  /** What simulated users may do beside sending, receiving and ending; and PREDICTION and SLEEP, which stacks may do, and nobody is to notice. */
  enum Habit {
    CHAOS,
    ACCIDENTS,
    BLOCKING,
    RECONNECTS,
    PICKY_READING,
    TRICKLING,
    ODD_SETTINGS,
    WRAP,
    ALARMS,
    OPEN_CLAIMS,
    PATIENCE,
    WIDE,
    PREDICTION,
    SLEEP
  }

  /** A seed as it was drawn. */
  static Script of(long seed) {
    return new Script(
        seed, null, Set.of(), Set.of(), Set.of(), Long.MAX_VALUE, EnumSet.noneOf(Habit.class));
  }

  Script withFaults(List<Fault> faults) {
    return new Script(
        seed, faults, skippedAttempts, skippedSteps, skippedHosts, mostBytes, without);
  }

  Script withoutAttempt(int attempt) {
    return new Script(
        seed,
        faults,
        plus(skippedAttempts, attempt),
        skippedSteps,
        skippedHosts,
        mostBytes,
        without);
  }

  Script withoutStep(int step) {
    return new Script(
        seed, faults, skippedAttempts, plus(skippedSteps, step), skippedHosts, mostBytes, without);
  }

  Script withoutHost(int host) {
    return new Script(
        seed, faults, skippedAttempts, skippedSteps, plus(skippedHosts, host), mostBytes, without);
  }

  Script withMostBytes(long mostBytes) {
    return new Script(
        seed, faults, skippedAttempts, skippedSteps, skippedHosts, mostBytes, without);
  }

  Script without(Habit habit) {
    Set<Habit> more = EnumSet.of(habit);
    more.addAll(without);
    return new Script(seed, faults, skippedAttempts, skippedSteps, skippedHosts, mostBytes, more);
  }

  boolean allows(Habit habit) {
    return !without.contains(habit);
  }

  private static Set<Integer> plus(Set<Integer> numbers, int number) {
    Set<Integer> more = new TreeSet<>(numbers);
    more.add(number);
    return more;
  }

  // ---- As text

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("seed " + seed + "\n");
    for (int attempt : skippedAttempts) {
      text.append("skip attempt ").append(attempt).append('\n');
    }
    for (int step : skippedSteps) {
      text.append("skip step ").append(step).append('\n');
    }
    for (int host : skippedHosts) {
      text.append("skip host ").append(host).append('\n');
    }
    if (mostBytes != Long.MAX_VALUE) {
      text.append("bytes ").append(mostBytes).append('\n');
    }
    for (Habit habit : without) {
      text.append("without ").append(habit).append('\n');
    }
    if (faults != null) {
      text.append("faults ").append(faults.size()).append('\n');
      for (Fault fault : faults) {
        text.append(fault).append('\n');
      }
    }
    return text.toString();
  }

  static Script read(Path file) throws IOException {
    return parse(Files.readAllLines(file));
  }

  static Script parse(List<String> lines) {
    Script script = of(0);
    for (String line : lines) {
      String[] words = line.trim().split(" +", -1);
      switch (words[0]) {
        case "", "#" -> {}
        case "seed" -> script = of(Long.parseLong(words[1]));
        case "skip" -> {
          int number = Integer.parseInt(words[2]);
          script = switch (words[1]) {
            case "attempt" -> script.withoutAttempt(number);
            case "step" -> script.withoutStep(number);
            default -> script.withoutHost(number);
          };
        }
        case "bytes" -> script = script.withMostBytes(Long.parseLong(words[1]));
        case "without" -> script = script.without(Habit.valueOf(words[1]));
        case "faults" -> script = script.withFaults(List.of());
        default -> {
          List<Fault> faults = new ArrayList<>(script.faults);
          faults.add(Fault.parse(line));
          script = script.withFaults(faults);
        }
      }
    }
    return script;
  }
}
