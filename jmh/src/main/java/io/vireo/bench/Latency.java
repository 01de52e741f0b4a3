// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.nic.linux.NetworkPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** Round trips of one client with three servers: the floor, Vireo, the kernel's TCP. */
final class Latency {
  static final String FLOOR = "floor, TAP";
  static final String VIREO = "Vireo, TAP";
  static final String KERNEL = "kernel's TCP, veth";

  /** As they are shown. */
  static final List<String> PERCENTILES = List.of("p50", "p90", "p99", "p99.9", "max");

  private static final double[] VALUES = {50, 90, 99, 99.9, 100};
  private static final String PORT = "7";
  private static final List<String> NAMES = List.of(FLOOR, VIREO, KERNEL);

  private final Effort effort;
  private final Programs programs;
  private final NetworkPair network;

  /** Traffic stays in the two networks. */
  Latency(Effort effort, Programs programs, NetworkPair network) {
    this.effort = effort;
    this.programs = programs;
    this.network = network;
  }

  /** Adds a figure for each server. */
  void measure(Section section) throws Exception {
    List<Lines> servers = List.of(
        near(FLOOR, Programs.java(TapFloor.class, "floor0", "10.76.0.1/24", "10.76.0.2", PORT)),
        near(VIREO, Programs.java(TapEcho.class, "echo0", "10.75.0.1/24", "10.75.0.2/24", PORT)),
        network.farNetwork.call(
            () -> programs.start(KERNEL, Programs.java(KernelEcho.class, "10.9.0.2", PORT))));
    for (Lines server : servers) {
      server.next(); // it listens
    }
    List<List<Histogram>> turns = run();
    for (int i = 0; i < NAMES.size(); i++) {
      section.figures().add(figure(NAMES.get(i), turns.get(i)));
    }
    for (Lines server : servers) {
      server.end();
    }
  }

  private Lines near(String name, List<String> line) throws Exception {
    return network.nearNetwork.call(() -> programs.start(name, line));
  }

  private List<List<Histogram>> run() throws Exception {
    List<String> line = Programs.java(
        RoundTrips.class,
        effort.latencyRounds,
        effort.latencyWarmUpMs,
        effort.latencyMs,
        "10.76.0.2:" + PORT,
        "10.75.0.2:" + PORT,
        "10.9.0.2:" + PORT);
    Lines client = near("the client of the echo servers", line);
    List<List<Histogram>> turns = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      turns.add(new ArrayList<>());
    }
    for (int i = 0; i < NAMES.size() * effort.latencyRounds; i++) {
      String[] words = client.next().split(" ", -1);
      turns.get(Integer.parseInt(words[0])).add(decode(words[1]));
    }
    return turns;
  }

  private static Histogram decode(String text) throws IOException {
    try {
      return Histogram.decodeFromCompressedByteBuffer(
          ByteBuffer.wrap(Base64.getDecoder().decode(text)), 0);
    } catch (DataFormatException e) {
      throw new IOException("the client of the echo servers does not say what it should", e);
    }
  }

  /** The samples are the medians of the turns; the percentiles those of all of them together. */
  private static Figure figure(String name, List<Histogram> turns) {
    Histogram all = RoundTrips.emptyHistogram();
    List<Double> medians = new ArrayList<>();
    for (Histogram turn : turns) {
      all.add(turn);
      medians.add(turn.getValueAtPercentile(VALUES[0]) / 1e3);
    }
    Map<String, String> parameters = Map.of("roundTrips", String.valueOf(all.getTotalCount()));
    return Figure.of(name, parameters, "µs", medians).withPercentiles(percentiles(all));
  }

  /** Microseconds of nanoseconds, as they are shown. */
  static Map<String, Double> percentiles(Histogram latencies) {
    Map<String, Double> percentiles = new LinkedHashMap<>();
    for (int i = 0; i < VALUES.length; i++) {
      percentiles.put(PERCENTILES.get(i), latencies.getValueAtPercentile(VALUES[i]) / 1e3);
    }
    return percentiles;
  }

  /** How much of the one figure the other is, or 0 where one of them is missing. */
  static double ratio(Section section, String one, String other, String percentile) {
    if (!section.has(one) || !section.has(other)) {
      return 0;
    }
    return section.figure(one).percentiles().get(percentile)
        / section.figure(other).percentiles().get(percentile);
  }
}
