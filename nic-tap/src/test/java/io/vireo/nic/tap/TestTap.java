// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.KernelSide;
import java.io.IOException;

/** A TAP for a test, open and up, with the kernel's side of it. */
final class TestTap implements AutoCloseable {
  static final String NAME = "vireo0";

  final Nic nic;
  final KernelSide kernel;

  TestTap() throws IOException {
    nic = TapNic.open(NAME);
    TapHost.up(NAME);
    nic.await(0); // sees that the link is up
    kernel = new KernelSide(NAME);
  }

  /** The next frame from the kernel, or null. */
  byte[] receive() {
    long frame = nic.receive();
    if (frame == Nic.EMPTY) {
      return null;
    }
    byte[] bytes = new byte[ReceivedFrame.length(frame)];
    nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
    nic.release();
    return bytes;
  }

  /** Sends a frame to the kernel. */
  void send(byte... frame) {
    transmit(frame);
    nic.ring();
  }

  void transmit(byte... frame) {
    int offset = nic.claim(frame.length);
    nic.transmitMemory().put(offset, frame);
    nic.transmit(offset, frame.length, 0, 0);
  }

  void assertCounted(NicCounter counter, long count) {
    assertEquals(count, nic.counter(counter), counter.name());
  }

  @Override
  public void close() {
    kernel.close();
    nic.close();
  }
}
