// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The first conversation, and that scripts begin where they say. */
class HarnessTest extends TcpScript {
  @Test
  void aConversationReadsLikeATrace() {
    peer.sends("SYN seq 0 win 65535 <mss 1460,wscale 7>");
    stack.answers("SYN ACK seq 0 ack 1 win 65535 <mss 1460,wscale 0>");
    peer.sends("ACK seq 1 ack 1 win 512");
    user.hears("established");
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 1 len 1000");
    peer.sends("ACK seq 1 ack 1001");
    time.passes("200 ms");
    stack.isSilent();
    assertEquals(numbers.stackIss, peer.stackIss());
  }

  @Test
  void theStackChoosesTheNumberForItsOwnOpening() {
    connected();
    assertEquals(numbers.stackIss, peer.stackIss());
  }
}
