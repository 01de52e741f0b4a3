// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The arcs between states, all of them, against a text that a reader can hold beside figure 5 of RFC 9293. */
class TcpStateTest {
  // STM-20; RFC 9293 §3.3.2 figure 5
  @Test
  void arcsAreThoseOfTheTable() throws IOException {
    try (InputStream text = TcpStateTest.class.getResourceAsStream("state-transitions.txt")) {
      String expected = new String(text.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .collect(joining("\n"));
      assertEquals(expected, table());
    }
  }

  /** A row per state: what it may become, and what is said of it. */
  private static String table() {
    StringBuilder table = new StringBuilder();
    for (TcpState from : TcpState.values()) {
      table.append(table.isEmpty() ? "" : "\n").append(String.format("%-12s ->", from));
      for (TcpState to : TcpState.values()) {
        table.append(from.mayBecome(to) ? " " + to : "");
      }
      table.append(from.synchronised() ? " : synchronised" : "");
      table.append(from.receiving() ? " receiving" : "");
    }
    return table.toString();
  }
}
