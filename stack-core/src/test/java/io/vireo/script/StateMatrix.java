// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One state: each combination of flags, place of SEQ, place of ACK and length is a cell, and in each the stack does what {@link Rfc9293}
 * says: replies, events, state, and what it counts. A cell has a connection of its own.
 */
final class StateMatrix {
  private static final int[] LENGTHS = {0, 1, 1000};
  private static final long DELAYED_ACK_NS = 10_000_000;

  private static final List<Counter> COUNTERS =
      List.of(Counter.RESETS_SENT, Counter.RESETS_RECEIVED, Counter.CHALLENGE_ACKS_SENT);

  private final MatrixState state;
  private final World world = new World(Numbers.WRAPPING);
  private final List<String> differences = new ArrayList<>();
  private final Set<String> kinds = new HashSet<>();

  /** Which choices the stack had to make. */
  final Set<Rfc9293.Choice> choices = EnumSet.noneOf(Rfc9293.Choice.class);

  int cells;

  StateMatrix(MatrixState state) {
    this.state = state;
    world.listens = state != MatrixState.CLOSED;
    world.tcp = world.tcp.withConnections(1 << 10);
    if (state.leftOver > 0) {
      world.tcp = world.tcp.withReceiveBufferBytes(state.leftOver);
    }
  }

  /** Every cell of one combination of flags. */
  void plays(int flags) {
    for (int seq : state.places()) {
      for (int ack : state.acks()) {
        for (int length : LENGTHS) {
          SegmentLine line = SegmentLine.of(flags, seq, ack, length);
          line.strayAck = true;
          line.urgent = Rfc9293.URGENT_BYTES;
          cell(line);
        }
      }
    }
  }

  void end() {
    world.end();
    assertEquals("", String.join("\n", differences));
  }

  private void cell(SegmentLine line) {
    Peer peer = begins();
    Rfc9293 rfc = new Rfc9293(state);
    rfc.arrives(line);
    choices.addAll(rfc.choices);
    long[] before = counts();
    peer.sends(line);
    String actual = replies(peer) + " " + heard(peer) + " " + world.state(peer) + counted(before);
    world.passes(DELAYED_ACK_NS);
    actual += " later " + replies(peer) + peer.user.heard();
    String expected = rfc.replies + " " + rfc.heard() + " " + visible(rfc.state)
        + expectedCounts(rfc) + " later " + rfc.later + "[]";
    if (!actual.equals(expected)
        && kinds.add(SegmentLine.flagsText(line.flags & 0x17) + expected + actual)) {
      // One example of each kind.
      differences.add(line.text + "\n   expected " + expected + "\n   but was  " + actual);
    }
    cleanUp(peer, line);
  }

  /** The flags of what one segment is answered with, or "-"; and the state that it leads to, if another one. */
  String outcome(SegmentLine line) {
    Peer peer = begins();
    peer.sends(line);
    String flags =
        world.sent.isEmpty() ? "-" : SegmentLine.flagsText(world.sent.peek().flags());
    String next = world.state(peer);
    cleanUp(peer, line);
    return next.equals(visible(state.rfc)) ? flags : flags + " " + next;
  }

  private static List<String> heard(Peer peer) {
    List<String> heard = new ArrayList<>(peer.user.heard());
    // Before or after its bytes: they come in line.
    heard.addAll(peer.user.trouble());
    return heard;
  }

  private Peer begins() {
    Peer peer = new Peer(world, World.PEER_ADDRESS, 2000 + cells++, 77 * cells);
    peer.user.takesAnyBytes();
    walk(peer);
    return peer;
  }

  private void walk(Peer peer) {
    for (String step : state.way.split(",", -1)) {
      switch (step) {
        case "" -> {}
        case "connects" -> peer.user.connects();
        case "sends" -> peer.user.sends(100);
        case "finishes" -> peer.user.finishes();
        case "waits" -> world.passes(DELAYED_ACK_NS);
        case "stops reading" -> peer.user.stopsReading();
        default -> peer.sends(SegmentLine.parse(step));
      }
      world.sent.clear();
    }
    peer.user.forgets();
    peer.user.trouble();
  }

  private List<String> replies(Peer peer) {
    List<String> replies = new ArrayList<>();
    for (SeenSegment segment : world.sent) {
      String text = peer.text(segment);
      text = text.substring(0, text.indexOf(" win"));
      boolean reopens = state == MatrixState.TIME_WAIT && segment.has(SegmentLine.SYN);
      replies.add(reopens ? text.replaceFirst("seq -?[0-9]+", "seq new") : text);
    }
    world.sent.clear();
    return replies;
  }

  /** A listener does not show whether it is one, nor a handshake who began it. */
  private static String visible(String state) {
    return switch (state) {
      case "CLOSED", "LISTEN" -> "none";
      case "SYN_RECEIVED_PASSIVE" -> "SYN_RECEIVED";
      default -> state;
    };
  }

  private long[] counts() {
    return COUNTERS.stream().mapToLong(world::counter).toArray();
  }

  private String counted(long[] before) {
    long[] now = counts();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < now.length; i++) {
      text.append(' ').append(now[i] - before[i]);
    }
    return text.toString();
  }

  private static String expectedCounts(Rfc9293 rfc) {
    long sent = rfc.replies.stream().filter(reply -> reply.startsWith("RST")).count();
    return " " + sent + " " + (rfc.resets ? 1 : 0) + " " + (rfc.challenges ? 1 : 0);
  }

  /** Ends what the cell has left, half-open or whole. */
  private void cleanUp(Peer peer, SegmentLine line) {
    if (peer.user.connection() != null && !peer.user.isOver()) {
      peer.user.aborts();
    }
    for (int seq : new int[] {1, line.seq + 1}) {
      peer.sends(SegmentLine.of(SegmentLine.RST, seq, 0, 0));
    }
    world.sent.clear();
    peer.user.forgets();
    world.forget(peer);
  }
}
