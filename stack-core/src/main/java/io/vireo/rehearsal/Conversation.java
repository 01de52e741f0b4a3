// SPDX-License-Identifier: Apache-2.0
package io.vireo.rehearsal;

import io.vireo.rehearsal.SegmentFrames.Ends;
import io.vireo.wire.SequenceNumber;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;
import java.util.Arrays;

/**
 * The peer's side of one connection: just enough of a TCP to keep a conversation going, one message after the other, each when the one before has been
 * acknowledged and answered (or nobody has answered for a while: then {@link Habit#goesOn()} says whether the acknowledgment is waited for), and to misbehave as its {@link Habit} says.
 */
final class Conversation {
  private static final int WINDOW_SHIFT = 7;
  private static final int WINDOW = 512; // 64 KiB
  private static final int MSS = 1_460;

  /** Without an answer for so long, the next message follows: not every message has one. */
  private static final long UNANSWERED_NS = 200_000L;

  private static final long RESEND_NS = 30_000_000L;

  /** Longer than the stack's shortest RTO: it sends again, and probes a window that is shut. */
  private static final long TROUBLE_NS = 450_000_000L;

  /** What has come to nothing by then is given up. */
  private static final long LONGEST_NS = 2_500_000_000L;

  /** The NIC may not bring us what nobody listens for. */
  private static final long LONGEST_REFUSAL_NS = 50_000_000L;

  private static final byte[] NOTHING = new byte[0];

  private final SegmentFrames frames;
  private final Ends ends;
  private final Habit habit;
  private final byte[][] messages;
  private final long deadlineNs;

  private boolean begunHere;
  private boolean open;
  private boolean over;
  private boolean refused;
  private boolean hasTimestamps;
  private boolean hasSack;
  private int windowShift;
  private int mss = MSS;

  private int una;
  private int next;
  private int edge;
  private int received;
  private int lastTimestamp;

  /** Bytes received beyond a gap; none where the two are equal. */
  private int heldStart;

  private int heldEnd;
  private int lostSegments;

  private byte[] message = NOTHING;
  private int messageStart;
  private int messagesBegun;
  private long lastNs;
  private boolean answered;
  private boolean owesAck;
  private boolean shut;
  private boolean deaf;
  private long troubleEndsNs;
  private boolean finSent;
  private boolean finReceived;
  private int flagsResent;

  /** A conversation that the peer begins. */
  Conversation(
      SegmentFrames frames, Ends ends, Habit habit, byte[][] messages, int isn, long nowNs) {
    this.frames = frames;
    this.ends = ends;
    this.habit = habit;
    this.messages = messages;
    una = isn;
    next = isn + 1;
    deadlineNs = nowNs + (habit == Habit.REFUSES ? LONGEST_REFUSAL_NS : LONGEST_NS);
  }

  Ends ends() {
    return ends;
  }

  Habit habit() {
    return habit;
  }

  boolean isOver() {
    return over;
  }

  boolean begunHere() {
    return begunHere;
  }

  /** Whether the stack's side said no to a handshake. */
  boolean wasRefused() {
    return refused;
  }

  boolean wasOpen() {
    return open;
  }

  int messagesBegun() {
    return messagesBegun;
  }

  // ---- Opening

  /** Sends the SYN of a conversation that the peer begins. */
  void connect(long nowNs) {
    begunHere = true;
    hasTimestamps = habit.hasTimestamps();
    hasSack = habit.hasSack();
    synAgain(TcpHeader.SYN, nowNs);
  }

  /** Takes the stack's SYN, which is at hand. */
  void accept(long nowNs) {
    if (habit == Habit.REFUSES) {
      frames
          .begin()
          .deliver(ends, 0, frames.seq() + 1, TcpHeader.RST | TcpHeader.ACK, 0, NOTHING, 0, 0);
      over = true;
      return;
    }
    onSyn();
    synAgain(TcpHeader.SYN | TcpHeader.ACK, nowNs);
  }

  private void onSyn() {
    TcpOptions options = frames.options();
    received = frames.seq() + 1;
    hasTimestamps = options.hasTimestamp() && habit.hasTimestamps();
    hasSack = options.sackPermitted() && habit.hasSack();
    windowShift = Math.max(0, options.windowScale());
    mss = options.mss() == 0 ? 536 : Math.min(options.mss(), MSS);
    lastTimestamp = options.tsVal();
  }

  private void synAgain(int flags, long nowNs) {
    flagsResent = flags;
    frames.begin().mss(MSS);
    if (habit != Habit.HAS_NO_OPTIONS) {
      frames.windowScale(WINDOW_SHIFT);
    }
    if (hasSack) {
      frames.sackPermitted();
    }
    if (hasTimestamps) {
      frames.timestamp(timestamp(nowNs), lastTimestamp);
    }
    frames.deliver(ends, una, received, flags, 65_535, NOTHING, 0, 0);
    lastNs = nowNs;
  }

  // ---- Receiving

  /** Takes a segment of the stack's for this conversation, which is at hand. */
  void onSegment(long nowNs) {
    if (frames.has(TcpHeader.RST)) {
      refused = !open;
      over = true;
    } else if (deaf) {
      answered = false;
    } else if (open) {
      onAck();
      onPayload(nowNs);
    } else {
      onOpening(nowNs);
    }
  }

  private void onOpening(long nowNs) {
    boolean passive = (flagsResent & TcpHeader.ACK) != 0;
    if (habit == Habit.LOSES_SYN && lostSegments++ == 0) {
      return;
    }
    if (passive && frames.has(TcpHeader.SYN)) {
      synAgain(flagsResent, nowNs);
      return;
    }
    if (!frames.has(TcpHeader.ACK) || frames.ack() != next) {
      return;
    }
    if (!passive) {
      onSyn();
    }
    if (habit == Habit.RESETS_EARLY) {
      reset();
      return;
    }
    open = true;
    una = next;
    messageStart = next;
    edge = next + (frames.window() << (passive ? windowShift : 0));
    lastNs = nowNs;
    if (passive) {
      onPayload(nowNs);
    } else {
      acknowledge(nowNs);
    }
  }

  private void onAck() {
    int ack = frames.ack();
    if (SequenceNumber.lessThan(una, ack) && !SequenceNumber.lessThan(next, ack)) {
      una = ack;
    }
    int newEdge = ack + (frames.window() << windowShift);
    if (SequenceNumber.lessThan(edge, newEdge)) {
      edge = newEdge;
    }
  }

  private void onPayload(long nowNs) {
    int bytes = frames.payloadBytes();
    boolean fin = frames.has(TcpHeader.FIN);
    if (bytes == 0 && !fin) {
      return;
    }
    int seq = frames.seq();
    int end = seq + bytes;
    if (seq == received && bytes > 0 && isLost()) {
      return;
    }
    owesAck = true;
    if (SequenceNumber.lessThan(received, seq)) {
      hold(seq, end);
      acknowledge(nowNs);
    } else if (seq == received) {
      take(end, fin);
    } else {
      acknowledge(nowNs); // it came before
    }
  }

  private boolean isLost() {
    return habit.loses() && messagesBegun > 1 && ++lostSegments % 5 == 1;
  }

  private void hold(int seq, int end) {
    if (heldStart == heldEnd) {
      heldStart = seq;
      heldEnd = end;
    } else if (seq == heldEnd) {
      heldEnd = end;
    }
  }

  private void take(int end, boolean fin) {
    answered |= end != received;
    received = end;
    if (frames.options().hasTimestamp()) {
      lastTimestamp = frames.options().tsVal();
    }
    if (heldStart != heldEnd && !SequenceNumber.lessThan(received, heldStart)) {
      received = heldEnd;
      heldStart = heldEnd;
    }
    if (fin && received == end) {
      received++;
      finReceived = true;
    }
  }

  // ---- Acting

  /** What is due now. Returns whether anything was sent. */
  boolean act(long nowNs) {
    if (over) {
      return false;
    }
    if (nowNs - deadlineNs >= 0) {
      reset();
      return true;
    }
    if (!open) {
      return resendSyn(nowNs);
    }
    if (shut || deaf) {
      return endTrouble(nowNs);
    }
    boolean goesOn = una == next || isUnanswered(nowNs);
    boolean acts = finReceived ? finish(nowNs) : goesOn ? goOn(nowNs) : sendSome(nowNs);
    if (owesAck) {
      acknowledge(nowNs);
      acts = true;
    }
    return acts;
  }

  private boolean endTrouble(long nowNs) {
    if (nowNs - troubleEndsNs < 0) {
      return false;
    }
    shut = false;
    deaf = false;
    acknowledge(nowNs);
    return true;
  }

  private boolean resendSyn(long nowNs) {
    if (nowNs - lastNs < RESEND_NS) {
      return false;
    }
    synAgain(flagsResent, nowNs);
    return true;
  }

  /** All has been sent, and neither acknowledged nor answered for a while: the next message need not wait for a delayed ACK. */
  private boolean isUnanswered(long nowNs) {
    return habit.goesOn()
        && messagesBegun < habit.messages
        && next == messageStart + message.length
        && nowNs - lastNs >= UNANSWERED_NS;
  }

  /** The next message, or the end. */
  private boolean goOn(long nowNs) {
    if (finSent) {
      return false;
    }
    if (messagesBegun > 0 && !answered && nowNs - lastNs < UNANSWERED_NS) {
      return false;
    }
    if (messagesBegun >= habit.messages) {
      return end(nowNs);
    }
    if (habit == Habit.ACKS_AT_ONCE || habit == Habit.IS_ODD) {
      acknowledge(nowNs);
    }
    if (habit == Habit.IS_ODD) {
      beOdd(nowNs);
    }
    message = behindUnacknowledged(messages[messagesBegun % messages.length]);
    messageStart = una;
    messagesBegun++;
    answered = false;
    boolean isHalfway = messagesBegun == habit.messages / 2;
    shut = isHalfway && habit == Habit.SHUTS_WINDOW;
    deaf = isHalfway && habit == Habit.GOES_DEAF;
    troubleEndsNs = nowNs + TROUBLE_NS;
    return sendSome(nowNs);
  }

  /** What may have to be sent again, and the message. */
  private byte[] behindUnacknowledged(byte[] following) {
    int kept = next - una;
    byte[] both =
        Arrays.copyOfRange(message, message.length - kept, message.length + following.length);
    System.arraycopy(following, 0, both, kept, following.length);
    return both;
  }

  private boolean end(long nowNs) {
    if (habit == Habit.RESETS) {
      reset();
      return true;
    }
    return sendFin(nowNs);
  }

  private boolean sendFin(long nowNs) {
    finSent = true;
    send(next, TcpHeader.FIN | TcpHeader.ACK, NOTHING, 0, 0, nowNs);
    next++;
    return true;
  }

  /** The stack's FIN has come. */
  private boolean finish(long nowNs) {
    if (!finSent) {
      return sendFin(nowNs);
    }
    if (una == next) {
      acknowledge(nowNs);
      over = true;
      return true;
    }
    return sendSome(nowNs);
  }

  /** What of the message the window allows; all that is not acknowledged once more, if nothing has happened for long. */
  private boolean sendSome(long nowNs) {
    if (una != next && nowNs - lastNs >= RESEND_NS) {
      next = una;
      boolean onlyFin = finSent && una == messageStart + message.length;
      finSent = false;
      if (onlyFin) {
        return sendFin(nowNs);
      }
    }
    int end = messageStart + message.length;
    boolean sent = false;
    while (!finSent && SequenceNumber.lessThan(next, end) && SequenceNumber.lessThan(next, edge)) {
      int bytes = Math.min(Math.min(end - next, edge - next), pieceBytes());
      sendPiece(bytes, nowNs);
      next += bytes;
      sent = true;
    }
    if (sent && habit == Habit.HALF_CLOSES && next == end && messagesBegun == habit.messages) {
      sendFin(nowNs);
    }
    return sent;
  }

  /** One that reorders needs pieces to do it with. */
  private int pieceBytes() {
    int usual = mss - (hasTimestamps ? TcpOptions.TIMESTAMP_BYTES : 0);
    return habit == Habit.REORDERS ? Math.min(usual, Math.max(1, (message.length + 3) / 4)) : usual;
  }

  private void sendPiece(int bytes, long nowNs) {
    int from = next - messageStart;
    int flags = TcpHeader.ACK | TcpHeader.PSH;
    int behind = message.length - from - bytes;
    if (habit == Habit.REORDERS && behind > 0) {
      send(next + bytes, flags, message, from + bytes, Math.min(behind, bytes), nowNs);
    }
    send(next, flags, message, from, bytes, nowNs);
    if (habit == Habit.REPEATS) {
      send(next, flags, message, from, bytes, nowNs);
    }
  }

  private void acknowledge(long nowNs) {
    send(next, TcpHeader.ACK, NOTHING, 0, 0, nowNs);
  }

  private void send(int seq, int flags, byte[] payload, int from, int length, long nowNs) {
    frames.begin();
    if (hasTimestamps) {
      frames.timestamp(timestamp(nowNs), lastTimestamp);
    }
    if (hasSack && heldStart != heldEnd && length == 0) {
      frames.sack(heldStart, heldEnd);
    }
    int window = shut ? 0 : habit == Habit.HAS_NO_OPTIONS ? 65_535 : WINDOW;
    frames.deliver(ends, seq, received, flags, window, payload, from, length);
    owesAck = false;
    lastNs = nowNs;
  }

  private void reset() {
    frames.begin().deliver(ends, next, 0, TcpHeader.RST, 0, NOTHING, 0, 0);
    over = true;
  }

  /** Late, doubtful and damaged segments, one kind with each message. */
  private void beOdd(long nowNs) {
    frames.begin();
    if (hasTimestamps) {
      frames.timestamp(timestamp(nowNs), lastTimestamp);
    }
    int bytes = frames.emptyBytes();
    int ack = TcpHeader.ACK;
    switch (messagesBegun % 6) {
      case 0 -> frames.deliver(ends, next, received - 1, ack, WINDOW, NOTHING, 0, 0);
      case 1 -> frames.deliver(ends, next, received + 100_000, ack, WINDOW, NOTHING, 0, 0);
      case 2 -> frames.deliver(ends, next - 10, received, ack, WINDOW, NOTHING, 0, 0);
      case 3 -> frames.deliver(ends, next + 10, 0, TcpHeader.RST, 0, NOTHING, 0, 0);
      case 4 -> frames.deliver(ends, next, received, TcpHeader.SYN, WINDOW, NOTHING, 0, 0);
      default -> frames.deliverDamaged(bytes);
    }
  }

  private static int timestamp(long nowNs) {
    return (int) (nowNs / 1_000_000) + 1_000_000;
  }
}
