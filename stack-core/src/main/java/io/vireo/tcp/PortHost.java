// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/** The host's kernel, whose addresses we share, as the one who gives ports away. */
public interface PortHost {
  /** The addresses that are ours, too. */
  int[] addresses();

  /** Takes a port of an address, or with port 0 one of the host's choice. Returns it, also if it is taken already, or a negative number. */
  int reserve(int address, int port);

  /** Why {@link #reserve} was refused last. */
  String refusal();

  /** Gives a port back, of every address. */
  void release(int port);
}
