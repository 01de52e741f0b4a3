// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/** Eight flows on one path: of one sort, or by turns of the one and of the other. */
record Contest(Variant first, Variant second, Path path) {
  static final String HEADING =
      "eight flows                 RTT  rate  queue  goodput     %  fairness  lowest   first  resent  timeouts  seed";

  private static final int FLOWS = 8;
  private static final int SEEDS = 3;

  /** What is tried; no other line of the table begins so. */
  String key() {
    String who = first == second
        ? FLOWS + " " + first.title()
        : FLOWS / 2 + " " + first.title() + ", " + FLOWS / 2 + " " + second.title();
    return String.format(Locale.ROOT, "%-26s %s", who, path.columns());
  }

  /** How the flows shared, seed by seed. */
  List<Shares> run() {
    List<Variant> flows = new ArrayList<>();
    for (int i = 0; i < FLOWS; i++) {
      flows.add(i % 2 == 0 ? first : second);
    }
    return LongStream.rangeClosed(1, SEEDS)
        .mapToObj(seed -> Shares.of(path, seed, flows))
        .sorted(Comparator.comparingDouble(Shares::fairness))
        .toList();
  }

  /** The key, and of {@link #run} the seed whose fairness is the median. */
  String line(List<Shares> runs) {
    Shares run = runs.get(SEEDS / 2);
    double firstSum = 0;
    for (int i = 0; i < FLOWS; i += 2) {
      firstSum += run.megabits().get(i);
    }
    return String.format(
        Locale.ROOT,
        "%s %8.2f %5.1f %9.3f %7.3f %6.1f%% %7d %9d %5d",
        key(),
        run.sum(),
        100 * run.sum() / path.megabits(),
        run.fairness(),
        runs.get(0).fairness(),
        100 * firstSum / run.sum(),
        run.retransmissions(),
        run.timeouts(),
        run.seed());
  }
}
