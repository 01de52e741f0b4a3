// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.tcp.congestion.AckSample;
import io.vireo.tcp.congestion.CongestionControl;
import io.vireo.tcp.congestion.DeliveryRate;
import io.vireo.wire.SequenceNumber;
import java.nio.ByteBuffer;

/**
 * Leads through the losses of a connection: what an ACK says of each segment goes into the {@link Scoreboard}, {@link Rack} finds there what is lost
 * (without SACK three duplicate ACKs do, RFC 5681 and RFC 6582), and congestion control is told. It sends nothing: it answers what is to be sent again,
 * and how much may be under way.
 *
 * <pre>
 *            loss found              SND.UNA reaches recoverSeq
 *   OPEN ─────────────► FAST_RECOVERY ─────────────► OPEN        the window is that of ProportionalRate
 *     └───────┬───────────────┘
 *             ▼ timer expired        SND.UNA reaches recoverSeq
 *          TIMEOUT ────────────────────────────────► OPEN        slow start
 *
 *   FAST_RECOVERY, TIMEOUT ────────► OPEN as it was before       SpuriousLoss is proven
 * </pre>
 */
final class LossRecovery {
  /** {@link #onAck}: a loss was found: a recovery has begun, or a tail loss probe has repaired it. */
  static final int LOSS_FOUND = 1;

  /** {@link #onAck}: a recovery was for nothing, and is undone. */
  static final int UNDONE = 2;

  /** {@link #onAck}: a recovery is over, and everything acknowledged that it was for. */
  static final int REPAIRED = 4;

  private static final int OPEN = 0;
  private static final int FAST_RECOVERY = 1;
  private static final int TIMEOUT = 2;

  final Scoreboard board;
  final SegmentCuts cuts;
  final TailLossProbe tailProbe = new TailLossProbe();
  private final Sender sender;
  private final CongestionControl congestion;
  private final RttEstimator rtt;
  final DeliveryRate rate = new DeliveryRate();
  private final ProportionalRate proportional = new ProportionalRate();
  final SpuriousLoss spurious;
  final Rack rack;
  private final DuplicateAcks duplicates = new DuplicateAcks();

  private boolean sacks;
  private int phase;

  /** RFC 6582's "recover": what had been sent when recovery began, or when the timer expired last. */
  private int recoverSeq;

  /** When a recovery is over, D-SACKs of what it sent again may still come until this is acknowledged. */
  private int lateProofSeq;

  /** cwnd stopped the sender when so much had been sent. */
  private int limitedSeq;

  // Since the connection began.
  private int resentSegments;
  private int recoveries;
  private int undoneRecoveries;

  LossRecovery(
      Sender sender,
      CongestionControl congestion,
      RttEstimator rtt,
      BufferArena arena,
      ByteBuffer ownMemory,
      int ownBase) {
    this.sender = sender;
    this.congestion = congestion;
    this.rtt = rtt;
    board = new Scoreboard(arena, ownMemory, ownBase, sender.buffer.mostBytes());
    cuts = new SegmentCuts(board, sender);
    rack = new Rack(board, rtt, arena);
    spurious = new SpuriousLoss(arena);
  }

  /** A connection begins; its first byte is {@code seq}. */
  void reset(int seq) {
    board.reset(seq);
    tailProbe.begin();
    spurious.reset();
    rack.reset(seq);
    phase = OPEN;
    recoverSeq = seq - 1;
    duplicates.reset();
    limitedSeq = seq - 1;
    resentSegments = 0;
    recoveries = 0;
    undoneRecoveries = 0;
  }

  /** The connection is over: gives all memory back. */
  void release() {
    board.reset(sender.sndUna());
    rack.reset(sender.sndUna());
    spurious.reset();
  }

  /** Whether nothing is under way, and nothing is waited for: not even the proof that the last recovery was for nothing. */
  boolean isAtRest() {
    return board.isEmpty() && isSteady() && !spurious.isOpen();
  }

  void keep(Memo memo) {
    memo.putFlags(sacks, false, false);
    memo.putInt(recoverSeq);
    memo.putInt(lateProofSeq);
    memo.putInt(limitedSeq);
    memo.putInt(resentSegments);
    memo.putInt(recoveries);
    memo.putInt(undoneRecoveries);
    tailProbe.keep(memo);
    rate.keep(memo);
    rack.keep(memo);
  }

  /** The sender has recalled what it kept. */
  void recall(Memo memo) {
    reset(sender.sndUna());
    sacks = (memo.getByte() & 1) != 0;
    recoverSeq = memo.getInt();
    lateProofSeq = memo.getInt();
    limitedSeq = memo.getInt();
    resentSegments = memo.getInt();
    recoveries = memo.getInt();
    undoneRecoveries = memo.getInt();
    tailProbe.recall(memo);
    rate.recall(memo);
    rack.recall(memo);
  }

  /** The handshake is complete; {@code sacks}: both sides know SACK. */
  void onEstablished(boolean sacks, long nowNs) {
    this.sacks = sacks;
    rate.reset(nowNs);
    rtt.onEstablished(sender.sndUna());
  }

  /** Whether everything under way was sent once, in order, and nothing is amiss. */
  boolean isSteady() {
    return phase == OPEN && nothingIsAmiss() && rack.waitNs() == 0 && duplicates.isReset();
  }

  // ---- ACKs

  /**
   * An acceptable ACK came, which the sender has dealt with; {@code arrival} has read what it says of what was under way. Returns LOSS_FOUND, UNDONE and
   * REPAIRED, as far as they hold.
   */
  int onAck(Segment segment, AckArrival arrival, long nowNs) {
    AckSample ack = arrival.sample;
    int una = sender.sndUna();
    if (phase == OPEN && ack.ackedBytes > 0 && segment.sackBlocks == 0 && nothingIsAmiss()) {
      onAckInOrder(ack, una, nowNs);
      return 0;
    }
    boolean repairing = phase == FAST_RECOVERY;
    boolean bare = arrival.isDuplicate() && segment.sackBlocks == 0;
    int tail = tailProbe.onAck(segment.ack, arrival.reportsDuplicate(), bare);
    int found = 0;
    if (tail == TailLossProbe.REPAIRED && phase == OPEN) {
      congestion.onLossDetected(ack.priorFlight, nowNs);
      congestion.onRecovered(nowNs);
      found = LOSS_FOUND;
    }
    if (spurious.isProven(phase != OPEN && arrival.originalArrived())) {
      undo(nowNs);
      found |= UNDONE;
    }
    if (phase == OPEN && SequenceNumber.greaterThan(una, lateProofSeq)) {
      spurious.reset();
    }
    if (phase != OPEN && SequenceNumber.greaterOrEqual(una, recoverSeq)) {
      endRecovery(nowNs);
      found |= REPAIRED;
    }
    ack.lostBytes = sacks
        ? rack.detect(phase != OPEN, sender.mss(), nowNs)
        : detectByDuplicates(ack.ackedBytes > 0);
    if (phase == OPEN && ack.lostBytes > 0) {
      beginRecovery(ack.ackedBytes, nowNs);
      found |= LOSS_FOUND;
    }
    if (repairing && phase == OPEN) {
      // The first ACK of congestion avoidance: what came earlier was PRR's matter. Without SACK
      // nobody knows what came earlier.
      ack.ackedBytes = sacks ? Math.min(ack.ackedBytes, ack.deliveredBytes) : 0;
    }
    tellCongestionControl(ack, nowNs);
    return found;
  }

  /** Whether everything under way was sent once, in order, and nothing is known of it but that. */
  @HotPath
  private boolean nothingIsAmiss() {
    return board.isPlain() && !rack.waitsForSentAgain() && tailProbe.isQuiet();
  }

  /** Of an ACK that takes from the front of that there is nothing to learn but how fast it was. */
  @HotPath
  void onAckInOrder(AckSample ack, int una, long nowNs) {
    if (SequenceNumber.greaterThan(una, lateProofSeq)) {
      spurious.reset();
    }
    rack.onInOrder(una);
    tellCongestionControl(ack, nowNs);
  }

  /** Without SACK: a duplicate ACK says that a segment arrived, and not which. {@code advanced}: by how many bytes SND.UNA did. Returns what is newly known to have arrived. */
  int onDuplicate(boolean duplicate, int advanced) {
    int mss = sender.mss();
    if (advanced > 0) {
      int counted = duplicates.onAdvance(advanced, mss);
      if (phase == OPEN) {
        duplicates.reset();
      }
      return -counted;
    }
    if (!duplicate || phase == TIMEOUT) {
      return 0;
    }
    duplicates.onDuplicate();
    // No more than was under way when the loss was found, whatever a liar says; before that, two
    // segments may leave for them (RFC 3042).
    int most = recoverSeq - board.startSeq(0);
    if (phase == OPEN) {
      most = Math.min((showLoss() ? 3 : 2) * mss, board.outstandingBytes());
    }
    return duplicates.tell(mss, most);
  }

  /** Whether duplicate ACKs show a loss by now; those of what was sent again after a timeout show none (RFC 6582 §3.2 step 1). */
  private boolean showLoss() {
    return duplicates.showLoss() && SequenceNumber.greaterThan(sender.sndUna(), recoverSeq);
  }

  /** The peer tells that it received [startSeq, endSeq) twice (RFC 2883). */
  void onDuplicateReported(int startSeq, int endSeq) {
    rack.onDuplicateReported(sender.sndUna(), sender.sndNxt());
    spurious.onDuplicateReported(startSeq, endSeq);
  }

  private void tellCongestionControl(AckSample ack, long nowNs) {
    ack.flight = inFlightBytes();
    ack.sndUna = sender.sndUna();
    ack.sndNxt = sender.sndNxt();
    ack.recovering = phase == FAST_RECOVERY;
    ack.windowLimited = SequenceNumber.greaterOrEqual(limitedSeq, ack.sndUna)
        || (congestion.inSlowStart() && 2L * ack.priorFlight >= congestion.windowBytes());
    if (!ack.windowLimited) {
      // Left behind for 2 GiB, it would seem to lie ahead; so would the next one.
      limitedSeq = ack.sndUna - 1;
    }
    if (phase == OPEN) {
      recoverSeq = SequenceNumber.max(recoverSeq, ack.sndUna - 1);
    }
    rate.sampleInto(ack);
    if (phase == FAST_RECOVERY) {
      // RFC 6582 §3.2 step 3: without SACK an ACK of a part has the next hole filled at once.
      boolean atOnce = !sacks && ack.lostBytes > 0;
      boolean lossless = ack.ackedBytes > 0 && ack.lostBytes == 0;
      int ssthresh = congestion.slowStartThresholdBytes();
      proportional.onAck(ack.deliveredBytes, ack.flight, ssthresh, lossless, atOnce, sender.mss());
    }
    if (ack.deliveredBytes > 0) {
      congestion.onAck(ack, nowNs);
    }
  }

  // ---- Losses

  /** RFC 6582, for a peer without SACK: the oldest segment is lost after three duplicate ACKs, and after each ACK of a part of what was under way. */
  private int detectByDuplicates(boolean advanced) {
    if (board.isEmpty() || phase == TIMEOUT) {
      return 0;
    }
    boolean third = phase == OPEN && showLoss();
    boolean nextHole = phase == FAST_RECOVERY && advanced;
    int before = board.lostBytes();
    if ((third || nextHole) && (board.flags(0) & Scoreboard.LOST) == 0) {
      cuts.cutToSegment(0);
      board.markLost(0);
    }
    return board.lostBytes() - before;
  }

  /** The reordering timer has expired: what did not come by now, will not. LOSS_FOUND, or 0. */
  int onReorderingTimeout(long nowNs) {
    if (rack.detect(phase != OPEN, sender.mss(), nowNs) > 0 && phase == OPEN) {
      beginRecovery(0, nowNs);
      return LOSS_FOUND;
    }
    return 0;
  }

  /** {@code acked}: bytes that the ACK acknowledged which shows the loss. They count as delivered, and so as under way when it came. */
  private void beginRecovery(int acked, long nowNs) {
    phase = FAST_RECOVERY;
    recoveries++;
    duplicates.onRecovery();
    recoverSeq = sender.sndNxt();
    tailProbe.reset();
    spurious.begin();
    congestion.onLossDetected(board.outstandingBytes(), nowNs);
    proportional.begin(board.outstandingBytes() + acked, inFlightBytes(), sender.mss());
  }

  /** Everything is acknowledged that was under way when the loss was found. */
  private void endRecovery(long nowNs) {
    if (phase == FAST_RECOVERY) {
      congestion.onRecovered(nowNs);
    }
    if (phase != OPEN) {
      rack.onRecovered();
    }
    phase = OPEN;
    lateProofSeq = sender.sndNxt();
    duplicates.reset();
  }

  private void undo(long nowNs) {
    undoneRecoveries++;
    congestion.onSpuriousLoss(nowNs);
    board.unmarkLost();
    rack.onUndone();
    endRecovery(nowNs);
    spurious.reset();
  }

  /** The timer expired; {@code repeated}: for the same bytes as before. What was sent long enough ago is lost. */
  void onRetransmitTimeout(boolean repeated, long nowNs) {
    int flight = board.outstandingBytes();
    if ((board.flags(0) & Scoreboard.SACKED) != 0) {
      // RFC 2018 §8: it said that it holds this, and does not acknowledge it.
      board.unmarkSacked();
    }
    for (int i = 0; i < board.count(); i++) {
      boolean known = (board.flags(i) & (Scoreboard.SACKED | Scoreboard.LOST)) != 0;
      if (!known && (i == 0 || !sacks || isOverdue(i, nowNs))) {
        board.markLost(i);
      }
    }
    rack.onTimeout();
    tailProbe.reset();
    duplicates.reset();
    if (phase == OPEN) {
      spurious.begin();
    }
    phase = TIMEOUT;
    recoverSeq = sender.sndNxt();
    congestion.onRetransmitTimeout(flight, inFlightBytes(), repeated, nowNs);
  }

  private boolean isOverdue(int index, long nowNs) {
    return rack.isOverdue(board.sentNs(index), phase != OPEN, sender.mss(), nowNs);
  }

  /** What is under way was cut too large for the path: all of it is sent again, and that is no sign of congestion. */
  void onCutAnew(long nowNs) {
    board.markAllLost();
    rack.onTimeout();
    tailProbe.reset();
    recoverSeq = sender.sndNxt();
    endRecovery(nowNs);
    spurious.reset();
  }

  // ---- Sending

  /** RFC 6675's pipe: bytes on their way, as far as we know. */
  @HotPath
  int inFlightBytes() {
    return Math.max(board.inFlightBytes() - duplicates.bytes(), 0);
  }

  /** How many bytes may be on their way. */
  @HotPath
  int windowBytes() {
    if (phase != FAST_RECOVERY || congestion.governsRecovery()) {
      return congestion.windowBytes();
    }
    // With nothing on its way no ACK will come that lets the next segment out.
    int window = proportional.windowBytes();
    return inFlightBytes() > 0 ? window : Math.max(window, sender.mss());
  }

  /** How many bytes more may be on their way; negative after a window was reduced. */
  @HotPath
  int roomBytes() {
    return windowBytes() - inFlightBytes();
  }

  /** Whether something is to be sent again. */
  @HotPath
  boolean retransmitDue() {
    return board.lostBytes() > 0;
  }

  /** cwnd stops the sender, not his user, and not his peer. */
  @HotPath
  void onWindowLimited() {
    limitedSeq = sender.sndNxt();
  }

  /** The user stops the sender: he has no more to send. */
  @HotPath
  void onApplicationLimited() {
    rate.onApplicationLimited(inFlightBytes());
  }

  /** A segment left, from the end of what was under way up to {@code endSeq}. {@code again}: its first byte was that of a probe. */
  @HotPath
  void onSent(int endSeq, boolean again, long nowNs) {
    proportional.onSent(endSeq - board.endSeq());
    rate.onSent(board.inFlightBytes(), nowNs);
    int flags = rate.appLimited() ? Scoreboard.APPLICATION_LIMITED : 0;
    if (again) {
      flags |= Scoreboard.RETRANSMITTED;
      onResent(board.endSeq());
    }
    board.append(endSeq, nowNs, flags, rate.delivered(), rate.deliveredNs(), rate.firstSentNs());
  }

  /** A record was sent again. */
  void onSentAgain(int index, long nowNs) {
    int startSeq = board.startSeq(index);
    int length = board.length(index);
    proportional.onSent(length);
    rate.onSent(board.inFlightBytes(), nowNs);
    int flags = rate.appLimited() ? Scoreboard.APPLICATION_LIMITED : 0;
    boolean again = (board.flags(index) & Scoreboard.RETRANSMITTED) != 0;
    spurious.onSentAgain(startSeq, startSeq + length, again, board.sentNs(index), nowNs);
    board.resend(index, nowNs, flags, rate.delivered(), rate.deliveredNs(), rate.firstSentNs());
    onResent(startSeq);
  }

  private void onResent(int startSeq) {
    if (sacks) {
      rack.onSentAgain(startSeq);
    }
  }

  /** A segment was sent again: a SYN, or what {@link #onSent} and {@link #onSentAgain} are told of as well. */
  void onSegmentResent() {
    resentSegments++;
  }

  // ---- Asked

  /**
   * SND.UNA moved on: whether the retransmission timer begins anew. RFC 6582 §4: without SACK only the first of the ACKs of parts has it do so; where
   * much is lost, a timeout repairs it sooner than a segment for each round trip.
   */
  @HotPath
  boolean restartsTimer() {
    return sacks || phase != FAST_RECOVERY || duplicates.onPartial();
  }

  /** Whether something under way has the timer run; else what there is to send cannot be sent. */
  @HotPath
  boolean isWaiting() {
    return board.inFlightBytes() > 0 || (!board.isEmpty() && board.lostBytes() == 0);
  }

  /** Whether a tail loss probe may follow what is under way (RFC 8985 §7.2). */
  @HotPath
  boolean probesTail() {
    return sacks
        && phase == OPEN
        && !tailProbe.isProbing()
        && !board.isEmpty()
        && (board.sackedBytes() | board.lostBytes()) == 0;
  }

  /** After how long a loss may show without another ACK; 0: none is expected to. */
  @HotPath
  long reorderingWaitNs() {
    return rack.waitNs();
  }

  /** Whether the peer tells what it holds (RFC 2018). */
  @HotPath
  boolean sacks() {
    return sacks;
  }

  boolean recovering() {
    return phase == FAST_RECOVERY;
  }

  /** Whether the timer expired, and what was under way then is not all acknowledged. */
  boolean afterTimeout() {
    return phase == TIMEOUT;
  }

  /** Segments sent again since the connection began, SYNs included. */
  int resentSegments() {
    return resentSegments;
  }

  /** Recoveries since the connection began, those after a timeout not included. */
  int recoveries() {
    return recoveries;
  }

  /** Recoveries and timeouts that were undone since the connection began. */
  int undoneRecoveries() {
    return undoneRecoveries;
  }

  /** Whether segments were seen to overtake each other; without SACK nobody looks. */
  boolean sawReordering() {
    return sacks && rack.sawReordering();
  }

  /** How late a segment may be at present before it is lost; 0 without SACK. */
  long reorderingWindowNs() {
    return sacks ? rack.reorderingWindowNs(phase != OPEN, sender.mss()) : 0;
  }
}
