// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** No transmit slot is free but those of the reserve: what is urgent leaves, whatever waits in front of it. */
class SlotsTest extends TcpScript {
  @Test
  void acksOfOneConnectionDoNotWaitForThePayloadOfAnother() {
    established();
    Peer other = anotherPeer(World.PEER_ADDRESS, World.PEER_PORT + 1);
    other.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers(other, "SYN ACK seq 0 ack 1");
    other.sends("ACK seq 1 ack 1 win 65535");
    other.user.hears("established");
    // The second segment calls for an ACK, and brings about a reply.
    user.on("data", () -> user.on("data", () -> user.sends(1000)));
    stack.cannotSend(true);
    peer.sends("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460");
    user.hears("data 1460", "data 1460");
    stack.answers("ACK seq 1 ack 2921");
    other.sends("ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460");
    other.user.hears("data 1460", "data 1460");
    stack.answers(other, "ACK seq 1 ack 2921");
    stack.cannotSend(false);
    world.settle();
    stack.answers("ACK PSH seq 1 ack 2921 len 1000");
  }

  /** A flush that finds no slot is kept, not forgotten. */
  @Test
  void aFlushWaitsForASlot() {
    established();
    user.sendsMore(10);
    stack.cannotSend(true);
    user.flushes();
    stack.isSilent();
    stack.cannotSend(false);
    world.settle();
    stack.answers("ACK PSH seq 1 ack 1 len 10");
  }

  // RFC 5681 §3.2: the loss is repaired as soon as a slot is free
  @Test
  void fastRetransmitWaitsForASlot() {
    established();
    user.sends(5 * 1460);
    stack.sent();
    stack.cannotSend(true);
    peer.sends("ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK seq 1 ack 1");
    stack.isSilent();
    stack.cannotSend(false);
    world.settle();
    stack.answers("ACK seq 1 ack 1 len 1460");
  }

  // RFC 9293 §3.8.6.1: a probe that found no slot is still due
  @Test
  void probeOfAClosedWindowWaitsForASlot() {
    established("mss 1460", "win 0");
    user.sends(10);
    stack.cannotSend(true);
    stack.isSilentFor("1500 ms");
    stack.cannotSend(false);
    world.settle();
    stack.answers("ACK PSH seq 1 ack 1 len 1");
    stack.counts(Counter.WINDOW_PROBES_SENT, 1);
  }

  // RFC 9293 §3.8.6.2.1 (4): so is what goes into a silly window
  @Test
  void overrideOfASillyWindowWaitsForASlot() {
    established();
    peer.sends("ACK seq 1 ack 1 win 5");
    user.sends(10);
    stack.cannotSend(true);
    stack.isSilentFor("1500 ms");
    stack.cannotSend(false);
    world.settle();
    stack.answers("ACK seq 1 ack 1 win 65535 len 5");
    stack.counts(Counter.WINDOW_PROBES_SENT, 1);
  }

  // UT-04: the card takes nothing any more, and patience has its end all the same
  @Test
  void userTimeoutHoldsWithoutASlot() {
    settings(tcp -> tcp.withUserTimeoutNs(5_000_000_000L));
    established();
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 1 len 1000");
    stack.cannotSend(true);
    time.passes("5 s");
    user.hears("closed TIMEOUT");
    stack.answers("RST ACK seq 1001 ack 1");
  }
}
