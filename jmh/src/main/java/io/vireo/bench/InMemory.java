// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the JMH benchmarks, each in a JVM of its own, and counts what they allocate. */
final class InMemory {
  private static final String PACKAGE = "io.vireo.jmh.";

  /** How JMH names bytes per operation, and RoundRobin the server's part. */
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** Among the parameters of a figure: how many were measured. */
  static final String OPERATIONS = "operations";

  private static final String SERVER_NS = "serverNs";

  private final Effort effort;
  private final Path log;
  private final PrintWriter out;

  /** {@code log}: directory for what JMH has to say. */
  InMemory(Effort effort, Path log, PrintWriter out) {
    this.effort = effort;
    this.log = log;
    this.out = out;
  }

  /** Adds figures to their sections. */
  void run(List<MemoryCase> cases, Map<Section.Id, Section> sections) {
    for (int i = 0; i < cases.size(); i++) {
      MemoryCase one = cases.get(i);
      Section section = sections.get(one.section());
      out.printf("  %2d/%d  %s: %s%n", i + 1, cases.size(), one.section().title, one.name());
      out.flush();
      try {
        section.figures().add(figure(one, run(one)));
      } catch (RunnerException e) {
        section.notMeasured().add(one.name() + ": " + e.getMessage() + "; see " + log);
      }
    }
  }

  private RunResult run(MemoryCase one) throws RunnerException {
    ChainedOptionsBuilder options = new OptionsBuilder()
        .include("^" + Pattern.quote(PACKAGE + one.benchmark()) + "$")
        .forks(one.forks())
        .warmupIterations(effort.warmUpIterations)
        .warmupTime(TimeValue.milliseconds(effort.iterationMs))
        .measurementIterations(effort.iterations)
        .measurementTime(TimeValue.milliseconds(effort.iterationMs))
        .addProfiler(GCProfiler.class)
        .shouldFailOnError(true)
        .jvmArgsAppend("-Xmx" + one.heapMib() + "m")
        .output(
            log.resolve("jmh-" + one.benchmark() + "-" + label(one) + ".log").toString());
    one.parameters().forEach(options::param);
    return new Runner(options.build()).runSingle();
  }

  private static String label(MemoryCase one) {
    List<String> words = new ArrayList<>();
    new TreeMap<>(one.parameters()).forEach((name, value) -> words.add(name + "=" + value));
    return String.join(",", words);
  }

  private static Figure figure(MemoryCase one, RunResult result) {
    List<Double> samples = new ArrayList<>();
    double allocated = 0;
    long operations = 0;
    int forks = 0;
    Collection<BenchmarkResult> results = result.getBenchmarkResults();
    for (BenchmarkResult fork : results) {
      forks++;
      operations += fork.getMetadata().getMeasurementOps();
      allocated += fork.getSecondaryResults().get(ALLOCATED).getScore();
      for (IterationResult iteration : fork.getIterationResults()) {
        samples.add(sample(iteration));
      }
    }
    Map<String, String> parameters = new TreeMap<>(one.parameters());
    parameters.put(OPERATIONS, String.valueOf(operations));
    return Figure.of(one.name(), parameters, unit(result.getParams()), samples)
        .withAllocatedBytes(allocated / forks)
        .withGoal(one.goal(), one.references());
  }

  private static double sample(IterationResult iteration) {
    Result<?> server = iteration.getSecondaryResults().get(SERVER_NS);
    return (server == null ? iteration.getPrimaryResult() : server).getScore();
  }

  private static String unit(BenchmarkParams params) {
    return switch (params.getBenchmark().substring(PACKAGE.length())) {
      case "Bulk.segment" -> "ns per segment";
      case "ConnectClose.connectAndClose" -> "ns per connection";
      case "AmongIdle.idlePoll" -> "ns per poll";
      case "RoundRobin.request" -> "ns per request";
      default -> "ns per round trip";
    };
  }
}
