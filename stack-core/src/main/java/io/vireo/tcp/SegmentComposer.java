// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.ip.Ipv4Output;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;
import java.nio.ByteBuffer;

/**
 * Puts the segments of a connection together, and sends them: header, options and payload as its pieces have them now. Which segments those are is
 * decided by {@link Transmitter}. Holds no state of any connection.
 */
final class SegmentComposer {
  private final SegmentWriter writer;

  /** The time of the present flush, as timestamps count it. */
  private int tick;

  SegmentComposer(SegmentWriter writer) {
    this.writer = writer;
  }

  /** The largest segment that the link takes, without options. */
  @HotPath
  static int localMss(Ipv4Output output) {
    return output.payloadLimit() - TcpHeader.MIN_LENGTH;
  }

  /** The segments of this time follow. */
  @HotPath
  void begin(long nowNs) {
    tick = Timestamps.tick(nowNs);
  }

  /** The time of {@link #begin}, as timestamps count it. */
  int tick() {
    return tick;
  }

  /**
   * Sends {@code length} bytes from {@code seq} on; {@code urgent}: the reserve of slots may be used. False: no slot is free.
   *
   * <p>One method, as SegmentArrival.onSegment is, and for the same reason: so long, it is compiled by itself.
   */
  @HotPath(compiledAlone = true)
  boolean send(Connection c, int seq, int length, int flags, boolean urgent) {
    Receiver receiver = c.receiver;
    SackReport report = receiver.sackReport();
    int options = c.handshake.optionBytes();
    int header = TcpHeader.MIN_LENGTH + options;
    int blocks = 0;
    if (!report.isEmpty()) {
      int room = TcpHeader.MAX_LENGTH - header;
      room = length > 0 ? Math.min(room, c.sender.mss() - length) : room;
      int most = (room - TcpOptions.SACK_HEAD_BYTES) / TcpOptions.SACK_BLOCK_BYTES;
      // A duplicate beyond RCV.NXT takes two.
      blocks = most < 2 ? 0 : report.count(most);
      if (blocks > 0) {
        header += TcpOptions.SACK_HEAD_BYTES + blocks * TcpOptions.SACK_BLOCK_BYTES;
      }
    }
    int at = writer.claim(header + length, urgent);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    ByteBuffer memory = writer.memory();
    int next = at + TcpHeader.MIN_LENGTH;
    if (c.handshake.usesTimestamps()) {
      Timestamps timestamps = c.timestamps;
      next += TcpOptions.writeTimestamp(memory, next, timestamps.tsVal(tick), timestamps.recent());
      timestamps.onSent(receiver.rcvNxt());
    }
    if (blocks > 0) {
      next += TcpOptions.writeSackHead(memory, next, blocks);
      for (int i = 0; i < blocks; i++) {
        next += TcpOptions.writeSackBlock(memory, next, report.start(i), report.end(i));
      }
      report.onReported();
    }
    // Every segment of an open stream carries what we have received and what we can take (RFC 9293
    // §3.10.7.4).
    int window = receiver.offerWindow();
    int ack = receiver.rcvNxt();
    TcpHeader.write(memory, at, c.localPort(), c.remotePort(), seq, ack, header, flags, window);
    if (receiver.viewLength() == 0) {
      // Bytes that the user is being shown are not acknowledged yet, and remain owed.
      c.acks.onAckSent();
      c.deadlines.disarm(Deadlines.DELAYED_ACK);
    }
    writer.frame(c.route, at, header + length);
    if (length > 0) {
      c.sender.buffer.copyTo(memory, at + header, seq - c.sender.sndUna(), length);
    }
    writer.send(c.route, at, header + length);
    return true;
  }

  /** Sends {@code length} bytes of a steady connection from {@code seq} on, SND.NXT; or an ACK (0). False: no slot is free. */
  @HotPath
  boolean sendSteady(Connection c, int seq, int length) {
    int header = TcpHeader.MIN_LENGTH + c.handshake.optionBytes();
    int at = writer.claim(header + length, length == 0);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    ByteBuffer memory = writer.memory();
    Receiver receiver = c.receiver;
    Sender sender = c.sender;
    int window = receiver.offerWindow();
    int ack = receiver.rcvNxt();
    int flags =
        length > 0 && sender.endsQueue(seq, length) ? TcpHeader.ACK | TcpHeader.PSH : TcpHeader.ACK;
    TcpHeader.write(memory, at, c.localPort(), c.remotePort(), seq, ack, header, flags, window);
    if (header > TcpHeader.MIN_LENGTH) {
      Timestamps timestamps = c.timestamps;
      TcpOptions.writeTimestamp(
          memory, at + TcpHeader.MIN_LENGTH, timestamps.tsVal(tick), timestamps.recent());
      timestamps.onSent(ack);
    }
    c.acks.onAckSent();
    c.deadlines.disarm(Deadlines.DELAYED_ACK);
    writer.frame(c.route, at, header + length);
    if (length > 0) {
      sender.buffer.copyTo(memory, at + header, seq - sender.sndUna(), length);
    }
    writer.send(c.route, at, header + length);
    return true;
  }

  /** Sends a SYN, or the SYN-ACK of a simultaneous open. False: no slot is free. */
  boolean sendSyn(Connection c, int localMss) {
    int at = writer.claim(TcpHeader.MIN_LENGTH + TcpOptions.MOST_SYN_BYTES, true);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    boolean answers = c.state() == TcpState.SYN_RECEIVED;
    int scale = answers && !c.handshake.scalesWindows() ? Handshake.NO_SCALE : c.ownScale();
    int offers = answers ? c.handshake.agreed() : Handshake.offers(c.settings);
    int tsVal = c.timestamps.tsVal(tick);
    int header = writer.writeSynOptions(at, localMss, scale, offers, tsVal, c.timestamps.recent());
    TcpHeader.write(
        writer.memory(),
        at,
        c.localPort(),
        c.remotePort(),
        c.handshake.iss(),
        answers ? c.handshake.irs() + 1 : 0,
        header,
        answers ? TcpHeader.SYN | TcpHeader.ACK : TcpHeader.SYN,
        Receiver.synWindow(c.settings.receiveBufferBytes()));
    writer.frame(c.route, at, header);
    writer.send(c.route, at, header);
    return true;
  }
}
