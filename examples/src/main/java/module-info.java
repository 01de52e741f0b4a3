// SPDX-License-Identifier: Apache-2.0
/** Small programs on the public API of the stack, and the vireo command. */
module io.vireo.examples {
  requires HdrHistogram;
  requires info.picocli;
  requires io.vireo.core;
  requires io.vireo.nic.efvi;
  requires io.vireo.nic.tap;
  requires io.vireo.nic.xdp;

  opens io.vireo.examples to
      info.picocli;
}
