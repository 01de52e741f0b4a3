// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.StackGauge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** STM-01: every state, every combination of flags, places of SEQ and of ACK, lengths: the stack does what {@link Rfc9293} says. */
class StateMatrixTest {
  private static final int PSH_URG = 0x28;
  private static final int[] LENGTHS = {0, 1, 1000};

  /** A state, by SND.UNA, SND.NXT and RCV.NXT in it, and the segments that lead there; a word is a command of the user. */
  enum State {
    CLOSED(0, 1, 1),
    LISTEN(0, 1, 1),
    SYN_SENT(0, 1, 1, "connects"),
    SYN_RECEIVED_PASSIVE(0, 1, 1, "SYN seq 0"),
    SYN_RECEIVED(0, 1, 1, "connects", "SYN seq 0"),
    ESTABLISHED(1, 1, 1, "SYN seq 0", "ACK seq 1 ack 1"),
    CLOSE_WAIT(1, 1, 2, "SYN seq 0", "FIN ACK seq 1 ack 1"),
    FIN_WAIT_1(1, 2, 1, "SYN seq 0", "ACK seq 1 ack 1", "finishes"),
    FIN_WAIT_2(2, 2, 1, "SYN seq 0", "ACK seq 1 ack 1", "finishes", "ACK seq 1 ack 2"),
    CLOSING(1, 2, 2, "SYN seq 0", "ACK seq 1 ack 1", "finishes", "FIN ACK seq 1 ack 1"),
    LAST_ACK(1, 2, 2, "SYN seq 0", "FIN ACK seq 1 ack 1", "finishes"),
    TIME_WAIT(2, 2, 2, "SYN seq 0", "ACK seq 1 ack 1", "finishes", "FIN ACK seq 1 ack 2");

    final int una;
    final int nxt;
    final int rcvNxt;
    final String way;

    State(int una, int nxt, int rcvNxt, String... way) {
      this.una = una;
      this.nxt = nxt;
      this.rcvNxt = rcvNxt;
      this.way = String.join(",", way);
    }
  }

  private final World world = new World(Numbers.WRAPPING);
  private final List<String> differences = new ArrayList<>();
  private final Set<String> kinds = new HashSet<>();
  private int cells;

  @ParameterizedTest
  @EnumSource
  void doesWhatTheRfcSays(State state) {
    world.listens = state != State.CLOSED;
    world.tcp = world.tcp.withConnections(1 << 10);
    int edge = 1 + Rfc9293.WINDOW;
    int rcvNxt = state.rcvNxt;
    int[] places = {rcvNxt - 1000, rcvNxt - 1, rcvNxt, rcvNxt + 1, edge - 1, edge, edge + 1000};
    int[] acks = {
      state.una - 70_000, state.una - 1, state.una, state.una + 1, state.nxt, state.nxt + 1
    };
    for (int flags = 0; flags < 32; flags++) {
      if ((flags & SegmentLine.PSH) == 0) {
        boolean acknowledges = (flags & SegmentLine.ACK) != 0;
        int[] acksThatDiffer =
            acknowledges ? Arrays.stream(acks).distinct().toArray() : new int[] {77};
        for (int seq : places) {
          for (int ack : acksThatDiffer) {
            for (int length : LENGTHS) {
              // PSH and URG mean nothing here: every third cell has both.
              int marks = cells % 3 == 0 ? PSH_URG : 0;
              cell(state, edge, SegmentLine.of(flags | marks, seq, ack, length));
            }
          }
        }
      }
    }
    world.end();
    assertTrue(cells >= 8 * 7 * 3 * (1 + 4), cells + " cells");
    assertEquals("", String.join("\n", differences));
  }

  private void cell(State state, int edge, SegmentLine line) {
    Peer peer = new Peer(world, World.PEER_ADDRESS, 2000 + cells++, 77 * cells);
    peer.user.takesAnyBytes();
    walk(state, peer);
    Rfc9293 rfc = new Rfc9293(state.name(), state.una, state.nxt, state.rcvNxt, edge);
    rfc.arrives(line);
    peer.sends(line);
    String expected = rfc.replies + " " + rfc.events + " " + rfc.state;
    String actual = replies(peer, state) + " " + peer.user.heard() + " " + stateOf(peer, rfc.state);
    if (!actual.equals(expected)) {
      // One example of each kind.
      String kind = SegmentLine.flagsText(line.flags & 0x17) + expected + actual;
      if (kinds.add(kind)) {
        differences.add(line.text + "\n   expected " + expected + "\n   but was  " + actual);
      }
    }
    cleanUp(peer, line);
  }

  private void walk(State state, Peer peer) {
    for (String step : state.way.split(",", -1)) {
      switch (step) {
        case "" -> {}
        case "connects" -> peer.user.connects();
        case "finishes" -> peer.user.finishes();
        default -> peer.sends(SegmentLine.parse(step));
      }
      world.sent.clear();
    }
    peer.user.forgets();
  }

  private List<String> replies(Peer peer, State state) {
    List<String> replies = new ArrayList<>();
    for (SeenSegment segment : world.sent) {
      String text = peer.text(segment);
      text = text.substring(0, text.indexOf(" win"));
      boolean reopens = state == State.TIME_WAIT && segment.has(SegmentLine.SYN);
      replies.add(reopens ? text.replaceFirst("seq -?[0-9]+", "seq new") : text);
    }
    world.sent.clear();
    return replies;
  }

  /** That of the connection; where there is none, it cannot be seen, and the replies have to say it all. */
  private static String stateOf(Peer peer, String expected) {
    if (peer.user.connection() == null || peer.user.isOver()) {
      return List.of("CLOSED", "LISTEN", "SYN_RECEIVED_PASSIVE", "TIME_WAIT").contains(expected)
          ? expected
          : "none";
    }
    return StackGauge.state(peer.user.connection());
  }

  /** Ends what the cell has left, half-open or whole. */
  private void cleanUp(Peer peer, SegmentLine line) {
    if (peer.user.connection() != null && !peer.user.isOver()) {
      peer.user.aborts();
    }
    for (int seq : new int[] {1, line.seq + 1}) {
      peer.sends(SegmentLine.of(SegmentLine.RST, seq, 0, 0));
    }
    world.passes(1_000_000);
    world.sent.clear();
    peer.user.forgets();
    world.forget(peer);
  }
}
