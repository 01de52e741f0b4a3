// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

/** IPv4 addresses for people. */
final class Ipv4Text {
  private Ipv4Text() {}

  static String of(int address) {
    return (address >>> 24) + "." + (address >>> 16 & 0xFF) + "." + (address >>> 8 & 0xFF) + "."
        + (address & 0xFF);
  }
}
