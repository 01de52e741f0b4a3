// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.memory.BufferArena;

/**
 * Whether what was sent again since a loss was found, or the timer expired, was sent in vain: because what was taken for lost arrived after all, as
 * its ACK's timestamp shows (Eifel, RFC 3522), or because D-SACKs tell of each segment sent again that it had arrived already (RFC 3708). Then the
 * reduction of the congestion window is undone.
 *
 * <p>D-SACKs of other segments, which the network doubled, prove nothing; nor do those of one that was sent again twice.
 */
final class SpuriousLoss {
  /** With more gaps than this between them, D-SACKs prove nothing. */
  private static final int MOST_RANGES = 128;

  /** What was sent again and no D-SACK told of yet. */
  private final RangeSet unreported;

  private boolean open;
  private boolean anyResent;

  /** When the first segment left again of those that were sent again. */
  private long firstResentNs;

  /** D-SACKs cannot prove it any more. */
  private boolean doubtful;

  SpuriousLoss(BufferArena arena) {
    unreported = new RangeSet(arena, MOST_RANGES);
  }

  void reset() {
    open = false;
    unreported.clear();
  }

  /** Whether a proof may still come. */
  boolean isOpen() {
    return open;
  }

  /** A loss was found, or the timer expired, for the first time since all was well. */
  void begin() {
    reset();
    open = true;
    anyResent = false;
    doubtful = false;
  }

  /**
   * [startSeq, endSeq) is sent again; {@code again}: it was before, by a probe or since a loss was found, at {@code beforeNs}.
   */
  void onSentAgain(int startSeq, int endSeq, boolean again, long beforeNs, long nowNs) {
    if (!open) {
      return;
    }
    long resentNs = again ? beforeNs : nowNs;
    if (!anyResent || resentNs - firstResentNs < 0) {
      firstResentNs = resentNs;
    }
    anyResent = true;
    doubtful |= again || !unreported.add(startSeq, endSeq);
  }

  /** A D-SACK told of [startSeq, endSeq). */
  void onDuplicateReported(int startSeq, int endSeq) {
    doubtful |= !unreported.remove(startSeq, endSeq);
  }

  /** When the first segment left again since the loss was found, or {@code otherwiseNs} if that was earlier, or nothing did. */
  long firstResentNs(long otherwiseNs) {
    return open && anyResent && firstResentNs - otherwiseNs < 0 ? firstResentNs : otherwiseNs;
  }

  /** Whether it is proven; {@code originalArrived}: by the ACK of the oldest segment. Nothing is, before something was sent again. */
  boolean isProven(boolean originalArrived) {
    return open && anyResent && (originalArrived || (!doubtful && unreported.isEmpty()));
  }

  /** The arena's handle of what it remembers. */
  long handle() {
    return unreported.handle();
  }
}
