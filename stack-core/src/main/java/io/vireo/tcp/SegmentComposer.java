// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;

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

  /** The segments of this time follow. */
  @HotPath
  void begin(long nowNs) {
    tick = Timestamps.tick(nowNs);
  }

  /** The time of {@link #begin}, as timestamps count it. */
  int tick() {
    return tick;
  }

  /** Sends {@code length} bytes from {@code seq} on; {@code urgent}: the reserve of slots may be used. False: no slot is free. */
  @HotPath
  boolean send(Connection c, int seq, int length, int flags, boolean urgent) {
    int blocks = c.receiver.sackReport().isEmpty() ? 0 : sackBlocks(c, length);
    int header = TcpHeader.MIN_LENGTH + c.handshake.optionBytes();
    if (blocks > 0) {
      header += TcpOptions.SACK_HEAD_BYTES + blocks * TcpOptions.SACK_BLOCK_BYTES;
    }
    int at = writer.claim(header + length, urgent);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    if (c.handshake.usesTimestamps()) {
      writeTimestamp(c, at + TcpHeader.MIN_LENGTH);
    }
    if (blocks > 0) {
      writeSackBlocks(c, at + TcpHeader.MIN_LENGTH + c.handshake.optionBytes(), blocks);
    }
    writeHeader(c, at, seq, header, flags);
    if (length > 0) {
      c.sender.buffer.copyTo(writer.memory(), at + header, seq - c.sender.sndUna(), length);
    }
    writer.send(c.route, at, header + length);
    return true;
  }

  @HotPath
  private void writeTimestamp(Connection c, int at) {
    Timestamps timestamps = c.timestamps;
    TcpOptions.writeTimestamp(writer.memory(), at, timestamps.tsVal(tick), timestamps.recent());
    timestamps.onSent(c.receiver.rcvNxt());
  }

  /** How many blocks of selective acknowledgment a segment with so much payload has room for, and the receiver something to say in. */
  @HotPath
  private static int sackBlocks(Connection c, int length) {
    int room = TcpHeader.MAX_LENGTH - TcpHeader.MIN_LENGTH - c.handshake.optionBytes();
    if (length > 0) {
      room = Math.min(room, c.sender.mss() - length);
    }
    int most = (room - TcpOptions.SACK_HEAD_BYTES) / TcpOptions.SACK_BLOCK_BYTES;
    return most < 2 ? 0 : c.receiver.sackReport().count(most);
  }

  private void writeSackBlocks(Connection c, int at, int blocks) {
    SackReport report = c.receiver.sackReport();
    int next = at + TcpOptions.writeSackHead(writer.memory(), at, blocks);
    for (int i = 0; i < blocks; i++) {
      next += TcpOptions.writeSackBlock(writer.memory(), next, report.start(i), report.end(i));
    }
    report.onReported();
  }

  /** Every segment of an open stream carries what we have received and what we can take (RFC 9293 §3.10.7.4). */
  @HotPath
  private void writeHeader(Connection c, int at, int seq, int header, int flags) {
    int window = c.receiver.offerWindow();
    TcpHeader.write(
        writer.memory(),
        at,
        c.localPort(),
        c.remotePort(),
        seq,
        c.receiver.rcvNxt(),
        header,
        flags,
        window);
    if (c.receiver.viewLength() == 0) {
      // Bytes that the user is being shown are not acknowledged yet, and remain owed.
      c.acks.onAckSent();
      c.deadlines.disarm(Deadlines.DELAYED_ACK);
    }
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
    writer.send(c.route, at, header);
    return true;
  }
}
