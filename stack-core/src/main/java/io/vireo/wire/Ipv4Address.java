// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** IPv4 addresses: ints, first octet highest. */
public final class Ipv4Address {
  /** 0.0.0.0. */
  public static final int UNSPECIFIED = 0;

  /** 255.255.255.255, the broadcast address of the link whatever its prefix. */
  public static final int LIMITED_BROADCAST = -1;

  private Ipv4Address() {}

  /** 224.0.0.0/4. */
  public static boolean isMulticast(int address) {
    return address >>> 28 == 0xE;
  }

  /** 127.0.0.0/8, never seen on a wire. */
  public static boolean isLoopback(int address) {
    return address >>> 24 == 127;
  }

  /** 240.0.0.0/4, reserved, with the limited broadcast at its end. */
  public static boolean isClassE(int address) {
    return address >>> 28 == 0xF;
  }

  /** 0.0.0.0/8, "this network" (RFC 1122 section 3.2.1.3). */
  public static boolean isThisNetwork(int address) {
    return address >>> 24 == 0;
  }

  /** Whether one host on the network may have this address, as far as can be told without its prefix. */
  public static boolean isHost(int address) {
    int first = address >>> 24;
    return first != 0 && first != 127 && first < 224;
  }

  /**
   * Reads four decimal numbers of 0 to 255 without leading zeros (which some read as octal), with dots between;
   * IllegalArgumentException otherwise. Never resolves names.
   */
  public static int parse(String text) {
    String[] numbers = text.split("\\.", -1);
    int address = 0;
    boolean valid = numbers.length == 4;
    for (int i = 0; valid && i < 4; i++) {
      valid = numbers[i].matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(numbers[i]) <= 255;
      address = valid ? address << 8 | Integer.parseInt(numbers[i]) : 0;
    }
    if (!valid) {
      throw new IllegalArgumentException(
          "an IPv4 address is four numbers of 0 to 255 such as 10.77.0.2, not \"" + text + '"');
    }
    return address;
  }

  /** As {@link #parse} reads it. */
  public static String toString(int address) {
    return (address >>> 24) + "." + (address >>> 16 & 0xFF) + "." + (address >>> 8 & 0xFF) + "."
        + (address & 0xFF);
  }

  /** Allocates. */
  public static InetAddress toInetAddress(int address) {
    byte[] octets = {
      (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
    };
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new AssertionError("four octets are an address", e);
    }
  }

  /** The address of four octets behind the JDK's type. */
  public static int of(Inet4Address address) {
    byte[] octets = address.getAddress();
    return octets[0] << 24
        | (octets[1] & 0xFF) << 16
        | (octets[2] & 0xFF) << 8
        | (octets[3] & 0xFF);
  }
}
