// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.Arrays;
import java.util.List;

/**
 * A scripted peer: one incarnation of one connection with the stack, seen from the other side. It sends what the lines say, and checks of
 * all that the stack sends to it what must hold in every script: the bytes are those of the stream, ACKs and the right edge of the window
 * never move back (SHLD-14), nothing is acknowledged that was not sent (INV-09), nothing is sent beyond the window but one byte of a probe
 * (INV-02), no more is offered than the receive buffer holds, and options are those that both SYNs agreed on, with a clock that never goes back
 * (TS-01).
 */
final class Peer {
  private static final int LEAST_TCP_HEADER_AND_IP = 40;

  private static final int LONG_AGO = -(1 << 30);

  final int address;
  final int port;
  final User user;
  private final World world;
  private final int iss;
  private int stackIss;
  private boolean stackIssKnown;
  private int window = 65_535;

  private int ownScale = -1;
  private int stackScale = -1;

  /** All relative, and far in the past before the first. */
  private int highestAck = LONG_AGO;

  private int rightEdge = LONG_AGO;
  private int sentEnd;
  private int finPlace = Integer.MIN_VALUE;
  private boolean finAcknowledged;
  private int offeredEdge;

  /** Behind all that the stack has sent. */
  private int stackSentEnd;

  private int stackAcked;

  private boolean stampsOffered;
  private boolean stackStamps;
  private boolean sacksOffered;
  private boolean stackSacks;

  /** The stack's first timestamp, and its last. */
  private boolean stackTsKnown;

  private int stackTs;
  private int stackLastTs;

  Peer(World world, int address, int port, int iss) {
    this.world = world;
    this.address = address;
    this.port = port;
    this.iss = iss;
    this.stackIss = world.numbers.stackIss;
    this.user = new User(world, this);
    world.add(this);
  }

  /** The same host and port after it has forgotten everything, or for its next connection. Takes the place of this one. */
  Peer again(int iss) {
    return new Peer(world, address, port, iss);
  }

  /** Sends a segment per line in one batch, and lets the stack deal with them. */
  void sends(String... lines) {
    world.start();
    world.require(world.sent.isEmpty(), "the script does not say that the stack sends");
    for (String text : lines) {
      send(SegmentLine.parse(text));
    }
    world.settle();
  }

  /** Sends these segments, one after the other. */
  void sends(SegmentLine... lines) {
    world.start();
    for (SegmentLine line : lines) {
      send(line);
      world.settle();
    }
  }

  private void send(SegmentLine line) {
    byte[] frame = frame(line);
    world.require(frame.length <= world.mtu + 14 + line.trailer, "the peer's frame is too long");
    world.nic.arrive(frame);
  }

  /** The frames of a segment whose datagram is cut up at these places behind the IP header; {@link #sendsFrames} sends them. */
  List<byte[]> fragments(String text, int identification, int... cuts) {
    world.start();
    return FrameWriter.fragments(frame(SegmentLine.parse(text)), identification, cuts);
  }

  /** Sends frames in one batch. */
  void sendsFrames(List<byte[]> frames) {
    world.require(world.sent.isEmpty(), "the script does not say that the stack sends");
    frames.forEach(world.nic::arrive);
    world.settle();
  }

  private byte[] frame(SegmentLine line) {
    world.note("peer  " + line.text);
    int seq = line.seq == null ? 0 : line.seq;
    int ack = line.ack == null ? 0 : line.ack;
    window = line.window == null ? window : line.window;
    byte[] payload =
        Pattern.OF_PEER.bytes(seq - 1 + (line.has(SegmentLine.SYN) ? 1 : 0), line.length);
    if (line.fill != null) {
      Arrays.fill(payload, line.fill.byteValue());
    }
    remember(line, seq, ack);
    return FrameWriter.segment(
        line,
        address,
        port,
        World.STACK_PORT,
        line.seqIsZero ? 0 : iss + seq,
        line.has(SegmentLine.ACK) || line.strayAck ? stackIss + ack : 0,
        window,
        line.optionBytes(world.numbers.peerTs(), stackTs, stackIss),
        payload);
  }

  private void remember(SegmentLine line, int seq, int ack) {
    if (line.has(SegmentLine.SYN) && seq == 0 && highestAck == LONG_AGO) {
      ownScale = line.windowScale();
    }
    if (line.has(SegmentLine.SYN) && seq == 0) {
      stampsOffered |= line.hasOption(8, 10);
      sacksOffered |= line.hasOption(4, 2);
    }
    sentEnd = Math.max(sentEnd, seq + line.sequenceLength());
    if (line.has(SegmentLine.FIN)) {
      finPlace = seq + line.sequenceLength() - 1;
    }
    if (line.has(SegmentLine.ACK) && ack <= stackSentEnd) {
      stackAcked = Math.max(stackAcked, ack);
      boolean scaled = ownScale >= 0 && stackScale >= 0 && !line.has(SegmentLine.SYN);
      offeredEdge = Math.max(offeredEdge, ack + (scaled ? window << ownScale : window));
    }
  }

  /** Sends an ICMP error about the segment that the stack sent last, quoting {@code quoted} bytes of its datagram. */
  void complains(int type, int code, int quoted) {
    complains(type, code, Arrays.copyOf(world.lastSent.datagram(), quoted));
  }

  /** Sends an ICMP error about a datagram. */
  void complains(int type, int code, byte[] quoted) {
    world.require(world.sent.isEmpty(), "the script does not say that the stack sends");
    world.note("peer  ICMP type " + type + " code " + code);
    world.nic.arrive(FrameWriter.icmpError(address, type, code, 0, quoted));
    world.settle();
  }

  /** A router says that this segment was too large for a link of {@code mtu}. */
  void findsTooBig(SeenSegment segment, int mtu) {
    world.require(world.sent.isEmpty(), "the script does not say that the stack sends");
    world.note("router too big for " + mtu);
    byte[] quoted = Arrays.copyOf(segment.datagram(), 28);
    world.nic.arrive(FrameWriter.icmpError(address, 3, 4, mtu, quoted));
    world.settle();
  }

  String text(SeenSegment segment) {
    if (segment.has(SegmentLine.SYN) && !stackIssKnown) {
      stackIssKnown = true;
      stackIss = segment.seq();
    }
    if (segment.hasTimestamp() && !stackTsKnown) {
      stackTsKnown = true;
      stackTs = segment.tsVal();
      stackLastTs = stackTs;
    }
    return segment.text(stackIss, iss, stackTs, world.numbers.peerTs());
  }

  boolean expects(SeenSegment segment, SegmentLine line) {
    return segment.matches(line, stackIss, iss, stackTs, world.numbers.peerTs());
  }

  /** The highest ACK of the stack. */
  int highestAck() {
    return highestAck;
  }

  /** Behind all that the stack has sent. */
  int stackSentEnd() {
    return stackSentEnd;
  }

  /** The highest that this peer has acknowledged of what was sent. */
  int stackAcked() {
    return stackAcked;
  }

  int iss() {
    return iss;
  }

  /** The stack's initial sequence number. */
  int stackIss() {
    return stackIss;
  }

  /** The stack's first timestamp. */
  int stackTs() {
    return stackTs;
  }

  // ---- What holds in every script

  void observe(SeenSegment segment) {
    observeOptions(segment);
    if (segment.has(SegmentLine.RST)) {
      return;
    }
    int seq = segment.seq() - stackIss;
    int length = segment.payload().length;
    int control = segment.has(SegmentLine.SYN) || segment.has(SegmentLine.FIN) ? 1 : 0;
    stackSentEnd = Math.max(stackSentEnd, seq + length + control);
    byte[] expected = Pattern.OF_STACK.bytes(seq - 1, length);
    world.require(
        Arrays.equals(expected, segment.payload()), "the payload is not that of the stream");
    world.require(
        length + LEAST_TCP_HEADER_AND_IP <= world.mtu
            && (length == 0 || seq + length <= offeredEdge + 1),
        "more than the window of " + offeredEdge);
    if (segment.has(SegmentLine.SYN)) {
      String options = segment.options();
      int at = options.indexOf("wscale ");
      stackScale = at < 0 ? -1 : Integer.parseInt(options.substring(at + 7));
    }
    if (segment.has(SegmentLine.ACK)) {
      observeAck(segment);
    }
  }

  private void observeOptions(SeenSegment segment) {
    String options = segment.options();
    if (segment.has(SegmentLine.SYN)) {
      stackStamps = options.contains("ts ");
      stackSacks = options.contains("sackok");
      boolean answers = segment.has(SegmentLine.ACK);
      world.require(!answers || !stackStamps || stampsOffered, "answers with a timestamp unasked");
      world.require(!answers || !stackSacks || sacksOffered, "permits SACK unasked");
    } else if (!segment.has(SegmentLine.RST)) {
      boolean agreed = stackStamps && stampsOffered;
      world.require(segment.hasTimestamp() == agreed, "a timestamp that is missing, or not agreed");
    }
    boolean sack = options.contains("sack ");
    world.require(!sack || (stackSacks && sacksOffered), "blocks that nobody has agreed on");
    if (segment.hasTimestamp()) {
      world.require(segment.tsVal() - stackLastTs >= 0, "the stack's clock goes back");
      stackLastTs = segment.tsVal();
    }
  }

  private void observeAck(SeenSegment segment) {
    int ack = segment.ack() - iss;
    world.require(ack >= highestAck, "the ACK moves back from " + highestAck);
    world.require(ack <= sentEnd, "nothing was sent beyond " + sentEnd);
    highestAck = ack;
    finAcknowledged |= finPlace != Integer.MIN_VALUE && ack > finPlace;
    if (finAcknowledged) {
      // Nothing follows for which a window would matter.
      return;
    }
    boolean scaled = ownScale >= 0 && stackScale >= 0 && !segment.has(SegmentLine.SYN);
    int edge = ack + (scaled ? segment.window() << stackScale : segment.window());
    // Fields are rounded up to the unit of the scale (docs/decisions/0004), edges are not.
    int rounding = scaled ? (1 << stackScale) - 1 : 0;
    world.require(
        edge >= rightEdge - rounding,
        "the right edge moves back from " + rightEdge + " to " + edge);
    world.require(
        edge - ack <= world.tcp.receiveBufferBytes() + rounding,
        "offers " + (edge - ack) + ", beyond its buffer");
    rightEdge = edge;
  }
}
