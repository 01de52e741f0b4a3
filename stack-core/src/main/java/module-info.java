// SPDX-License-Identifier: Apache-2.0
/** A TCP/IP stack in user space, over raw Ethernet frames. */
module io.vireo.core {
  requires java.management;
  requires jdk.jfr;

  exports io.vireo;
  exports io.vireo.api;
  exports io.vireo.nic;
  exports io.vireo.nic.lab;
  exports io.vireo.time;
}
