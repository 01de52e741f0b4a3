// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import java.util.Locale;

/**
 * A way through a network.
 *
 * @param queues length of the queue in halves of the bandwidth-delay product, or of 20 frames if that is less
 */
record Path(int rttMs, int megabits, int queues, Trouble trouble) {
  static final int FRAME_BYTES = 1_514;

  private static final int FEWEST_FRAMES = 20;

  /** As the table has it. */
  String columns() {
    return String.format(Locale.ROOT, "%4d %5d %6.1f", rttMs, megabits, queues / 2.0);
  }

  long bitsPerSecond() {
    return megabits * 1_000_000L;
  }

  long oneWayNs() {
    return rttMs * 1_000_000L / 2;
  }

  int bandwidthDelayBytes() {
    return megabits * rttMs * 125;
  }

  int queueBytes() {
    return Math.max(bandwidthDelayBytes(), FEWEST_FRAMES * FRAME_BYTES) * queues / 2;
  }

  /** Frames that are on the wire at once, and more. */
  int slots() {
    return 512 + 2 * bandwidthDelayBytes() / FRAME_BYTES;
  }
}
