// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** report.html: one page that needs nothing else. */
final class Report {
  private static final String STYLE = """
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
      h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
      th:first-child, td:first-child { text-align: left; }
      svg { width: 100%; height: auto; } .missing, .note { color: #666; }
      """;
  private static final String ON_ANOTHER_DAY =
      "What others reached was measured on another day, on a machine like this, lowest / median.";

  private final StringBuilder html = new StringBuilder();

  private Report() {}

  static String of(BenchResult result) {
    Report report = new Report();
    report.head(result.machine());
    for (Section section : result.sections()) {
      report.section(section);
    }
    report.html.append("</body>\n</html>\n");
    return report.html.toString();
  }

  private void head(Machine machine) {
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<title>Vireo: benchmarks</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>Vireo: benchmarks</h1>\n");
    text(
        "p",
        machine.date() + ": " + machine.cpu() + ", " + machine.cores() + " cores, "
            + MemoryCase.count((int) machine.memoryMib()) + " MiB; " + machine.kernel() + "; "
            + machine.jdk() + "; commit " + machine.commit() + "; " + machine.command());
    text(
        "p class=\"note\"",
        "Read the lowest, and ratios within a section: what else the machine did shows in medians.");
  }

  private void section(Section section) {
    text("h2", section.id().title);
    text("p", section.id().what);
    if (!section.figures().isEmpty()) {
      chart(section);
      if (section.id().hasPercentiles()) {
        latencies(section);
      } else {
        table(section);
      }
    }
    section.notMeasured().forEach(reason -> text("p class=\"missing\"", "Not measured: " + reason));
    if (section.figures().stream().anyMatch(figure -> !figure.references().isEmpty())) {
      text("p class=\"note\"", ON_ANOTHER_DAY);
    }
  }

  /** Drawing asks for fonts, which some systems do not have; the tables say it all. */
  @SuppressWarnings("CatchAndPrintStackTrace")
  private void chart(Section section) {
    try {
      html.append("<figure>").append(Charts.svg(section)).append("</figure>\n");
    } catch (RuntimeException | LinkageError | InternalError e) {
      text("p class=\"missing\"", "No chart: it could not be drawn here (" + e + ").");
    }
  }

  private void table(Section section) {
    boolean allocated =
        section.figures().stream().anyMatch(figure -> figure.allocatedBytes() != null);
    boolean goals = section.figures().stream().anyMatch(figure -> figure.goal() != null);
    boolean others =
        section.figures().stream().anyMatch(figure -> !figure.references().isEmpty());
    html.append("<table>\n<tr><th></th><th>unit</th><th>min</th><th>median</th><th>max</th>")
        .append(allocated ? "<th>allocated</th>" : "")
        .append(goals ? "<th>goal</th>" : "")
        .append(others ? "<th>others</th>" : "")
        .append("</tr>\n");
    for (Figure figure : section.figures()) {
      html.append("<tr>");
      text("td", figure.name());
      text("td", figure.unit());
      text("td", number(figure.min()));
      text("td", number(figure.median()));
      text("td", number(figure.max()));
      if (allocated) {
        text("td", figure.allocatedBytes() == null ? "" : bytes(figure.allocatedBytes()));
      }
      if (goals) {
        text("td", figure.goal() == null ? "" : goal(figure));
      }
      if (others) {
        html.append("<td>").append(others(figure.references())).append("</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</table>\n");
  }

  private static String goal(Figure figure) {
    return "≤ " + number(figure.goal());
  }

  private static String others(List<Reference> references) {
    return references.stream()
        .map(reference -> escape(reference.peer() + ": " + reference.shown()))
        .collect(Collectors.joining("<br>"));
  }

  private void latencies(Section section) {
    html.append("<table>\n<tr><th>µs</th>");
    Latency.PERCENTILES.forEach(name -> text("th", name));
    boolean turns = section.id() == Section.Id.LATENCY;
    text("th", turns ? "p50 of each turn" : "mean of each server");
    html.append("</tr>\n");
    for (Figure figure : section.figures()) {
      html.append("<tr>");
      text("td", figure.name());
      Latency.PERCENTILES.forEach(name -> text("td", number(figure.percentiles().get(name))));
      text("td", figure.samples().stream().map(Report::number).collect(Collectors.joining(", ")));
      html.append("</tr>\n");
    }
    html.append("</table>\n");
    if (turns) {
      text("p", Summary.ratios(section));
    }
  }

  /** {@code element}: its name, and attributes. */
  private void text(String element, String text) {
    String name = element.split(" ", 2)[0];
    html.append('<').append(element).append('>').append(escape(text));
    html.append("</").append(name).append('>');
    if (!name.equals("td") && !name.equals("th")) {
      html.append('\n');
    }
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** Three digits that count, or all before the point. */
  static String number(double value) {
    String format = value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /** What JMH and the JVM allocate themselves is a fraction of a byte per operation. */
  static String bytes(double bytes) {
    return String.format(Locale.ROOT, "%,.0f B", bytes);
  }
}
