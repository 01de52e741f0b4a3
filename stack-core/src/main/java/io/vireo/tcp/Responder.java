// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.Limits;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TokenBucket;

/**
 * Answers where no connection is: RST to strangers, SYN-ACKs of half-open entries, ACKs of TIME-WAIT. All go back to the station that
 * asked, so they wait for nothing. What anybody can provoke has a budget, one per kind: through a shared one, a stranger could count his
 * own RSTs to learn of others' connections (CVE-2016-5696).
 */
final class Responder {
  private final SegmentWriter writer;
  private final Counters counters;
  private final TokenBucket resets;
  private final TokenBucket challenges;
  private final TokenBucket timeWaitAcks;

  Responder(SegmentWriter writer, Limits limits, Secrets secrets, Counters counters) {
    this.writer = writer;
    this.counters = counters;
    resets = budget(limits, secrets, 0);
    challenges = budget(limits, secrets, 1);
    timeWaitAcks = budget(limits, secrets, 2);
  }

  /** Randomised, so that a stranger cannot count either what others have drawn from it (CVE-2020-25705). */
  private static TokenBucket budget(Limits limits, Secrets secrets, int word) {
    int perSecond = limits.repliesPerSecond();
    return TokenBucket.randomised(
        perSecond, Math.max(1, perSecond / 5), secrets.word(Secrets.Use.REPLY_BUDGETS, word));
  }

  /** RFC 9293 §3.5.2, group 1, and §3.10.7.1: a RST that its receiver finds acceptable, and never one for a RST. */
  void reset(Segment segment, long nowNs) {
    if (segment.has(TcpHeader.RST) || !affordable(resets, nowNs)) {
      return;
    }
    boolean sent = segment.has(TcpHeader.ACK)
        ? reply(segment, segment.ack, 0, TcpHeader.RST, 0, Ipv4Header.PLAIN)
        : reply(
            segment,
            0,
            segment.seq + segment.length(),
            TcpHeader.RST | TcpHeader.ACK,
            0,
            Ipv4Header.PLAIN);
    if (sent) {
      counters.increment(Counter.RESETS_SENT);
    }
  }

  /** Tells whoever sent a segment for a half-open entry where that stands (RFC 5961). */
  void challenge(Segment segment, int seq, int ack, int window, int marking, long nowNs) {
    if (affordable(challenges, nowNs)) {
      counters.increment(Counter.CHALLENGE_ACKS_SENT);
      reply(segment, seq, ack, TcpHeader.ACK, window, marking);
    }
  }

  /** Repeats the last ACK of a connection in TIME-WAIT. */
  void acknowledge(Segment segment, int seq, int ack, long nowNs) {
    if (affordable(timeWaitAcks, nowNs)) {
      reply(segment, seq, ack, TcpHeader.ACK, 0, Ipv4Header.PLAIN);
    }
  }

  /** The SYN-ACK of a half-open entry, the first one or a repetition. False: no slot; the entry's timer tries again. */
  boolean synAck(HalfOpenTable table, int entry, int marking, int localMss, int window) {
    int at = writer.claim(TcpHeader.MIN_LENGTH + SegmentWriter.SYN_OPTION_BYTES, true);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    boolean scales = table.peerWindowScale(entry) != Handshake.NO_SCALE;
    int scale = scales ? table.ownWindowScale(entry) : Handshake.NO_SCALE;
    int header = TcpHeader.MIN_LENGTH + writer.writeSynOptions(at, localMss, scale);
    long addresses = table.addressKey(entry);
    int ports = (int) table.portKey(entry);
    TcpHeader.write(
        writer.memory(),
        at,
        ports >>> 16,
        ports & 0xFFFF,
        table.iss(entry),
        table.irs(entry) + 1,
        header,
        TcpHeader.SYN | TcpHeader.ACK,
        window);
    writer.sendTo(
        table.peerMac(entry), (int) (addresses >>> 32), (int) addresses, marking, at, header);
    return true;
  }

  /**
   * Answers a SYN without remembering it: the cookie is the sequence number. One SYN draws one segment that is no longer, and honest clients
   * depend on it, so its only bound is the ring; the reserve stays for others. False: no slot; the peer's SYN comes again.
   */
  boolean cookie(Segment segment, int cookie, int localMss, int window, int marking) {
    int at = writer.claim(TcpHeader.MIN_LENGTH + SegmentWriter.SYN_OPTION_BYTES, false);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    int header = TcpHeader.MIN_LENGTH + writer.writeSynOptions(at, localMss, Handshake.NO_SCALE);
    int flags = TcpHeader.SYN | TcpHeader.ACK;
    send(segment, at, header, cookie, segment.seq + 1, flags, window, marking);
    return true;
  }

  private boolean affordable(TokenBucket budget, long nowNs) {
    if (budget.take(nowNs)) {
      return true;
    }
    counters.increment(Counter.REPLIES_SUPPRESSED);
    return false;
  }

  private boolean reply(Segment segment, int seq, int ack, int flags, int window, int marking) {
    int at = writer.claim(TcpHeader.MIN_LENGTH, true);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    send(segment, at, TcpHeader.MIN_LENGTH, seq, ack, flags, window, marking);
    return true;
  }

  private void send(
      Segment segment, int at, int header, int seq, int ack, int flags, int window, int marking) {
    TcpHeader.write(
        writer.memory(),
        at,
        segment.localPort,
        segment.remotePort,
        seq,
        ack,
        header,
        flags,
        window);
    writer.sendTo(
        segment.sourceMac, segment.localAddress, segment.remoteAddress, marking, at, header);
  }
}
