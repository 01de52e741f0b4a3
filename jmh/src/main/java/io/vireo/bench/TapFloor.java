// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import io.vireo.wire.Ipv4Address;
import java.io.IOException;

/** What no TCP over a TAP can be faster than: the same device, and canned segments. Spins while there is a connection. */
final class TapFloor {
  private static final long LONGEST_SLEEP_NS = 100_000_000;

  private TapFloor() {}

  /** Name of the TAP, the kernel's address with prefix, our address, and the port. Prints a line once it answers. */
  public static void main(String[] args) throws IOException {
    StandardInput.endWithIt();
    try (Nic nic = TapNic.open(args[0])) {
      TapHost.address(args[0], args[1]);
      TapHost.up(args[0]);
      CannedTcp canned = new CannedTcp(
          nic.receiveMemory(),
          nic.transmitMemory(),
          nic.macAddress(),
          Ipv4Address.parse(args[2]),
          Integer.parseInt(args[3]));
      System.out.println("listening");
      while (nic.failure() == null) {
        long frame = nic.receive();
        if (frame != Nic.EMPTY) {
          answer(nic, canned, frame);
        } else if (!canned.connected()) {
          nic.await(LONGEST_SLEEP_NS);
        }
      }
    }
  }

  private static void answer(Nic nic, CannedTcp canned, long frame) {
    int slot = nic.claim(nic.mtu());
    if (slot != Nic.FULL) {
      int length = canned.answer(ReceivedFrame.offset(frame), ReceivedFrame.length(frame), slot);
      if (length == 0) {
        nic.abandon(slot);
      } else {
        nic.transmit(slot, length, 0, 0);
        nic.ring();
      }
    }
    nic.release();
  }
}
