// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

/**
 * A state of RFC 9293 §3.3.2, by SND.UNA, SND.NXT and RCV.NXT in it, and the way there: segments of the peer, and commands of the user. Some
 * states more than once: SYN-RECEIVED by either kind of open, with data in flight, behind a closed window.
 */
enum MatrixState {
  CLOSED("CLOSED", 0, 1, 1),
  LISTEN("LISTEN", 0, 1, 1),
  SYN_SENT("SYN_SENT", 0, 1, 1, "connects"),
  SYN_RECEIVED_PASSIVE("SYN_RECEIVED_PASSIVE", 0, 1, 1, "SYN seq 0"),
  SYN_RECEIVED("SYN_RECEIVED", 0, 1, 1, "connects", "SYN seq 0"),
  ESTABLISHED("ESTABLISHED", 1, 1, 1, "SYN seq 0", "ACK seq 1 ack 1"),
  CLOSE_WAIT("CLOSE_WAIT", 1, 1, 2, "SYN seq 0", "FIN ACK seq 1 ack 1"),
  FIN_WAIT_1("FIN_WAIT_1", 1, 2, 1, "SYN seq 0", "ACK seq 1 ack 1", "finishes"),
  FIN_WAIT_2("FIN_WAIT_2", 2, 2, 1, "SYN seq 0", "ACK seq 1 ack 1", "finishes", "ACK seq 1 ack 2"),
  CLOSING("CLOSING", 1, 2, 2, "SYN seq 0", "ACK seq 1 ack 1", "finishes", "FIN ACK seq 1 ack 1"),
  LAST_ACK("LAST_ACK", 1, 2, 2, "SYN seq 0", "FIN ACK seq 1 ack 1", "finishes"),
  TIME_WAIT(
      "TIME_WAIT", 2, 2, 2, "SYN seq 0", "ACK seq 1 ack 1", "finishes", "FIN ACK seq 1 ack 2"),

  ESTABLISHED_SENDING("ESTABLISHED", 1, 101, 1, "SYN seq 0", "ACK seq 1 ack 1", "sends"),
  CLOSE_WAIT_SENDING("CLOSE_WAIT", 1, 101, 2, "SYN seq 0", "FIN ACK seq 1 ack 1", "sends"),
  FIN_WAIT_1_SENDING("FIN_WAIT_1", 1, 102, 1, "SYN seq 0", "ACK seq 1 ack 1", "sends", "finishes"),
  CLOSING_SENDING(
      "CLOSING",
      1,
      102,
      2,
      "SYN seq 0",
      "ACK seq 1 ack 1",
      "sends",
      "finishes",
      "FIN ACK seq 1 ack 1"),
  LAST_ACK_SENDING("LAST_ACK", 1, 102, 2, "SYN seq 0", "FIN ACK seq 1 ack 1", "sends", "finishes"),

  ESTABLISHED_WINDOW_CLOSED("ESTABLISHED", 1, 1, 4097, Ways.FILLS),
  FIN_WAIT_1_WINDOW_CLOSED("FIN_WAIT_1", 1, 2, 4097, Ways.FILLS + ",finishes");

  /** The name in {@link Rfc9293}. */
  final String rfc;

  final int una;
  final int nxt;
  final int rcvNxt;

  /** With commas between the steps. */
  final String way;

  /** Right edge of the window that the stack offers. */
  final int edge;

  /** Bytes that the user has not consumed. */
  final int leftOver;

  private static final class Ways {
    static final String FILLS = "SYN seq 0,ACK seq 1 ack 1,stops reading,"
        + "ACK seq 1 ack 1 len 1400,ACK seq 1401 ack 1 len 1400,ACK seq 2801 ack 1 len 1296,waits";
  }

  MatrixState(String rfc, int una, int nxt, int rcvNxt, String... way) {
    this.rfc = rfc;
    this.una = una;
    this.nxt = nxt;
    this.rcvNxt = rcvNxt;
    this.way = String.join(",", way);
    boolean full = name().endsWith("_WINDOW_CLOSED");
    edge = full ? rcvNxt : 1 + Rfc9293.WINDOW;
    leftOver = full ? 4096 : 0;
  }

  /** The places of SEQ that matter. */
  int[] places() {
    return new int[] {rcvNxt - 1000, rcvNxt - 1, rcvNxt, rcvNxt + 1, edge - 1, edge, edge + 1000};
  }

  /** The values of ACK that matter; all are different. */
  int[] acks() {
    int tooOld = una - 70_000;
    return switch (nxt - una) {
      case 0 -> new int[] {tooOld, una - Rfc9293.WINDOW, una - 1, una, nxt + 1, nxt + 70_000};
      case 1 -> new int[] {tooOld, una - 1, una, nxt, nxt + 1, nxt + 70_000};
      default -> new int[] {tooOld, una - 1, una, una + 1, nxt, nxt + 1};
    };
  }
}
