// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;

/**
 * When an acknowledgment is due: at once, after a short delay in hope of company, or not at all (RFC 5681 §4.2, RFC 9293
 * §3.8.6.3).
 */
final class AckPolicy {
  /** More than three duplicates tell a sender nothing new, so a batch of reordered segments owes no more than a few. */
  private static final int MOST_DUPLICATES = 8;

  /**
   * With SACK, the blocks of a single ACK tell of all that came. Three all the same: a sender may count (RFC 6675 §5 (1)), and what few bytes the
   * blocks name may not be enough by themselves.
   */
  private static final int MOST_WITH_SACK = 3;

  private int unacknowledgedBytes;
  private int largestSegment;
  private boolean now;
  private boolean delayed;
  private int duplicates;
  private boolean selective;
  private final Pace challenges = new Pace();
  private final Pace probes = new Pace();

  void reset() {
    challenges.reset();
    probes.reset();
    unacknowledgedBytes = 0;
    largestSegment = 1;
    now = false;
    delayed = false;
    duplicates = 0;
    selective = false;
  }

  /** Whether no acknowledgment is owed. */
  boolean isAtRest() {
    return duplicates == 0 && !now && !delayed;
  }

  void keep(Memo memo) {
    memo.putInt(largestSegment);
    memo.putFlags(selective, false, false);
    challenges.keep(memo);
    probes.keep(memo);
  }

  void recall(Memo memo) {
    reset();
    largestSegment = memo.getInt();
    selective = (memo.getByte() & 1) != 0;
    challenges.recall(memo);
    probes.recall(memo);
  }

  /** Whether ACKs carry SACK blocks. */
  void setSelective(boolean selective) {
    this.selective = selective;
  }

  /** Payload was taken in order: every second full-sized segment is acknowledged at once (SHLD-19). */
  @HotPath
  void onPayload(int length) {
    duplicates = 0;
    largestSegment = Math.max(largestSegment, length);
    unacknowledgedBytes += length;
    if (unacknowledgedBytes >= 2 * largestSegment && unacknowledgedBytes > length) {
      now = true;
    } else {
      delayed = true;
    }
  }

  /** Payload was taken that others waited for: one ACK says it all, and more of them would speak of bytes that are not missing. */
  void onGapFilled() {
    duplicates = 0;
    now = true;
  }

  /** An ACK is due with the present batch. */
  void soon() {
    now = true;
  }

  /** A segment arrived out of order: each one deserves an ACK of its own, or the sender could not count to three. */
  void duplicate() {
    now = true;
    duplicates = Math.min(duplicates + 1, selective ? MOST_WITH_SACK : MOST_DUPLICATES);
  }

  /**
   * A challenge ACK is called for: due with the present batch, unless another one was less than {@code spacingNs} ago (RFC 5961 §7). Paced per
   * connection: a counter that connections shared would tell an attacker about others (CVE-2016-5696).
   */
  boolean challenge(long spacingNs, long nowNs) {
    return paced(challenges.allows(spacingNs, nowNs));
  }

  /**
   * The same for an empty segment just before RCV.NXT, as probes are: only he can send it who knows RCV.NXT, so that no stranger's SYNs use up what
   * answers it.
   */
  boolean answerProbe(long spacingNs, long nowNs) {
    return paced(probes.allows(spacingNs, nowNs));
  }

  private boolean paced(boolean allowed) {
    now |= allowed;
    return allowed;
  }

  /** Something that may happen again only after a while. */
  private static final class Pace {
    private boolean begun;
    private long lastNs;

    void reset() {
      begun = false;
    }

    void keep(Memo memo) {
      memo.putFlags(begun, false, false);
      memo.putLong(lastNs);
    }

    void recall(Memo memo) {
      begun = (memo.getByte() & 1) != 0;
      lastNs = memo.getLong();
    }

    boolean allows(long spacingNs, long nowNs) {
      if (begun && nowNs - lastNs < spacingNs) {
        return false;
      }
      begun = true;
      lastNs = nowNs;
      return true;
    }
  }

  /** Whether no duplicate ACKs are owed. */
  boolean isSteady() {
    return duplicates == 0;
  }

  boolean dueNow() {
    return now || duplicates > 0;
  }

  boolean dueLater() {
    return delayed && !now;
  }

  /** How many duplicate ACKs are owed; they leave first, since a segment with payload does not count as one. */
  int duplicatesOwed() {
    return duplicates;
  }

  /** A segment left that acknowledges everything. */
  @HotPath
  void onAckSent() {
    unacknowledgedBytes = 0;
    now = false;
    delayed = false;
  }

  /** One of the duplicates left. */
  void onDuplicateSent() {
    duplicates--;
  }
}
