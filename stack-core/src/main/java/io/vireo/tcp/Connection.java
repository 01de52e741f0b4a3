// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.api.HotPath;
import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.ip.Ipv4Route;
import io.vireo.tcp.congestion.CongestionControl;

/**
 * One TCP connection: its state, its tuple, and the pieces that own the variables of RFC 9293. What happens to it has one class per part of
 * RFC 9293 §3.10: its user's commands come through {@link UserCalls}, segments through {@link SegmentArrival}, time through {@link Timeouts};
 * bytes leave through {@link Transmitter}. Here are the arcs between its states. It sees no NIC, no clock and no user code: what is due to the
 * user is recorded in {@link Delivery}.
 */
public final class Connection {
  /** A SYN-ACK is repeated for two minutes at most ({@code Limits.synAckRetries}), and answered soon after. */
  private static final long LONGEST_HANDSHAKE_NS = 150_000_000_000L;

  final int slot;
  final TcpSettings settings;
  final Ipv4Route route = new Ipv4Route();
  final Handshake handshake = new Handshake();
  final KeepAlive keepAlive = new KeepAlive();
  final Timestamps timestamps = new Timestamps();
  final PathMtu pathMtu;
  final PieceStore store;

  /** Those that follow; {@link Pieces#NONE} while the connection sleeps. */
  private Pieces pieces = Pieces.NONE;

  CongestionControl congestion;
  LossRecovery recovery;
  RttEstimator rtt;
  AckPolicy acks;
  Sender sender;
  Receiver receiver;
  Deadlines deadlines;
  RetransmitTimer retransmitTimer;
  Delivery delivery;

  /** A bit for each of {@link ConnectionQueue}'s kinds that holds this connection. */
  int queues;

  private TcpState state = TcpState.CLOSED;
  private long id;
  private char localPort;
  private char remotePort;
  private boolean inUse;
  private boolean registered;
  private boolean synDue;
  private boolean resetDue;
  private boolean steady;

  /** It sleeps until it has pieces to {@link #use}, from {@code store}. */
  Connection(int slot, TcpSettings settings, Limits limits, PieceStore store) {
    this.slot = slot;
    this.settings = settings;
    this.store = store;
    pathMtu = new PathMtu(limits);
  }

  /** These are its pieces from now on, as they are. */
  void use(Pieces pieces) {
    this.pieces = pieces;
    congestion = pieces.congestion;
    recovery = pieces.recovery;
    rtt = pieces.rtt;
    acks = pieces.acks;
    sender = pieces.sender;
    receiver = pieces.receiver;
    deadlines = pieces.deadlines;
    retransmitTimer = pieces.retransmitTimer;
    delivery = pieces.delivery;
  }

  // ---- Beginning

  /** Begins an active open; the route is bound already. */
  void open(long id, int localPort, int remotePort, int iss, long nowNs) {
    begin(id, localPort, remotePort, iss, nowNs);
    timestamps.begin(nowNs);
    enter(TcpState.SYN_SENT);
    synDue = true;
    deadlines.arm(Deadlines.LIFE, nowNs + settings.connectTimeoutNs());
  }

  /** An active open that fails before the first SYN: no route, no port. */
  void openFailed(long id, int localPort, int remotePort, CloseReason reason, long nowNs) {
    begin(id, localPort, remotePort, 0, nowNs);
    enter(TcpState.SYN_SENT);
    close(reason);
  }

  /** A passive open is complete: what the half-open entry knew, and the segment that acknowledges our SYN. */
  void accept(long id, HalfOpenTable table, int entry, Segment segment, int localMss, long nowNs) {
    begin(id, segment.localPort, segment.remotePort, table.iss(entry), nowNs);
    timestamps.begin(nowNs - LONGEST_HANDSHAKE_NS);
    if (table.retries(entry) > 0) {
      handshake.onRetransmission();
    }
    if (table.answeredOnce(entry)) {
      rtt.onSent(table.iss(entry) + 1, table.answeredNs(entry));
    }
    handshake.onAccepted(segment.sourceMac);
    int scale = table.peerWindowScale(entry);
    onSyn(table.irs(entry), table.peerMss(entry), scale, table.agreed(entry), localMss);
    timestamps.onSyn(table.tsRecent(entry), table.irs(entry) + 1, nowNs);
    establish(segment, localMss, nowNs);
  }

  /**
   * The same without an entry: {@code segment} brings a SYN cookie back, which said {@code mss} in its sequence number and {@code options} of
   * {@link SynCookies} in its timestamp. That was not the time, so that nothing sent before counts as timed.
   */
  void acceptCookie(long id, int mss, int options, Segment segment, int localMss, long nowNs) {
    begin(id, segment.localPort, segment.remotePort, segment.ack - 1, nowNs);
    timestamps.begin(nowNs);
    handshake.onAccepted(segment.sourceMac);
    int scale = SynCookies.scale(options);
    onSyn(segment.seq - 1, mss, scale, SynCookies.agreed(options), localMss);
    timestamps.onSyn(segment.tsVal, segment.seq, nowNs);
    establish(segment, localMss, nowNs);
  }

  private void begin(long id, int localPort, int remotePort, int iss, long nowNs) {
    inUse = true;
    this.id = id;
    this.localPort = (char) localPort;
    this.remotePort = (char) remotePort;
    handshake.begin(iss, nowNs);
    sender.reset(iss, settings.nagle());
    recovery.reset(iss + 1);
    rtt.reset(settings.minRtoNs());
    acks.reset();
    keepAlive.setIdle(settings.keepAliveIdleNs());
    deadlines.reset();
    delivery.reset();
    synDue = false;
    resetDue = false;
    retransmitTimer.reset();
  }

  /**
   * The peer's SYN came; {@code mss} as {@link Handshake#believedMss} has it, {@code scale} -1 if it has no such option, {@code offers} bits of
   * {@link Handshake}.
   */
  void onSyn(int irs, int mss, int scale, int offers, int localMss) {
    handshake.onSyn(irs, mss, scale, offers & Handshake.offers(settings));
    receiver.onSyn(irs, handshake.scalesWindows() ? ownScale() : 0, localMss);
    receiver.sackReport().setNegotiated(handshake.usesSelectiveAcks());
    acks.setSelective(handshake.usesSelectiveAcks());
  }

  /** {@code segment} acknowledges our SYN; the window of a SYN is never scaled (RFC 7323 §2.2). */
  void establish(Segment segment, int localMss, long nowNs) {
    pathMtu.begin(handshake.peerMss(), handshake.optionBytes(), route.knownMtu());
    int mss = pathMtu.mss(localMss, nowNs);
    int scale = handshake.scalesWindows() ? handshake.peerScale() : 0;
    int window = segment.windowOfSyn ? segment.window : segment.window << scale;
    sender.onEstablished(mss, scale, window, segment, nowNs);
    congestion.onEstablished(
        mss, handshake.initialWindowBytes(mss, settings.initialWindowSegments()), nowNs);
    recovery.onEstablished(handshake.usesSelectiveAcks(), nowNs);
    rtt.onAck(segment.ack, nowNs);
    rtt.onHandshakeDone(handshake.wasRetransmitted());
    handshake.onComplete(nowNs);
    deadlines.disarm(Deadlines.RETRANSMIT);
    deadlines.disarm(Deadlines.LIFE);
    synDue = false;
    enter(TcpState.ESTABLISHED);
    delivery.onEstablished();
    keepAlive.onHeard(nowNs);
    if (sender.finQueued()) {
      enter(TcpState.FIN_WAIT_1);
    }
    armKeepAlive(nowNs);
  }

  void enterSynReceived() {
    enter(TcpState.SYN_RECEIVED);
    synDue = true;
  }

  /** Our SYN goes out, the first time or again. */
  void repeatSyn() {
    synDue = true;
  }

  /** The window scale that our SYN offers. */
  int ownScale() {
    return Receiver.scaleFor(settings.receiveBufferBytes());
  }

  // ---- What the peer does, as SegmentArrival finds it

  /** SND.UNA moved on, as all pieces but these know. */
  @HotPath
  void onAdvance(long nowNs) {
    pathMtu.onAdvance(sender.sndUna(), nowNs);
    retransmitTimer.onAdvance(nowNs);
    sender.buffer.onWindow(congestion.windowBytes());
    if (delivery.waitsForRoom()) {
      onRoom();
    }
    if (sender.finAcked()) {
      onFinAcked(nowNs);
    }
  }

  /** Segments may be of {@code mss} bytes from now on. */
  void onMss(int mss) {
    sender.setMss(mss);
    congestion.onMss(mss);
  }

  /** There may be room for what was refused. */
  void onRoom() {
    delivery.onRoom(sender.buffer.freeToTell(delivery.refusedClaim()));
  }

  private void onFinAcked(long nowNs) {
    switch (state) {
      case FIN_WAIT_1 -> {
        enter(TcpState.FIN_WAIT_2);
        onHeardInFinWait(nowNs);
        armKeepAlive(nowNs);
      }
      case CLOSING -> enterTimeWait();
      case LAST_ACK -> close(CloseReason.CLOSED);
      default -> {}
    }
  }

  /** RCV.NXT may have moved: the peer's FIN counts once everything before it is taken. */
  @HotPath
  void onStreamAdvanced(long nowNs) {
    if (hasEnded()) {
      return;
    }
    if (receiver.takeFin()) {
      onFinTaken();
    }
    if (acks.dueLater()) {
      armDelayedAck(nowNs);
    }
  }

  private void onFinTaken() {
    acks.soon();
    delivery.onFin();
    switch (state) {
      case ESTABLISHED -> enter(TcpState.CLOSE_WAIT);
      case FIN_WAIT_1 -> enter(TcpState.CLOSING);
      case FIN_WAIT_2 -> enterTimeWait();
      default -> {}
    }
  }

  /** The peer owes us its FIN, and has just shown that it is there. */
  void onHeardInFinWait(long nowNs) {
    if (settings.finWaitNs() > 0) {
      deadlines.arm(Deadlines.LIFE, nowNs + settings.finWaitNs());
    }
  }

  /** Whether a peer that is silent may be asked: nothing of ours is under way that would ask it, nor is it given a time for its FIN. */
  boolean keepsAlive() {
    return keepAlive.isOn()
        && (state == TcpState.ESTABLISHED
            || state == TcpState.CLOSE_WAIT
            || (state == TcpState.FIN_WAIT_2 && settings.finWaitNs() == 0));
  }

  /** Sets or clears the deadline of keep-alive, where that is what LIFE means. */
  void armKeepAlive(long nowNs) {
    if (keepsAlive()) {
      deadlines.arm(Deadlines.LIFE, nowNs + keepAlive.remainingNs(nowNs));
    } else if (state == TcpState.ESTABLISHED || state == TcpState.CLOSE_WAIT) {
      deadlines.disarm(Deadlines.LIFE);
    }
  }

  @HotPath
  private void armDelayedAck(long nowNs) {
    if (settings.delayedAckNs() == 0) {
      acks.soon();
    } else if (!deadlines.isArmed(Deadlines.DELAYED_ACK)) {
      deadlines.arm(Deadlines.DELAYED_ACK, nowNs + settings.delayedAckNs());
    }
  }

  void onReset() {
    boolean everythingDelivered = sender.finQueued() && sender.buffer.length() == 0;
    switch (state) {
      case SYN_RECEIVED -> close(CloseReason.REFUSED);
      case CLOSING, LAST_ACK -> close(everythingDelivered ? CloseReason.CLOSED : CloseReason.RESET);
      default -> close(CloseReason.RESET);
    }
  }

  /** Whether the arena was too short for it, and nothing else will bring it on. */
  @HotPath
  boolean waitsForMemory() {
    boolean room = delivery.waitsForRoom() && sender.buffer.isIdle();
    return state.synchronised() && (room || receiver.starved());
  }

  /** Memory may have come free. */
  void onMemory() {
    onRoom();
    if (receiver.windowUpdateDue()) {
      acks.soon();
    }
  }

  // ---- Ending

  /** Our FIN is queued behind everything else. */
  void onFinQueued() {
    if (state == TcpState.ESTABLISHED) {
      enter(TcpState.FIN_WAIT_1);
      deadlines.disarm(Deadlines.LIFE);
    } else if (state == TcpState.CLOSE_WAIT) {
      enter(TcpState.LAST_ACK);
      deadlines.disarm(Deadlines.LIFE);
    }
  }

  /** Ends the connection for {@code reason}, with a RST if the peer knows of it. */
  void reset(CloseReason reason) {
    resetDue = state.synchronised() || state == TcpState.SYN_RECEIVED;
    close(reason);
  }

  /** The next hop does not answer. An established connection waits for its own timeout. */
  void onNextHopFailed() {
    if (state == TcpState.SYN_SENT) {
      close(CloseReason.UNREACHABLE);
    }
  }

  private void enterTimeWait() {
    enter(TcpState.TIME_WAIT);
    deadlines.keepUserTimers();
    delivery.onClosed(CloseReason.CLOSED);
  }

  void close(CloseReason reason) {
    enter(TcpState.CLOSED);
    deadlines.keepUserTimers();
    sender.drop();
    receiver.dropView();
    synDue = false;
    delivery.onClosed(reason);
    if (delivery.isCutShort()) {
      deadlines.reset();
    }
  }

  /** Gives all memory back: not before the last event is delivered, for a user may be reading what was received, or writing to a claim. */
  void release() {
    inUse = false;
    sender.buffer.clear();
    recovery.release();
    receiver.release();
    deadlines.reset();
    delivery.reset();
    state = TcpState.CLOSED;
  }

  private void enter(TcpState next) {
    assert state.mayBecome(next) : state + " to " + next;
    state = next;
    steady = false;
  }

  // ---- Asked

  /** Whether it has its pieces; else {@link Agenda#wake} comes before everything but what is asked of this class alone. */
  @HotPath
  boolean isAwake() {
    return pieces != Pieces.NONE;
  }

  Pieces pieces() {
    return pieces;
  }

  public long id() {
    return id;
  }

  public int slot() {
    return slot;
  }

  public Delivery delivery() {
    return delivery;
  }

  public Ipv4Route route() {
    return route;
  }

  /** Free bytes of the send buffer; 0 once no more may be sent. */
  public int sendable() {
    return sendClosed() ? 0 : sender.buffer.free();
  }

  /** How many bytes given to send now would leave now. */
  public int immediatelySendable() {
    boolean never = sendClosed() || !state.synchronised();
    return never ? 0 : sender.immediatelySendable(recovery.roomBytes());
  }

  /** Bytes up to the end of urgent data; 0: there is none. */
  public int urgentBytes() {
    return state.synchronised() ? receiver.urgentBytes() : 0;
  }

  /** Whether sendFin was called. */
  public boolean finQueued() {
    return sender.finQueued();
  }

  private boolean sendClosed() {
    return sender.finQueued() || sender.finAwaitsCommit() || delivery.closeReason() != null;
  }

  /** The longest claim there may be. */
  @HotPath
  public int longestClaim() {
    return store.longestClaim();
  }

  /** Bytes of the open claim; 0: none is open. */
  @HotPath
  public int claimed() {
    return sender.buffer.claimed();
  }

  /** Where the open claim lies in the arena's memory behind {@link #claimHandle()}. */
  public int claimOffset() {
    return sender.buffer.claimOffset();
  }

  /** The arena's handle of the open claim. */
  public long claimHandle() {
    return sender.buffer.handle();
  }

  TcpState state() {
    return state;
  }

  /** As {@link SteadyState} found when it was looked at last. */
  @HotPath
  boolean isSteady() {
    return steady;
  }

  @HotPath
  void setSteady(boolean steady) {
    this.steady = steady;
  }

  public int localPort() {
    return localPort;
  }

  public int remotePort() {
    return remotePort;
  }

  long portKey() {
    return (long) localPort << 16 | remotePort;
  }

  /** Whether it is out of its pool: its user is owed its end. */
  public boolean inUse() {
    return inUse;
  }

  /** Whether segments find it; only the registry says so. */
  boolean registered() {
    return registered;
  }

  void setRegistered(boolean registered) {
    this.registered = registered;
  }

  /** Whether TCP is through with it; its user may still have to be told. */
  @HotPath
  boolean hasEnded() {
    return state == TcpState.CLOSED || state == TcpState.TIME_WAIT;
  }

  boolean synDue() {
    return synDue;
  }

  boolean resetDue() {
    return resetDue;
  }

  void onSynSent() {
    synDue = false;
  }

  void onResetSent() {
    resetDue = false;
  }

  /** Whether Transmitter has something to send other than an ACK. */
  @HotPath
  boolean hasOutput() {
    if (state == TcpState.CLOSED) {
      return resetDue;
    }
    return sender.hasUnsent()
        || synDue
        || recovery.retransmitDue()
        || recovery.tailProbe.isDue()
        || keepAlive.probeDue();
  }
}
