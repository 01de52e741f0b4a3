// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.Limits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Peers that make the stack hold what it cannot deliver, CVE-2018-5390. */
class ScarceMemoryTest extends TcpScript {
  private final List<Peer> hoarders = new ArrayList<>();

  /** Many peers, each with a byte at the far edge of its window, for which the whole window's memory is taken. */
  private void hoard(int peers) {
    stackSettings(stack -> stack.withBufferMemoryBytes(1 << 20));
    settings(tcp -> tcp.withConnections(100));
    established();
    for (int i = 0; i < peers; i++) {
      Peer hoarder = anotherPeer(World.PEER_ADDRESS, 6_000 + i);
      hoarders.add(hoarder);
      hoarder.sends("SYN seq 0 win 65535 <mss 1460>");
      stack.answers(hoarder, "SYN ACK seq 0 ack 1");
      hoarder.sends("ACK seq 1 ack 1");
      hoarder.user.hears("established");
    }
    for (Peer hoarder : hoarders) {
      hoarder.sends("ACK PSH seq 65530 ack 1 len 1");
      stack.answers(hoarder, "ACK seq 1 ack 1");
    }
  }

  // MEM-08: others keep what they need to send and to receive
  @Test
  void hoardersDoNotKeepOthersFromSendingAndReceiving() {
    hoard(64);
    assertTrue(world.counter(Counter.EARLY_DATA_RECLAIMED) > 0);
    user.sends(60_000);
    stack.sent();
    for (int seq = 1; seq < 200_000; seq += 1_000) {
      peer.sends("ACK PSH seq " + seq + " ack 1 len 1000");
      stack.sent();
    }
    user.forgets();
    assertEquals(200_000, user.consumed());
  }

  // MEM-08, MEM-05: what was given up is sent again, and then it counts
  @Test
  void whatWasGivenUpIsTakenWhenItComesAgain() {
    hoard(64);
    for (Peer hoarder : hoarders) {
      hoarder.sends("ACK PSH seq 1 ack 1 len 100", "ACK PSH seq 101 ack 1 len 100");
      hoarder.user.forgets();
      assertEquals(200, hoarder.user.consumed());
      stack.sent();
    }
  }

  // MEM-01, annex A: ranges are limited, whatever the memory
  @Test
  void rangesBeyondTheLimitAreDropped() {
    stackSettings(stack -> stack.withLimits(Limits.defaults().withOutOfOrderRanges(4)));
    established();
    for (int i = 1; i <= 5; i++) {
      peer.sends("ACK PSH seq " + (i * 1_000) + " ack 1 len 10");
      stack.answers("ACK seq 1 ack 1");
    }
    stack.counts(Counter.TCP_OUT_OF_ORDER, 4);
    stack.counts(Counter.TCP_DATA_DROPPED, 1);
  }
}
