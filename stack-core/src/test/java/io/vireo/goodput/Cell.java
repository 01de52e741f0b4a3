// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import java.util.Comparator;
import java.util.Locale;
import java.util.stream.LongStream;

/** One flow on one path. */
record Cell(Variant variant, Path path) {
  static final String HEADING =
      "one flow        trouble     RTT  rate  queue  goodput     %  model  resent  timeouts  seed";

  private static final int SEEDS = 3;

  /** How one seed fared. */
  record Run(long seed, long receivedBytes, long retransmissions, long timeouts) {}

  /** What is tried; no other line of the table begins so. */
  String key() {
    return String.format(
        Locale.ROOT, "%-15s %-10s %s", variant.title(), path.trouble().title, path.columns());
  }

  /** Tries it: the key, and the seed whose goodput is the median; without chance there is but one. */
  String line() {
    long seeds = path.trouble() == Trouble.NONE ? 1 : SEEDS;
    Run run = LongStream.rangeClosed(1, seeds)
        .mapToObj(this::run)
        .sorted(Comparator.comparingLong(Run::receivedBytes))
        .skip(seeds / 2)
        .findFirst()
        .orElseThrow();
    double megabits = run.receivedBytes * 8e3 / durationNs();
    return String.format(
        Locale.ROOT,
        "%s %8.2f %5.1f %6s %7d %9d %5d",
        key(),
        megabits,
        100 * megabits / path.megabits(),
        model(),
        run.retransmissions,
        run.timeouts,
        run.seed);
  }

  Run run(long seed) {
    Bottleneck bottleneck = new Bottleneck(path, seed);
    Bottleneck.Bulk bulk = bottleneck.start(variant);
    bottleneck.run(durationNs());
    return new Run(seed, bulk.receivedBytes(), bottleneck.retransmissions(), bottleneck.timeouts());
  }

  /** Long enough to see more than the beginning. */
  private long durationNs() {
    long ms = switch (path.rttMs()) {
      case 1 -> 1_000;
      case 20 -> 4_000;
      default -> 10_000;
    };
    return ms * 1_000_000;
  }

  private String model() {
    double probability = path.trouble().lossProbability;
    if (probability == 0) {
      return "-";
    }
    double mss = variant.options ? 1_448 : 1_460;
    double seconds = path.rttMs() / 1e3;
    double segments = ResponseFunction.segments(variant.algorithm, probability, seconds);
    double megabits = segments * mss * 8 / seconds / 1e6;
    double most = path.megabits() * mss / Path.FRAME_BYTES;
    return String.format(Locale.ROOT, "%.2f", Math.min(megabits, most));
  }
}
