// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.PrintWriter;
import java.util.Locale;

/** The result in short, for the terminal. */
final class Summary {
  private Summary() {}

  static void print(BenchResult result, PrintWriter out) {
    Machine machine = result.machine();
    out.println();
    out.println(machine.cpu() + ", " + machine.cores() + " cores, " + machine.jdk() + ", commit "
        + machine.commit());
    for (Section section : result.sections()) {
      out.println();
      out.println(section.id().title);
      for (Figure figure : section.figures()) {
        print(section, figure, out);
      }
      if (section.id() == Section.Id.LATENCY && !section.figures().isEmpty()) {
        out.println("  " + ratios(section));
      }
      for (String reason : section.notMeasured()) {
        out.println("  not measured: " + reason);
      }
    }
    out.println();
  }

  private static void print(Section section, Figure figure, PrintWriter out) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "  %-34s", figure.name()));
    if (!figure.percentiles().isEmpty()) {
      for (String name : Latency.PERCENTILES) {
        double value = figure.percentiles().get(name);
        line.append(String.format(Locale.ROOT, "%s %s  ", name, Report.number(value)));
      }
      line.append(figure.unit());
    } else if (section.id().isRate()) {
      line.append(
          String.format(Locale.ROOT, "%12s %s", Report.number(figure.median()), figure.unit()));
    } else {
      line.append(String.format(
          Locale.ROOT,
          "%10s lowest %10s median %s",
          Report.number(figure.min()),
          Report.number(figure.median()),
          figure.unit()));
    }
    if (figure.allocatedBytes() != null) {
      line.append(", ").append(Report.bytes(figure.allocatedBytes()));
    }
    if (figure.goal() != null) {
      line.append(", goal ").append(Report.number(figure.goal()));
    }
    out.println(line);
  }

  /** Vireo beside the floor and the kernel. */
  static String ratios(Section latency) {
    return String.format(
        Locale.ROOT,
        "Vireo / floor: p50 %.2f, p99.9 %.2f (goals 1.10, 1.25); Vireo / kernel: p50 %.2f (goal 1.00)",
        Latency.ratio(latency, Latency.VIREO, Latency.FLOOR, "p50"),
        Latency.ratio(latency, Latency.VIREO, Latency.FLOOR, "p99.9"),
        Latency.ratio(latency, Latency.VIREO, Latency.KERNEL, "p50"));
  }
}
