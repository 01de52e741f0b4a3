// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vireo.simulation.Script.Habit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More seeds of {@link SimulationTest}, for {@code mvn verify}. */
class SimulationIT {
  private static final int SEEDS = 10_000;
  private static final int SEEDS_ON_ANOTHER_JVM = 40;

  /** INV-18: and each fault, each end of a frame, each reason to end has been seen. Counters that were not are listed. */
  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void holdsForEverySeedAndMeetsEveryFault() {
    Swath swath = Seeds.runAll(1, SEEDS);
    System.out.println(swath.coverage());
    if (swath.coverage().worlds() >= SEEDS) {
      assertEquals(List.of(), swath.coverage().missing());
    }
  }

  /** The same for more seeds as {@link SimulationTest#isTheSameRunWithoutHeaderPrediction}. */
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void isTheSameRunWithoutHeaderPrediction() {
    Seeds.holdWithout(Habit.PREDICTION, 1, 1_500);
  }

  /** The same for more seeds as {@link SimulationTest#isTheSameRunWithoutSleep}. */
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void isTheSameRunWithoutSleep() {
    Seeds.holdWithout(Habit.SLEEP, 1, 1_500);
  }

  /** INV-15: the same seeds are the same runs on every JVM that is installed here. */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void isTheSameRunOnAnotherJvm() throws IOException, InterruptedException {
    Optional<Path> other = otherJava();
    assumeTrue(other.isPresent(), "only one JDK in /usr/lib/jvm");
    Process process = new ProcessBuilder(
            other.get().toString(),
            "-Xmx512m",
            "-Dvireo.simulation.threads=1",
            "-cp",
            System.getProperty("java.class.path"),
            Simulate.class.getName(),
            "run",
            "1",
            "" + SEEDS_ON_ANOTHER_JVM)
        .redirectErrorStream(true)
        .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    Matcher hash = Pattern.compile("hash ([0-9a-f]{16})").matcher(output);
    assertTrue(hash.find(), output);
    Swath here = new Swath(1, SEEDS_ON_ANOTHER_JVM, 1).run(1);
    assertEquals(String.format("%016x", here.hash()), hash.group(1), other.get().toString());
  }

  /** Of a JVM with another version than this one. */
  private static Optional<Path> otherJava() throws IOException {
    Path directory = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    String own = "JAVA_VERSION=\"" + System.getProperty("java.version") + "\"";
    try (Stream<Path> homes = Files.list(directory)) {
      return homes
          .sorted()
          .filter(home -> Files.isExecutable(home.resolve("bin/java")))
          .filter(home -> Files.isRegularFile(home.resolve("release")))
          .filter(home -> !read(home.resolve("release")).contains(own))
          .map(home -> home.resolve("bin/java"))
          .findFirst();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
