// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

/** How long everything takes. */
enum Effort {
  /** Some ten minutes. */
  FULL(3, 5, 1_000, 5, 1_000, 3_000, 5, 20_000, 3, 5, 5),
  /** Less than one. */
  QUICK(2, 3, 250, 1, 600, 1_000, 1, 4_000, 1, 1, 1),
  /** For tests, which look at no time. */
  TINY(1, 1, 100, 1, 100, 200, 1, 300, 1, 1, 1);

  final int warmUpIterations;
  final int iterations;
  final int iterationMs;
  final int latencyRounds;
  final int latencyWarmUpMs;
  final int latencyMs;
  final int firstServers;
  final int firstWarmUpMs;
  final int httpRounds;
  final int httpWarmUpSeconds;
  final int httpSeconds;

  Effort(
      int warmUpIterations,
      int iterations,
      int iterationMs,
      int latencyRounds,
      int latencyWarmUpMs,
      int latencyMs,
      int firstServers,
      int firstWarmUpMs,
      int httpRounds,
      int httpWarmUpSeconds,
      int httpSeconds) {
    this.warmUpIterations = warmUpIterations;
    this.iterations = iterations;
    this.iterationMs = iterationMs;
    this.latencyRounds = latencyRounds;
    this.latencyWarmUpMs = latencyWarmUpMs;
    this.latencyMs = latencyMs;
    this.firstServers = firstServers;
    this.firstWarmUpMs = firstWarmUpMs;
    this.httpRounds = httpRounds;
    this.httpWarmUpSeconds = httpWarmUpSeconds;
    this.httpSeconds = httpSeconds;
  }

  boolean full() {
    return this == FULL;
  }
}
