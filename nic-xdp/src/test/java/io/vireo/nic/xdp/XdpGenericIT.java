// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.KernelSide;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On an interface whose driver has no XDP of its own, as the loopback interface: what is sent there comes back. */
@NeedsTap
@NeedsProgram("ip")
@Timeout(60)
class XdpGenericIT {
  private static final int LARGEST = 1_514;

  private PrivateNetwork network;
  private Nic nic;
  private KernelSide kernel;

  @BeforeEach
  void open() throws Exception {
    network = new PrivateNetwork();
    network.execute("ip", "link", "set", "lo", "mtu", "1500");
    nic = network.call(() -> XdpNic.openQueue("lo", 0));
    kernel = network.call(() -> new KernelSide("lo"));
  }

  @AfterEach
  void close() {
    kernel.close();
    nic.close();
    network.close();
  }

  private byte[] receive() {
    long frame = nic.receive();
    while (frame == Nic.EMPTY) {
      nic.await(1_000_000_000);
      frame = nic.receive();
    }
    byte[] bytes = new byte[ReceivedFrame.length(frame)];
    nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
    nic.release();
    return bytes;
  }

  @Test
  void isAttachedInGenericMode() throws Exception {
    assertTrue(network.execute("ip", "link", "show", "dev", "lo").contains("xdpgeneric"));
    nic.close();
    assertTrue(!network.execute("ip", "link", "show", "dev", "lo").contains("xdp"));
  }

  /** More than the rings hold. */
  @Test
  void framesOfTheKernelAreReceived() throws Exception {
    for (int number = 0; number < 6_000; number++) {
      byte[] frame = KernelSide.frame(number, 60 + number % (LARGEST - 59));
      kernel.send(frame);
      assertArrayEquals(frame, receive());
    }
    assertEquals(6_000, nic.counter(NicCounter.FRAMES_RECEIVED));
  }

  @Test
  void framesOfOurOwnLeaveAndComeBack() {
    for (int number = 0; number < 3_000; number++) {
      byte[] frame = KernelSide.frame(number, 60 + number % (LARGEST - 59));
      int slot = nic.claim(frame.length);
      nic.transmitMemory().put(slot, frame);
      nic.transmit(slot, frame.length, 0, 0);
      nic.ring();
      assertArrayEquals(frame, receive());
    }
    assertEquals(3_000, nic.counter(NicCounter.FRAMES_SENT));
  }
}
