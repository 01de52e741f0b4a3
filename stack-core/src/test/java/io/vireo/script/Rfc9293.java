// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * RFC 9293 §3.10.7 with RFC 5961, once more and as plainly as possible: what one segment does in each state, in relative numbers. Written
 * from the texts, and from nothing of the stack but what it decided where they leave a choice or where it deviates: each {@link Choice}.
 */
final class Rfc9293 {
  static final int WINDOW = 65_535;

  /** What urgent pointers point at: behind the second byte. */
  static final int URGENT_BYTES = 2;

  private static final int URG = 0x20;

  /** Where the texts leave a choice, or the stack knowingly does something else, and why. */
  enum Choice {
    SYN_FIN_IS_NO_SYN("LISTEN, TIME-WAIT: nobody opens and ends in one segment but a scanner"),
    DATA_WAITS_FOR_THE_HANDSHAKE("data on a SYN would cost memory before the peer is known"),
    SYN_FOLLOWS_THE_RESET(
        "SYN-SENT: §3.5.1, figure 9: the RST ends what the peer held, and our SYN is welcome now"),
    SYN_ACK_IS_REPEATED("SYN-RECEIVED: the peer's SYN again means that our SYN-ACK was lost"),
    SYN_NEVER_ENDS_A_HANDSHAKE(
        "SYN-RECEIVED of a passive open: RFC 5961 §4.2 rather than back to LISTEN"),
    CROSSED_SYN_ACK_COUNTS(
        "SYN-RECEIVED of an active open: the SYN-ACK of a crossed SYN, §3.5 figure 7"),
    RIGHT_EDGE_IS_ACCEPTABLE("an empty segment of a peer that has filled the window stands there"),
    FIN_PASSES_A_CLOSED_WINDOW("a FIN takes no room, and the peer need not probe for it"),
    ACK_PASSES_A_CLOSED_WINDOW("§3.4: what stands at RCV.NXT goes on to the check of its ACK"),
    EMPTY_SEGMENTS_ARE_CHALLENGED(
        "§3.10.7.4, first: the answer to what brings nothing has a limit, as those of RFC 5961"),
    WHAT_HAS_LENGTH_IS_ALWAYS_ANSWERED(
        "RFC 5961 §7: a repetition is honest most of the time, and must not run into the limit"),
    HANDSHAKES_SHARE_A_LIMIT(
        "SYN-RECEIVED of a passive open: answers have no connection of theirs"),
    ONLY_THE_PART_IN_THE_WINDOW("what is beyond the right edge is cut off, a FIN with it"),
    DATA_IN_ORDER_IS_ACKNOWLEDGED_LATER("§3.8.6.3, delayed ACK"),
    RESET_AFTER_EVERYTHING_IS_NO_FAILURE(
        "CLOSING, LAST-ACK: both streams have been delivered, only our FIN's ACK is missing"),
    CLOSED_WHEN_TIME_WAIT_BEGINS(
        "the user need not wait for it, and TIME-WAIT costs no connection"),
    NO_NEWS_OF_URGENT_DATA_AT_THE_END(
        "the FIN that ends it all has come, and nothing urgent with it"),
    TIME_WAIT_IGNORES_RESETS("RFC 1337 §3"),
    TIME_WAIT_MAY_BE_REOPENED("MAY-2, by a sequence number above the old ones"),
    TIME_WAIT_ANSWERS_WITHOUT_ACK_BIT(
        "whatever is not a bare segment at RCV.NXT: the peer may still wait for our last ACK");

    final String reason;

    Choice(String reason) {
      this.reason = reason;
    }
  }

  final List<String> replies = new ArrayList<>();

  /** What leaves within the time of a delayed ACK. */
  final List<String> later = new ArrayList<>();

  final List<String> events = new ArrayList<>();
  final Set<Choice> choices = EnumSet.noneOf(Choice.class);
  String state;

  /** Whether the user is told of urgent data. */
  private boolean urgent;

  /** Whether it is a RST that ends something. */
  boolean resets;

  /** Whether the answer counts as a challenge ACK, of which only so many are sent. */
  boolean challenges;

  private final int una;
  private final int nxt;
  private int rcvNxt;
  private final int edge;
  private final int leftOver;

  private int flags;
  private int seq;
  private int ack;
  private int payload;

  Rfc9293(MatrixState from) {
    state = from.rfc;
    una = from.una;
    nxt = from.nxt;
    rcvNxt = from.rcvNxt;
    edge = from.edge;
    leftOver = from.leftOver;
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

  /** What the user hears. */
  List<String> heard() {
    List<String> heard = new ArrayList<>(events);
    if (urgent) {
      heard.add("URGENT");
    }
    return heard;
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

  private void challenge() {
    challenges = true;
    sendAck();
  }

  /** First check: the answer to what is not acceptable. */
  private void answerUnacceptable() {
    challenges = choose(Choice.EMPTY_SEGMENTS_ARE_CHALLENGED, length() == 0);
    sendAck();
  }

  private void become(String next) {
    state = next;
  }

  private void choose(Choice choice) {
    choices.add(choice);
  }

  private boolean choose(Choice choice, boolean condition) {
    if (condition) {
      choices.add(choice);
    }
    return condition;
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
    } else if (syn() && !choose(Choice.SYN_FIN_IS_NO_SYN, fin())) {
      choose(Choice.DATA_WAITS_FOR_THE_HANDSHAKE, payload > 0);
      replies.add("SYN ACK seq 0 ack " + (seq + 1));
      become("SYN_RECEIVED_PASSIVE");
    }
  }

  // ---- §3.10.7.3

  private void synSent() {
    if (acks() && ack != 1) {
      if (!rst()) {
        refuse();
        choose(Choice.SYN_FOLLOWS_THE_RESET);
        replies.add("SYN seq 0");
      }
      return;
    }
    if (rst()) {
      if (acks()) {
        resets = true;
        end("REFUSED");
      }
      return;
    }
    if (!syn()) {
      return;
    }
    rcvNxt = seq + 1;
    if (!acks()) {
      choose(Choice.DATA_WAITS_FOR_THE_HANDSHAKE, payload > 0 || fin());
      replies.add("SYN ACK seq 0 ack " + rcvNxt);
      become("SYN_RECEIVED");
      return;
    }
    become("ESTABLISHED");
    events.add("established");
    take(seq + 1, seq + 1 + WINDOW);
    // The ACK of the SYN goes at once, and is the ACK of the rest.
    replies.clear();
    later.clear();
    sendAck();
  }

  // ---- §3.10.7.4, SYN-RECEIVED

  private void synReceived() {
    boolean passive = state.equals("SYN_RECEIVED_PASSIVE");
    if (syn() && !rst() && seq == 0) {
      if (!acks()) {
        choose(Choice.SYN_ACK_IS_REPEATED);
        replies.add("SYN ACK seq 0 ack 1");
        return;
      }
      if (!passive) {
        // What remains of the segment follows the SYN.
        choose(Choice.CROSSED_SYN_ACK_COUNTS);
        flags &= ~SegmentLine.SYN;
        seq = 1;
      }
    }
    if (rst()) {
      resetInSynReceived(passive);
    } else if (syn()) {
      choose(Choice.SYN_NEVER_ENDS_A_HANDSHAKE, passive);
      challenge();
    } else if (!acceptable()) {
      answerUnacceptable();
      challenges |= choose(Choice.HANDSHAKES_SHARE_A_LIMIT, passive);
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
      resets = true;
      if (passive) {
        become("LISTEN");
      } else {
        end("REFUSED");
      }
    } else if (seq > rcvNxt && seq < edge) {
      challenge();
    }
  }

  // ---- §3.10.7.4, from ESTABLISHED on

  private void synchronised() {
    if (rst()) {
      reset();
      return;
    }
    if (syn()) {
      // RFC 5961 §4.2.
      challenge();
      return;
    }
    if (!acceptable() && !choose(Choice.ACK_PASSES_A_CLOSED_WINDOW, standsAtClosedWindow())) {
      answerUnacceptable();
      return;
    }
    if (!acks()) {
      return;
    }
    if (ack > nxt || ack < una - WINDOW) {
      // RFC 5961 §5.2.
      boolean bringsNothing = length() == 0 || (rcvNxt == edge && seq == rcvNxt && payload > 0);
      challenges = !choose(Choice.WHAT_HAS_LENGTH_IS_ALWAYS_ANSWERED, !bringsNothing);
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
      resets = true;
      boolean through = (state.equals("CLOSING") || state.equals("LAST_ACK")) && nxt - una == 1;
      choose(Choice.RESET_AFTER_EVERYTHING_IS_NO_FAILURE, through);
      end(through ? "CLOSED" : "RESET");
    } else if (seq > rcvNxt && seq < edge) {
      challenge();
    }
  }

  /** First check. */
  private boolean acceptable() {
    if (length() == 0) {
      choose(Choice.RIGHT_EDGE_IS_ACCEPTABLE, seq == edge && seq > rcvNxt);
      return seq >= rcvNxt && seq <= edge;
    }
    return rcvNxt < edge && seq < edge && seq + length() > rcvNxt;
  }

  private boolean standsAtClosedWindow() {
    boolean begins = seq == rcvNxt && length() > 0 && acks();
    boolean reaches = seq < rcvNxt && seq + length() > rcvNxt;
    return rcvNxt == edge && (begins || reaches);
  }

  /** All that we sent is acknowledged; in some states a FIN was the last of it. */
  private void ourFinIsAcknowledged() {
    switch (state) {
      case "ESTABLISHED", "CLOSE_WAIT" -> {}
      case "FIN_WAIT_1" -> become("FIN_WAIT_2");
      case "CLOSING" -> beginTimeWait();
      case "LAST_ACK" -> end("CLOSED");
      default -> throw new AssertionError(state);
    }
  }

  private void beginTimeWait() {
    choose(Choice.CLOSED_WHEN_TIME_WAIT_BEGINS);
    end("CLOSED");
    become("TIME_WAIT");
  }

  /** Sixth, seventh and eighth: urgent pointer, text and FIN; what follows a SYN begins at {@code from}. */
  private void take(int from, int rightEdge) {
    boolean receiving = List.of("ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2").contains(state);
    urgent = receiving && has(URG) && seq + URGENT_BYTES > rcvNxt;
    if (payload == 0 && !fin()) {
      return;
    }
    boolean mayWait = false;
    if (receiving && payload > 0) {
      int end = Math.min(from + payload, rightEdge);
      choose(Choice.ONLY_THE_PART_IN_THE_WINDOW, end < from + payload);
      if (from <= rcvNxt && end > rcvNxt) {
        events.add("data " + (end - rcvNxt));
        rcvNxt = end;
        mayWait = true;
      }
    }
    if (receiving && fin() && from + payload == rcvNxt) {
      choose(Choice.FIN_PASSES_A_CLOSED_WINDOW, rcvNxt == edge);
      rcvNxt++;
      events.add(leftOver > 0 ? "fin with " + leftOver + " left over" : "fin");
      switch (state) {
        case "ESTABLISHED" -> become("CLOSE_WAIT");
        case "FIN_WAIT_1" -> become("CLOSING");
        default -> {
          beginTimeWait();
          urgent &= mayWait || !choose(Choice.NO_NEWS_OF_URGENT_DATA_AT_THE_END, urgent);
        }
      }
      mayWait = false;
    } else if (fin()) {
      mayWait = false;
    }
    if (mayWait) {
      choose(Choice.DATA_IN_ORDER_IS_ACKNOWLEDGED_LATER);
      later.add("ACK seq " + nxt + " ack " + rcvNxt);
    } else {
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
      choose(Choice.TIME_WAIT_IGNORES_RESETS);
      return;
    }
    if (syn() && !acks() && seq > rcvNxt && !choose(Choice.SYN_FIN_IS_NO_SYN, fin())) {
      choose(Choice.TIME_WAIT_MAY_BE_REOPENED);
      replies.add("SYN ACK seq new ack " + (seq + 1));
      become("SYN_RECEIVED_PASSIVE");
    } else if (length() > 0 || seq != rcvNxt) {
      choose(Choice.TIME_WAIT_ANSWERS_WITHOUT_ACK_BIT, !acks());
      sendAck();
    }
  }
}
