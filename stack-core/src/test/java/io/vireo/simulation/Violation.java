// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

/** Something that must hold did not: an Error, so that no handler of exceptions swallows it. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  Violation(String message) {
    super(message);
  }

  static void unless(boolean holds, String message) {
    if (!holds) {
      throw new Violation(message);
    }
  }
}
