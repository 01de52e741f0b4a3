// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link HeapCardRun} with the doubles of both layouts, and with each real libciul that -Dvireo.libciul names, separated by colons. Each in a process of its own, since functions of a second libciul
 * in one process would call those of the first.
 */
@NeedsTap
@NeedsProgram({"ip", "cc"})
@Timeout(300)
class HeapCardIT {
  private static final int FRAMES = 40_000;
  private static final int FRAMES_OF_REAL_ONES = 1_000_000;

  private static String run(Path library, int frames) throws Exception {
    Process program = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-ea",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-D" + Libciul.PROPERTY + "=" + library,
            "-cp",
            System.getProperty("java.class.path"),
            HeapCardRun.class.getName(),
            String.valueOf(frames))
        .redirectErrorStream(true)
        .start();
    try {
      String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(program.waitFor(1, TimeUnit.MINUTES), "it does not end");
      assertEquals(0, program.exitValue(), output);
      return output;
    } finally {
      program.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void framesPassThroughTheDouble(boolean layout81) throws Exception {
    String output = run(Card.build(layout81), FRAMES);
    assertTrue(output.contains(layout81 ? "as in 8.1" : "as since 9.0"), output);
    assertTrue(output.endsWith("passed chains\n"), output);
  }

  /** Without any that is named there is nothing to test. */
  @Test
  void framesPassThroughEachRealLibrary() throws Exception {
    for (String library : List.of(Card.REAL_ONES.split(":", 0))) {
      if (!library.isEmpty()) {
        String output = run(Path.of(library), FRAMES_OF_REAL_ONES);
        assertTrue(output.endsWith("passed chains\n"), output);
        assertTrue(output.contains("(ENOENT): the module sfc_char is not loaded"), output);
        System.out.println(library + "\n" + output);
      }
    }
  }
}
