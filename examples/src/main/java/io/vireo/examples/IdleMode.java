// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

/** What a poll loop does while nothing happens. */
enum IdleMode {
  /** Polls on: lowest latency, a core to itself. */
  SPIN,
  /** Spins a moment, yields a moment, then sleeps until a frame or a timer: no CPU while idle. */
  PARK
}
