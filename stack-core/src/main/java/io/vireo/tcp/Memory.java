// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.memory.BufferArena;

/**
 * Who may take how much of the arena. What a user queues stops first, so that what a peer has sent can still be kept; then bytes that came
 * early; then those a reader leaves over. The last of it is for those who have nothing queued at all: whoever never reads shall not keep
 * others from speaking.
 */
final class Memory {
  private Memory() {}

  /** What sending leaves free, but for the first bytes of a connection. */
  static long reserveBytes(BufferArena arena) {
    return arena.capacityBytes() >>> 3;
  }

  /** Whether so little is left that users' sends will soon come up short: then what may be given up is. */
  static boolean isScarce(BufferArena arena) {
    long reserve = reserveBytes(arena);
    return arena.freeBytes() < reserve + (reserve >>> 1);
  }

  /** What leftovers leave free: they were acknowledged, or will be sent again. */
  static long leftoverReserveBytes(BufferArena arena) {
    return arena.capacityBytes() >>> 5;
  }

  /** What bytes that arrived before their turn leave free: the peer will send them again if it must. */
  static long earlyReserveBytes(BufferArena arena) {
    return arena.capacityBytes() >>> 4;
  }

  /**
   * What may still be promised to peers beyond the first bytes of each: half of the arena, so that all of them together, should they make use of it at
   * once, leave the rest to others.
   */
  static long promisableBytes(BufferArena arena) {
    return Math.max((arena.capacityBytes() >>> 1) - arena.promisedBytes(), 0);
  }
}
