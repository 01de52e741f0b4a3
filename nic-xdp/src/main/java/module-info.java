// SPDX-License-Identifier: Apache-2.0
/** Queues of ordinary network cards as NICs of the stack, by AF_XDP. */
module io.vireo.nic.xdp {
  requires transitive io.vireo.core;
  requires io.vireo.nic.linux;

  exports io.vireo.nic.xdp;
}
