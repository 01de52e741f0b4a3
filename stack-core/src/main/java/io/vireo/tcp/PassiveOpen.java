// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.TcpSettings;
import io.vireo.tcp.Listeners.Listener;
import io.vireo.wire.SequenceNumber;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;

/**
 * LISTEN and the SYN-RECEIVED of a passive open (RFC 9293 §3.10.7.2 and §3.10.7.4): from a SYN to the ACK that makes a connection of it.
 * Until then a peer costs an entry in {@link HalfOpenTable} and nothing else.
 */
final class PassiveOpen {
  /** What {@link #onSegmentAtListener} and {@link #onSegment} find: dealt with. */
  static final int DONE = 0;

  /** A SYN that the user may refuse: {@link #admit} or {@link #refuse}. */
  static final int ASK_USER = 1;

  /** The handshake is complete: take a connection, and give it the segment. */
  static final int COMPLETE = 2;

  private static final long FIRST_RETRY_NS = 1_000_000_000L;

  /** One spoofed SYN draws no more than 1 + 3 SYN-ACKs. */
  private static final int MOST_RETRIES = 3;

  private final Listeners listeners;
  private final HalfOpenTable table;
  private final Responder responder;
  private final InitialSequence initialSequence;
  private final Counters counters;
  private final TcpOptions options = new TcpOptions();
  private Listener asked;
  private int leastIss;
  private boolean reopens;

  PassiveOpen(
      Listeners listeners,
      HalfOpenTable table,
      Responder responder,
      InitialSequence initialSequence,
      Counters counters) {
    this.listeners = listeners;
    this.table = table;
    this.responder = responder;
    this.initialSequence = initialSequence;
    this.counters = counters;
  }

  /** RFC 9293 §3.10.7.2: a segment for a listening port, from a peer we know nothing of. */
  int onSegmentAtListener(Listener listener, Segment segment, long nowNs) {
    if (segment.has(TcpHeader.RST)) {
      counters.increment(Counter.TCP_NO_CONNECTION);
      return DONE;
    }
    if (segment.has(TcpHeader.ACK)) {
      counters.increment(Counter.TCP_NO_CONNECTION);
      responder.reset(segment, nowNs);
      return DONE;
    }
    if (!segment.has(TcpHeader.SYN) || segment.has(TcpHeader.FIN)) {
      counters.increment(Counter.TCP_BAD_FLAGS);
      return DONE;
    }
    reopens = false;
    return ask(listener);
  }

  /**
   * RFC 9293 §3.6.1 (MAY-2): a SYN for a tuple in TIME-WAIT, beyond all that the old connection received. Its initial sequence number will
   * lie beyond all that the old one sent.
   */
  int onSegmentReopening(Listener listener, int oldSndNxt) {
    reopens = true;
    leastIss = oldSndNxt + 1;
    return ask(listener);
  }

  private int ask(Listener listener) {
    TcpSettings settings = listener.pool().settings();
    if (listener.pool().available() == 0 || table.count(listener.index()) >= settings.backlog()) {
      counters.increment(Counter.SYNS_DROPPED);
      return DONE;
    }
    asked = listener;
    return ASK_USER;
  }

  /** The pool whose user is to be asked. */
  ConnectionPool askedPool() {
    return asked.pool();
  }

  /** Whether the port that the user was asked about still takes connections for the same pool. */
  boolean stillListening() {
    return asked.equals(listeners.find(asked.port()));
  }

  /** The user is willing: remembers the SYN, answers it. False: there is no room for it after all. */
  boolean admit(Segment segment, int localMss, long nowNs) {
    options.parse(
        segment.memory,
        segment.headerOffset + TcpHeader.MIN_LENGTH,
        segment.headerLength - TcpHeader.MIN_LENGTH);
    int iss = initialSequence.next(segment.addressKey(), segment.portKey(), nowNs);
    if (reopens && SequenceNumber.lessThan(iss, leastIss)) {
      iss = leastIss;
    }
    int entry = table.add(segment.addressKey(), segment.portKey(), asked.index());
    if (entry == HalfOpenTable.NONE) {
      counters.increment(Counter.SYNS_DROPPED);
      return false;
    }
    table.setPeer(
        entry,
        segment.seq,
        Handshake.believedMss(options.mss()),
        options.windowScale(),
        segment.sourceMac);
    int receiveBufferBytes = asked.pool().settings().receiveBufferBytes();
    table.setOwn(entry, iss, Receiver.scaleFor(receiveBufferBytes));
    answer(entry, localMss);
    table.arm(entry, nowNs + FIRST_RETRY_NS);
    return true;
  }

  /** The user is not. */
  void refuse(Segment segment, long nowNs) {
    counters.increment(Counter.CONNECTIONS_DISALLOWED);
    responder.reset(segment, nowNs);
  }

  /** A segment for a half-open entry: RFC 9293 §3.10.7.4 with RFC 5961, for the state SYN-RECEIVED. */
  int onSegment(int entry, Segment segment, int localMss, long nowNs) {
    int rcvNxt = table.irs(entry) + 1;
    int edge = rcvNxt + window(entry);
    if (segment.has(TcpHeader.SYN)
        && !segment.has(TcpHeader.ACK | TcpHeader.RST)
        && segment.seq == table.irs(entry)) {
      // The same SYN again: our answer was lost.
      answer(entry, localMss);
      return DONE;
    }
    if (segment.has(TcpHeader.RST)) {
      onReset(entry, segment, rcvNxt, edge, nowNs);
      return DONE;
    }
    if (segment.has(TcpHeader.SYN)
        || !Receiver.acceptable(segment.seq, segment.length(), rcvNxt, edge)) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
      challenge(entry, segment, nowNs);
      return DONE;
    }
    if (!segment.has(TcpHeader.ACK)) {
      counters.increment(Counter.TCP_BAD_FLAGS);
      return DONE;
    }
    if (segment.ack != table.iss(entry) + 1) {
      counters.increment(Counter.TCP_BAD_ACK);
      responder.reset(segment, nowNs);
      return DONE;
    }
    if (pool(entry).available() == 0) {
      // Left alone, the entry repeats its SYN-ACK, and the peer its ACK: perhaps there is room by
      // then.
      counters.increment(Counter.SYNS_DROPPED);
      return DONE;
    }
    return COMPLETE;
  }

  /** RFC 5961 §3.2. */
  private void onReset(int entry, Segment segment, int rcvNxt, int edge, long nowNs) {
    if (segment.seq == rcvNxt) {
      counters.increment(Counter.RESETS_RECEIVED);
      table.remove(entry);
    } else if (SequenceNumber.between(rcvNxt, segment.seq, edge)) {
      challenge(entry, segment, nowNs);
    } else {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
    }
  }

  private void challenge(int entry, Segment segment, long nowNs) {
    responder.challenge(
        segment,
        table.iss(entry) + 1,
        table.irs(entry) + 1,
        scaledWindow(entry),
        pool(entry).marking(),
        nowNs);
  }

  /** What the SYN-ACK offered, in the units of all segments but SYNs (RFC 7323 §2.2); rounded up, so that the right edge stays. */
  private int scaledWindow(int entry) {
    if (table.peerWindowScale(entry) == Handshake.NO_SCALE) {
      return window(entry);
    }
    int scale = table.ownWindowScale(entry);
    return (window(entry) + (1 << scale) - 1) >>> scale;
  }

  ConnectionPool pool(int entry) {
    return listeners.at(table.listener(entry)).pool();
  }

  private int window(int entry) {
    return Receiver.synWindow(pool(entry).settings().receiveBufferBytes());
  }

  private void answer(int entry, int localMss) {
    responder.synAck(table, entry, pool(entry).marking(), localMss, window(entry));
  }

  /** Repeats SYN-ACKs and gives up on peers that stay silent; returns how many entries were due, at most {@code limit}. */
  int onTimer(int localMss, long nowNs, int limit) {
    int done = 0;
    while (done < limit) {
      int entry = table.pollExpired(nowNs);
      if (entry == HalfOpenTable.NONE) {
        break;
      }
      done++;
      int retries = table.retries(entry);
      if (retries >= MOST_RETRIES) {
        counters.increment(Counter.HALF_OPEN_EXPIRED);
        table.remove(entry);
        continue;
      }
      table.countRetry(entry);
      counters.increment(Counter.SEGMENTS_RETRANSMITTED);
      answer(entry, localMss);
      table.arm(entry, nowNs + (FIRST_RETRY_NS << (retries + 1)));
    }
    return done;
  }

  /** ICMP says that our SYN-ACK found nobody. */
  void onHardError(int entry, int quotedSeq) {
    if (quotedSeq == table.iss(entry)) {
      counters.increment(Counter.ICMP_ERRORS_MATCHED);
      table.remove(entry);
    }
  }
}
