// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static io.vireo.nic.linux.KernelSide.frame;
import static io.vireo.nic.linux.SystemCalls.check;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicStatus;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.InterfaceRequest;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.RouteNetlink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A kernel that takes no more frames at present. It counts those it still holds against the
 * device's send buffer, which is made so small here that one is enough. And it holds one: an ARP
 * request that it would answer for another network, but not before the proxy delay is over.
 */
@InPrivateNetwork
class TapQueueIT {
  private static final long SECOND_NS = 1_000_000_000;
  private static final long TUNSETSNDBUF = 0x4004_54D4L;
  private static final int SEND_BUFFER_BYTES =
      8; // under 6 the kernel never says that it takes more

  private TestTap tap;
  private Nic other;

  @BeforeEach
  void openAndFill() throws Exception {
    tap = new TestTap();
    other = TapNic.open("other");
    TapHost.address("other", "10.88.0.1/24");
    TapHost.up("other");
    TapHost.address(TestTap.NAME, "10.77.0.1/24");
    setting("conf/all/forwarding", "1");
    setting("conf/" + TestTap.NAME + "/proxy_arp", "1");
    setting("neigh/" + TestTap.NAME + "/proxy_delay", "1000000"); // at random up to three hours
    ByteBuffer size = LibC.structure(Integer.BYTES).putInt(0, SEND_BUFFER_BYTES);
    check(
        LibC.functions().ioctl(descriptorOf(TestTap.NAME), TUNSETSNDBUF, LibC.addressOf(size)),
        "TUNSETSNDBUF");
    tap.send(arpRequest());
    tap.assertCounted(NicCounter.FRAMES_SENT, 1);
  }

  @AfterEach
  void close() {
    tap.close();
    other.close();
  }

  private static void setting(String name, String value) throws IOException {
    Files.writeString(Path.of("/proc/sys/net/ipv4/" + name), value);
  }

  private static int descriptorOf(String name) throws IOException {
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fdinfo"))) {
      for (Path descriptor : descriptors) {
        if (Files.isReadable(descriptor)
            && Files.readString(descriptor).contains("iff:\t" + name + "\n")) {
          return Integer.parseInt(descriptor.getFileName().toString());
        }
      }
    }
    throw new IOException("no descriptor of " + name);
  }

  /** 10.77.0.2 asks for 10.88.0.9. */
  private static byte[] arpRequest() {
    ByteBuffer frame = ByteBuffer.wrap(frame(0, 60));
    frame.putShort(12, (short) 0x0806);
    frame
        .putShort(14, (short) 1)
        .putShort(16, (short) 0x0800)
        .putShort(18, (short) 0x0604)
        .putShort(20, (short) 1);
    frame.putShort(22, (short) 0x0200).putInt(24, 0).putInt(28, 0x0A4D_0002);
    frame.putShort(32, (short) 0).putInt(34, 0).putInt(38, 0x0A58_0009);
    return frame.array();
  }

  /** Without an address the kernel has nobody to answer for, and drops what it has put off. */
  private static void letTheKernelTakeFrames() throws IOException {
    int socket = (int) check(LibC.functions().socket(LibC.AF_INET, LibC.SOCK_DGRAM, 0), "socket");
    int error = new InterfaceRequest(TestTap.NAME)
        .ipv4Address(0)
        .call(socket, InterfaceRequest.SIOCSIFADDR);
    LibC.functions().close(socket);
    assertEquals(0, error);
  }

  private void transmit(int frames) {
    for (int i = 1; i <= frames; i++) {
      tap.transmit(frame(i, 60 + i));
    }
    tap.nic.ring();
    assertNull(tap.kernel.receive(), "the kernel takes nothing yet");
    tap.assertCounted(NicCounter.FRAMES_SENT, 1);
    assertEquals(NicStatus.UP, tap.nic.status());
  }

  private void assertArrived(int frames) {
    for (int i = 1; i <= frames; i++) {
      assertArrayEquals(frame(i, 60 + i), tap.kernel.receive(), "frame " + i);
    }
    assertNull(tap.kernel.receive());
    tap.assertCounted(NicCounter.FRAMES_SENT, 1 + frames);
    tap.assertCounted(NicCounter.SEND_FAILED, 0);
    assertEquals(0, tap.nic.claim(60), "all slots are free again, the first one, too");
  }

  @Test
  void framesWaitInOrderForTheNextRing() throws Exception {
    transmit(5);
    letTheKernelTakeFrames();
    tap.nic.ring();
    assertArrived(5);
  }

  @Test
  void framesWaitInOrderForTheNextReceive() throws Exception {
    transmit(5);
    letTheKernelTakeFrames();
    assertNull(tap.receive());
    assertArrived(5);
  }

  @Test
  void laterFramesDoNotOvertake() throws Exception {
    transmit(3);
    letTheKernelTakeFrames();
    tap.transmit(frame(4, 64));
    assertNull(tap.kernel.receive(), "the fourth waits behind the third");
    tap.nic.ring();
    assertArrived(4);
  }

  @Test
  void slotsRunOutAndComeBack() throws Exception {
    int slots = tap.nic.features().transmitSlots();
    transmit(slots);
    assertEquals(Nic.FULL, tap.nic.claim(60));
    tap.assertCounted(NicCounter.TRANSMIT_FULL, 1);
    letTheKernelTakeFrames();
    tap.nic.ring();
    assertArrived(slots);
  }

  @Test
  void waitEndsWhenTheKernelTakesFramesAgain() throws Exception {
    transmit(5);
    Thread opener = new Thread(() -> {
      try {
        Thread.sleep(20); // the owner sleeps by then; if not, the test still holds
        letTheKernelTakeFrames();
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    opener.start();
    long start = System.nanoTime();
    tap.nic.await(20 * SECOND_NS);
    assertTrue(System.nanoTime() - start < 10 * SECOND_NS);
    opener.join();
    tap.nic.ring();
    assertArrived(5);
  }

  @Test
  void framesThatWaitAreLostWithTheLink() throws Exception {
    transmit(5);
    TapHost.down(TestTap.NAME);
    tap.nic.ring();
    tap.assertCounted(NicCounter.SEND_FAILED, 5);
    assertEquals(NicStatus.DOWN, tap.nic.status());
    assertEquals(0, tap.nic.claim(60));
  }

  @Test
  void framesThatWaitAreLostWithTheDevice() throws Exception {
    transmit(5);
    RouteNetlink.delete(TestTap.NAME);
    assertNull(tap.receive());
    tap.assertCounted(NicCounter.SEND_FAILED, 5);
    assertEquals(NicStatus.FAILED, tap.nic.status());
    tap.nic.ring();
    tap.assertCounted(NicCounter.SEND_FAILED, 5);
  }
}
