// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;

/** The line between a NIC under test and its far end: sends and awaits frames at both ends, patiently. */
final class TestLine {
  /** How often the far end is given a moment before a frame counts as lost. */
  private static final int PATIENCE = 2_000;

  private final Nic nic;
  private final FarEnd far;

  TestLine(Nic nic, FarEnd far) {
    this.nic = nic;
    this.far = far;
  }

  int largestFrame() {
    return nic.mtu() + TestFrames.HEADER_BYTES;
  }

  byte[] inbound(int number, int length) {
    return TestFrames.to(nic.macAddress(), number, length);
  }

  byte[] outbound(int number, int length) {
    return TestFrames.from(nic.macAddress(), number, length);
  }

  /** One frame each way. */
  void exchange(int number, int length) {
    far.inject(inbound(number, length));
    assertArrayEquals(inbound(number, length), receive());
    send(claim(length), outbound(number, length));
    nic.ring();
    assertArrayEquals(outbound(number, length), collect());
  }

  /** The next frame's bytes; the frame is released. */
  byte[] receive() {
    long frame = receiveFrame();
    assertNotEquals(Nic.EMPTY, frame, "the frame did not arrive");
    byte[] bytes = bytes(frame);
    nic.release();
    return bytes;
  }

  /** The next frame, which is then current; EMPTY if none comes. */
  long receiveFrame() {
    for (int attempt = 0; attempt < PATIENCE; attempt++) {
      long frame = nic.receive();
      if (frame == Nic.EMPTY) {
        far.settle();
      } else if (TestFrames.isOurs(bytes(frame))) {
        return frame;
      } else {
        nic.release();
      }
    }
    return Nic.EMPTY;
  }

  /** What is there at this moment, or null. */
  byte[] receiveNow() {
    for (long frame = nic.receive(); frame != Nic.EMPTY; frame = nic.receive()) {
      byte[] bytes = bytes(frame);
      nic.release();
      if (TestFrames.isOurs(bytes)) {
        return bytes;
      }
    }
    return null;
  }

  byte[] bytes(long frame) {
    byte[] bytes = new byte[ReceivedFrame.length(frame)];
    nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
    return bytes;
  }

  void send(int slot, byte[] frame) {
    nic.transmitMemory().put(slot, frame);
    nic.transmit(slot, frame.length, 0, 0);
  }

  /** A slot; waits for one that is about to become free, which the NIC may notice in ring only. */
  int claim(int bytes) {
    int slot = nic.claim(bytes);
    for (int attempt = 0; attempt < PATIENCE && slot == Nic.FULL; attempt++) {
      far.settle();
      nic.ring();
      slot = nic.claim(bytes);
    }
    assertNotEquals(Nic.FULL, slot, "no slot became free");
    return slot;
  }

  List<Integer> claimAll() {
    List<Integer> slots = new ArrayList<>();
    for (int i = 0; i < nic.features().transmitSlots(); i++) {
      slots.add(claim(nic.features().largestFrame()));
    }
    assertEquals(Nic.FULL, nic.claim(60));
    return slots;
  }

  byte[] collect() {
    for (int attempt = 0; attempt < PATIENCE; attempt++) {
      byte[] frame = far.collect();
      if (frame == null) {
        far.settle();
        nic.ring();
      } else if (TestFrames.isOurs(frame)) {
        return frame;
      }
    }
    throw new AssertionError("the frame was not sent");
  }

  byte[] collectNow() {
    byte[] frame = far.collect();
    while (frame != null && !TestFrames.isOurs(frame)) {
      frame = far.collect();
    }
    return frame;
  }
}
