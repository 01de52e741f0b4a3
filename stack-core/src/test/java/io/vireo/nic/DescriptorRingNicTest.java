// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** That the mock is what it says, and finds out who breaks the contract. */
class DescriptorRingNicTest {
  private final DescriptorRingNic nic = new DescriptorRingNic(16, 32);

  @Nested
  class KeepsTheContract extends NicContract {
    @Override
    protected Ends open() {
      return new Ends(nic, farEnd(nic));
    }
  }

  @Nested
  class KeepsTheContractWithTheSmallestRings extends NicContract {
    @Override
    protected Ends open() {
      DescriptorRingNic small = new DescriptorRingNic(8, 16);
      return new Ends(small, farEnd(small));
    }
  }

  @Test
  void framesStandBehindAPrefixAndCrossNoPage() {
    assertEquals(0, nic.receiveMemory().alignmentOffset(0, 4_096));
    for (int number = 0; number < 100; number++) {
      nic.arrive(inbound(number, 1_514));
      int offset = ReceivedFrame.offset(nic.receive());
      assertEquals(14, offset % 2_048);
      assertEquals(offset / 4_096, (offset + 1_513) / 4_096);
      nic.release();
    }
  }

  @Test
  void theReceiveRingIsRefilledInBatches() {
    for (int number = 0; number < 32; number++) {
      nic.arrive(inbound(number, 60));
    }
    for (int number = 0; number < 7; number++) {
      nic.receive();
      nic.release();
    }
    nic.arrive(inbound(32, 60));
    assertEquals(1, nic.counter(NicCounter.RECEIVE_OVERRUN));
    nic.receive();
    nic.release();
    nic.arrive(inbound(33, 60));
    assertEquals(1, nic.counter(NicCounter.RECEIVE_OVERRUN));
  }

  @Test
  void aFrameLongerThanTheMtuAllowsIsDroppedAndCounted() {
    nic.arrive(inbound(1, 1_515));
    assertEquals(Nic.EMPTY, nic.receive());
    assertEquals(1, nic.counter(NicCounter.RECEIVE_OVERSIZE));
  }

  @Test
  void aSlotIsFreeOnlyWhenItsEventHasBeenSeen() {
    for (int slot = 0; slot < 16; slot++) {
      send(slot);
    }
    nic.ring();
    for (int slot = 0; slot < 4; slot++) {
      nic.leave();
    }
    assertEquals(Nic.FULL, nic.claim(60));
    nic.receive();
    for (int slot = 0; slot < 4; slot++) {
      assertTrue(nic.claim(60) >= 0);
    }
    assertEquals(Nic.FULL, nic.claim(60));
  }

  @Test
  void theEventOfAnIncompleteBatchComesLate() {
    for (int slot = 0; slot < 16; slot++) {
      send(slot);
    }
    nic.ring();
    nic.leave();
    nic.receive();
    assertEquals(Nic.FULL, nic.claim(60));
    nic.receive();
    nic.receive();
    assertTrue(nic.claim(60) >= 0);
  }

  @Test
  void nothingLeavesBeforeTheDoorbell() {
    send(1);
    assertNull(nic.leave());
    nic.ring();
    assertArrayEquals(TestFrames.from(nic.macAddress(), 1, 60), nic.leave());
  }

  @Test
  void aWriteAfterTransmitIsFoundOut() {
    int offset = send(1);
    nic.transmitMemory().put(offset + 20, (byte) 0);
    nic.ring();
    assertThrows(AssertionError.class, nic::leave);
  }

  @Test
  void aWriteIntoAFreeSlotIsFoundOut() {
    int offset = nic.claim(60);
    nic.abandon(offset);
    nic.transmitMemory().put(offset, (byte) 0);
    assertThrows(AssertionError.class, () -> drainSlots());
  }

  @Test
  void aWriteAfterReleaseIsFoundOut() {
    nic.arrive(inbound(1, 60));
    int offset = ReceivedFrame.offset(nic.receive());
    nic.release();
    nic.receiveMemory().put(offset, (byte) 0);
    assertThrows(AssertionError.class, () -> {
      for (int number = 0; number < 100; number++) {
        nic.arrive(inbound(number, 60));
        nic.receive();
        nic.release();
      }
    });
  }

  @Test
  void whatWasReleasedIsPoison() {
    nic.arrive(inbound(1, 60));
    int offset = ReceivedFrame.offset(nic.receive());
    nic.release();
    assertEquals((byte) 0xDB, nic.receiveMemory().get(offset));
  }

  private void drainSlots() {
    for (int slot = 0; slot < 16; slot++) {
      nic.claim(60);
    }
  }

  private int send(int number) {
    int offset = nic.claim(60);
    nic.transmitMemory().put(offset, TestFrames.from(nic.macAddress(), number, 60));
    nic.transmit(offset, 60, 0, 0);
    return offset;
  }

  private byte[] inbound(int number, int length) {
    return TestFrames.to(nic.macAddress(), number, length);
  }

  private static FarEnd farEnd(DescriptorRingNic nic) {
    return new FarEnd() {
      @Override
      public void inject(byte[] frame) {
        nic.arrive(frame);
      }

      @Override
      public byte[] collect() {
        return nic.leave();
      }

      @Override
      public void settle() {}

      @Override
      public void close() {}
    };
  }
}
