// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the calling thread may do, as capabilities(7) numbers it. */
final class Capabilities {
  static final int NET_ADMIN = 12;

  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final String EFFECTIVE = "CapEff:";

  private Capabilities() {}

  /** False: certainly not. */
  static boolean mayHave(int capability) {
    try {
      return mayHave(capability, Files.readAllLines(STATUS));
    } catch (IOException e) {
      return true;
    }
  }

  static boolean mayHave(int capability, List<String> status) {
    for (String line : status) {
      if (line.startsWith(EFFECTIVE)) {
        long bits = Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).trim(), 16);
        return (bits >>> capability & 1) != 0;
      }
    }
    return true;
  }
}
