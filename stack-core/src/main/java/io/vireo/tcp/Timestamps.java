// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.wire.SequenceNumber;

/** The timestamps of one connection (RFC 7323): the clock that it shows, TS.Recent, Last.ACK.sent. */
final class Timestamps {
  /** {@link #atMostSinceNs}: no segment of this connection carried that. */
  static final long NEVER_ISSUED = -1;

  /**
   * A tick of 1.048576 ms: RFC 7323 §5.4 wants 1 ms to 1 s. A power of two needs no division, and goes on without a jump where nowNs wraps; TSval
   * itself wraps after 52 days.
   */
  private static final int TICK_SHIFT = 20;

  /** RFC 7323 §5.5: after so long, the clock of a peer that ticks every millisecond may have gone half round. */
  private static final long STALE_NS = 24 * 86_400 * 1_000_000_000L;

  /** Added to all ticks, so that they do not tell since when the machine has been up (RFC 7323 §7.1). */
  private int offset;

  /** Before this, nothing was sent. */
  private long beganNs;

  private int recent;
  private long recentNs;
  private int lastAckSent;

  /** The time in ticks, as TSval counts it but for the offset. */
  @HotPath
  static int tick(long nowNs) {
    return (int) (nowNs >> TICK_SHIFT);
  }

  /** A connection begins that has sent nothing before {@code nowNs}. */
  void begin(long nowNs) {
    beganNs = nowNs;
    recent = 0;
  }

  void setOffset(int offset) {
    this.offset = offset;
  }

  /** The peer's SYN came with this clock; whatever we answer acknowledges {@code rcvNxt}. */
  void onSyn(int tsVal, int rcvNxt, long nowNs) {
    recent = tsVal;
    recentNs = nowNs;
    lastAckSent = rcvNxt;
  }

  /** A segment left that acknowledges {@code rcvNxt}. */
  @HotPath
  void onSent(int rcvNxt) {
    lastAckSent = rcvNxt;
  }

  /** TSval at this tick. */
  @HotPath
  int tsVal(int tick) {
    return tick + offset;
  }

  /** TS.Recent: what is echoed. */
  @HotPath
  int recent() {
    return recent;
  }

  /** RFC 7323 §5.3 (R1): whether a segment with this clock is one of the past. */
  @HotPath
  boolean isOld(int tsVal, long nowNs) {
    return tsVal - recent < 0 && nowNs - recentNs <= STALE_NS;
  }

  /**
   * A segment that begins at {@code seq} was found good. Only from one at the left edge of what is acknowledged is its clock taken (RFC 7323 §4.3
   * (2)): a delayed ACK echoes the first segment that it is for, and a gap the last one before it.
   */
  @HotPath
  void onAccepted(int seq, int tsVal, long nowNs) {
    if (SequenceNumber.lessOrEqual(seq, lastAckSent) && !isOld(tsVal, nowNs)) {
      recent = tsVal;
      recentNs = nowNs;
    }
  }

  /** How long ago at most the segment left that is echoed as {@code tsEcr}: up to two ticks longer than it was; NEVER_ISSUED if there was none. */
  long atMostSinceNs(int tsEcr, long nowNs) {
    int ticks = ticksBefore(tsEcr, nowNs);
    return ticks >= 0 ? (ticks + 1L) << TICK_SHIFT : NEVER_ISSUED;
  }

  /** Whether the segment that is echoed as {@code tsEcr} left in a tick before that of {@code sentNs}. Not if there was none. */
  boolean isBefore(int tsEcr, long sentNs) {
    return ticksBefore(tsEcr, sentNs) > 0;
  }

  /** How many ticks before this time TSval was {@code tsEcr}; negative if it was not, or nothing had been sent then. */
  @HotPath
  private int ticksBefore(int tsEcr, long timeNs) {
    int ticks = tick(timeNs) + offset - tsEcr;
    return ticks <= ((timeNs - beganNs) >> TICK_SHIFT) + 1 ? ticks : -1;
  }
}
