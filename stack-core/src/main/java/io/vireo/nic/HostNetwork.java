// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import java.nio.ByteBuffer;

/**
 * The kernel's side of an interface whose addresses a stack shares with the kernel: what the kernel knows of addresses, routes and neighbours, which ports it leaves
 * to the stack, and what ICMP told it. Only a NIC has it to which frames are steered by port, while all others go to the kernel.
 *
 * <p>All methods belong to the thread that polls the stack. What the kernel has changed is seen after {@link #drain()}.
 */
public interface HostNetwork {
  /** {@link #drain}: addresses may have been added or removed. */
  int ADDRESSES = 1;

  /** {@link #drain}: routes may have changed. */
  int ROUTES = 2;

  /** {@link #drain}: a neighbour may have changed. */
  int NEIGHBOURS = 4;

  /** {@link #route}: no way leads there over this interface. */
  long NO_ROUTE = 0;

  /** {@link #neighbour}: not known, or not yet. */
  long UNRESOLVED = -1;

  /** {@link #neighbour}: it does not answer. */
  long FAILED = -2;

  /** {@link #reserve}: the port cannot be had, and {@link #refusal()} says why. */
  int REFUSED = -1;

  /** Takes in what the kernel has announced since. Returns what may have changed, as a sum of ADDRESSES, ROUTES and NEIGHBOURS. */
  int drain();

  /** How many IPv4 addresses the interface has. */
  int addressCount();

  /** One of them, the kernel's first one first. */
  int address(int i);

  /** The length of the network part of that address, 0 to 32. */
  int prefixLength(int i);

  /** The next hop towards a destination in the upper half, the address to speak from in the lower; or NO_ROUTE. Some microseconds. */
  long route(int destination);

  /** The MAC address of a neighbour; UNRESOLVED or FAILED. */
  long neighbour(int address);

  /** Tells the kernel that a neighbour is in use: it asks for one that it does not know, and makes sure of one that it has not heard of for long. */
  void resolve(int address);

  /**
   * Takes a port of an address, or with port 0 one of the kernel's choice: the kernel gives it to nobody else, and what comes for it comes to this queue. Returns the
   * port, or REFUSED. One that is taken already is returned again.
   */
  int reserve(int address, int port);

  /** Why {@link #reserve} was refused last: what was tried, and what helps. */
  String refusal();

  /** Gives a port back to the kernel, of every address. */
  void release(int port);

  /** Where {@link #receiveIcmp} puts datagrams: direct, big-endian. */
  ByteBuffer icmpMemory();

  /** The next ICMP error that the kernel got, a whole IPv4 datagram at the beginning of that memory. Returns its length; 0: there is none. */
  int receiveIcmp();
}
