// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the TCP of a network's kernel has counted since the network was made. */
final class KernelTcp {
  private static final Path SNMP = Path.of("/proc/thread-self/net/snmp");

  private KernelTcp() {}

  /** A counter of the calling thread's network, by the kernel's name of it. */
  static long count(String counter) throws IOException {
    List<String> lines = Files.readAllLines(SNMP).stream()
        .filter(line -> line.startsWith("Tcp: "))
        .toList();
    int at = List.of(lines.get(0).split(" ", -1)).indexOf(counter);
    return Long.parseLong(lines.get(1).split(" ", -1)[at]);
  }
}
