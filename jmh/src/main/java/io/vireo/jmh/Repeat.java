// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import java.util.function.LongSupplier;

/**
 * Repeats what a benchmark measures, without JMH around it, for a tool that counts instructions: {@code lab/instructions}. Arguments: {@code ping-pong} or
 * {@code bulk}; {@code true} or {@code false} for the options; operations to warm up; operations after that.
 */
public final class Repeat {
  private static final int SEGMENTS_PER_CALL = 1_000;

  private Repeat() {}

  /** See above. */
  public static void main(String[] args) {
    boolean options = Boolean.parseBoolean(args[1]);
    long warmUp = Long.parseLong(args[2]);
    long operations = Long.parseLong(args[3]);
    switch (args[0]) {
      case "ping-pong" -> {
        PingPong benchmark = new PingPong();
        benchmark.size = 64;
        benchmark.options = options;
        benchmark.open();
        repeat(benchmark::roundTrip, warmUp + operations);
      }
      case "bulk" -> {
        Bulk benchmark = new Bulk();
        benchmark.options = options;
        benchmark.open();
        repeat(benchmark::segment, (warmUp + operations) / SEGMENTS_PER_CALL);
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void repeat(LongSupplier operation, long times) {
    long sum = 0;
    for (long i = 0; i < times; i++) {
      sum += operation.getAsLong();
    }
    System.out.println(sum);
  }
}
