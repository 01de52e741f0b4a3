// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static io.vireo.nic.linux.KernelSide.frame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicStatus;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.RouteNetlink;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A link that goes down, comes back, changes its MTU, disappears. */
@InPrivateNetwork
class TapLinkIT {
  private static final long SECOND_NS = 1_000_000_000;

  private TestTap tap;

  @BeforeEach
  void open() throws Exception {
    tap = new TestTap();
  }

  @AfterEach
  void close() {
    tap.close();
  }

  @Test
  void newDeviceIsDownUntilItsOtherSideIsUp() throws Exception {
    try (Nic nic = TapNic.open("vireo1")) {
      assertEquals(NicStatus.DOWN, nic.status());
      TapHost.up("vireo1");
      nic.await(0);
      assertEquals(NicStatus.UP, nic.status());
    }
  }

  /** GND-08: EIO is loss, and no more. */
  @Test
  void framesSentWhileTheLinkIsDownAreLostAndCounted() throws Exception {
    assertEquals(NicStatus.UP, tap.nic.status());
    TapHost.down(TestTap.NAME);
    tap.send(frame(1, 60));
    assertEquals(NicStatus.DOWN, tap.nic.status());
    tap.assertCounted(NicCounter.SEND_FAILED, 1);
    tap.assertCounted(NicCounter.FRAMES_SENT, 0);
    assertNull(tap.receive());
    assertNull(tap.nic.failure());
  }

  @Test
  void firstFrameThatPassesShowsThatTheLinkIsBack() throws Exception {
    TapHost.down(TestTap.NAME);
    tap.send(frame(1, 60));
    TapHost.up(TestTap.NAME);
    tap.send(frame(2, 60));
    assertEquals(NicStatus.UP, tap.nic.status());
    assertArrayEquals(frame(2, 60), tap.kernel.receive());
    tap.kernel.send(frame(3, 60));
    assertArrayEquals(frame(3, 60), tap.receive());
  }

  @Test
  void pollingAloneFindsTheLinkDownAndBack() throws Exception {
    TapHost.down(TestTap.NAME);
    receiveNothing(1_024);
    assertEquals(NicStatus.DOWN, tap.nic.status());
    TapHost.up(TestTap.NAME);
    receiveNothing(1_024);
    assertEquals(NicStatus.UP, tap.nic.status());
  }

  /** GND-09. */
  @Test
  void linkMayFlap() throws Exception {
    for (int i = 0; i < 100; i++) {
      TapHost.down(TestTap.NAME);
      tap.send(frame(i, 60));
      TapHost.up(TestTap.NAME);
      tap.send(frame(i, 61));
      assertArrayEquals(frame(i, 61), tap.kernel.receive());
    }
    tap.assertCounted(NicCounter.SEND_FAILED, 100);
    assertEquals(NicStatus.UP, tap.nic.status());
    assertEquals(0, tap.nic.claim(60), "all slots are free, the first one, too");
  }

  /** GND-10: the kernel takes frames without a carrier, and loses them. */
  @Test
  void missingCarrierIsALinkThatIsDown() throws Exception {
    RouteNetlink.carrier(TestTap.NAME, false);
    awaitStatus(NicStatus.DOWN);
    tap.send(frame(1, 60));
    assertNull(tap.nic.failure());
    RouteNetlink.carrier(TestTap.NAME, true);
    awaitStatus(NicStatus.UP);
    tap.send(frame(2, 60));
    tap.kernel.send(frame(3, 60));
    assertArrayEquals(frame(3, 60), tap.receive());
  }

  /** The kernel tells of a carrier's loss late: up to a second. */
  private void awaitStatus(NicStatus status) {
    long start = System.nanoTime();
    while (tap.nic.status() != status) {
      assertTrue(System.nanoTime() - start < 5 * SECOND_NS, "still " + tap.nic.status());
      tap.nic.await(SECOND_NS / 100);
    }
  }

  /** GND-13. */
  @Test
  void loweredMtuIsSeenByPollingAndByWaiting() throws Exception {
    assertEquals(1_500, tap.nic.mtu());
    TapHost.mtu(TestTap.NAME, 1_280);
    receiveNothing(1_024);
    assertEquals(1_280, tap.nic.mtu());
    TapHost.mtu(TestTap.NAME, 576);
    tap.nic.await(1);
    assertEquals(576, tap.nic.mtu());
  }

  /** GND-14. */
  @Test
  void raisedMtuHoldsForTheFirstFrameThatUsesIt() throws Exception {
    TapHost.mtu(TestTap.NAME, 9_000);
    tap.kernel.send(frame(1, 9_014));
    assertArrayEquals(frame(1, 9_014), tap.receive());
    assertEquals(9_000, tap.nic.mtu());
    tap.send(frame(2, 9_014));
    assertArrayEquals(frame(2, 9_014), tap.kernel.receive());
  }

  /** GND-14. */
  @Test
  void mtuIsNeverAboveWhatASlotHolds() throws Exception {
    TapHost.mtu(TestTap.NAME, 65_521);
    tap.nic.await(0);
    assertEquals(tap.nic.features().largestFrame() - 18, tap.nic.mtu());
  }

  @Test
  void deviceOpenedWithALargeMtuHasSlotsForIt() throws Exception {
    PersistentTap.make("vireo1");
    TapHost.mtu("vireo1", 65_521);
    TapHost.up("vireo1");
    try (Nic nic = TapNic.open("vireo1")) {
      assertEquals(65_521, nic.mtu());
      assertTrue(nic.features().largestFrame() >= 65_521 + 14);
      assertTrue(nic.claim(65_535) != Nic.FULL);
    }
  }

  @Test
  void renamedDeviceStillTellsItsMtu() throws Exception {
    TapHost.down(TestTap.NAME);
    RouteNetlink.rename(TestTap.NAME, "other");
    TapHost.mtu("other", 1_400);
    tap.nic.await(0);
    assertEquals(1_400, tap.nic.mtu());
  }

  /** GND-11: reading finds the device gone. */
  @Test
  void deletedDeviceFailsOnceWhenRead() throws Exception {
    RouteNetlink.delete(TestTap.NAME);
    assertFailedAfter(() -> assertNull(tap.receive()), "read: EBADFD");
  }

  /** GND-11: writing finds the device gone. */
  @Test
  void deletedDeviceFailsOnceWhenWritten() throws Exception {
    RouteNetlink.delete(TestTap.NAME);
    assertFailedAfter(() -> tap.send(frame(1, 60)), "write: EBADFD");
    tap.assertCounted(NicCounter.SEND_FAILED, 1);
  }

  /** GND-11: waiting finds the device gone. */
  @Test
  void deletedDeviceFailsOnceWhenAwaited() throws Exception {
    RouteNetlink.delete(TestTap.NAME);
    assertFailedAfter(() -> tap.nic.await(5 * SECOND_NS), "poll: EBADFD");
  }

  private void assertFailedAfter(Runnable call, String how) {
    call.run();
    assertEquals(NicStatus.FAILED, tap.nic.status());
    IOException failure = tap.nic.failure();
    assertEquals(
        "TAP device vireo0 failed (" + how
            + "): the device has been deleted; make it again and open it again",
        failure.getMessage());
    assertEquals(Nic.EMPTY, tap.nic.receive());
    assertEquals(Nic.FULL, tap.nic.claim(60));
    tap.nic.ring();
    assertSame(failure, tap.nic.failure());
  }

  /** GND-11: whoever goes on waiting for a device that is gone sleeps. */
  @Test
  void deletedDeviceUnderTrafficLeavesTheThreadIdle() throws Exception {
    CountDownLatch traffic = new CountDownLatch(1_000);
    Thread deleter = new Thread(() -> {
      try {
        traffic.await();
        RouteNetlink.delete(TestTap.NAME);
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    deleter.start();
    for (int i = 0; tap.nic.status() != NicStatus.FAILED; i++) {
      long unused = tap.kernel.trySend(frame(i, 60));
      int offset = tap.nic.claim(60);
      if (offset != Nic.FULL) {
        tap.nic.transmitMemory().put(offset, frame(i, 60));
        tap.nic.transmit(offset, 60, 0, 0);
      }
      tap.receive();
      traffic.countDown();
    }
    deleter.join();
    int turns = 0;
    long start = System.nanoTime();
    for (; System.nanoTime() - start < SECOND_NS / 5; turns++) {
      assertEquals(Nic.EMPTY, tap.nic.receive());
      tap.nic.await(SECOND_NS / 100);
    }
    assertTrue(turns <= 20, turns + " turns in 0.2 s, each with a wait of 0.01 s");
  }

  /** GND-11: the device goes while its owner sleeps. */
  @Test
  void deletedDeviceEndsTheWait() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    Thread deleter = new Thread(() -> {
      try {
        started.await();
        Thread.sleep(50); // the owner sleeps by then; if not, the test still holds
        RouteNetlink.delete(TestTap.NAME);
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    deleter.start();
    started.countDown();
    long start = System.nanoTime();
    tap.nic.await(10 * SECOND_NS);
    assertTrue(System.nanoTime() - start < 5 * SECOND_NS);
    assertEquals(NicStatus.FAILED, tap.nic.status());
    deleter.join();
  }

  private void receiveNothing(int times) {
    for (int i = 0; i < times; i++) {
      assertNull(tap.receive());
    }
  }
}
