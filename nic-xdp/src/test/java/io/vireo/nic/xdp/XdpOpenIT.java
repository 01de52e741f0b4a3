// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.NicStatus;
import io.vireo.nic.linux.SystemCalls;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is refused, and how; what changes while a NIC is open. */
@NeedsTap
@NeedsProgram("ip")
class XdpOpenIT {
  private VethPair pair;

  @BeforeEach
  void connect() throws Exception {
    pair = new VethPair();
  }

  @AfterEach
  void disconnect() {
    pair.close();
  }

  private Nic open(String name, int queue) throws Exception {
    return pair.nearNetwork.call(() -> XdpNic.openQueue(name, queue));
  }

  private void assertRefused(String name, int queue, String why) {
    IOException refusal =
        assertThrows(IOException.class, () -> open(name, queue).close());
    assertEquals(why, refusal.getMessage());
  }

  @Test
  void anInterfaceThatIsNotThereIsRefused() {
    assertRefused("nobody", 0, "cannot find interface nobody (ENODEV): there is none of this name");
  }

  @Test
  void aQueueThatIsNotThereIsRefused() {
    assertRefused(
        "near",
        7,
        "cannot bind for queue 7 of interface near (EINVAL): there may be no such queue (ethtool -l near)");
  }

  @Test
  void anInterfaceMayBeDownAtFirst() throws Exception {
    pair.near("link set near down");
    try (Nic nic = open("near", 0)) {
      assertEquals(NicStatus.DOWN, nic.status());
      pair.near("link set near up");
      awaitStatus(nic, NicStatus.UP);
    }
  }

  @Test
  void missingRightIsRefused() throws Exception {
    pair.nearNetwork.run(SystemCalls::dropCapabilities);
    assertRefused(
        "near",
        0,
        "no AF_XDP socket for queue 0 of interface near (EPERM): run as root, or with CAP_NET_RAW");
  }

  @Test
  void anMtuAboveTheChunkIsRefused() throws Exception {
    pair.near("link set near mtu 9000");
    assertRefused(
        "near",
        0,
        "the MTU of interface near, 9000 bytes, is above the 3822 that AF_XDP has room for: lower it"
            + " (ip link set near mtu 3822)");
  }

  @Test
  void theSecondUserIsRefusedAndTheFirstGoesOn() throws Exception {
    try (Nic nic = open("near", 0)) {
      IOException refusal =
          assertThrows(IOException.class, () -> open("near", 0).close());
      assertTrue(refusal.getMessage().contains("EBUSY"), refusal.getMessage());
      assertEquals(Nic.EMPTY, nic.receive());
    }
    open("near", 0).close();
  }

  @Test
  void opensAgainAndAgain() throws Exception {
    for (int i = 0; i < 50; i++) {
      open("near", 0).close();
    }
    assertEquals(-1, pair.near("link show near").indexOf("xdp"));
  }

  @Test
  void followsItsInterface() throws Exception {
    try (Nic nic = open("near", 0)) {
      awaitStatus(nic, NicStatus.UP);
      assertEquals(1_500, nic.mtu());
      pair.near("link set near mtu 1400");
      while (nic.mtu() != 1_400) {
        nic.receive();
      }
      pair.far("link set far down");
      awaitStatus(nic, NicStatus.DOWN);
      pair.far("link set far up");
      awaitStatus(nic, NicStatus.UP);
      pair.near("link delete near");
      awaitStatus(nic, NicStatus.FAILED);
      assertNotNull(nic.failure());
      assertTrue(nic.failure().getMessage().startsWith("interface near failed ("));
      assertEquals(Nic.EMPTY, nic.receive());
      assertEquals(Nic.FULL, nic.claim(60));
    }
  }

  private static void awaitStatus(Nic nic, NicStatus status) {
    long end = System.nanoTime() + 20_000_000_000L;
    while (nic.status() != status) {
      nic.receive();
      nic.await(1_000_000);
      assertTrue(System.nanoTime() - end < 0, "not in time");
    }
  }
}
