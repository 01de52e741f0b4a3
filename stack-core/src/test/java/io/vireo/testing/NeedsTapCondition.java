// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

final class NeedsTapCondition implements ExecutionCondition {
  private static final Path TUN = Path.of("/dev/net/tun");

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    String namespace = System.getenv("VIREO_NAMESPACE"); // set by lab/namespace
    if (namespace == null) {
      return Need.missing("not started in a network namespace of its own (run by mvn verify)");
    }
    if (!namespace.equals("private")) {
      return Need.missing(namespace);
    }
    if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
      return Need.missing(TUN + " is missing or may not be opened");
    }
    return Need.met();
  }
}
