// SPDX-License-Identifier: Apache-2.0
/** What the backends on Linux have in common; for them alone. */
@SuppressWarnings("module") // of those it is open to, none is there when it is compiled
module io.vireo.nic.linux {
  requires transitive io.vireo.core;
  requires org.jnrproject.ffi;
  requires org.jnrproject.jffi;

  exports io.vireo.nic.linux to
      io.vireo.nic.efvi,
      io.vireo.nic.tap,
      io.vireo.nic.xdp;
}
