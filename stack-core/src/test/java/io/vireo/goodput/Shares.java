// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What flows through one bottleneck got of it, once the last one had had its time to catch up. */
record Shares(long seed, List<Double> megabits, long retransmissions, long timeouts) {
  private static final long MS = 1_000_000;
  private static final long APART_NS = 100 * MS;
  private static final long CATCH_UP_NS = 10_000 * MS;
  private static final long MEASURED_NS = 10_000 * MS;

  /** One flow after the other, each 100 ms and up to a tenth of that after the one before. */
  static Shares of(Path path, long seed, List<Variant> variants) {
    SplittableRandom random = new SplittableRandom(seed);
    Bottleneck bottleneck = new Bottleneck(path, seed);
    List<Bottleneck.Bulk> flows = new ArrayList<>();
    for (Variant variant : variants) {
      flows.add(bottleneck.start(variant));
      bottleneck.run(APART_NS + (long) (random.nextDouble() * APART_NS / 10));
    }
    bottleneck.run(CATCH_UP_NS);
    List<Long> before = flows.stream().map(Bottleneck.Bulk::receivedBytes).toList();
    bottleneck.run(MEASURED_NS);
    List<Double> megabits = new ArrayList<>();
    for (int i = 0; i < flows.size(); i++) {
      long bytes = flows.get(i).receivedBytes() - before.get(i);
      megabits.add(bytes * 8e3 / MEASURED_NS);
    }
    return new Shares(seed, megabits, bottleneck.retransmissions(), bottleneck.timeouts());
  }

  double sum() {
    return megabits.stream().mapToDouble(share -> share).sum();
  }

  /** Jain's index: 1 if all are alike, 1/n if one has all. */
  double fairness() {
    double squares = megabits.stream().mapToDouble(share -> share * share).sum();
    return sum() * sum() / (megabits.size() * squares);
  }
}
