// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.api.HotPath;
import io.vireo.memory.Memo;

/**
 * How fast the network delivers, by draft-ietf-ccwg-bbr §4.1: the connection's part. Each segment carries a snapshot, taken
 * each time it is sent, right after {@link #onSent}: {@link #delivered}, {@link #deliveredNs}, {@link #firstSentNs}, {@link
 * #appLimited}, and when it was sent. When it is delivered the snapshot comes back to {@link #onDelivered}.
 *
 * <pre>
 *   one ACK:  ack.clear();  onDelivered(ack, ...) for each segment newly acknowledged or SACKed;  sampleInto(ack)
 * </pre>
 */
public final class DeliveryRate {
  /** C.delivered: bytes, wraps. Differences are right below 4 GiB, and no more is under way. */
  private int delivered;

  /** C.delivered_time: when the last byte was delivered. */
  private long deliveredNs;

  /** C.first_send_time: when that segment was sent with which the present sampling interval begins. */
  private long firstSentNs;

  /** C.app_limited: what {@link #delivered} will be once all that was under way in the lull has arrived. */
  private int appLimitedUntil;

  private boolean appLimited;

  // The last valid sample: bytes and nanoseconds, in as little memory as does; none if it took no
  // time.
  private int sampledBytes;
  private float sampledNs;
  private boolean sampledAppLimited;

  /** A connection begins. */
  public void reset(long nowNs) {
    delivered = 0;
    deliveredNs = nowNs;
    firstSentNs = nowNs;
    appLimited = false;
    sampledNs = 0;
    sampledAppLimited = false;
  }

  /** The connection comes to rest: nothing is under way, so that the next segment begins another interval. */
  public void keep(Memo memo) {
    memo.putInt(delivered);
    memo.putInt(appLimitedUntil);
    memo.putInt(sampledBytes);
    memo.putInt(Float.floatToRawIntBits(sampledNs));
    memo.putFlags(appLimited, sampledAppLimited, false);
  }

  /** What another one has kept. */
  public void recall(Memo memo) {
    delivered = memo.getInt();
    appLimitedUntil = memo.getInt();
    sampledBytes = memo.getInt();
    sampledNs = Float.intBitsToFloat(memo.getInt());
    int flags = memo.getByte();
    appLimited = (flags & 1) != 0;
    sampledAppLimited = (flags & 2) != 0;
  }

  /** A segment leaves, for the first time or again; {@code flight}: bytes under way without it. */
  @HotPath
  public void onSent(int flight, long nowNs) {
    if (flight == 0) {
      firstSentNs = nowNs;
      deliveredNs = nowNs;
    }
  }

  /** To be called when there is nothing to send, nothing to send again, and cwnd has room; {@code flight}: RFC 6675's pipe. */
  @HotPath
  public void onApplicationLimited(int flight) {
    appLimited = true;
    appLimitedUntil = delivered + flight;
  }

  /**
   * {@code bytes} of a segment are delivered, with the snapshot taken when it was last sent, at {@code sentNs}. Of segments
   * sent at the same time the last one told counts.
   */
  @HotPath
  public void onDelivered(
      AckSample ack,
      int bytes,
      long sentNs,
      int snapshotDelivered,
      long snapshotDeliveredNs,
      long snapshotFirstSentNs,
      boolean snapshotAppLimited,
      long nowNs) {
    delivered += bytes;
    deliveredNs = nowNs;
    if (ack.hasSegment && sentNs - ack.sentNs < 0) {
      return;
    }
    ack.hasSegment = true;
    ack.sentNs = sentNs;
    ack.priorDelivered = snapshotDelivered;
    ack.appLimited = snapshotAppLimited;
    ack.sendElapsedNs = sentNs - snapshotFirstSentNs;
    ack.ackElapsedNs = nowNs - snapshotDeliveredNs;
    firstSentNs = sentNs;
  }

  /** Ends an ACK: its sample, valid if the ACK delivered anything and the interval is no shorter than {@link AckSample#minRttNs}. */
  @HotPath
  public void sampleInto(AckSample ack) {
    if (appLimited && delivered - appLimitedUntil > 0) {
      appLimited = false;
    }
    if (!ack.hasSegment) {
      return;
    }
    // The slower of the two: neither ACKs that were compressed nor a sender that paused look like a
    // fast path.
    long elapsedNs = Math.max(ack.sendElapsedNs, ack.ackElapsedNs);
    if (elapsedNs > 0 && elapsedNs >= ack.minRttNs) {
      ack.deliveredInterval = Integer.toUnsignedLong(delivered - ack.priorDelivered);
      ack.intervalNs = elapsedNs;
      sampledBytes = (int) ack.deliveredInterval;
      sampledNs = elapsedNs;
      sampledAppLimited = ack.appLimited;
    }
  }

  /** Bytes per second, by the last valid sample; 0: there was none. */
  public long sampledBytesPerSecond() {
    return sampledNs == 0 ? 0 : (long) (Integer.toUnsignedLong(sampledBytes) * 1e9 / sampledNs);
  }

  /** Whether the application, not the window, was the bound of that sample. */
  public boolean sampledAppLimited() {
    return sampledAppLimited;
  }

  /** C.delivered, wrapping; part of the snapshot. */
  public int delivered() {
    return delivered;
  }

  /** C.delivered_time; part of the snapshot. */
  public long deliveredNs() {
    return deliveredNs;
  }

  /** C.first_send_time; part of the snapshot. */
  public long firstSentNs() {
    return firstSentNs;
  }

  /** Whether what is sent now is sent in or right after a lull; part of the snapshot. */
  public boolean appLimited() {
    return appLimited;
  }
}
