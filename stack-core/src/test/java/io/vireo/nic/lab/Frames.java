// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import java.util.ArrayList;
import java.util.List;

/** Frames of 60 bytes, each with a number, sent and received by hand. */
final class Frames {
  static final int BYTES = 60;
  private static final int NUMBER_OFFSET = 20;

  private Frames() {}

  /** Sends a frame and rings; returns its slot. */
  static int send(Nic nic, int number) {
    int offset = fill(nic, number);
    nic.transmit(offset, BYTES, 0, 0);
    nic.ring();
    return offset;
  }

  /** Claims a slot and writes the frame; returns the slot. */
  static int fill(Nic nic, int number) {
    int offset = nic.claim(BYTES);
    for (int i = 0; i < BYTES; i++) {
      nic.transmitMemory().put(offset + i, (byte) i);
    }
    nic.transmitMemory().putInt(offset + NUMBER_OFFSET, number);
    return offset;
  }

  /** The numbers of all frames there are. */
  static List<Integer> receiveAll(Nic nic) {
    List<Integer> numbers = new ArrayList<>();
    for (long frame = nic.receive(); frame != Nic.EMPTY; frame = nic.receive()) {
      numbers.add(nic.receiveMemory().getInt(ReceivedFrame.offset(frame) + NUMBER_OFFSET));
      nic.release();
    }
    return numbers;
  }
}
