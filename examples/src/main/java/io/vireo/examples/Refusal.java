// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

/** A command cannot go on. The message is one sentence for the user, and the exit status is 1. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  Refusal(String message) {
    super(message);
  }
}
