// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as the launcher starts it, with as little of everything as can be measured: every section has its figures, whatever they are. */
@InPrivateNetwork
class BenchIT {
  private static final Path JAR = Path.of("target", "benchmarks.jar").toAbsolutePath();
  private static final int PATIENCE_SECONDS = 300;
  private static final int JMH_BYTES_PER_ITERATION = 64 << 10;

  @Test
  @NeedsProgram("ip")
  void everySectionHasFiguresAndNothingIsAllocated(@TempDir Path directory) throws Exception {
    Path output = directory.resolve("output.txt");
    Process process = new ProcessBuilder(
            Programs.jvm(),
            "-Dvireo.root=" + Path.of("..").toRealPath(),
            "-cp",
            JAR.toString(),
            "io.vireo.bench.Bench",
            "--tiny",
            "--out",
            directory.toString())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
    try {
      assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "it does not end");
    } finally {
      process.destroy();
    }
    String printed = Files.readString(output, UTF_8);
    assertEquals(0, process.exitValue(), printed);
    BenchResult result = BenchResult.read(directory.resolve("bench.json"));
    assertTrue(result.machine().cores() > 0);
    for (Section.Id id : Section.Id.values()) {
      assertHasFigures(result.section(id));
    }
    String html = Files.readString(directory.resolve("report.html"), UTF_8);
    assertTrue(html.endsWith("</html>\n"));
    assertTrue(printed.contains(directory.resolve("report.html").toString()), printed);
  }

  private static void assertHasFigures(Section section) {
    Set<Section.Id> peersMayBeMissing = EnumSet.of(Section.Id.HTTP);
    if (peersMayBeMissing.contains(section.id())) {
      assertTrue(measuredOrMissing(section) >= HttpPeer.values().length, section.toString());
      return;
    }
    assertFalse(section.figures().isEmpty(), section.toString());
    assertEquals(List.of(), section.notMeasured());
    for (Figure figure : section.figures()) {
      assertTrue(figure.min() > 0, figure.toString());
      if (figure.allocatedBytes() != null) {
        assertAllocatesNothing(figure);
      }
    }
  }

  /** JMH allocates as well, some with each iteration: on a machine that is busy elsewhere there are few operations to share that. */
  private static void assertAllocatesNothing(Figure figure) {
    long operations = Long.parseLong(figure.parameters().get(InMemory.OPERATIONS));
    double bytes = figure.allocatedBytes() * operations / figure.samples().size();
    assertTrue(figure.allocatedBytes() < 1 || bytes < JMH_BYTES_PER_ITERATION, figure.toString());
  }

  /** Without wrk, one line speaks for all. */
  private static int measuredOrMissing(Section section) {
    return Programs.isInstalled("wrk")
        ? section.figures().size() + section.notMeasured().size()
        : HttpPeer.values().length;
  }
}
