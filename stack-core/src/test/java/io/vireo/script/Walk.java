// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

/** The synchronised states, how a script walks there, and how it shows that it is still there. */
enum Walk {
  ESTABLISHED(1, 1, 1),
  CLOSE_WAIT(1, 1, 2),
  FIN_WAIT_1(1, 2, 1),
  FIN_WAIT_2(2, 2, 1),
  CLOSING(1, 2, 2),
  LAST_ACK(1, 2, 2);

  /** Relative, in this state. */
  final int sndUna;

  final int sndNxt;
  final int rcvNxt;

  Walk(int sndUna, int sndNxt, int rcvNxt) {
    this.sndUna = sndUna;
    this.sndNxt = sndNxt;
    this.rcvNxt = rcvNxt;
  }

  /** RCV.NXT + RCV.WND: nothing was received but a FIN. */
  int rightEdge() {
    return 1 + 65_535;
  }

  /** A bare ACK of the stack's in this state. */
  String ack() {
    return "ACK seq " + sndNxt + " ack " + rcvNxt;
  }

  void reach(TcpScript script) {
    script.established();
    if (this == CLOSE_WAIT || this == LAST_ACK) {
      script.peer.sends("FIN ACK seq 1 ack 1");
      script.stack.answers("ACK seq 1 ack 2");
      script.user.hears("fin");
    }
    if (this != ESTABLISHED && this != CLOSE_WAIT) {
      script.user.finishes();
      script.stack.answers("FIN ACK seq 1 ack " + (this == LAST_ACK ? 2 : 1));
    }
    if (this == FIN_WAIT_2) {
      script.peer.sends("ACK seq 1 ack 2");
      script.stack.isSilent();
    }
    if (this == CLOSING) {
      script.peer.sends("FIN ACK seq 1 ack 1");
      script.stack.answers("ACK seq 2 ack 2");
      script.user.hears("fin");
    }
  }

  /** What is right in this state still works, up to the end of the connection. */
  void leave(TcpScript script) {
    switch (this) {
      case ESTABLISHED -> {
        script.user.finishes();
        script.stack.answers("FIN ACK seq 1 ack 1");
        script.peer.sends("FIN ACK seq 1 ack 2");
        script.stack.answers("ACK seq 2 ack 2");
        script.user.hears("fin", "closed CLOSED");
      }
      case CLOSE_WAIT -> {
        script.user.finishes();
        script.stack.answers("FIN ACK seq 1 ack 2");
        script.peer.sends("ACK seq 2 ack 2");
        script.user.hears("closed CLOSED");
      }
      case FIN_WAIT_1 -> {
        script.peer.sends("ACK seq 1 ack 2");
        script.stack.isSilent();
        script.peer.sends("FIN ACK seq 1 ack 2");
        script.stack.answers("ACK seq 2 ack 2");
        script.user.hears("fin", "closed CLOSED");
      }
      case FIN_WAIT_2 -> {
        script.peer.sends("FIN ACK seq 1 ack 2");
        script.stack.answers("ACK seq 2 ack 2");
        script.user.hears("fin", "closed CLOSED");
      }
      case CLOSING, LAST_ACK -> {
        script.peer.sends("ACK seq 2 ack 2");
        script.stack.isSilent();
        script.user.hears("closed CLOSED");
      }
      default -> throw new AssertionError(this);
    }
  }
}
