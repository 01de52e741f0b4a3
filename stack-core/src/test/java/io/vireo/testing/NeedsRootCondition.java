// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

final class NeedsRootCondition implements ExecutionCondition {
  /** What the kernel shows where user numbers mean what they say. */
  private static final String ALL_USERS = "0 0 4294967295";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), NeedsRoot.class)
        .map(needs -> isRoot()
            ? Need.met()
            : ConditionEvaluationResult.disabled("not root, and " + needs.value()))
        .orElseGet(Need::met);
  }

  private static boolean isRoot() {
    try {
      String users = Files.readString(Path.of("/proc/self/uid_map")).strip();
      return "root".equals(System.getProperty("user.name"))
          && users.replaceAll("\\s+", " ").equals(ALL_USERS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
