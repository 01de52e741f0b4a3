// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.Limits;
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

  /** After which a SYN-ACK that found no transmit slot is tried again. */
  private static final long SLOT_RETRY_NS = 50_000_000L;

  /** What the user is asked about: a SYN from nowhere, */
  private static final int SYN = 0;

  /** a SYN for a tuple in TIME-WAIT, */
  private static final int REOPENING_SYN = 1;

  /** the ACK that brings a cookie back. */
  private static final int COOKIE = 2;

  private final Limits limits;
  private final Listeners listeners;
  private final HalfOpenTable table;
  private final SynCookies cookies;
  private final Responder responder;
  private final InitialSequence initialSequence;
  private final Counters counters;
  private final TcpOptions options = new TcpOptions();
  private Listener asked;
  private int question;
  private int leastIss;
  private int cookieMss;
  private int cookieOptions;

  PassiveOpen(
      Limits limits,
      Listeners listeners,
      HalfOpenTable table,
      SynCookies cookies,
      Responder responder,
      InitialSequence initialSequence,
      Counters counters) {
    this.limits = limits;
    this.listeners = listeners;
    this.table = table;
    this.cookies = cookies;
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
      if (!segment.has(TcpHeader.SYN) && bringsCookie(listener, segment, nowNs)) {
        return ask(listener, COOKIE);
      }
      counters.increment(Counter.TCP_NO_CONNECTION);
      responder.reset(segment, nowNs);
      return DONE;
    }
    if (!segment.has(TcpHeader.SYN) || segment.has(TcpHeader.FIN)) {
      counters.increment(Counter.TCP_BAD_FLAGS);
      return DONE;
    }
    return ask(listener, SYN);
  }

  /**
   * RFC 9293 §3.6.1 (MAY-2): a SYN for a tuple in TIME-WAIT, beyond all that the old connection received. Its initial sequence number will
   * lie beyond all that the old one sent.
   */
  int onSegmentReopening(Listener listener, int oldSndNxt) {
    leastIss = oldSndNxt + 1;
    return ask(listener, REOPENING_SYN);
  }

  /**
   * RFC 4987 §3.6. Looked at only where cookies are out: at other times, nobody can open a connection without having received our SYN-ACK,
   * however many ACKs he sends.
   */
  private boolean bringsCookie(Listener listener, Segment segment, long nowNs) {
    if (!listener.awaitsCookies(nowNs)) {
      return false;
    }
    segment.readOptions(options);
    boolean stamped = segment.hasTimestamp && listener.pool().settings().timestamps();
    cookieOptions = stamped ? SynCookies.optionsOf(segment.tsEcr) : SynCookies.PLAIN;
    int irs = segment.seq - 1;
    cookieMss = cookies.check(
        segment.addressKey(), segment.portKey(), irs, segment.ack - 1, cookieOptions, nowNs);
    if (cookieMss == SynCookies.NONE) {
      counters.increment(Counter.SYN_COOKIES_REFUSED);
    }
    return cookieMss != SynCookies.NONE;
  }

  private int ask(Listener listener, int question) {
    boolean remembers = question != COOKIE && !(question == SYN && limits.synCookies());
    if (listener.pool().available() == 0 || (remembers && overflows(listener, question))) {
      counters.increment(Counter.SYNS_DROPPED);
      return DONE;
    }
    asked = listener;
    this.question = question;
    return ASK_USER;
  }

  /**
   * There is no room for another entry. A tuple in TIME-WAIT does not count against the backlog: its peer is real, and a cookie could not
   * promise an initial sequence number beyond those of the last connection.
   */
  private boolean overflows(Listener listener, int question) {
    boolean backlogIsFull =
        table.count(listener.index()) >= listener.pool().settings().backlog();
    return table.isFull() || (backlogIsFull && question != REOPENING_SYN);
  }

  /** The pool whose user is to be asked. */
  ConnectionPool askedPool() {
    return asked.pool();
  }

  /** Whether the port that the user was asked about still takes connections for the same pool. */
  boolean stillListening() {
    Listener now = listeners.find(asked.port());
    return now != null && now.index() == asked.index() && now.pool() == asked.pool();
  }

  /** Whether the user was asked about the ACK that brings a cookie back. */
  boolean askedAboutCookie() {
    return question == COOKIE;
  }

  /** What that cookie says of the peer's MSS. */
  int cookieMss() {
    return cookieMss;
  }

  /** And of its options, in the way of {@link SynCookies}. */
  int cookieOptions() {
    return cookieOptions;
  }

  /** The user is willing: answers the SYN, and remembers it if there is room. True if it is remembered. */
  boolean admit(Segment segment, int localMss, long nowNs) {
    segment.readOptions(options);
    int peerMss = Handshake.believedMss(options.mss(), limits.leastMss());
    int agreed = Handshake.offers(options) & Handshake.offers(asked.pool().settings());
    if (overflows(asked, question)) {
      int promised = SynCookies.options(agreed, options.windowScale());
      sendCookie(segment, peerMss, promised, localMss, nowNs);
      return false;
    }
    int iss = initialSequence.next(segment.addressKey(), segment.portKey(), nowNs);
    if (question == REOPENING_SYN && SequenceNumber.lessThan(iss, leastIss)) {
      iss = leastIss;
    }
    int entry = table.add(segment.addressKey(), segment.portKey(), asked.index());
    table.setPeer(entry, segment.seq, peerMss, options.windowScale(), segment.sourceMac);
    table.setAgreed(entry, agreed, segment.tsVal);
    table.setOwn(entry, iss, Receiver.scaleFor(asked.pool().settings().receiveBufferBytes()));
    boolean answered = answer(entry, localMss, nowNs);
    table.arm(entry, nowNs + (answered ? FIRST_RETRY_NS : SLOT_RETRY_NS));
    return true;
  }

  private void sendCookie(Segment segment, int peerMss, int promised, int localMss, long nowNs) {
    int cookie = cookies.issue(
        segment.addressKey(), segment.portKey(), segment.seq, peerMss, promised, nowNs);
    if (responder.cookie(segment, cookie, promised, asked.pool(), localMss, nowNs)) {
      counters.increment(Counter.SYN_COOKIES_SENT);
      asked.onCookieSent(nowNs);
    } else {
      counters.increment(Counter.SYNS_DROPPED);
    }
  }

  /** The cookie has made a connection; a repeated SYN of the peer may have found room meanwhile. */
  void onCookieAccepted(Segment segment) {
    cookies.onUsed();
    forget(segment);
  }

  /** The user is not. */
  void refuse(Segment segment, long nowNs) {
    counters.increment(Counter.CONNECTIONS_DISALLOWED);
    if (question == COOKIE) {
      // The peer hears that there is no connection: a duplicate of this segment is to make none
      // either.
      cookies.onUsed();
    }
    forget(segment);
    responder.reset(segment, nowNs);
  }

  /** A repeated SYN of a peer that came in by a cookie, or was refused, may have found room meanwhile. */
  private void forget(Segment segment) {
    int entry = table.find(segment.addressKey(), segment.portKey());
    if (entry != HalfOpenTable.NONE) {
      table.remove(entry);
    }
  }

  /** A segment for a half-open entry: RFC 9293 §3.10.7.4 with RFC 5961, for the state SYN-RECEIVED. */
  int onSegment(int entry, Segment segment, int localMss, long nowNs) {
    int rcvNxt = table.irs(entry) + 1;
    int edge = rcvNxt + window(entry);
    segment.readAgreedOptions(options, table.agreed(entry));
    if (segment.has(TcpHeader.SYN)
        && !segment.has(TcpHeader.ACK | TcpHeader.RST)
        && segment.seq == table.irs(entry)) {
      // The same SYN again: our answer was lost.
      if (segment.hasTimestamp && segment.tsVal - table.tsRecent(entry) > 0) {
        table.setTsRecent(entry, segment.tsVal);
      }
      answer(entry, localMss, nowNs);
      return DONE;
    }
    if (segment.has(TcpHeader.RST)) {
      onReset(entry, segment, rcvNxt, edge, nowNs);
      return DONE;
    }
    if (segment.hasTimestamp && segment.tsVal - table.tsRecent(entry) < 0) {
      counters.increment(Counter.TCP_OLD_TIMESTAMP);
      challenge(entry, segment, nowNs);
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
      Listener listener = listeners.at(table.listener(entry));
      if (bringsCookie(listener, segment, nowNs)) {
        // Its first SYN was answered by a cookie, another one came when there was room again.
        return ask(listener, COOKIE);
      }
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

  /**
   * The peer is to hear where we stand. An empty segment is answered once for each SYN-ACK: a peer in TIME-WAIT, to whom an old SYN of his own brought
   * our SYN-ACK, would answer that answer with another, and so on until the entry is given up. Before our SYN-ACK has left, we stand nowhere: the ACK would be
   * behind a SYN that was never sent.
   */
  private void challenge(int entry, Segment segment, long nowNs) {
    boolean empty = segment.length() == 0 && !segment.has(TcpHeader.RST);
    if (!table.answered(entry) || (empty && !table.mayChallenge(entry))) {
      counters.increment(Counter.REPLIES_SUPPRESSED);
      return;
    }
    responder.challenge(segment, table, entry, scaledWindow(entry), pool(entry).marking(), nowNs);
  }

  /** What the SYN-ACK offered, in the units of all segments but SYNs (RFC 7323 §2.2); rounded down, as nobody waits for more yet. */
  private int scaledWindow(int entry) {
    if (table.peerWindowScale(entry) == Handshake.NO_SCALE) {
      return window(entry);
    }
    return window(entry) >>> table.ownWindowScale(entry);
  }

  ConnectionPool pool(int entry) {
    return listeners.at(table.listener(entry)).pool();
  }

  private int window(int entry) {
    return Receiver.synWindow(pool(entry).settings().receiveBufferBytes());
  }

  private boolean answer(int entry, int localMss, long nowNs) {
    if (!responder.synAck(table, entry, pool(entry).marking(), localMss, window(entry), nowNs)) {
      return false;
    }
    table.onAnswered(entry, nowNs);
    return true;
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
      onTimer(entry, localMss, nowNs);
    }
    return done;
  }

  private void onTimer(int entry, int localMss, long nowNs) {
    boolean again = table.answered(entry);
    if (again && table.retries(entry) >= limits.synAckRetries()) {
      counters.increment(Counter.HALF_OPEN_EXPIRED);
      table.remove(entry);
    } else if (!answer(entry, localMss, nowNs)) {
      table.arm(entry, nowNs + SLOT_RETRY_NS);
    } else {
      if (again) {
        counters.increment(Counter.SEGMENTS_RETRANSMITTED);
        table.countRetry(entry);
      }
      table.arm(entry, nowNs + (FIRST_RETRY_NS << table.retries(entry)));
    }
  }

  /** ICMP says that our SYN-ACK found nobody. */
  void onHardError(int entry, int quotedSeq) {
    if (quotedSeq == table.iss(entry)) {
      counters.increment(Counter.ICMP_ERRORS_MATCHED);
      table.remove(entry);
    }
  }
}
