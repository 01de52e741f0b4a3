// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import java.nio.ByteBuffer;

/**
 * How many times as long a round trip takes as a piece of work that never changes: loads, stores and arithmetic on a buffer, of the kind that a stack does. Both in one run
 * and in turns, the least of each, so that neither the machine nor its other users count for much. Prints {@code ratio N}.
 */
public final class Yardstick {
  private static final int TURNS = 60;
  private static final int ROUND_TRIPS = 20_000;
  private static final int STEPS = 1_000_000;
  private static final int MASK = 0x3FF8;

  private Yardstick() {}

  /** No arguments. */
  public static void main(String[] args) {
    PingPong pingPong = new PingPong();
    pingPong.size = 64;
    pingPong.options = true;
    pingPong.open();
    ByteBuffer memory = ByteBuffer.allocateDirect(MASK + 2 * Long.BYTES);
    long leastRoundTrips = Long.MAX_VALUE;
    long leastSteps = Long.MAX_VALUE;
    long unused = 0;
    for (int turn = 0; turn < TURNS; turn++) {
      long start = System.nanoTime();
      for (int i = 0; i < ROUND_TRIPS; i++) {
        unused += pingPong.roundTrip();
      }
      long middle = System.nanoTime();
      unused += work(memory);
      leastRoundTrips = Math.min(leastRoundTrips, middle - start);
      leastSteps = Math.min(leastSteps, System.nanoTime() - middle);
    }
    double roundTripNs = leastRoundTrips / (double) ROUND_TRIPS;
    double stepNs = leastSteps / (double) STEPS;
    System.out.printf(
        "round trip %.0f ns, step %.2f ns (%d)%nratio %.1f%n",
        roundTripNs, stepNs, unused, roundTripNs / stepNs);
  }

  private static long work(ByteBuffer memory) {
    long sum = 1;
    int at = 0;
    for (int i = 0; i < STEPS; i++) {
      long value = memory.getLong(at);
      memory.putLong(at + Long.BYTES, value + sum);
      sum = sum * 31 + (value >>> 7) + i;
      at = (int) sum & MASK;
    }
    return sum;
  }
}
