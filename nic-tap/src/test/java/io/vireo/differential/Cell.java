// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import static io.vireo.differential.Segment.ACK;
import static io.vireo.differential.Segment.FIN;
import static io.vireo.differential.Segment.RST;
import static io.vireo.differential.Segment.SYN;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One connection with a host, brought into a state, then given one segment, then asked how it stands. */
final class Cell {
  /** Where the host stands when the segment comes. */
  enum State {
    CLOSED,
    LISTEN,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    CLOSE_WAIT,
    LAST_ACK,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSING,
    TIME_WAIT
  }

  /** Where the segment begins, as the host's receive window goes. */
  enum Seq {
    LEFT(-1_000),
    EXACT(0),
    INSIDE(100),
    EDGE(-1),
    BEYOND(1_000);

    private final int distance;

    Seq(int distance) {
      this.distance = distance;
    }
  }

  /** What the segment acknowledges, as the host's send sequence goes. */
  enum Ack {
    NONE(0),
    OLD(-1),
    EXACT(0),
    FUTURE(1_000);

    private final int distance;

    Ack(int distance) {
      this.distance = distance;
    }
  }

  /** The segment. */
  record Stimulus(State state, int flags, Seq seq, Ack ack, int payloadBytes) {
    String text() {
      return state + " " + Segment.letters(flags) + " seq " + seq + " ack " + ack + " data "
          + payloadBytes;
    }
  }

  static final int CLOSED_PORT = 81;
  private static final int ISN = 1_000_000;
  private static final int RANDOM = 0x1234_5678;

  final Stimulus stimulus;
  private final Host host;
  private final int peerPort;
  private int hostPort;
  private int peerSeq = ISN;
  private boolean seen;
  private int hostIss;
  private int hostNext;
  private int offered = Segment.LARGEST_WINDOW;
  private List<Segment> received = new ArrayList<>();
  private Segment given;

  Cell(Stimulus stimulus, Host host, int peerPort) {
    this.stimulus = stimulus;
    this.host = host;
    this.peerPort = peerPort;
    hostPort = stimulus.state == State.CLOSED ? CLOSED_PORT : Host.LISTENING;
  }

  int peerPort() {
    return peerPort;
  }

  /** What the host sent on this connection. */
  void onSegment(Segment segment) {
    received.add(segment);
    if (segment.has(SYN)) {
      seen = true;
      hostIss = segment.seq();
      hostPort = segment.sourcePort();
    }
    if (!segment.has(RST)) {
      offered = segment.window(); // nobody scales here
    }
    int end = segment.seq() + segment.length();
    if (!segment.has(RST) && (hostNext == 0 || end - hostNext > 0)) {
      hostNext = end;
    }
  }

  private void send(int flags) throws IOException {
    Segment segment = new Segment(
        peerPort,
        hostPort,
        peerSeq,
        (flags & ACK) != 0 ? hostNext : 0,
        flags,
        Segment.LARGEST_WINDOW,
        0);
    host.inject(segment.frame(host.mac()));
    peerSeq += segment.length();
  }

  // ---- To the state, step by step; between two steps the host's answers are read

  static final int STEPS = 4;

  /** Takes the next step. */
  void step(int step) throws IOException {
    State state = stimulus.state;
    if (state == State.CLOSED || state == State.LISTEN) {
      return;
    }
    if (step == 0) {
      if (state == State.SYN_SENT) {
        host.connect(peerPort);
      } else {
        send(SYN);
      }
    } else if (state == State.SYN_SENT || state == State.SYN_RECEIVED) {
      return;
    } else if (step == 1) {
      send(ACK);
    } else {
      close(state, step == 2);
    }
  }

  private void close(State state, boolean first) throws IOException {
    switch (state) {
      case CLOSE_WAIT -> {
        if (first) {
          send(FIN | ACK);
        }
      }
      case LAST_ACK -> {
        if (first) {
          send(FIN | ACK);
        } else {
          host.shutdown(peerPort);
        }
      }
      case FIN_WAIT_1 -> {
        if (first) {
          host.shutdown(peerPort);
        }
      }
      case FIN_WAIT_2, TIME_WAIT, CLOSING -> {
        if (first) {
          host.shutdown(peerPort);
        } else if (state == State.FIN_WAIT_2) {
          send(ACK);
        } else if (state == State.TIME_WAIT) {
          send(FIN | ACK);
        } else {
          hostNext--; // our FIN does not acknowledge the host's
          send(FIN | ACK);
          hostNext++;
        }
      }
      default -> {}
    }
  }

  /** Whether the host has done what the steps so far ask for. */
  boolean ready(int step) throws IOException {
    State state = stimulus.state;
    if (state == State.CLOSED || state == State.LISTEN) {
      return true;
    }
    if (step == 0) {
      return seen;
    }
    if (state == State.SYN_SENT || state == State.SYN_RECEIVED) {
      return true;
    }
    if (step == 1) {
      return host.has(peerPort);
    }
    boolean finished = received.stream().anyMatch(segment -> segment.has(FIN));
    boolean acknowledged = received.stream().anyMatch(segment -> segment.ack() == peerSeq);
    return switch (state) {
      case CLOSE_WAIT -> acknowledged;
      case LAST_ACK -> acknowledged && (step == 2 || finished);
      case FIN_WAIT_1, FIN_WAIT_2 -> finished;
      case TIME_WAIT, CLOSING -> finished && acknowledged;
      default -> true;
    };
  }

  // ---- The segment, and the question

  void give() throws IOException {
    received = new ArrayList<>();
    int seq = stimulus.state == State.SYN_SENT ? RANDOM : peerSeq;
    seq += stimulus.seq == Seq.EDGE || stimulus.seq == Seq.BEYOND ? offered : 0;
    seq += stimulus.seq.distance;
    int ack = stimulus.ack == Ack.NONE ? 0 : unacknowledged() + stimulus.ack.distance;
    given = new Segment(
        peerPort,
        hostPort,
        seq,
        ack,
        stimulus.flags,
        Segment.LARGEST_WINDOW,
        stimulus.payloadBytes);
    host.inject(given.frame(host.mac()));
  }

  /** What an exact ACK acknowledges: everything that the host has sent. An old one is one less than that was before its FIN or SYN. */
  private int unacknowledged() {
    if (!seen) {
      return RANDOM;
    }
    if (stimulus.ack != Ack.OLD) {
      return hostNext;
    }
    return hostIss + 1;
  }

  /** A keep-alive probe: whoever lives answers where he stands. A half-open connection is asked with an old byte: Vireo answers empty ones once. */
  void ask() throws IOException {
    received = new ArrayList<>();
    int seq = stimulus.state == State.SYN_SENT ? RANDOM : peerSeq;
    int bytes = stimulus.state == State.SYN_RECEIVED ? 1 : 0;
    Segment probe =
        new Segment(peerPort, hostPort, seq - 1, hostNext, ACK, Segment.LARGEST_WINDOW, bytes);
    host.inject(probe.frame(host.mac()));
  }

  /** An ICMP error about a segment that the host has under way, or about one that it never sent. */
  void giveError(int type, int code, int lastWord, boolean underWay) throws IOException {
    received = new ArrayList<>();
    ByteBuffer message = ByteBuffer.allocate(8 + 28);
    message.put((byte) type).put((byte) code).putShort((short) 0).putInt(lastWord);
    message.putInt(0x4500_0028).putInt(0x0000_4000).putInt(0x4006_0000);
    message.putInt(Segment.HOST).putInt(Segment.PEER);
    message.putShort((short) hostPort).putShort((short) peerPort);
    message.putInt(underWay ? hostNext - 1 : hostNext + 1_000_000);
    byte[] quoted = Packets.withIcmpChecksum(message.array());
    host.inject(Packets.ethernet(host.mac(), 0x0800, Packets.ipv4(1, quoted)));
  }

  /** The peer's part of the handshake, for a host that has sent a SYN. */
  void accept() throws IOException {
    received = new ArrayList<>();
    peerSeq = ISN;
    send(SYN | ACK);
  }

  /** Ends whatever has come of it. */
  void end() throws IOException {
    for (int past : new int[] {0, 1, 10, 11}) {
      int seq = stimulus.state == State.SYN_SENT ? RANDOM : peerSeq;
      host.inject(new Segment(
              peerPort, hostPort, seq + past, hostNext, RST | ACK, Segment.LARGEST_WINDOW, 0)
          .frame(host.mac()));
    }
  }

  /** The host's answers since the last question, in words that are the same for every host. */
  String answers(boolean toProbe) {
    List<String> texts = new ArrayList<>();
    for (Segment segment : received) {
      String text = text(segment, toProbe);
      if (!text.isEmpty()) {
        texts.add(text);
      }
    }
    return texts.isEmpty() ? "-" : String.join(" + ", texts);
  }

  private String text(Segment segment, boolean toProbe) {
    if (segment.has(FIN) && stimulus.state != State.ESTABLISHED) {
      // Sent again by its timer, or as an answer: which of the two does not show.
      return "";
    }
    String flags = Segment.letters(segment.flags());
    StringBuilder text = new StringBuilder(flags);
    text.append(' ').append(relative(segment.seq(), toProbe));
    if (segment.has(ACK)) {
      text.append(' ').append(relative(segment.ack(), toProbe));
    }
    return text.toString();
  }

  private String relative(int number, boolean toProbe) {
    if (number == 0) {
      return "0";
    }
    if (seen && Math.abs(number - hostNext) < 300) {
      return offset("nxt", number - hostNext);
    }
    if (seen && Math.abs(number - peerSeq) < 300) {
      return offset("rcv", number - peerSeq);
    }
    if (given != null && !toProbe) {
      if (number == given.ack()) {
        return "seg.ack";
      }
      if (number == given.seq() + given.length()) {
        return "seg.end";
      }
      if (Math.abs(number - given.seq()) < 300) {
        return offset("seg.seq", number - given.seq());
      }
    }
    return seen ? "other" : "iss";
  }

  private static String offset(String name, int distance) {
    return distance == 0 ? name : name + (distance > 0 ? "+" : "") + distance;
  }
}
