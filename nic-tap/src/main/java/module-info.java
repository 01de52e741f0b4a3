// SPDX-License-Identifier: Apache-2.0
/** Linux TAP devices as NICs of the stack. */
module io.vireo.nic.tap {
  requires transitive io.vireo.core;
  requires org.jnrproject.ffi;

  exports io.vireo.nic.tap;
}
