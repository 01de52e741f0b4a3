// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicStatus;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.InPrivateNetwork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A TAP's twin is a TAP queue in all but where its frames come from. */
@InPrivateNetwork
class TapTwinIT {
  private static final int BYTES = 100;

  private final ByteBuffer memory = ByteBuffer.allocateDirect(1 << 16);
  private Nic tap;
  private NicTwin twin;

  @BeforeEach
  void open() throws IOException {
    tap = TapNic.open("twin0");
    twin = tap.openTwin();
  }

  @AfterEach
  void close() {
    twin.close();
    tap.close();
  }

  @Test
  void isOfTheSameClassAndHasTheSameProperties() {
    assertSame(tap.getClass(), twin.nic().getClass());
    assertEquals(tap.features(), twin.nic().features());
    assertEquals(tap.macAddress(), twin.nic().macAddress());
    assertEquals(tap.mtu(), twin.nic().mtu());
    assertEquals(NicStatus.DOWN, tap.status()); // nobody has brought the interface up
    assertEquals(NicStatus.UP, twin.nic().status());
  }

  @Test
  void framesPassBothWaysInOrder() {
    for (int round = 0; round < 1_000; round++) {
      memory.putInt(0, round);
      assertTrue(twin.deliver(memory, 0, BYTES));
      long frame = twin.nic().receive();
      assertEquals(BYTES, ReceivedFrame.length(frame));
      assertEquals(round, twin.nic().receiveMemory().getInt(ReceivedFrame.offset(frame)));
      twin.nic().release();
      int slot = twin.nic().claim(BYTES);
      twin.nic().transmitMemory().putInt(slot, ~round);
      twin.nic().transmit(slot, BYTES, 0, 0);
      twin.nic().ring();
      assertEquals(BYTES, twin.take(memory, 512));
      assertEquals(~round, memory.getInt(512));
    }
    assertEquals(Nic.EMPTY, twin.nic().receive());
    assertEquals(0, twin.take(memory, 0));
    assertEquals(0, tap.counter(NicCounter.FRAMES_SENT));
  }

  @Test
  void whatHasNoRoomIsRefusedAndTheRestArrives() {
    int delivered = 0;
    while (twin.deliver(memory, 0, 1_514)) {
      delivered++;
    }
    assertTrue(delivered > 10, "" + delivered);
    for (int i = 0; i < delivered; i++) {
      assertTrue(twin.nic().receive() != Nic.EMPTY);
      twin.nic().release();
    }
    assertEquals(Nic.EMPTY, twin.nic().receive());
    assertTrue(twin.deliver(memory, 0, 1_514));
  }

  @Test
  void whatTheStackSendsTooFastWaitsInItsSlots() {
    int sent = 0;
    int slot = twin.nic().claim(1_514);
    while (slot != Nic.FULL) {
      twin.nic().transmitMemory().putInt(slot, sent++);
      twin.nic().transmit(slot, 1_514, 0, 0);
      slot = twin.nic().claim(1_514);
    }
    assertTrue(sent > twin.nic().features().transmitSlots());
    for (int i = 0; i < sent; i++) {
      assertEquals(1_514, twin.take(memory, 0));
      assertEquals(i, memory.getInt(0));
      twin.nic().ring();
    }
    assertEquals(0, twin.take(memory, 0));
  }

  @Test
  void anAwaitEndsWithAFrame() {
    twin.deliver(memory, 0, BYTES);
    long startNs = System.nanoTime();
    twin.nic().await(20_000_000_000L);
    assertTrue(System.nanoTime() - startNs < 10_000_000_000L);
    assertTrue(twin.nic().receive() != Nic.EMPTY);
  }

  @Test
  void closingGivesEverythingBack() throws IOException {
    long before = descriptors();
    for (int i = 0; i < 10; i++) {
      NicTwin other = tap.openTwin();
      other.close();
      other.close();
      assertFalse(other.deliver(memory, 0, BYTES));
      assertEquals(0, other.take(memory, 0));
      assertEquals(Nic.EMPTY, other.nic().receive());
    }
    assertEquals(before, descriptors());
    assertNull(tap.failure());
  }

  /** Its descriptors may be somebody else's by now. */
  @Test
  void aClosedTapHasNone() {
    tap.close();
    IOException refusal = assertThrows(IOException.class, tap::openTwin);
    assertTrue(refusal.getMessage().contains("closed"), refusal.getMessage());
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
