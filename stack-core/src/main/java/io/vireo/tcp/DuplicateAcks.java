// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;

/**
 * What duplicate ACKs tell of a peer without SACK: that a segment arrived, and not which (RFC 5681 §3.2, RFC 6582). Counted since SND.UNA moved; the
 * bytes that have left the network for them are kept over ACKs of a part.
 */
final class DuplicateAcks {
  private static final int THRESHOLD = 3;

  private int count;
  private int bytes;

  /** A part was acknowledged in this recovery. */
  private boolean partial;

  /** Nothing is missing, as far as we know. */
  @HotPath
  void reset() {
    count = 0;
    bytes = 0;
  }

  /** A recovery begins. */
  void onRecovery() {
    partial = false;
  }

  boolean isReset() {
    return (count | bytes) == 0;
  }

  /** SND.UNA moved by {@code advanced}. Returns how much of that was told of by duplicates, and counted (RFC 6582 deflates so). */
  @HotPath
  int onAdvance(int advanced, int mss) {
    int counted = Math.min(bytes, Math.max(advanced - mss, 0));
    bytes -= counted;
    count = 0;
    return counted;
  }

  /** A duplicate ACK came. */
  void onDuplicate() {
    count++;
  }

  /** Whether there were enough of them to show a loss. */
  boolean showLoss() {
    return count >= THRESHOLD;
  }

  /** It tells of a segment, as long as all of them tell of no more than {@code most} bytes. Returns of how many bytes it does. */
  int tell(int mss, int most) {
    int told = Math.max(Math.min(mss, most - bytes), 0);
    bytes += told;
    return told;
  }

  /** What has left the network as far as they tell. */
  @HotPath
  int bytes() {
    return bytes;
  }

  /** A part was acknowledged. True for the first one of a recovery. */
  boolean onPartial() {
    boolean first = !partial;
    partial = true;
    return first;
  }
}
