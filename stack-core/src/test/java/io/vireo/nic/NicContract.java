// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a stack may rely on, whatever the NIC: each backend runs this suite. Frames that are not the suite's own, as a kernel
 * sends them, are passed over in both directions.
 */
@Timeout(60)
public abstract class NicContract {
  private static final long HOUR_NS = 3_600_000_000_000L;

  /** Frames under way towards the NIC at once; a receive ring may hold little more. */
  private static final int BURST = 8;

  /** A NIC and what it is connected to. */
  public record Ends(Nic nic, FarEnd far) {}

  private Nic nic;
  private FarEnd far;
  private TestLine line;

  /** Opens the NIC under test, with its link up, and its far end. */
  protected abstract Ends open() throws Exception;

  @BeforeEach
  void openBothEnds() throws Exception {
    Ends ends = open();
    nic = ends.nic();
    far = ends.far();
    line = new TestLine(nic, far);
  }

  @AfterEach
  void closeBothEnds() {
    nic.close();
    far.close();
  }

  @Test
  void saysWhatItIs() {
    NicFeatures features = nic.features();
    assertTrue(nic.mtu() >= 68, "RFC 791 asks for 68 bytes");
    assertTrue(features.transmitSlots() >= 8);
    assertTrue(features.largestFrame() >= line.largestFrame());
    assertEquals(NicStatus.UP, nic.status());
    assertNull(nic.failure());
    assertEquals(0, nic.macAddress() >>> 48, "48 bits");
    assertEquals(0, nic.macAddress() >>> 40 & 1, "an address of one station");
    assertNotEquals(0, nic.macAddress());
  }

  @Test
  void memoryIsDirectBigEndianAndAlwaysTheSameInstance() {
    ByteBuffer receiveMemory = nic.receiveMemory();
    ByteBuffer transmitMemory = nic.transmitMemory();
    for (int number = 0; number < 100; number++) {
      line.exchange(number, 100);
    }
    assertSame(receiveMemory, nic.receiveMemory());
    assertSame(transmitMemory, nic.transmitMemory());
    assertTrue(receiveMemory.isDirect());
    assertTrue(transmitMemory.isDirect());
    assertEquals(ByteOrder.BIG_ENDIAN, receiveMemory.order());
    assertEquals(ByteOrder.BIG_ENDIAN, transmitMemory.order());
  }

  @Test
  void framesOfEverySizeAreReceivedIntact() {
    for (int length = TestFrames.HEADER_BYTES; length <= line.largestFrame(); length++) {
      byte[] frame = line.inbound(length, length);
      far.inject(frame);
      assertArrayEquals(frame, line.receive());
    }
  }

  @Test
  void framesOfEverySizeAreSentIntact() {
    for (int length = TestFrames.HEADER_BYTES; length <= line.largestFrame(); length++) {
      line.send(line.claim(length), line.outbound(length, length));
      nic.ring();
      assertArrayEquals(line.outbound(length, length), line.collect());
    }
  }

  @Test
  void isEmptyAtFirstAndAfterAllIsReceived() {
    assertNull(line.receiveNow());
    far.inject(line.inbound(1, 100));
    assertArrayEquals(line.inbound(1, 100), line.receive());
    assertNull(line.receiveNow());
    assertNull(line.receiveNow());
  }

  @Test
  void framesAreReceivedInOrder() {
    for (int first = 0; first < 100 * BURST; first += BURST) {
      for (int number = first; number < first + BURST; number++) {
        far.inject(line.inbound(number, 60));
      }
      for (int number = first; number < first + BURST; number++) {
        assertArrayEquals(line.inbound(number, 60), line.receive());
      }
    }
  }

  @Test
  void oneFrameIsCurrentAtATime() {
    assertThrows(AssertionError.class, nic::release);
    far.inject(line.inbound(1, 100));
    assertNotEquals(Nic.EMPTY, line.receiveFrame());
    assertThrows(AssertionError.class, nic::receive);
    nic.release();
    assertThrows(AssertionError.class, nic::release);
  }

  @Test
  void theCurrentFrameStaysWhatItIsUntilItIsReleased() {
    for (int round = 0; round < 20; round++) {
      byte[] expected = line.inbound(round, line.largestFrame());
      far.inject(expected);
      long current = line.receiveFrame();
      for (int number = 100; number < 100 + BURST - 1; number++) {
        far.inject(line.inbound(number, line.largestFrame()));
        line.send(line.claim(200), line.outbound(number, 200));
        nic.ring();
        assertArrayEquals(line.outbound(number, 200), line.collect());
      }
      assertArrayEquals(expected, line.bytes(current));
      nic.release();
      for (int number = 100; number < 100 + BURST - 1; number++) {
        assertArrayEquals(line.inbound(number, line.largestFrame()), line.receive());
      }
    }
  }

  @Test
  void figuresOfTheCurrentFrameAreSane() {
    far.inject(line.inbound(1, 100));
    long frame = line.receiveFrame();
    assertTrue(ReceivedFrame.offset(frame) + 100 <= nic.receiveMemory().capacity());
    assertEquals(0, nic.receiveSegmentSize(), "one segment that was not merged");
    int known = nic.features().verifiesChecksums() ? ReceivedFrame.CHECKSUMS_VERIFIED : 0;
    assertEquals(0, ReceivedFrame.flags(frame) & ~known);
    nic.receiveTimestampNs();
    nic.release();
  }

  @Test
  void framesLeaveInTheOrderInWhichTheyWereTransmitted() {
    int[] slots = new int[8];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = line.claim(100);
    }
    for (int i = 0; i < slots.length; i++) {
      line.send(slots[(5 * i + 3) % slots.length], line.outbound(i, 100));
    }
    nic.ring();
    for (int i = 0; i < slots.length; i++) {
      assertArrayEquals(line.outbound(i, 100), line.collect());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8})
  void oneDoorbellSendsAllThatWasQueued(int batch) {
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < batch; i++) {
        line.send(line.claim(100), line.outbound(round + i, 100));
      }
      nic.ring();
      for (int i = 0; i < batch; i++) {
        assertArrayEquals(line.outbound(round + i, 100), line.collect());
      }
    }
  }

  @Test
  void aDoorbellForNothingIsHarmless() {
    nic.ring();
    nic.ring();
    assertNull(line.collectNow());
    line.exchange(1, 100);
  }

  @Test
  void slotsAreIndependentAndLargeEnough() {
    List<Integer> slots = line.claimAll();
    int largest = nic.features().largestFrame();
    for (int i = 0; i < slots.size(); i++) {
      nic.transmitMemory().put(slots.get(i), line.outbound(i, largest));
    }
    for (int i = 0; i < slots.size(); i++) {
      byte[] held = new byte[largest];
      nic.transmitMemory().get(slots.get(i), held);
      assertArrayEquals(line.outbound(i, largest), held, "slot " + i);
      nic.abandon(slots.get(i));
    }
  }

  @Test
  void abandonedSlotsSendNothingAndAreFreeAgain() {
    for (int round = 0; round < 3; round++) {
      List<Integer> slots = line.claimAll();
      assertEquals(nic.features().transmitSlots(), slots.size());
      for (int i = 0; i < slots.size(); i += 2) {
        nic.abandon(slots.get(i));
      }
      for (int i = 1; i < slots.size(); i += 2) {
        line.send(slots.get(i), line.outbound(i, 60));
      }
      nic.ring();
      for (int i = 1; i < slots.size(); i += 2) {
        assertArrayEquals(line.outbound(i, 60), line.collect());
      }
      assertNull(line.collectNow());
    }
  }

  @Test
  void isFullWhenAllSlotsAreClaimedAndCountsThat() {
    List<Integer> slots = line.claimAll();
    assertEquals(nic.features().transmitSlots(), slots.size());
    long counted = nic.counter(NicCounter.TRANSMIT_FULL);
    assertEquals(Nic.FULL, nic.claim(60));
    assertEquals(counted + 1, nic.counter(NicCounter.TRANSMIT_FULL));
    nic.abandon(slots.remove(3));
    slots.add(line.claim(60));
    assertEquals(Nic.FULL, nic.claim(60));
    slots.forEach(nic::abandon);
  }

  @Test
  void everySlotComesBackAfterItsFrameHasLeft() {
    for (int round = 0; round < 5; round++) {
      List<Integer> slots = line.claimAll();
      assertEquals(nic.features().transmitSlots(), slots.size());
      for (int i = 0; i < slots.size(); i++) {
        line.send(slots.get(i), line.outbound(i, line.largestFrame()));
      }
      nic.ring();
      for (int i = 0; i < slots.size(); i++) {
        assertArrayEquals(line.outbound(i, line.largestFrame()), line.collect());
      }
    }
  }

  @Test
  void aSlotBelongsToTheNicFromTransmitOn() {
    int slot = line.claim(60);
    nic.abandon(slot);
    assertThrows(AssertionError.class, () -> nic.abandon(slot));
    assertThrows(AssertionError.class, () -> nic.transmit(slot, 60, 0, 0));
    line.exchange(1, 100);
  }

  @Test
  void countsFramesBothWays() {
    long sent = nic.counter(NicCounter.FRAMES_SENT);
    long received = nic.counter(NicCounter.FRAMES_RECEIVED);
    for (int number = 0; number < 20; number++) {
      line.exchange(number, 100);
    }
    assertEquals(sent + 20, nic.counter(NicCounter.FRAMES_SENT));
    assertTrue(nic.counter(NicCounter.FRAMES_RECEIVED) >= received + 20);
    assertEquals(0, nic.counter(NicCounter.SEND_FAILED));
    assertEquals(0, nic.counter(NicCounter.RECEIVE_OVERSIZE));
    assertEquals(0, nic.counter(NicCounter.RECEIVE_DAMAGED));
    assertEquals(0, nic.counter(NicCounter.RECEIVE_OVERRUN));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void survivesARandomMixture(long seed) {
    new NicMixture(nic, far, line, seed).run(3_000);
  }

  @Test
  void aWakeupEndsTheNextAwait() {
    nic.wakeup();
    nic.wakeup();
    nic.await(HOUR_NS);
    line.exchange(1, 100);
  }

  @Test
  void aWakeupFromAnotherThreadEndsAnAwait() throws InterruptedException {
    Thread other = new Thread(nic::wakeup);
    other.start();
    nic.await(HOUR_NS);
    other.join();
  }

  @Test
  void anArrivingFrameEndsAnAwait() {
    far.inject(line.inbound(1, 100));
    nic.await(HOUR_NS);
    assertArrayEquals(line.inbound(1, 100), line.receive());
  }

  @Test
  void anAwaitEndsWithItsTime() {
    nic.await(0);
    nic.await(1_000_000);
  }

  @Test
  void anInterruptEndsAnAwaitAndStaysSet() {
    Thread.currentThread().interrupt();
    nic.await(HOUR_NS);
    assertTrue(Thread.interrupted());
    nic.await(0);
    assertFalse(Thread.interrupted());
  }

  @Test
  void closedItIsEmptyAndFullAndMayBeClosedAndWokenAgain() {
    line.exchange(1, 100);
    long sent = nic.counter(NicCounter.FRAMES_SENT);
    nic.close();
    nic.close();
    assertEquals(Nic.EMPTY, nic.receive());
    assertEquals(Nic.FULL, nic.claim(60));
    nic.ring();
    nic.wakeup();
    assertEquals(sent, nic.counter(NicCounter.FRAMES_SENT));
  }
}
