// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.RouteNetlink;
import io.vireo.nic.linux.SystemCalls;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/** Opening a TAP, and each way in which that fails: one sentence with the device and the cure. */
@InPrivateNetwork
class TapOpenIT {
  private static void assertRefused(String name, String message) {
    IOException refusal =
        assertThrows(IOException.class, () -> TapNic.open(name).close());
    assertEquals(message, refusal.getMessage());
  }

  @Test
  void deviceIsMadeAndGoesWithItsUser() throws Exception {
    try (Nic nic = TapNic.open("vireo0")) {
      RouteNetlink.interfaceIndex("vireo0");
      assertEquals(1_500, nic.mtu());
    }
    assertThrows(IOException.class, () -> RouteNetlink.interfaceIndex("vireo0"));
  }

  @Test
  void deviceThatWasThereIsAttachedToAndStays() throws Exception {
    PersistentTap.make("vireo0");
    int index = RouteNetlink.interfaceIndex("vireo0");
    for (int i = 0; i < 3; i++) {
      TapNic.open("vireo0").close();
    }
    assertEquals(index, RouteNetlink.interfaceIndex("vireo0"));
  }

  @Test
  void macAddressIsOursStableAndNotTheKernels() throws Exception {
    long first;
    try (Nic nic = TapNic.open("vireo0");
        Nic other = TapNic.open("vireo1")) {
      first = nic.macAddress();
      assertEquals(0x02, first >>> 40 & 0x03, "locally administered, one station");
      assertEquals(0, first >>> 48);
      assertNotEquals(first, other.macAddress());
      TapHost.address("vireo0", "10.77.0.1/24"); // the JDK sees no interface without one
      byte[] kernels = NetworkInterface.getByName("vireo0").getHardwareAddress();
      assertNotEquals(ByteBuffer.allocate(8).put(2, kernels).getLong(0), first);
    }
    try (Nic nic = TapNic.open("vireo0")) {
      assertEquals(first, nic.macAddress());
    }
  }

  /** GND-12. */
  @Test
  void secondUserIsRefused() throws Exception {
    try (Nic nic = TapNic.open("vireo0")) {
      assertRefused(
          "vireo0",
          "cannot attach to TAP device vireo0 (EBUSY): another process or stack uses it; end that one, or choose"
              + " another name");
      assertEquals(Nic.EMPTY, nic.receive());
    }
  }

  /** GND-31. */
  @Test
  void missingRightToMakeADeviceIsRefused() throws Exception {
    SystemCalls.dropCapabilities();
    assertRefused(
        "vireo0",
        "cannot attach to TAP device vireo0 (EPERM): run as root, or let root make the device once (ip tuntap add dev"
            + " vireo0 mode tap user USER)");
  }

  /** GND-31. */
  @Test
  void missingRightToOpenTheTunDeviceIsRefused() throws Exception {
    SystemCalls.hideTunDevice();
    Files.createFile(
        Path.of("/dev/net/tun"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
    SystemCalls.dropCapabilities();
    assertRefused(
        "vireo0",
        "cannot open /dev/net/tun for TAP device vireo0 (EACCES): run as root, or give this user the right to read and"
            + " write /dev/net/tun");
  }

  /** GND-31. */
  @Test
  void missingTunDeviceIsRefused() throws Exception {
    SystemCalls.hideTunDevice();
    assertRefused(
        "vireo0",
        "cannot open /dev/net/tun for TAP device vireo0 (ENOENT): load the kernel's module (modprobe tun), or give the"
            + " container the device (--device /dev/net/tun)");
  }

  @Test
  void interfaceThatIsNoTapIsRefused() throws Exception {
    PersistentTap.makeTun("tun0");
    PersistentTap.makeWithQueues("queues0");
    for (String name : new String[] {"lo", "tun0", "queues0"}) {
      assertRefused(
          name,
          "cannot attach to TAP device " + name
              + " (EINVAL): an interface of this name exists and is no TAP of one queue; choose another name");
    }
  }

  @Test
  void refusalLeavesNoDescriptorOpen() throws Exception {
    TapNic.open("vireo0").close();
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      assertThrows(IOException.class, () -> TapNic.open("lo"));
      TapNic.open("vireo0").close();
    }
    assertEquals(before, descriptors());
  }

  private static long descriptors() throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }
}
