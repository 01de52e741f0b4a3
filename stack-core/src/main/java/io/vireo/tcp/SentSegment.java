// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.tcp.congestion.AckSample;
import io.vireo.tcp.congestion.DeliveryRate;

/** What a {@link Scoreboard} knows of one segment, read at once. Belongs to the stack, not to a connection. */
final class SentSegment {
  long sentNs;
  int endSeq;
  int flags;

  /** What had been delivered in all when it was sent, and when the last of that was. */
  int delivered;

  long deliveredNs;

  /** When the first segment of its flight was sent. */
  long firstSentNs;

  /** It arrived just now, and with it {@code bytes} in all. */
  @HotPath
  void deliver(DeliveryRate rate, AckSample sample, int bytes, long nowNs) {
    boolean applicationLimited = is(Scoreboard.APPLICATION_LIMITED);
    rate.onDelivered(
        sample, bytes, sentNs, delivered, deliveredNs, firstSentNs, applicationLimited, nowNs);
  }

  @HotPath
  boolean is(int flag) {
    return (flags & flag) != 0;
  }
}
