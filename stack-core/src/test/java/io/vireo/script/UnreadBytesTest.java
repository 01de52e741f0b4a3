// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import org.junit.jupiter.api.Test;

/** Connections that end while their user still has bytes to read. */
class UnreadBytesTest extends TcpScript {
  // FN-23, MUST-12; RFC 9293 §3.6: FIN, RST, timeout and refusal tell themselves apart; see also
  // ResetTest and ActiveOpenTest
  @Test
  void resetWhileDataIsUnreadIsNotAnEndOfStream() {
    established();
    user.stopsReading();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
    peer.sends("RST seq 101");
    user.hears("closed RESET");
  }

  // api.md, "What this asks of the stack" 2: bytes unread outlive the TCP state; no window update
  // follows a FIN
  @Test
  void unreadBytesOutliveTheConnection() {
    established();
    user.pauses();
    peer.sends("FIN ACK PSH seq 1 ack 1 len 1000");
    stack.answers("ACK seq 1 ack 1002");
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1002");
    peer.sends("ACK seq 1002 ack 2");
    stack.isSilentFor("2 min");
    user.hearsNothing();
    user.resumes();
    user.hears("data 1000", "fin", "closed CLOSED");
    stack.isSilent();
  }

  // the same, in TIME-WAIT, where a RST touches nothing
  @Test
  void resetInTimeWaitDoesNotTakeUnreadBytes() {
    established();
    user.pauses();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK PSH seq 1 ack 2 len 1000");
    stack.answers("ACK seq 2 ack 1002");
    peer.sends("RST seq 1002");
    stack.isSilent();
    user.resumes();
    user.hears("data 1000", "fin", "closed CLOSED");
  }

  // api.md: abort of what TCP has finished already
  @Test
  void abortAfterTheEndOfTcpIsToldAsAbort() {
    established();
    user.pauses();
    user.finishes();
    stack.answers("FIN ACK seq 1 ack 1");
    peer.sends("FIN ACK PSH seq 1 ack 2 len 1000");
    stack.answers("ACK seq 2 ack 1002");
    user.aborts();
    user.hears("closed ABORTED");
    stack.isSilent();
  }
}
