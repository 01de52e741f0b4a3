// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.ArrayList;
import java.util.List;

/**
 * RFC 9293 §3.10.7 with RFC 5961, once more and as plainly as possible: what one segment does in each state, in relative numbers. Written
 * from the texts, and from nothing of the stack but what it decided where they leave a choice; those places say "Choice".
 */
final class Rfc9293 {
  static final int WINDOW = 65_535;

  final List<String> replies = new ArrayList<>();
  final List<String> events = new ArrayList<>();
  String state;

  private final int una;
  private final int nxt;
  private int rcvNxt;
  private final int edge;

  private int flags;
  private int seq;
  private int ack;
  private int payload;

  Rfc9293(String state, int una, int nxt, int rcvNxt, int edge) {
    this.state = state;
    this.una = una;
    this.nxt = nxt;
    this.rcvNxt = rcvNxt;
    this.edge = edge;
  }

  void arrives(SegmentLine line) {
    flags = line.flags;
    seq = line.seq;
    ack = line.ack;
    payload = line.length;
    switch (state) {
      case "CLOSED" -> closed();
      case "LISTEN" -> listen();
      case "SYN_SENT" -> synSent();
      case "TIME_WAIT" -> timeWait();
      case "SYN_RECEIVED_PASSIVE", "SYN_RECEIVED" -> synReceived();
      default -> synchronised();
    }
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  private boolean syn() {
    return has(SegmentLine.SYN);
  }

  private boolean fin() {
    return has(SegmentLine.FIN);
  }

  private boolean rst() {
    return has(SegmentLine.RST);
  }

  private boolean acks() {
    return has(SegmentLine.ACK);
  }

  private int length() {
    return payload + (syn() ? 1 : 0) + (fin() ? 1 : 0);
  }

  /** §3.5.2 group 1. */
  private void refuse() {
    replies.add(acks() ? "RST seq " + ack : "RST ACK seq zero ack " + (seq + length()));
  }

  private void sendAck() {
    replies.add("ACK seq " + nxt + " ack " + rcvNxt);
  }

  private void become(String next) {
    state = next;
  }

  // ---- §3.10.7.1

  private void closed() {
    if (!rst()) {
      refuse();
    }
  }

  // ---- §3.10.7.2

  private void listen() {
    if (rst()) {
      return;
    }
    if (acks()) {
      refuse();
    } else if (syn() && !fin()) {
      // Choice: a SYN with FIN is dropped, data on a SYN is not taken.
      replies.add("SYN ACK seq 0 ack " + (seq + 1));
      become("SYN_RECEIVED_PASSIVE");
    }
  }

  // ---- §3.10.7.3

  private void synSent() {
    if (acks() && ack != 1) {
      if (!rst()) {
        refuse();
      }
      return;
    }
    if (rst()) {
      if (acks()) {
        end("REFUSED");
      }
      return;
    }
    if (!syn()) {
      return;
    }
    rcvNxt = seq + 1;
    if (!acks()) {
      // Choice: data and FIN of a SYN without ACK are not taken.
      replies.add("SYN ACK seq 0 ack " + rcvNxt);
      become("SYN_RECEIVED");
      return;
    }
    become("ESTABLISHED");
    events.add("established");
    take(seq + 1, seq + 1 + WINDOW);
    replies.clear();
    sendAck();
  }

  // ---- §3.10.7.4, SYN-RECEIVED

  private void synReceived() {
    boolean passive = state.equals("SYN_RECEIVED_PASSIVE");
    if (syn() && !rst() && seq == 0) {
      if (!acks()) {
        replies.add("SYN ACK seq 0 ack 1");
        return;
      }
      if (!passive) {
        // The peer's half of a simultaneous open: what remains of the segment follows the SYN.
        flags &= ~SegmentLine.SYN;
        seq = 1;
      }
    }
    if (rst()) {
      resetInSynReceived(passive);
    } else if (syn() || !acceptable()) {
      sendAck();
    } else if (!acks()) {
      return;
    } else if (ack != 1) {
      refuse();
    } else {
      become("ESTABLISHED");
      events.add("established");
      take(seq, edge);
    }
  }

  private void resetInSynReceived(boolean passive) {
    if (seq == rcvNxt) {
      if (passive) {
        become("LISTEN");
      } else {
        end("REFUSED");
      }
    } else if (seq > rcvNxt && seq < edge) {
      sendAck();
    }
  }

  // ---- §3.10.7.4, from ESTABLISHED on

  private void synchronised() {
    if (rst()) {
      reset();
      return;
    }
    if (syn() || !acceptable()) {
      // RFC 5961 §4.2; first check.
      sendAck();
      return;
    }
    if (!acks()) {
      return;
    }
    if (ack > nxt || ack < una - WINDOW) {
      // RFC 5961 §5.2.
      sendAck();
      return;
    }
    if (ack == nxt && nxt > una) {
      ourFinIsAcknowledged();
    }
    if (!state.equals("CLOSED")) {
      take(seq, edge);
    }
  }

  /** RFC 5961 §3.2. */
  private void reset() {
    if (seq == rcvNxt) {
      // Choice: once everything was delivered, and only our FIN's ACK is missing, a RST is no
      // failure.
      end(state.equals("CLOSING") || state.equals("LAST_ACK") ? "CLOSED" : "RESET");
    } else if (seq > rcvNxt && seq < edge) {
      sendAck();
    }
  }

  /** First check. Choice: an empty segment may stand at the right edge itself, as that of a peer does that has filled the window. */
  private boolean acceptable() {
    if (length() == 0) {
      return seq >= rcvNxt && seq <= edge;
    }
    return seq < edge && seq + length() > rcvNxt;
  }

  private void ourFinIsAcknowledged() {
    switch (state) {
      case "FIN_WAIT_1" -> become("FIN_WAIT_2");
      case "CLOSING" -> {
        end("CLOSED");
        become("TIME_WAIT");
      }
      case "LAST_ACK" -> end("CLOSED");
      default -> throw new AssertionError(state);
    }
  }

  /** Seventh and eighth: text and FIN that begin at {@code from}. Choice: text in order is acknowledged later, the rest at once. */
  private void take(int from, int rightEdge) {
    if (payload == 0 && !fin()) {
      return;
    }
    boolean receiving = List.of("ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2").contains(state);
    boolean later = false;
    if (receiving && payload > 0) {
      int end = Math.min(from + payload, rightEdge);
      if (from <= rcvNxt && end > rcvNxt) {
        events.add("data " + (end - rcvNxt));
        rcvNxt = end;
        later = true;
      }
    }
    if (receiving && fin() && from + payload == rcvNxt) {
      rcvNxt++;
      events.add("fin");
      later = false;
      switch (state) {
        case "ESTABLISHED" -> become("CLOSE_WAIT");
        case "FIN_WAIT_1" -> become("CLOSING");
        default -> end("CLOSED");
      }
    } else if (fin()) {
      later = false;
    }
    if (!later) {
      sendAck();
    }
  }

  private void end(String reason) {
    events.add("closed " + reason);
    become("CLOSED");
  }

  // ---- §3.10.7.4, TIME-WAIT

  private void timeWait() {
    if (rst()) {
      // Choice: RFC 1337.
      return;
    }
    if (syn() && !acks() && !fin() && seq > rcvNxt) {
      // MAY-2.
      replies.add("SYN ACK seq new ack " + (seq + 1));
      become("SYN_RECEIVED_PASSIVE");
    } else if (length() > 0 || seq != rcvNxt) {
      sendAck();
    }
  }
}
