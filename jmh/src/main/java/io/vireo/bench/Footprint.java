// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.jmh.IdleConnections;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Memory per idle connection, in a JVM that gives back what is free. */
final class Footprint {
  private static final double GOAL_BYTES = 1_024;
  private static final int MIB_PER_CONNECTION_ENDS = 100_000;
  private static final List<Reference> OTHERS = List.of(
      new Reference("efvitcp, C++, and preallocated buffers", "232", 232),
      new Reference("lwIP, C", "280", 280),
      new Reference("smoltcp, Rust", "408", 408));

  private Footprint() {}

  /** Adds figures for so many connections. */
  static void measure(int connections, Programs programs, Section section) throws IOException {
    Map<String, Double> figures = run(connections, programs);
    String count = MemoryCase.count(connections);
    Map<String, String> parameters = Map.of("connections", String.valueOf(connections));
    section
        .figures()
        .add(Figure.of(
                count + ", resident set", parameters, "bytes", List.of(figures.get("resident")))
            .withGoal(GOAL_BYTES, OTHERS));
    section
        .figures()
        .add(Figure.of(count + ", heap", parameters, "bytes", List.of(figures.get("heap"))));
    section
        .figures()
        .add(Figure.of(
            count + ", opened in", parameters, "seconds", List.of(figures.get("opened_s"))));
  }

  private static Map<String, Double> run(int connections, Programs programs) throws IOException {
    List<String> line = new ArrayList<>(Programs.java(IdleConnections.class, connections));
    line.addAll(
        1,
        List.of(
            "-Xmx" + (1_024 + connections / MIB_PER_CONNECTION_ENDS * 700) + "m",
            "-Xmn64m", // what is free in it is not given back
            "-XX:+UseSerialGC",
            "-XX:-ShrinkHeapInSteps",
            "-XX:MinHeapFreeRatio=1",
            "-XX:MaxHeapFreeRatio=2"));
    Lines lines = programs.start("idle connections", line);
    String printed = lines.next();
    while (!printed.startsWith("command=")) {
      printed = lines.next();
    }
    return parse(printed);
  }

  private static Map<String, Double> parse(String line) {
    Map<String, Double> figures = new HashMap<>();
    for (String word : line.split(" ", -1)) {
      String[] pair = word.split("=", -1);
      if (!pair[0].equals("command")) {
        figures.put(pair[0], Double.valueOf(pair[1]));
      }
    }
    return figures;
  }
}
