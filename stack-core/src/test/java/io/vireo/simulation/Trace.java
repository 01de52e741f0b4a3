// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

/** One number for all that happened in a run: equal for equal seeds, or something is not determined by the seed. */
final class Trace {
  private long hash;

  void add(long a) {
    hash = Draws.mix(hash ^ a);
  }

  void add(long a, long b, long c) {
    add(a);
    add(b);
    add(c);
  }

  void add(String text) {
    add(text.hashCode());
  }

  long hash() {
    return hash;
  }
}
