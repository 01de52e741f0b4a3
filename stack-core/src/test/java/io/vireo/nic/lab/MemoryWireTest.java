// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import io.vireo.time.ManualClock;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What a wire does beyond the contract of all NICs. */
class MemoryWireTest {
  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 500);

  @Test
  void aFrameIsUnderWayForTheDelay() {
    MemoryWire wire = new MemoryWire(clock, 1_000);
    assertEquals(Nic.UNKNOWN, wire.right().nextFrameNs());
    Frames.send(wire.left(), 1);
    long arrival = clock.nanoTime() + 1_000;
    assertEquals(arrival, wire.right().nextFrameNs());
    assertEquals(Nic.UNKNOWN, wire.left().nextFrameNs());
    clock.advance(999);
    assertEquals(Nic.EMPTY, wire.right().receive());
    clock.advance(1);
    assertEquals(1, receive(wire.right()));
    assertEquals(Nic.UNKNOWN, wire.right().nextFrameNs());
  }

  @Test
  void theTimestampIsTheArrival() {
    MemoryWire wire = new MemoryWire(clock, 1_000);
    Frames.send(wire.left(), 1);
    long arrival = clock.nanoTime() + 1_000;
    clock.advance(5_000);
    wire.right().receive();
    assertEquals(arrival, wire.right().receiveTimestampNs());
  }

  @Test
  void withoutDelayTheNextFrameIsThereNow() {
    MemoryWire wire = new MemoryWire(clock, 0);
    Frames.send(wire.left(), 1);
    assertEquals(clock.nanoTime(), wire.right().nextFrameNs());
  }

  @Test
  void nothingLeavesBeforeTheDoorbell() {
    MemoryWire wire = new MemoryWire(clock, 0);
    int offset = wire.left().claim(60);
    wire.left().transmit(offset, 60, 0, 0);
    assertEquals(Nic.EMPTY, wire.right().receive());
    assertEquals(Nic.UNKNOWN, wire.right().nextFrameNs());
    wire.left().ring();
    assertEquals(60, ReceivedFrame.length(wire.right().receive()));
  }

  @Test
  void theSlotThatWasSentIsTheFrameThatIsReceived() {
    MemoryWire wire = new MemoryWire(clock, 0);
    assertSame(wire.left().transmitMemory(), wire.right().receiveMemory());
    int offset = Frames.send(wire.left(), 1);
    assertEquals(offset, ReceivedFrame.offset(wire.right().receive()));
  }

  @Test
  void theSlotReturnsToTheSenderWhenTheReceiverReleasesIt() {
    WireSettings settings = WireSettings.defaults().withSlots(8);
    MemoryWire wire = new MemoryWire(clock, settings);
    for (int frame = 0; frame < 8; frame++) {
      Frames.send(wire.left(), frame);
    }
    assertEquals(Nic.FULL, wire.left().claim(60));
    wire.right().receive();
    assertEquals(Nic.FULL, wire.left().claim(60));
    wire.right().release();
    assertTrue(wire.left().claim(60) >= 0);
  }

  @Test
  void aFrameLongerThanTheMtuAllowsIsDroppedAndCounted() {
    MemoryWire wire = new MemoryWire(clock, 0);
    int offset = wire.left().claim(1_515);
    wire.left().transmit(offset, 1_515, 0, 0);
    Frames.send(wire.left(), 7);
    assertEquals(7, receive(wire.right()));
    assertEquals(1, wire.right().counter(NicCounter.RECEIVE_OVERSIZE));
    assertEquals(1, wire.right().counter(NicCounter.FRAMES_RECEIVED));
  }

  @Test
  void theMtuMayChange() {
    MemoryWire wire = new MemoryWire(clock, 0);
    wire.mtu(576);
    assertEquals(576, wire.left().mtu());
    assertEquals(576, wire.right().mtu());
    assertThrows(IllegalArgumentException.class, () -> wire.mtu(67));
    assertThrows(IllegalArgumentException.class, () -> wire.mtu(2_048));
  }

  @Test
  void whatIsSentWhileTheLinkIsDownIsLostAndCounted() {
    MemoryWire wire = new MemoryWire(clock, 0);
    Frames.send(wire.left(), 1);
    wire.linkUp(false);
    assertEquals(NicStatus.DOWN, wire.left().status());
    assertEquals(NicStatus.DOWN, wire.right().status());
    Frames.send(wire.left(), 2);
    wire.linkUp(true);
    assertEquals(NicStatus.UP, wire.left().status());
    Frames.send(wire.left(), 3);
    assertEquals(1, receive(wire.right()));
    assertEquals(3, receive(wire.right()));
    assertEquals(1, wire.left().counter(NicCounter.SEND_FAILED));
    assertEquals(2, wire.left().counter(NicCounter.FRAMES_SENT));
  }

  @Test
  void anEndThatFailedAnswersEmptyAndFullAndNamesTheCause() {
    MemoryWire wire = new MemoryWire(clock, 0);
    assertNull(wire.left().failure());
    Frames.send(wire.right(), 1);
    IOException cause = new IOException("the adapter is lost");
    wire.fail(wire.left(), cause);
    assertEquals(NicStatus.FAILED, wire.left().status());
    assertSame(cause, wire.left().failure());
    assertEquals(Nic.EMPTY, wire.left().receive());
    assertEquals(Nic.FULL, wire.left().claim(60));
    assertThrows(
        IllegalArgumentException.class, () -> new MemoryWire(clock, 0).fail(wire.left(), cause));
  }

  @Test
  void toThePeerOfAFailedEndTheLinkIsDownForEverAndNoSlotIsLost() {
    MemoryWire wire = new MemoryWire(clock, WireSettings.defaults().withSlots(8));
    Frames.send(wire.right(), 1);
    wire.right().transmit(wire.right().claim(60), 60, 0, 0);
    wire.left().close();
    assertEquals(NicStatus.DOWN, wire.right().status());
    wire.linkUp(true);
    assertEquals(NicStatus.DOWN, wire.right().status());
    for (int frame = 0; frame < 100; frame++) {
      Frames.send(wire.right(), frame);
    }
    for (int slot = 0; slot < 8; slot++) {
      assertTrue(wire.right().claim(60) >= 0);
    }
  }

  @Test
  void whatWasUnderWayArrivesAfterTheSenderHasClosed() {
    MemoryWire wire = new MemoryWire(clock, 1_000);
    Frames.send(wire.left(), 1);
    wire.left().close();
    clock.advance(1_000);
    assertEquals(1, receive(wire.right()));
  }

  @Test
  void withChecksumOffloadAFrameWithoutChecksumsArrivesVerified() {
    MemoryWire wire = new MemoryWire(clock, WireSettings.defaults().withChecksumOffload(true));
    assertTrue(wire.left().features().fillsChecksums());
    assertTrue(wire.right().features().verifiesChecksums());
    wire.left().transmit(wire.left().claim(60), 60, 0, Nic.FILL_CHECKSUMS);
    wire.left().transmit(wire.left().claim(60), 60, 0, 0);
    wire.left().ring();
    assertEquals(
        ReceivedFrame.CHECKSUMS_VERIFIED, ReceivedFrame.flags(wire.right().receive()));
    wire.right().release();
    assertEquals(0, ReceivedFrame.flags(wire.right().receive()));
  }

  @Test
  void theWrongHandsOnASlotAreCaughtByAssertions() {
    Nic nic = new MemoryWire(clock, 0).left();
    int offset = nic.claim(60);
    assertThrows(AssertionError.class, () -> nic.abandon(offset + 1));
    nic.abandon(offset);
    assertThrows(AssertionError.class, () -> nic.abandon(offset));
    assertThrows(AssertionError.class, () -> nic.transmit(offset, 60, 0, 0));
    assertThrows(AssertionError.class, nic::release);
  }

  @Test
  void settingsAreChecked() {
    WireSettings settings = WireSettings.defaults();
    assertThrows(IllegalArgumentException.class, () -> settings.withDelayNs(-1));
    assertThrows(IllegalArgumentException.class, () -> settings.withSlots(7));
    assertThrows(IllegalArgumentException.class, () -> settings.withMtu(67));
    assertThrows(
        IllegalArgumentException.class,
        () -> settings.withSlots(65_536).withMtu(9_000).withMtu(65_535));
  }

  private static int receive(Nic nic) {
    long frame = nic.receive();
    assertEquals(60, ReceivedFrame.length(frame));
    int number = nic.receiveMemory().getInt(ReceivedFrame.offset(frame) + 20);
    nic.release();
    return number;
  }
}
