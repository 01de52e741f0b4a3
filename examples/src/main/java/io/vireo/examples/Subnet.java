// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

/** An IPv4 address with its prefix length, as in 10.77.0.1/24: an address of somebody, and the network that he is on. */
record Subnet(int address, int prefix) {
  /** Reads it; null if it is none, which others say better. */
  static Subnet parse(String addressAndPrefix) {
    String[] parts = addressAndPrefix.split("/", -1);
    Integer address = parseAddress(parts[0]);
    boolean prefixed = parts.length == 2 && parts[1].matches("[0-9]|[12][0-9]|3[0-2]");
    return address == null || !prefixed ? null : new Subnet(address, Integer.parseInt(parts[1]));
  }

  /** Reads a dotted quad; null if it is none. */
  static Integer parseAddress(String dottedQuad) {
    String[] octets = dottedQuad.split("\\.", -1);
    int address = 0;
    for (String octet : octets) {
      if (octets.length != 4 || !octet.matches("[0-9]{1,3}") || Integer.parseInt(octet) > 255) {
        return null;
      }
      address = (address << 8) | Integer.parseInt(octet);
    }
    return address;
  }

  /** Whether the other one is on the link: in this network, or anywhere, if there is none around the address. */
  boolean reaches(int other) {
    boolean alone = prefix == 32;
    int mask = prefix == 0 ? 0 : -1 << (32 - prefix);
    return alone || ((address ^ other) & mask) == 0;
  }
}
