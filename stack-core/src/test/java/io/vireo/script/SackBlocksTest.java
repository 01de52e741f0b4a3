// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The blocks that our ACKs carry: RFC 2018 §3, §4 and RFC 2883 §4. What they say is SackReport's; how they leave is tried here. */
class SackBlocksTest extends TcpScript {
  private void agreed(boolean timestamps) {
    settings(tcp -> tcp.withSelectiveAcks(true).withTimestamps(timestamps));
    String ts = timestamps ? ",ts 100 zero" : "";
    for (int i = 0; i < 2; i++) {
      peer.sends("SYN seq 0 win 65535 <mss 1460,sackok" + ts + ">");
      stack.answers("SYN ACK seq 0 ack 1");
    }
    peer.sends("ACK seq 1 ack 1");
    stack.isSilent();
    user.hears("established");
  }

  // SK-01; RFC 2018 §4
  @Test
  void everyAckTellsOfWhatIsHeld() {
    agreed(false);
    peer.sends("ACK seq 101 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1 <sack 101-201>");
    peer.sends("ACK seq 201 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1 <sack 101-301>");
    peer.sends("ACK seq 401 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1 <sack 401-501 101-301>");
    peer.sends("ACK seq 1 ack 1 len 100");
    user.heard();
    stack.answers("ACK seq 1 ack 301 <sack 401-501>");
    peer.sends("ACK seq 301 ack 1 len 100");
    user.heard();
    stack.answers("ACK seq 1 ack 501 <>");
  }

  // SK-02; RFC 2018 §3: four have room
  @Test
  void fourBlocksWithoutTimestamps() {
    agreed(false);
    for (int i = 1; i <= 5; i++) {
      peer.sends("ACK seq " + (1 + 200 * i) + " ack 1 len 100");
      if (i < 5) {
        stack.sent();
      }
    }
    stack.answers("ACK seq 1 ack 1 <sack 1001-1101 801-901 601-701 401-501>");
  }

  // SK-02, MEM-16; RFC 2018 §3: three, and the header is as long as any
  @Test
  void threeBlocksWithTimestamps() {
    agreed(true);
    for (int i = 1; i <= 5; i++) {
      peer.sends("ACK seq " + (1 + 200 * i) + " ack 1 len 100");
      if (i < 5) {
        stack.sent();
      }
    }
    SeenSegment ack = world.lastSent;
    assertEquals(80, ack.datagram().length);
    stack.answers("ACK seq 1 ack 1 <ts 0 100,sack 1001-1101 801-901 601-701>");
  }

  // SK-05, SK-06; RFC 2883 §4: told once
  @Test
  void whatCameAgainIsToldOnce() {
    agreed(true);
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101 <ts * 100>");
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    stack.answers("ACK seq 1 ack 101 <ts * 100,sack 1-101>");
    peer.sends("ACK seq 301 ack 1 len 100");
    stack.answers("ACK seq 1 ack 101 <ts * 100,sack 301-401>");
    peer.sends("ACK seq 301 ack 1 len 50");
    stack.answers("ACK seq 1 ack 101 <ts * 100,sack 301-351 301-401>");
    peer.sends("ACK seq 101 ack 1 len 200");
    user.heard();
    stack.answers("ACK seq 1 ack 401 <ts * 100>");
  }

  // SK-01; RFC 2018 §4: also what carries payload, where there is room beside it
  @Test
  void payloadLeavesThemWhatRoomItHas() {
    agreed(true);
    peer.sends("ACK seq 201 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1 <ts 0 100,sack 201-301>");
    peer.sends("ACK seq 401 ack 1 len 100");
    stack.sent();
    peer.sends("ACK seq 601 ack 1 len 100");
    stack.sent();
    peer.sends("ACK seq 801 ack 1 len 100");
    stack.sent();
    user.sends(1448);
    stack.answers("ACK PSH seq 1 ack 1 len 1448 <ts 0 100>");
    user.sends(1429);
    stack.answers("ACK PSH seq 1449 ack 1 len 1429 <ts 0 100>");
    user.sends(1428);
    stack.answers("ACK PSH seq 2878 ack 1 len 1428 <ts 0 100,sack 801-901 601-701>");
    assertEquals(1500, world.lastSent.datagram().length);
    user.sends(1421);
    stack.answers("ACK PSH seq 4306 ack 1 len 1421 <ts 0 100,sack 801-901 601-701>");
    user.sends(1420);
    stack.answers("ACK PSH seq 5727 ack 1 len 1420 <ts 0 100,sack 801-901 601-701 401-501>");
    assertEquals(1500, world.lastSent.datagram().length);
    peer.sends("ACK seq 1 ack 7147");
    stack.isSilent();
  }

  // MEM-16: 40 bytes of options on a path of 576
  @Test
  void allOptionsFitIntoANarrowPath() {
    world.mtu = 576;
    agreed(true);
    for (int i = 1; i <= 3; i++) {
      peer.sends("ACK seq " + (1 + 200 * i) + " ack 1 len 100");
      stack.sent();
    }
    user.sends(525);
    stack.answers(
        "ACK seq 1 ack 1 len 524 <ts 0 100>",
        "ACK PSH seq 525 ack 1 len 1 <ts 0 100,sack 601-701 401-501 201-301>");
    peer.sends("ACK seq 1 ack 526 win 65535 len 496 <nop,nop,ts 100 0,nop,nop,sack 1-2 3-4 5-6>");
    user.heard();
    stack.sent();
    assertEquals(500, user.consumed());
  }
}
