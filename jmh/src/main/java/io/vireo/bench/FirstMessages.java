// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.nic.linux.NetworkPair;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** The first round trips with servers that have just been started: some were warmed up, the others in turns with them not. */
final class FirstMessages {
  static final String COLD = "without warm-up";
  static final String WARM = "with warm-up";
  static final int MESSAGES = 1_000;

  private static final String KERNEL_PORT = "9";
  private static final String PORT = "7";

  private final Effort effort;
  private final Programs programs;
  private final NetworkPair network;

  /** Traffic stays in the two networks. */
  FirstMessages(Effort effort, Programs programs, NetworkPair network) {
    this.effort = effort;
    this.programs = programs;
    this.network = network;
  }

  /** Adds a figure for each kind of server. */
  void measure(Section section) throws Exception {
    Lines kernel = network.farNetwork.call(() ->
        programs.start("kernel's echo", Programs.java(KernelEcho.class, "10.9.0.2", KERNEL_PORT)));
    kernel.next(); // it listens
    List<long[]> cold = new ArrayList<>();
    List<long[]> warm = new ArrayList<>();
    for (int i = 0; i < effort.firstServers; i++) {
      cold.add(withServer(COLD, "0"));
      warm.add(withServer(WARM, String.valueOf(effort.firstWarmUpMs)));
    }
    section.figures().add(figure(COLD, cold));
    section.figures().add(figure(WARM, warm));
    kernel.end();
  }

  private long[] withServer(String name, String warmUpMs) throws Exception {
    List<String> server =
        Programs.java(TapEcho.class, "first0", "10.74.0.1/24", "10.74.0.2/24", PORT, warmUpMs);
    List<String> client = Programs.java(
        FirstRoundTrips.class,
        "10.9.0.2:" + KERNEL_PORT,
        effort.latencyWarmUpMs,
        "10.74.0.2:" + PORT,
        MESSAGES);
    Lines listening = near("a server " + name, server);
    listening.next();
    Lines latencies = near("the client of servers " + name, client);
    long[] values =
        Arrays.stream(latencies.next().split(" ")).mapToLong(Long::parseLong).toArray();
    listening.end();
    listening.rest(); // the TAP goes with it
    return values;
  }

  private Lines near(String name, List<String> line) throws Exception {
    return network.nearNetwork.call(() -> programs.start(name, line));
  }

  /** The samples are the means of the servers; the percentiles those of all of them together. */
  private static Figure figure(String name, List<long[]> servers) throws IOException {
    Histogram all = RoundTrips.emptyHistogram();
    List<Double> means = new ArrayList<>();
    for (long[] values : servers) {
      if (values.length != MESSAGES) {
        throw new IOException("the client has measured " + values.length + " round trips");
      }
      Arrays.stream(values).forEach(all::recordValue);
      means.add(Arrays.stream(values).average().orElseThrow() / 1e3);
    }
    Map<String, String> parameters = Map.of("servers", String.valueOf(servers.size()));
    return Figure.of(name, parameters, "µs", means).withPercentiles(Latency.percentiles(all));
  }
}
