// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.memory.BufferArena;

/**
 * Who may take how much of the arena. What a user queues stops first, so that what a peer has sent can still be kept, and the
 * bytes a reader left over come last of all: they are acknowledged, or about to be.
 */
final class Memory {
  private Memory() {}

  /** What sending leaves free. */
  static long reserveBytes(BufferArena arena) {
    return arena.capacityBytes() >>> 3;
  }

  /** What bytes that arrived before their turn leave free: the peer will send them again if it must. */
  static long earlyReserveBytes(BufferArena arena) {
    return arena.capacityBytes() >>> 4;
  }
}
