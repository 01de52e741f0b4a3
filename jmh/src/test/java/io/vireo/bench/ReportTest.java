// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A result of which every figure is known becomes a page on which they all stand. */
class ReportTest {
  private static final Machine MACHINE = new Machine(
      "A <fast> CPU",
      2,
      23_456,
      "Linux 6.1 amd64",
      "A VM 17.0.1",
      "2026-11-30T12:00:00Z",
      "abc1234",
      "vireo bench");

  private static Figure figure(String name, String unit, double... samples) {
    List<Double> values = new ArrayList<>();
    for (double sample : samples) {
      values.add(sample);
    }
    return Figure.of(name, Map.of("connections", "1000"), unit, values);
  }

  private static Figure latency(String name, double p50) {
    return figure(name, "µs", p50, p50 + 0.1)
        .withPercentiles(
            Map.of("p50", p50, "p90", 2 * p50, "p99", 3 * p50, "p99.9", 4 * p50, "max", 50 * p50));
  }

  private static BenchResult result() {
    List<Section> sections = new ArrayList<>();
    for (Section.Id id : Section.Id.values()) {
      sections.add(Section.empty(id));
    }
    BenchResult result = BenchResult.of(MACHINE, sections);
    result
        .section(Section.Id.ROUND_TRIP)
        .figures()
        .add(figure("clock stands still", "ns per round trip", 152.4, 148.3, 1_234.4)
            .withAllocatedBytes(0.0004)
            .withGoal(150.0, List.of(new Reference("lwIP, C", "214 / 289", 289))));
    for (Section.Id id : List.of(Section.Id.IDLE_POLL, Section.Id.ONE_ACTIVE)) {
      result.section(id).figures().add(figure("1,000", "ns per poll", 4.5, 4.7));
    }
    result.section(Section.Id.MEMORY).figures().add(figure("1,000, heap", "bytes", 987));
    result.section(Section.Id.LATENCY).figures().add(latency(Latency.FLOOR, 5));
    result.section(Section.Id.LATENCY).figures().add(latency(Latency.VIREO, 5.4));
    result.section(Section.Id.LATENCY).figures().add(latency(Latency.KERNEL, 9));
    result.section(Section.Id.HTTP).figures().add(figure("Vireo, TAP", "requests/s", 99_000));
    result.section(Section.Id.HTTP).notMeasured().add("nginx, one worker: nginx is not installed");
    return result;
  }

  /** Without all of the page in the message. */
  private static void assertContains(String text, String part) {
    assertTrue(text.contains(part), part);
  }

  @Test
  void everyFigureStandsInItsTable() {
    String html = Report.of(result());
    assertContains(html, "A &lt;fast&gt; CPU, 2 cores, 23,456 MiB; Linux 6.1 amd64;");
    assertContains(html, "commit abc1234; vireo bench</p>");
    assertContains(
        html,
        "<td>clock stands still</td><td>ns per round trip</td><td>148</td>"
            + "<td>152</td><td>1,234</td><td>0 B</td><td>≤ 150</td><td>lwIP, C: 214 / 289</td>");
    assertContains(html, "measured on another day, on a machine like this");
    assertContains(
        html,
        "<td>Vireo, TAP</td><td>5.40</td><td>10.8</td><td>16.2</td><td>21.6</td>"
            + "<td>270</td><td>5.40, 5.50</td>");
    assertContains(html, "Vireo / floor: p50 1.08, p99.9 1.08");
    assertContains(html, "Vireo / kernel: p50 0.60");
    assertContains(html, "Not measured: nginx, one worker: nginx is not installed</p>");
  }

  @Test
  void everySectionHasATitle() {
    String html = Report.of(result());
    for (Section.Id id : Section.Id.values()) {
      assertTrue(html.contains("<h2>" + id.title + "</h2>"), id.title);
    }
  }

  @Test
  void chartsSayWhatTheirAxesAre() {
    BenchResult result = result();
    assertEquals(
        "ns per round trip", Charts.chart(result.section(Section.Id.ROUND_TRIP)).getYAxisTitle());
    assertEquals(
        "established connections, logarithmic",
        Charts.chart(result.section(Section.Id.IDLE_POLL)).getXAxisTitle());
    assertEquals(
        "µs, logarithmic", Charts.chart(result.section(Section.Id.LATENCY)).getYAxisTitle());
    String html = Report.of(result);
    assertContains(html, "aria-label=\"Round trip in memory: ns per round trip\"");
    assertContains(
        html,
        "aria-label=\"Latency over a TAP: µs, logarithmic, by percentile of the"
            + " round trips\"");
  }

  @Test
  void pageNeedsNothingElse() {
    String html = Report.of(result());
    assertEquals(6, html.split("<svg ", -1).length - 1, "a chart for each section with figures");
    assertFalse(html.contains("<script"));
    assertFalse(html.contains("href=\"http"));
    assertFalse(html.contains("src="));
    Matcher ids = Pattern.compile(" id=\"([^\"]*)\"").matcher(html);
    Set<String> seen = new HashSet<>();
    while (ids.find()) {
      assertTrue(seen.add(ids.group(1)), () -> "twice: " + ids.group(1));
    }
  }

  @Test
  void summaryNamesEveryFigureAndWhatIsMissing() {
    StringWriter text = new StringWriter();
    Summary.print(result(), new PrintWriter(text));
    String summary = text.toString();
    assertTrue(summary.contains("148 lowest        152 median ns per round trip, 0 B, goal 150"));
    assertTrue(summary.contains("p50 5.40  p90 10.8  p99 16.2  p99.9 21.6  max 270  µs"));
    assertTrue(summary.contains("99,000 requests/s"));
    assertTrue(summary.contains("not measured: nginx, one worker: nginx is not installed"));
  }

  @Test
  void jsonKeepsAll(@TempDir Path directory) throws Exception {
    BenchResult result = result();
    Path file = directory.resolve("bench.json");
    result.write(file);
    assertEquals(result, BenchResult.read(file));
  }

  @Test
  void medianOfAnEvenNumberLiesBetween() {
    assertEquals(2.5, Figure.median(List.of(4.0, 1.0, 3.0, 2.0)));
    assertEquals(3.0, Figure.median(List.of(9.0, 1.0, 3.0)));
  }
}
