// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static io.vireo.nic.linux.KernelSide.frame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.linux.InPrivateNetwork;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames between a TAP and the kernel's side of it. */
@InPrivateNetwork
class TapFramesIT {
  private static final int MTU = 1_500;
  private static final int LARGEST_MTU = 65_521;

  private TestTap tap;

  @BeforeEach
  void open() throws Exception {
    tap = new TestTap();
  }

  @AfterEach
  void close() {
    tap.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 60, 61, 1_513, 1_514})
  void framesPassWholeInBothDirections(int bytes) throws Exception {
    tap.kernel.send(frame(1, bytes));
    assertArrayEquals(frame(1, bytes), tap.receive());
    assertNull(tap.receive());
    tap.send(frame(2, bytes));
    assertArrayEquals(frame(2, bytes), tap.kernel.receive());
    assertNull(tap.kernel.receive());
    tap.assertCounted(NicCounter.FRAMES_RECEIVED, 1);
    tap.assertCounted(NicCounter.FRAMES_SENT, 1);
  }

  @Test
  void framesKeepTheirOrderInBothDirections() throws Exception {
    for (int i = 0; i < 50; i++) {
      tap.kernel.send(frame(i, 60 + i));
      tap.transmit(frame(i, 1_514 - i));
    }
    tap.nic.ring();
    for (int i = 0; i < 50; i++) {
      assertArrayEquals(frame(i, 60 + i), tap.receive());
      assertArrayEquals(frame(i, 1_514 - i), tap.kernel.receive());
    }
  }

  @Test
  void slotsAreFilledAndSentInAnyOrder() {
    int[] slots = new int[tap.nic.features().transmitSlots()];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = tap.nic.claim(100);
      tap.nic.transmitMemory().put(slots[i], frame(i, 100));
    }
    assertEquals(Nic.FULL, tap.nic.claim(60));
    tap.assertCounted(NicCounter.TRANSMIT_FULL, 1);
    for (int i = slots.length - 1; i > 0; i--) {
      tap.nic.transmit(slots[i], 100, 0, 0);
    }
    tap.nic.abandon(slots[0]);
    for (int i = slots.length - 1; i > 0; i--) {
      assertArrayEquals(frame(i, 100), tap.kernel.receive());
    }
    assertNull(tap.kernel.receive());
    assertTrue(tap.nic.claim(60) != Nic.FULL);
  }

  @Test
  void fullSizeFrameWithVlanTagIsNotOversize() throws Exception {
    byte[] tagged = tagged(frame(1, MTU + 18));
    tap.kernel.send(tagged);
    assertArrayEquals(tagged, tap.receive());
  }

  private static byte[] tagged(byte[] frame) {
    frame[12] = (byte) 0x81;
    frame[13] = 0;
    return frame;
  }

  /** ETH-02. The frames are longer than the MTU because it is lowered while they are under way. */
  @ParameterizedTest
  @ValueSource(ints = {MTU + 15, MTU + 19, 3_014, 9_018, 9_019, 65_535})
  void framesLongerThanTheMtuAreDroppedAndCounted(int bytes) throws Exception {
    TapHost.mtu(TestTap.NAME, LARGEST_MTU);
    tap.kernel.send(frame(1, bytes));
    tap.kernel.send(frame(2, MTU + 14));
    TapHost.mtu(TestTap.NAME, MTU);
    assertArrayEquals(frame(2, MTU + 14), tap.receive());
    tap.assertCounted(NicCounter.RECEIVE_OVERSIZE, 1);
    tap.assertCounted(NicCounter.FRAMES_RECEIVED, 1);
  }

  /** ETH-03. The MTU would allow it, but the buffer does not hold it: read gives no more than its beginning. */
  @Test
  void framesCutOffByTheBufferAreDroppedAndCounted() throws Exception {
    int largest = tap.nic.features().largestFrame();
    TapHost.mtu(TestTap.NAME, LARGEST_MTU);
    tap.kernel.send(tagged(frame(1, largest + 1)));
    tap.kernel.send(tagged(frame(2, LARGEST_MTU + 14)));
    tap.kernel.send(frame(3, largest - 4));
    assertArrayEquals(frame(3, largest - 4), tap.receive());
    tap.assertCounted(NicCounter.RECEIVE_OVERSIZE, 2);
  }

  @Test
  void floodOfOversizeFramesDoesNotHoldTheThread() throws Exception {
    TapHost.mtu(TestTap.NAME, LARGEST_MTU);
    for (int i = 0; i < 100; i++) {
      tap.kernel.send(frame(i, 2_000));
    }
    TapHost.mtu(TestTap.NAME, MTU);
    assertNull(tap.receive());
    tap.assertCounted(NicCounter.RECEIVE_OVERSIZE, 64);
    assertNull(tap.receive());
    tap.assertCounted(NicCounter.RECEIVE_OVERSIZE, 100);
  }

  /** GND-02: the kernel drops what its queue does not hold; that is loss like any loss. */
  @Test
  void readerThatStallsFindsTheBeginningAndGoesOn() throws Exception {
    for (int i = 0; i < 5_000; i++) {
      long unused = tap.kernel.trySend(frame(i, 60));
    }
    int received = 0;
    byte[] frame = tap.receive();
    while (frame != null) {
      assertArrayEquals(frame(received++, 60), frame);
      frame = tap.receive();
    }
    assertTrue(received >= 400 && received < 5_000, "received " + received);
    tap.kernel.send(frame(1, 60));
    assertArrayEquals(frame(1, 60), tap.receive());
  }

  /** Warm is when the compiler says so, and on a busy machine it says so late: of several measurements the least counts. */
  @Test
  void nothingIsAllocatedOnceWarm() throws Exception {
    byte[] request = frame(1, 98);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    roundTrips(request, 30_000);
    long least = Long.MAX_VALUE;
    for (int window = 0; window < 20 && least >= 10_000; window++) {
      long before = threads.getThreadAllocatedBytes(thread);
      roundTrips(request, 10_000);
      least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
    }
    assertTrue(
        least < 10_000,
        least + " bytes in 10,000 round trips"); // the measurement itself takes some
  }

  /** One frame in, an empty receive, a wait that ends at once, one frame out. */
  private void roundTrips(byte[] request, int count) throws Exception {
    Nic nic = tap.nic;
    long sent = nic.counter(NicCounter.FRAMES_SENT);
    for (int i = 0; i < count; i++) {
      assertEquals(request.length, tap.kernel.trySend(request));
      nic.await(1_000_000_000);
      assertTrue(nic.receive() != Nic.EMPTY);
      nic.release();
      assertEquals(Nic.EMPTY, nic.receive());
      int offset = nic.claim(request.length);
      nic.transmitMemory().put(offset, request);
      nic.transmit(offset, request.length, 0, 0);
      nic.ring();
    }
    assertEquals(count, nic.counter(NicCounter.FRAMES_SENT) - sent);
  }
}
