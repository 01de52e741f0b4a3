// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

final class NeedsProgramCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), NeedsProgram.class)
        .map(needs -> check(needs.value()))
        .orElseGet(Need::met);
  }

  private static ConditionEvaluationResult check(String... programs) {
    String missing = String.join(
        ", ", Arrays.stream(programs).filter(program -> !found(program)).toList());
    return missing.isEmpty() ? Need.met() : Need.missing("not installed: " + missing);
  }

  private static boolean found(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
