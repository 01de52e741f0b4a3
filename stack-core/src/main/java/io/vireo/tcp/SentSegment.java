// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

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

  boolean is(int flag) {
    return (flags & flag) != 0;
  }
}
