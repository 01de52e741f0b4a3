// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** Does with the stack what an input says; throws when something does not hold that must. */
interface Target {
  void run(byte[] input);

  /** Forgets all earlier inputs. */
  default void forget() {}
}
