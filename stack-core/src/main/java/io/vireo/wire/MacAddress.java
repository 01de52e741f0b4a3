// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

/** MAC addresses: longs, in the low 48 bits, first octet highest. */
public final class MacAddress {
  public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  private static final long GROUP_BIT = 1L << 40;

  private MacAddress() {}

  /** Multicast or broadcast. */
  public static boolean isGroup(long mac) {
    return (mac & GROUP_BIT) != 0;
  }

  public static boolean isZero(long mac) {
    return mac == 0;
  }

  /** Whether one station may have this address: neither a group nor zero. */
  public static boolean isStation(long mac) {
    return mac != 0 && (mac & GROUP_BIT) == 0;
  }

  /** Reads six pairs of hexadecimal digits with colons between; IllegalArgumentException otherwise. */
  public static long parse(String text) {
    if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
      throw new IllegalArgumentException(
          "a MAC address is six pairs of hexadecimal digits such as 02:00:00:00:00:01, not \""
              + text + '"');
    }
    return Long.parseLong(text.replace(":", ""), 16);
  }

  /** As {@link #parse} reads it, in lower case. */
  public static String format(long mac) {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (mac >>> shift) & 0xFF;
      text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 0xF, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }
}
