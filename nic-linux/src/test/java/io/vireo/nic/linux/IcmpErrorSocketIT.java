// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the kernel hears, we hear. */
@NeedsTap
@NeedsProgram("ip")
class IcmpErrorSocketIT {
  private VethPair pair;

  @BeforeEach
  void connect() throws Exception {
    pair = new VethPair();
  }

  @AfterEach
  void close() {
    pair.close();
  }

  @Test
  void anErrorIsReceivedWhole() throws Exception {
    try (IcmpErrorSocket icmp = pair.nearNetwork.call(() -> new IcmpErrorSocket("near"))) {
      assertEquals(0, icmp.receive());
      pair.nearNetwork.run(() -> {
        try (DatagramSocket socket = new DatagramSocket()) {
          InetSocketAddress closed =
              new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 9, 0, 2}), 9_999);
          socket.send(new DatagramPacket(new byte[5], 5, closed));
        }
      });
      int bytes = 0;
      long end = System.nanoTime() + 20_000_000_000L;
      while (bytes == 0) {
        bytes = icmp.receive();
        assertTrue(System.nanoTime() - end < 0, "not in time");
      }
      assertEquals(20 + 8 + 20 + 8 + 5, bytes);
      assertEquals(0x45, icmp.memory().get(0));
      assertEquals(0x0A09_0002, icmp.memory().getInt(12), "from");
      assertEquals(3, icmp.memory().get(20), "destination unreachable");
      assertEquals(3, icmp.memory().get(21), "port unreachable");
      assertEquals(9_999, icmp.memory().getShort(20 + 8 + 20 + 2));
    }
  }

  @Test
  void missingRightIsRefused() throws Exception {
    IOException refusal = assertThrows(
        IOException.class,
        () -> pair.nearNetwork.run(() -> {
          SystemCalls.dropCapabilities();
          new IcmpErrorSocket("near").close();
        }));
    assertEquals(
        "no raw socket for ICMP errors on interface near (EPERM): run as root, or with CAP_NET_RAW",
        refusal.getMessage());
  }
}
