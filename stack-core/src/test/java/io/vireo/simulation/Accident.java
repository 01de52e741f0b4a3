// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

/** What simulated users throw. */
final class Accident {
  private Accident() {}

  /** Stays with its connection. */
  static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Thrown() {
      super("a simulated user throws", null, false, false);
    }
  }

  /** Leaves poll. */
  static final class Failure extends Error {
    private static final long serialVersionUID = 1L;

    Failure() {
      super("a simulated user fails", null, false, false);
    }
  }
}
