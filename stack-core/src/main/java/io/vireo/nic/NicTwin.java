// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import java.nio.ByteBuffer;

/**
 * A NIC of the same classes as another one, whose cable ends in this process: what it sends can be taken here, what is given here it receives, and nothing reaches a network. For
 * {@code Warmup}: a stack on a twin runs the very code that it will run on the real NIC. Belongs to the thread that polls the NIC.
 */
public interface NicTwin extends AutoCloseable {
  /** The NIC, open and up. */
  Nic nic();

  /**
   * Lets a frame arrive: the {@code length} bytes at {@code offset} of a direct buffer, copied. False: the NIC has no room for it, as a card would lose it.
   */
  boolean deliver(ByteBuffer memory, int offset, int length);

  /**
   * Takes the next frame that the NIC has sent, copied to {@code offset} of a direct buffer, where {@link NicFeatures#largestFrame()} bytes have room. Returns its length, or 0: there is none.
   */
  int take(ByteBuffer memory, int offset);

  /** Closes the NIC too. Idempotent. */
  @Override
  void close();
}
