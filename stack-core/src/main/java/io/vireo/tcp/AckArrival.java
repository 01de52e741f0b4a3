// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.tcp.congestion.AckSample;
import io.vireo.wire.SequenceNumber;

/**
 * What an acceptable ACK says of the segments under way: which of them arrived, by SEG.ACK and by SACK (RFC 2018, RFC 2883), and how long that took.
 * It is read into the connection's {@link Scoreboard}, and into {@link #sample}. Holds no state of any connection.
 */
final class AckArrival {
  /** Of the ACK read last. */
  final AckSample sample = new AckSample();

  private final SentSegment sent = new SentSegment();
  private Connection connection;
  private Scoreboard board;
  private long nowNs;
  private boolean duplicate;
  private boolean duplicateReported;
  private boolean originalArrived;

  /** The segment sent first, and the one sent last, among those that arrived and were sent once. */
  private boolean timed;

  private long firstSentNs;
  private long lastSentNs;
  private int lastEndSeq;

  /** Whether the ACK covers a segment that was sent twice: what it says of times is ambiguous (Karn). */
  private boolean ambiguous;

  /** Reads an ACK that the sender has dealt with; {@code duplicate}: by RFC 5681 §2. False: it says nothing of what is under way. */
  boolean read(Connection c, Segment segment, boolean duplicate, long nowNs) {
    begin(c, duplicate, nowNs);
    int una = c.sender.sndUna();
    sample.priorFlight = c.recovery.inFlightBytes();
    sample.ackedBytes = una - board.startSeq(0);
    takeAcknowledged(una, segment);
    if (!c.recovery.sacks()) {
      sample.deliveredBytes += c.recovery.onDuplicate(duplicate, sample.ackedBytes);
    } else if (segment.sackBlocks > 0) {
      takeSacks(una, segment);
    }
    if ((sample.deliveredBytes | sample.ackedBytes) == 0 && !duplicate && !duplicateReported) {
      return false;
    }
    takeRtt(segment);
    return true;
  }

  @HotPath
  private void begin(Connection c, boolean duplicate, long nowNs) {
    connection = c;
    board = c.recovery.board;
    this.nowNs = nowNs;
    this.duplicate = duplicate;
    duplicateReported = false;
    originalArrived = false;
    timed = false;
    ambiguous = false;
    sample.clear();
  }

  /** By RFC 5681 §2. */
  boolean isDuplicate() {
    return duplicate;
  }

  /** Whether it told by a D-SACK that something arrived twice. */
  boolean reportsDuplicate() {
    return duplicateReported;
  }

  /** Whether the oldest segment was sent again, and what the ACK answers is the segment that was sent before (RFC 3522). */
  boolean originalArrived() {
    return originalArrived;
  }

  /**
   * Whether something arrived that was sent before the oldest segment was: then that may still be under way, and the retransmission timer begins anew.
   */
  boolean precedesOldest() {
    return timed && !board.isEmpty() && firstSentNs - board.sentNs(0) < 0;
  }

  private void takeAcknowledged(int una, Segment segment) {
    if (sample.ackedBytes == 0) {
      return;
    }
    if (board.isPlain()) {
      takePlain(una);
    } else {
      takeEach(una, segment);
    }
    int rest = una - board.startSeq(0);
    if (rest > 0) {
      boolean known = !board.isEmpty() && (board.flags(0) & Scoreboard.SACKED) != 0;
      sample.deliveredBytes += known ? 0 : rest;
      board.trim(una);
    }
  }

  /** The usual case: what is acknowledged left in this order, and once, so that its first and its last segment tell all. */
  @HotPath
  private void takePlain(int una) {
    int segments = board.find(una);
    if (segments > 0) {
      long oldestNs = board.sentNs(0);
      board.read(segments - 1, sent);
      onArrived(board.startSeq(0), false);
      firstSentNs = oldestNs;
      board.removePlain(segments, sent.endSeq);
    }
  }

  private void takeEach(int una, Segment segment) {
    for (boolean oldest = true; !board.isEmpty(); oldest = false) {
      board.read(0, sent);
      if (oldest) {
        // The echo is that of the segment that let SND.UNA advance, and says nothing of those
        // behind.
        originalArrived = sent.is(Scoreboard.RETRANSMITTED)
            && segment.hasTimestamp
            && connection.timestamps.isBefore(
                segment.tsEcr, connection.recovery.spurious.firstResentNs(sent.sentNs));
      }
      if (SequenceNumber.greaterThan(sent.endSeq, una)) {
        break;
      }
      if (!sent.is(Scoreboard.SACKED)) {
        onArrived(board.startSeq(0), oldest && originalArrived);
      }
      board.removeFirst();
    }
  }

  /** The segment from {@code startSeq} on, which was read, arrived just now; {@code original}: it was sent again, but what arrived was sent before. */
  @HotPath
  private void onArrived(int startSeq, boolean original) {
    LossRecovery recovery = connection.recovery;
    int endSeq = sent.endSeq;
    long sentNs = sent.sentNs;
    int length = endSeq - startSeq;
    boolean twice = sent.is(Scoreboard.RETRANSMITTED);
    sample.deliveredBytes += length;
    sent.deliver(recovery.rate, sample, length, nowNs);
    if (recovery.sacks()) {
      recovery.rack.onArrived(endSeq, sentNs, twice, original, nowNs);
    }
    if (twice) {
      ambiguous = true;
    } else if (!sent.is(Scoreboard.SEVERAL)) {
      time(sentNs, endSeq);
    }
  }

  @HotPath
  private void time(long sentNs, int endSeq) {
    if (!timed || sentNs - firstSentNs < 0) {
      firstSentNs = sentNs;
    }
    if (!timed || sentNs - lastSentNs >= 0) {
      lastSentNs = sentNs;
      lastEndSeq = endSeq;
    }
    timed = true;
  }

  private void takeSacks(int una, Segment segment) {
    for (int i = 0; i < segment.sackBlocks; i++) {
      int start = segment.sackStart(i);
      int end = segment.sackEnd(i);
      if (i == 0 && isDuplicateReport(segment, start, end)) {
        duplicateReported = true;
        connection.recovery.onDuplicateReported(start, end);
      } else if (SequenceNumber.lessThan(start, end)
          && SequenceNumber.greaterThan(start, una)
          && SequenceNumber.lessOrEqual(end, board.endSeq())) {
        takeSack(start, end);
      }
    }
  }

  /** RFC 2883 §4: below the ACK, or inside the second block. What was never sent, or long ago, is a lie. */
  private boolean isDuplicateReport(Segment segment, int start, int end) {
    Sender sender = connection.sender;
    int oldest = sender.sndUna() - sender.maxSndWnd();
    if (!SequenceNumber.lessThan(start, end) || SequenceNumber.lessThan(start, oldest)) {
      return false;
    }
    if (SequenceNumber.lessOrEqual(end, segment.ack)) {
      return true;
    }
    return segment.sackBlocks > 1
        && SequenceNumber.greaterOrEqual(start, segment.sackStart(1))
        && SequenceNumber.lessOrEqual(end, segment.sackEnd(1))
        && SequenceNumber.lessOrEqual(segment.sackEnd(1), board.endSeq());
  }

  /**
   * The peer holds [start, end). What it holds of a segment in part does not count, so that blocks of odd places make no work; a record that stands
   * for several segments is cut between them, and without room for that counts as not held.
   */
  private void takeSack(int start, int end) {
    int first = firstWhole(start);
    int index = first;
    for (; index < board.count() && SequenceNumber.lessThan(board.startSeq(index), end); index++) {
      if ((board.flags(index) & Scoreboard.SACKED) != 0) {
        continue;
      }
      if (SequenceNumber.greaterThan(board.endSeq(index), end) && !cutBefore(index, end)) {
        break;
      }
      board.read(index, sent);
      onArrived(board.startSeq(index), false);
      board.markSackedApart(index);
    }
    if (index > first) {
      board.joinSacked(first, index - 1);
    }
  }

  /** The first record that does not begin before {@code seq}. */
  private int firstWhole(int seq) {
    int index = board.find(seq);
    int before = seq - board.startSeq(index);
    if (before == 0) {
      return index;
    }
    int mss = connection.sender.mss();
    int cut = (before + mss - 1) / mss * mss;
    if ((board.flags(index) & Scoreboard.SACKED) == 0 && cut < board.length(index)) {
      board.split(index, board.startSeq(index) + cut);
    }
    return index + 1;
  }

  /** Cuts those segments off that do not end before {@code seq}; false if that leaves none. */
  private boolean cutBefore(int index, int seq) {
    int covered = seq - board.startSeq(index);
    int cut = covered - covered % connection.sender.mss();
    return cut > 0 && board.split(index, board.startSeq(index) + cut);
  }

  /** Karn: nothing of an ACK that covers what was sent twice is a sample; but by timestamps it is, where the timer would stay backed off (RFC 7323 §4). */
  private void takeRtt(Segment segment) {
    RttEstimator rtt = connection.rtt;
    if (timed && !ambiguous) {
      sample.rttNs = Math.max(nowNs - lastSentNs, 1);
      rtt.onArrived(
          lastEndSeq, nowNs - firstSentNs, sample.rttNs, connection.sender.sndNxt(), nowNs);
    } else if (sample.ackedBytes > 0 && segment.hasTimestamp && rtt.isBackedOff()) {
      long elapsedNs = connection.timestamps.atMostSinceNs(segment.tsEcr, nowNs);
      if (elapsedNs != Timestamps.NEVER_ISSUED) {
        rtt.sample(elapsedNs);
      }
    }
    sample.srttNs = rtt.smoothedNs();
    sample.minRttNs = rtt.minimumNs();
  }
}
