// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A change that makes a round trip half as slow again is noticed, on any machine: see {@link Yardstick} and docs/performance.md. */
class YardstickIT {
  private static final Path JAR = Path.of("target", "benchmarks.jar").toAbsolutePath();
  /** It was 166 to 176 on 30 November 2026, on JDK 17 and 25, on a quiet machine and on a busy one. */
  private static final double MOST = 270;

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void aRoundTripIsAsManyStepsAsItWas() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process = new ProcessBuilder(java, "-cp", JAR.toString(), Yardstick.class.getName())
        .redirectErrorStream(true)
        .start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), printed);
    Matcher ratio = Pattern.compile("ratio ([0-9.]+)").matcher(printed);
    assertTrue(ratio.find(), printed);
    assertTrue(Double.parseDouble(ratio.group(1)) <= MOST, printed);
  }
}
