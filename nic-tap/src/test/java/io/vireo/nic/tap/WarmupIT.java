// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the Flight Recorder sees of a thread that polls, after a warm-up and without. */
@InPrivateNetwork
class WarmupIT {
  /** On a machine that others load, too, the compiler may be late once. */
  private static final int TRIES = 3;

  private static final String DEOPTIMISATION = "jdk.Deoptimization";
  private static final String ALLOCATION = "jdk.ObjectAllocation";

  @Test
  void nothingIsDeoptimisedInTheFirstThousandMessages(PrivateNetwork network) throws Exception {
    List<String> seen = deoptimisations(network, "warm", "1000");
    for (int i = 1; i < TRIES && !seen.isEmpty(); i++) {
      seen = deoptimisations(network, "warm", "1000");
    }
    assertEquals(List.of(), seen);
  }

  @Test
  void withoutWarmUpSomethingIs(PrivateNetwork network) throws Exception {
    assertFalse(deoptimisations(network, "cold", "50000").isEmpty());
  }

  @Test
  void tenSecondsOfLoadAllocateNothing(PrivateNetwork network) throws Exception {
    List<String> lines = run(network, "warm", "load");
    assertTrue(lines.contains("bytes 0"), "" + lines);
    assertTrue(lines.stream().noneMatch(line -> line.startsWith(ALLOCATION)), "" + lines);
  }

  private static List<String> deoptimisations(PrivateNetwork network, String... arguments)
      throws Exception {
    return run(network, arguments).stream()
        .filter(line -> line.startsWith(DEOPTIMISATION))
        .toList();
  }

  private static List<String> run(PrivateNetwork network, String... arguments) throws Exception {
    String output = network.execute(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        WatchedEchoServer.class.getName(),
        arguments[0],
        arguments[1]);
    return output.lines().toList();
  }
}
