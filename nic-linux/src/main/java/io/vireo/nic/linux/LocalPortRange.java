// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.BitSet;
import java.util.SplittableRandom;

/** The ports that the kernel of this network gives to who asks for any: net.ipv4.ip_local_port_range, less net.ipv4.ip_local_reserved_ports. */
final class LocalPortRange {
  private static final String RANGE = "/proc/sys/net/ipv4/ip_local_port_range";
  private static final String RESERVED = "/proc/sys/net/ipv4/ip_local_reserved_ports";
  private static final int MOST_BYTES = 64 << 10;
  private static final int USUAL_FIRST = 32_768;
  private static final int USUAL_LAST = 60_999;

  private final SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());
  private final int[] ports;

  LocalPortRange() {
    this(read(RANGE), read(RESERVED));
  }

  /** As the kernel writes them: "32768 60999" and "8080,9000-9010". */
  LocalPortRange(String range, String reserved) {
    String[] ends = range.trim().split("\\s+", -1);
    boolean known = ends.length == 2;
    int first = known ? Integer.parseInt(ends[0]) : USUAL_FIRST;
    int last = known ? Integer.parseInt(ends[1]) : USUAL_LAST;
    BitSet given = new BitSet();
    given.set(first, last + 1);
    for (String part : reserved.trim().split(",", -1)) {
      String[] borders = part.split("-", -1);
      if (!part.isEmpty()) {
        given.clear(
            Integer.parseInt(borders[0]), Integer.parseInt(borders[borders.length - 1]) + 1);
      }
    }
    ports = given.isEmpty() ? new int[] {0} : given.stream().toArray();
  }

  /** In one piece: what is left of such a file after a first read is not to be had. */
  private static String read(String file) {
    byte[] text = new byte[MOST_BYTES];
    try (InputStream in = new FileInputStream(file)) {
      return new String(text, 0, Math.max(in.read(text), 0), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return "";
    }
  }

  /** One of them, which may be taken; 0, that is the kernel's choice, if there are none. */
  int draw() {
    return ports[random.nextInt(ports.length)];
  }

  /** How many there are. */
  int count() {
    return ports.length;
  }
}
