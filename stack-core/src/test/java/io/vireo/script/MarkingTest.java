// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** MUST-48, MUST-49, SHLD-22, IP-06: traffic class and time to live that the user has set, on whatever leaves for his connections. */
class MarkingTest extends TcpScript {
  private static final int EXPEDITED_FORWARDING = 46 << 2;

  @BeforeEach
  void setMarking() {
    settings(tcp -> tcp.withTrafficClass(EXPEDITED_FORWARDING).withTimeToLive(3));
  }

  /** Takes what the stack has sent: so many segments, all of them marked. */
  private void marked(int segments) {
    List<SeenSegment> sent = stack.sent();
    assertEquals(segments, sent.size());
    for (SeenSegment segment : sent) {
      assertEquals(EXPEDITED_FORWARDING, segment.trafficClass(), segment.text(0, 0, 0, 0));
      assertEquals(3, segment.timeToLive(), segment.text(0, 0, 0, 0));
    }
  }

  @Test
  void segmentsOfAnActiveOpenAreMarked() {
    user.connects();
    marked(1);
    time.passes("1 s");
    marked(1); // the SYN again
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    marked(1);
    user.hears("established");
    everyKindIsMarked();
  }

  @Test
  void segmentsOfAPassiveOpenAreMarked() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    marked(1);
    time.passes("1 s");
    marked(1); // the SYN-ACK again
    peer.sends("SYN seq 1 win 65535");
    marked(1); // a challenge ACK
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    everyKindIsMarked();
  }

  private void everyKindIsMarked() {
    user.sends(1000);
    marked(1);
    time.passes("4 s");
    assertFalse(world.sent.isEmpty());
    marked(world.sent.size()); // retransmissions
    peer.sends("ACK seq 1 ack 1001 len 10", "ACK seq 11 ack 1001 len 10");
    marked(1); // an ACK
    user.hears("data 10", "data 10");
    user.finishes();
    marked(1);
    user.aborts();
    user.hears("closed ABORTED");
    marked(1); // a RST
  }

  // the next hop is not known yet: the RST goes back where the handshake came from
  @Test
  void lastResetIsMarked() {
    world.answersArp = false;
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    marked(1);
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    user.aborts();
    user.hears("closed ABORTED");
    marked(1);
  }

  @Test
  void answersToStrangersAreNot() {
    peer.sends("ACK seq 1 ack 1");
    List<SeenSegment> sent = stack.sent();
    assertEquals(1, sent.size());
    assertEquals(0, sent.get(0).trafficClass());
    assertEquals(64, sent.get(0).timeToLive());
  }
}
