// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/** How latencies are shown: in microseconds. */
final class Percentiles {
  private Percentiles() {}

  static String oneLine(Histogram ns) {
    return String.format(
        Locale.ROOT,
        "µs: min %s, p50 %s, p90 %s, p99 %s, p99.9 %s, max %s",
        us(ns.getMinValue()),
        us(ns.getValueAtPercentile(50)),
        us(ns.getValueAtPercentile(90)),
        us(ns.getValueAtPercentile(99)),
        us(ns.getValueAtPercentile(99.9)),
        us(ns.getMaxValue()));
  }

  private static String us(long ns) {
    return String.format(Locale.ROOT, "%.1f", ns / 1e3);
  }
}
