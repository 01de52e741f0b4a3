// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/** Placeholder. */
final class Timestamps {
  boolean inUse() {
    return false;
  }

  int value(long nowNs) {
    return 0;
  }

  /** Whether an echoed value is of before a time. */
  boolean isBefore(int tsEcr, long sentNs) {
    return tsEcr - value(sentNs) < 0;
  }

  long sinceNs(int tsEcr, long nowNs) {
    return 0;
  }
}
