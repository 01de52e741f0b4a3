// SPDX-License-Identifier: Apache-2.0
package io.vireo.rehearsal;

/** What a conversation of the peer is to show the stack besides its messages. */
enum Habit {
  /** Nothing: messages and answers, many of them, each answer acknowledged by the next message. */
  PLAIN(200),

  /** Each answer is acknowledged by itself. */
  ACKS_AT_ONCE(60),

  /** As a peer without timestamps, and one that has no options but the MSS. */
  HAS_NO_TIMESTAMPS(30),
  HAS_NO_OPTIONS(30),

  /** Whatever else is lost: our segments overtake each other, or come twice. */
  REORDERS(30),
  REPEATS(20),

  /** Now and then a segment of the stack's does not arrive, and those behind it are reported by SACK. */
  LOSES(30),

  /** As before, without SACK: ACKs come again and again. */
  LOSES_WITHOUT_SACK(30),

  /** A segment does not arrive, and nothing follows it that could tell of it. */
  LOSES_TAIL(6),

  /** Nothing of the stack's arrives for longer than it waits for an acknowledgment. */
  GOES_DEAF(6),

  /** The window closes for a while. */
  SHUTS_WINDOW(6),

  /** Segments that no honest peer sends, or that come very late. */
  IS_ODD(12),

  /** The peer has sent everything before it is answered. */
  HALF_CLOSES(4),

  /** An RST in place of an end. */
  RESETS(3),

  /** An RST in place of the end of a handshake. */
  RESETS_EARLY(0),

  /** The first SYN, or the answer to it, is lost. */
  LOSES_SYN(2),

  /** Comes to a port where nobody listens; or, where the stack connects, refuses. */
  REFUSES(0);

  private static final Habit[] ALL = values();

  final int messages;

  Habit(int messages) {
    this.messages = messages;
  }

  /** Plain ones in between, as most conversations are. */
  static Habit ofConversation(long number) {
    return (number & 1) == 0 ? PLAIN : ALL[(int) (number / 2 % ALL.length)];
  }

  static int count() {
    return ALL.length;
  }

  boolean hasTimestamps() {
    return this != HAS_NO_TIMESTAMPS && this != HAS_NO_OPTIONS;
  }

  boolean hasSack() {
    return this != HAS_NO_OPTIONS && this != LOSES_WITHOUT_SACK;
  }

  /** Whether a message that nobody answers is followed by the next before it is acknowledged: an ACK without an answer may be delayed. */
  boolean goesOn() {
    return this == PLAIN
        || this == ACKS_AT_ONCE
        || this == HAS_NO_TIMESTAMPS
        || this == HAS_NO_OPTIONS;
  }

  boolean loses() {
    return this == LOSES || this == LOSES_WITHOUT_SACK || this == LOSES_TAIL;
  }
}
