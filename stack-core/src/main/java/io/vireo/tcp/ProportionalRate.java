// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;

/**
 * Proportional rate reduction (RFC 6937): the congestion window of a recovery. It lets go as much as arrives, times the factor by which congestion
 * control reduces, so that what is under way has fallen to ssthresh when the recovery ends; and if it fell below by itself, lets it grow back as in
 * slow start, but only while nothing more is lost.
 */
final class ProportionalRate {
  private int deliveredBytes;
  private int sentBytes;
  private int flightBytes;
  private int windowBytes;

  /** A recovery begins: {@code flightBytes} are RFC 6937's RecoverFS. The first segment may be sent again at once. */
  void begin(int flightBytes, int inFlightBytes, int mss) {
    deliveredBytes = 0;
    sentBytes = 0;
    this.flightBytes = Math.max(flightBytes, mss);
    windowBytes = inFlightBytes + mss;
  }

  /**
   * An ACK delivered {@code delivered} bytes; {@code lossless}: it advanced SND.UNA, and shows no new loss; {@code atOnce}: a segment is to be sent again
   * whatever the window.
   */
  void onAck(
      int delivered, int inFlightBytes, int ssthresh, boolean lossless, boolean atOnce, int mss) {
    deliveredBytes += delivered;
    long allowed;
    if (inFlightBytes > ssthresh) {
      long share = (long) deliveredBytes * ssthresh + flightBytes - 1;
      allowed = share / flightBytes - sentBytes;
    } else {
      int limit = Math.max(deliveredBytes - sentBytes, delivered);
      limit = lossless ? limit + mss : limit;
      allowed = Math.min(ssthresh - inFlightBytes, limit);
    }
    // The fast retransmit itself waits for nothing.
    allowed = Math.max(allowed, atOnce || sentBytes == 0 ? mss : 0);
    windowBytes = inFlightBytes + (int) allowed;
  }

  @HotPath
  void onSent(int bytes) {
    sentBytes += bytes;
  }

  /** What may be under way. */
  @HotPath
  int windowBytes() {
    return windowBytes;
  }
}
