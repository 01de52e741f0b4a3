// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.util.ArrayList;
import java.util.List;

/** RFC 8985 §6.2 and §6.3 as they are written: a list of segments, all of which are looked at each time. */
final class RackModel {
  private static final int DUP_THRESH = 3;

  static final class Sent {
    final long endSeq;
    long xmitTs;
    boolean retransmitted;
    boolean lost;
    boolean sacked;
    boolean acked;

    Sent(long endSeq, long xmitTs) {
      this.endSeq = endSeq;
      this.xmitTs = xmitTs;
    }
  }

  final List<Sent> segments = new ArrayList<>();
  private final long minRtt;
  private final long srtt;
  private long xmitTs;
  private long endSeq;
  private long rackRtt;
  private long fack;
  private boolean anyArrived;
  boolean reorderingSeen;
  private boolean inDsackRound;
  private long dsackRound;
  private long reoWndMult = 1;
  private long reoWndPersist;

  RackModel(long minRtt, long srtt) {
    this.minRtt = minRtt;
    this.srtt = srtt;
  }

  private static boolean sentAfter(long t1, long seq1, long t2, long seq2) {
    return t1 > t2 || (t1 == t2 && seq1 > seq2);
  }

  /** Steps 2 and 3, for a segment that has just been acknowledged or SACKed. */
  void onDelivered(Sent segment, long now) {
    if (segment.endSeq > fack) {
      fack = segment.endSeq;
    } else if (segment.endSeq < fack && !segment.retransmitted) {
      reorderingSeen = true;
    }
    long rtt = now - segment.xmitTs;
    if (segment.retransmitted && rtt < minRtt) {
      return;
    }
    rackRtt = Math.max(rtt, 1); // ours: a clock may stand still
    if (!anyArrived || sentAfter(segment.xmitTs, segment.endSeq, xmitTs, endSeq)) {
      anyArrived = true;
      xmitTs = segment.xmitTs;
      endSeq = segment.endSeq;
    }
  }

  /** Step 4, for an ACK that brings a D-SACK. */
  void onDsack(long sndUna, long sndNxt) {
    if (inDsackRound && sndUna >= dsackRound) {
      inDsackRound = false;
    }
    if (!inDsackRound) {
      inDsackRound = true;
      dsackRound = sndNxt;
      reoWndMult++;
      reoWndPersist = 16;
    }
  }

  void onRecovered() {
    reoWndPersist--;
    if (reoWndPersist <= 0) {
      reoWndMult = 1;
    }
  }

  private long reoWnd(boolean inRecovery) {
    long segsSacked = segments.stream().filter(s -> s.sacked && !s.acked).count();
    if (!reorderingSeen && (inRecovery || segsSacked >= DUP_THRESH)) {
      return 0;
    }
    return Math.min(reoWndMult * minRtt / 4, srtt);
  }

  /** Step 5: marks, and returns for how long the others may still be waited for; 0: there are none. */
  long detect(boolean inRecovery, long now) {
    long timeout = 0;
    if (!anyArrived) {
      return 0;
    }
    for (Sent s : segments) {
      if (s.acked || s.sacked || s.lost || !sentAfter(xmitTs, endSeq, s.xmitTs, s.endSeq)) {
        continue;
      }
      long remaining = s.xmitTs + rackRtt + reoWnd(inRecovery) - now;
      if (remaining <= 0) {
        s.lost = true;
      } else {
        timeout = Math.max(remaining, timeout);
      }
    }
    return timeout;
  }

  /** §6.3. */
  void onRetransmitTimeout(boolean inRecovery, long now) {
    boolean oldest = true;
    for (Sent s : segments) {
      if (s.acked || s.sacked) {
        continue;
      }
      boolean overdue = s.xmitTs + rackRtt + reoWnd(inRecovery) - now <= 0;
      s.lost |= oldest || !anyArrived || overdue;
      oldest = false;
    }
  }
}
