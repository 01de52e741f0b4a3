// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.io.PrintWriter;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** How latencies are shown: in microseconds. */
final class Percentiles {
  private static final String[] NAMES = {"min", "p50", "p90", "p99", "p99.9", "max"};
  private static final double[] PERCENTILES = {0, 50, 90, 99, 99.9, 100};

  private Percentiles() {}

  /** Each in a line. */
  static void print(Histogram ns, PrintWriter out) {
    for (int i = 0; i < NAMES.length; i++) {
      out.printf(Locale.ROOT, "%-5s %,11.1f µs%n", NAMES[i], microseconds(ns, i));
    }
  }

  /** All in one line, without the unit. */
  static String oneLine(Histogram ns) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < NAMES.length; i++) {
      line.append(i == 0 ? "" : ", ").append(NAMES[i]);
      line.append(String.format(Locale.ROOT, " %,.1f", microseconds(ns, i)));
    }
    return line.toString();
  }

  private static double microseconds(Histogram ns, int index) {
    boolean last = index == NAMES.length - 1;
    long value = index == 0
        ? ns.getMinValue()
        : last ? ns.getMaxValue() : ns.getValueAtPercentile(PERCENTILES[index]);
    return value / 1e3;
  }
}
