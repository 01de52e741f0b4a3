// SPDX-License-Identifier: Apache-2.0
/** Queues of Solarflare cards as NICs of the stack, by ef_vi. */
module io.vireo.nic.efvi {
  requires transitive io.vireo.core;
  requires io.vireo.nic.linux;
  requires org.jnrproject.ffi;
  requires org.jnrproject.jffi;

  exports io.vireo.nic.efvi;
  // For the class that jnr-ffi makes of Libciul.Functions.
  exports io.vireo.nic.efvi.ciul to
      org.jnrproject.ffi;
}
