// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.tcp.congestion.AckSample;
import io.vireo.wire.TcpHeader;

/**
 * Header prediction (Van Jacobson, 1990): of a steady connection the next segment is known but for its length, its window, and how much it acknowledges. If it is
 * that one, all that {@link SegmentArrival} would find out about it is known already, and what follows from it is done here. Holds no state of any
 * connection.
 */
final class HeaderPrediction {
  private final AckSample sample = new AckSample();
  private final SentSegment sent = new SentSegment();

  /**
   * Takes the segment if it is the expected one: new bytes in order, news of what is under way in order, or both. False: nothing was done, and
   * {@link SegmentArrival} is to look at it.
   *
   * <p>One method, as SegmentArrival.onSegment is, and for the same reason.
   */
  @HotPath(compiledAlone = true)
  boolean take(Connection c, Segment segment, long nowNs) {
    assert SteadyState.holds(c);
    Sender sender = c.sender;
    int acked = segment.ack - sender.sndUna();
    if (!isExpected(c, segment, acked)) {
      return false;
    }
    Timestamps timestamps = c.handshake.usesTimestamps() ? c.timestamps : null;
    if (!segment.readPlainOptions(timestamps != null)
        || (timestamps != null && timestamps.isOld(segment.tsVal, nowNs))) {
      return false;
    }
    sender.onSteadyAck(segment, nowNs);
    if (acked > 0) {
      LossRecovery recovery = c.recovery;
      Scoreboard board = recovery.board;
      RttEstimator rtt = c.rtt;
      AckSample sample = this.sample;
      sample.clear();
      sample.priorFlight = board.inFlightBytes();
      sample.ackedBytes = acked;
      sample.deliveredBytes = acked;
      int una = segment.ack;
      int segments = board.endSeq(0) == una ? 1 : board.find(una);
      if (segments > 0) {
        long oldestNs = board.sentNs(0);
        board.read(segments - 1, sent);
        int endSeq = sent.endSeq;
        long sentNs = sent.sentNs;
        sent.deliver(recovery.rate, sample, endSeq - board.startSeq(0), nowNs);
        if (recovery.sacks()) {
          recovery.rack.onArrived(endSeq, sentNs, false, false, nowNs);
        }
        sample.rttNs = Math.max(nowNs - sentNs, 1);
        rtt.onArrived(endSeq, nowNs - oldestNs, sample.rttNs, sender.sndNxt(), nowNs);
        board.removePlain(segments, endSeq);
      }
      if (board.startSeq(0) != una) {
        board.trim(una);
      }
      sample.srttNs = rtt.smoothedNs();
      sample.minRttNs = rtt.minimumNs();
      recovery.onAckInOrder(sample, una, nowNs);
      c.onAdvance(nowNs);
    }
    if (timestamps != null) {
      timestamps.onAccepted(segment.seq, segment.tsVal, nowNs);
    }
    boolean unused = c.keepAlive.onHeard(nowNs);
    if (segment.dataLength > 0) {
      c.receiver.view(segment);
      c.acks.onPayload(segment.dataLength);
    }
    return true;
  }

  /** {@code acked}: by how much it would move SND.UNA. */
  @HotPath
  private static boolean isExpected(Connection c, Segment segment, int acked) {
    int length = segment.dataLength;
    return (segment.flags & ~TcpHeader.PSH) == TcpHeader.ACK
        && c.receiver.expects(segment.seq, length)
        && acked >= 0
        && acked <= c.sender.sndNxt() - c.sender.sndUna()
        && (acked | length) != 0
        && segment.inFrame;
  }
}
