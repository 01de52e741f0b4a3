// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Writes each skipped test with its reason to a file under target/; the build shows it at its end. */
public final class SkippedTests implements TestExecutionListener {
  private static final String FILE = System.getProperty("vireo.tests.skipped");

  private final StringBuilder list = new StringBuilder();

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    list.append("skipped ").append(nameOf(test)).append(": ").append(reason).append('\n');
  }

  @Override
  public void testPlanExecutionFinished(TestPlan testPlan) {
    if (FILE == null) {
      return; // started by an IDE
    }
    try {
      if (list.isEmpty()) {
        Files.deleteIfExists(Path.of(FILE)); // left by an earlier run
      } else {
        Files.writeString(Path.of(FILE), list);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String nameOf(TestIdentifier test) {
    return test.getSource()
        .map(source -> {
          if (source instanceof MethodSource method) {
            return method.getClassName() + "." + method.getMethodName();
          }
          return source instanceof ClassSource type ? type.getClassName() : null;
        })
        .orElseGet(test::getDisplayName);
  }
}
