// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

/** What a NIC under test is connected to, reduced to bytes: a second NIC, the kernel, a mock's device side. */
public interface FarEnd extends AutoCloseable {
  /** Sends a frame to the NIC under test. At least eight may be under way at once. */
  void inject(byte[] frame);

  /** Takes the next frame that the NIC under test has sent; null: none has arrived yet. */
  byte[] collect();

  /** Gives frames that are under way a moment to arrive; returns at once where they take no time. */
  void settle();

  /** Frees what belongs to the far end alone; the NIC under test is closed by the test. */
  @Override
  void close();
}
