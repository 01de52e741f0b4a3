// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.SystemCalls;
import java.io.IOException;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's side as the JDK sees it. */
@InPrivateNetwork
class TapHostIT {
  private TestTap tap;

  @BeforeEach
  void open() throws Exception {
    tap = new TestTap();
    TapHost.address(TestTap.NAME, "10.77.0.1/24"); // the JDK sees no interface without one
  }

  @AfterEach
  void close() {
    tap.close();
  }

  private static NetworkInterface side() throws IOException {
    return NetworkInterface.getByName(TestTap.NAME);
  }

  private static void assertAddress(String address, int prefix) throws IOException {
    List<InterfaceAddress> addresses = side().getInterfaceAddresses();
    assertEquals(1, addresses.size());
    assertEquals("/" + address, addresses.get(0).getAddress().toString());
    assertEquals(prefix, addresses.get(0).getNetworkPrefixLength());
  }

  @Test
  void addressIsSetAndReplaced() throws Exception {
    assertAddress("10.77.0.1", 24);
    TapHost.address(TestTap.NAME, "192.168.200.254/30");
    assertAddress("192.168.200.254", 30);
  }

  @Test
  void goesUpAndDown() throws Exception {
    assertTrue(side().isUp());
    TapHost.down(TestTap.NAME);
    assertFalse(side().isUp());
    TapHost.up(TestTap.NAME);
    assertTrue(side().isUp());
  }

  @Test
  void mtuIsSet() throws Exception {
    TapHost.mtu(TestTap.NAME, 1_280);
    assertEquals(1_280, side().getMTU());
  }

  @Test
  void valueOutOfRangeIsRefused() {
    IOException refusal = assertThrows(IOException.class, () -> TapHost.mtu(TestTap.NAME, 65_522));
    assertEquals(
        "cannot set the MTU to 65522 bytes on interface vireo0 (EINVAL): the interface does not take this value",
        refusal.getMessage());
  }

  @Test
  void missingInterfaceIsRefused() {
    IOException refusal = assertThrows(IOException.class, () -> TapHost.up("nobody"));
    assertEquals(
        "cannot bring up interface nobody (ENODEV): there is none of this name",
        refusal.getMessage());
  }

  @Test
  void missingRightIsRefused() throws Exception {
    SystemCalls.dropCapabilities();
    IOException refusal =
        assertThrows(IOException.class, () -> TapHost.address(TestTap.NAME, "10.77.0.1/24"));
    assertEquals(
        "cannot set the address of interface vireo0 (EPERM): run as root", refusal.getMessage());
  }
}
