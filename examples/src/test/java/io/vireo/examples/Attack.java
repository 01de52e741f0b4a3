// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.nio.ByteBuffer;

/** What a {@link HostileNic} sends to the stack, and does with what the stack sends back. Runs on the stack's thread. */
interface Attack {
  /** Writes the next frame at {@code at}; returns its length. */
  int next(ByteBuffer memory, int at);

  /** The stack has sent a frame to the hostile station, or asks all who owns an address. */
  default void hears(ByteBuffer memory, int at, int length) {}

  /** The first frame of an honest station, before the stack sees it. */
  default void overhears(ByteBuffer memory, int at, int length) {}
}
