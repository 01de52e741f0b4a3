// SPDX-License-Identifier: Apache-2.0
/** Linux TAP devices as NICs of the stack. */
module io.vireo.nic.tap {
  requires transitive io.vireo.core;
  requires io.vireo.nic.linux;

  exports io.vireo.nic.tap;
}
