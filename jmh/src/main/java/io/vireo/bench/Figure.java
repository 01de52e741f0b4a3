// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One thing measured.
 *
 * @param name unique in its section
 * @param parameters what it was measured with
 * @param min least sample; for what is better when it is more, see {@code percentiles} and {@code samples}
 * @param samples of each iteration or round, in order
 * @param percentiles by name, such as p99.9, of all single values where those were recorded; else empty
 * @param allocatedBytes per operation, or null where nobody counted
 * @param goal or null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Figure(
    String name,
    Map<String, String> parameters,
    String unit,
    double min,
    double median,
    List<Double> samples,
    Map<String, Double> percentiles,
    Double allocatedBytes,
    Double goal,
    List<Reference> references) {

  static Figure of(String name, Map<String, String> parameters, String unit, List<Double> samples) {
    return new Figure(
        name,
        new TreeMap<>(parameters),
        unit,
        samples.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
        median(samples),
        List.copyOf(samples),
        Map.of(),
        null,
        null,
        List.of());
  }

  double max() {
    return samples.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  Figure withPercentiles(Map<String, Double> values) {
    return new Figure(
        name, parameters, unit, min, median, samples, values, allocatedBytes, goal, references);
  }

  Figure withAllocatedBytes(double bytes) {
    return new Figure(
        name, parameters, unit, min, median, samples, percentiles, bytes, goal, references);
  }

  Figure withGoal(Double value, List<Reference> beside) {
    return new Figure(
        name, parameters, unit, min, median, samples, percentiles, allocatedBytes, value, beside);
  }

  static double median(List<Double> samples) {
    double[] sorted = samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
