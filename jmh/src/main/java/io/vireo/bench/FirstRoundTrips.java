// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A client that has had its practice with one server, and then measures another from the first message on. */
final class FirstRoundTrips {
  private FirstRoundTrips() {}

  /** The server to practise with as ADDRESS:PORT, for how many milliseconds; the other, and how many round trips. Prints them in nanoseconds, in a line. */
  public static void main(String[] args) throws IOException {
    StandardInput.endWithIt();
    RoundTrips client = new RoundTrips();
    long practiceNs = Long.parseLong(args[1]) * 1_000_000;
    // Twice, so that the compiler has seen a beginning as well.
    client.turn(RoundTrips.address(args[0]), practiceNs, practiceNs);
    client.first(RoundTrips.address(args[0]), Integer.parseInt(args[3]));
    long[] latencies = client.first(RoundTrips.address(args[2]), Integer.parseInt(args[3]));
    System.out.println(
        Arrays.stream(latencies).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
  }
}
