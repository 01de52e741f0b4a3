// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/**
 * What becomes of a test whose need is not met: it is skipped, or, under {@code
 * -Dvireo.tests.require=all}, it fails.
 */
final class Need {
  private Need() {}

  static ConditionEvaluationResult met() {
    return ConditionEvaluationResult.enabled(null);
  }

  static ConditionEvaluationResult missing(String reason) {
    if (System.getProperty("vireo.tests.require", "none").equals("all")) {
      throw new AssertionError(reason + " (and vireo.tests.require=all allows no skipped test)");
    }
    return ConditionEvaluationResult.disabled(reason);
  }
}
