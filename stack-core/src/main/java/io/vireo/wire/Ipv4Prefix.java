// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

/**
 * An address of a host with the length of its network's prefix, such as 10.77.0.2/24.
 *
 * @param address the host's address, not the network's
 * @param prefixLength 0 to 32
 */
public record Ipv4Prefix(int address, int prefixLength) {

  public Ipv4Prefix {
    if (prefixLength < 0 || prefixLength > 32) {
      throw new IllegalArgumentException("a prefix length is 0 to 32, not " + prefixLength);
    }
  }

  /** Reads an address, a slash and a length; IllegalArgumentException otherwise. */
  public static Ipv4Prefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("0|[1-9][0-9]?")) {
      throw new IllegalArgumentException(
          "an address with its prefix length is written 10.77.0.2/24, not \"" + text + '"');
    }
    return new Ipv4Prefix(
        Ipv4Address.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  private int mask() {
    return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
  }

  public boolean contains(int other) {
    return ((address ^ other) & mask()) == 0;
  }

  /** The network's own address: all host bits 0. */
  public int network() {
    return address & mask();
  }

  /** Whether the network has a broadcast address: not with one or two addresses in it (RFC 3021). */
  public boolean hasBroadcast() {
    return prefixLength <= 30;
  }

  /** The network's broadcast address: all host bits 1. */
  public int broadcast() {
    return address | ~mask();
  }

  @Override
  public String toString() {
    return Ipv4Address.toString(address) + "/" + prefixLength;
  }
}
