// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

/** The routes of the host's kernel. */
@FunctionalInterface
public interface HostRoutes {
  /** The next hop towards a destination in the upper half, the address to speak from in the lower; 0: there is no way. */
  long route(int destination);
}
