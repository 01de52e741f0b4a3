// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The window grows for who reads fast and for who waits for a long message, and for nobody else. */
class WindowGrowthTest extends TcpScript {
  private int at = 1;

  /** A window of 64 KiB, which may become four times as large; the scale is 2. The handshake took {@code rtt}. */
  private void opened(String rtt) {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 18).withDelayedAckNs(0));
    peer.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    stack.answers("SYN ACK seq 0 ack 1 win 65535 <mss 1460,wscale 2>");
    time.passes(rtt);
    peer.sends("ACK seq 1 ack 1 win 500");
    user.forgets();
  }

  /** The peer sends so many full segments; returns the window offered then. */
  private int gets(int segments) {
    for (int i = 0; i < segments; i++) {
      peer.sends("ACK seq " + at + " ack 1 len 1460");
      at += 1460;
      stack.sent();
    }
    user.forgets();
    return world.lastSent.window() << 2;
  }

  // DA-14
  @Test
  void whoReadsMoreThanAQuarterInARoundTripIsOfferedFourTimesAsMuch() {
    opened("100 ms");
    for (int i = 0; i < 10; i++) {
      assertTrue(gets(1) <= 64 << 10);
      time.passes("9 ms");
    }
    assertTrue(gets(20) >= 4 * 29_200);
    assertTrue(gets(20) >= 4 * 58_400 - (16 << 10));
    assertEquals(65_535 << 2, gets(20), "all that a window can offer");
  }

  // DA-14: the same pace on a path a hundred times as short
  @Test
  void whoReadsLittleInARoundTripKeepsHisWindow() {
    opened("1 ms");
    for (int i = 0; i < 100; i++) {
      assertTrue(gets(1) <= 64 << 10);
      time.passes("2 ms");
    }
  }

  // DA-14, DA-12: what is left over by more than half is waited for
  @Test
  void whoLeavesMoreThanHalfOverIsOfferedTwiceAsMuch() {
    opened("0 ms");
    user.stopsReading();
    assertTrue(gets(22) <= (64 << 10) - 22 * 1460 + 3);
    assertTrue(gets(1) >= (128 << 10) - 23 * 1460);
    assertTrue(gets(21) <= (128 << 10) - 44 * 1460 + 3);
    assertTrue(gets(1) >= (256 << 10) - 45 * 1460);
    gets(134);
    user.hearsOfTrouble();
    peer.sends("ACK PSH seq " + at + " ack 1 len 804");
    stack.answers("ACK seq 1 ack " + (at + 804) + " win 0");
    user.hears("data 262144");
    user.hearsOfTrouble("RECEIVE_BUFFER_FULL");
  }

  // WIN-06: after silence less is offered than before, and what was offered stays
  @Test
  void afterSilenceTheEdgeStaysUntilItIsReached() {
    opened("100 ms");
    assertEquals(65_535 << 2, gets(50));
    int edge = world.lastSent.ack() + (65_535 << 2);
    time.passes("5 s");
    for (int i = 0; i < 134; i++) {
      gets(1);
      time.passes("200 ms");
      int offered = world.lastSent.ack() + (world.lastSent.window() << 2);
      assertTrue(offered - edge >= 0 && offered - edge < 4, "the edge stays");
    }
    assertTrue(gets(1) <= 64 << 10);
  }

  // DA-14: whoever cannot send what he has is not waiting for more
  @Test
  void whoWaitsForRoomToSendIsOfferedNoMore() {
    settings(tcp -> tcp.withSendBufferBytes(4096));
    opened("0 ms");
    peer.sends("ACK seq 1 ack 1 win 0");
    user.stopsReading();
    assertEquals(4096, user.offers(5000));
    gets(44);
    assertTrue(world.lastSent.window() << 2 <= (64 << 10) - 44 * 1460 + 3);
  }
}
