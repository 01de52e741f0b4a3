// SPDX-License-Identifier: Apache-2.0
package io.vireo.time;

/** A monotonic clock. */
@FunctionalInterface
public interface NanoClock {
  /** The present time in nanoseconds; its origin is arbitrary, so compare two readings by difference. */
  long nanoTime();
}
