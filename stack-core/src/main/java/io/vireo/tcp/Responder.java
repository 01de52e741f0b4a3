// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.Limits;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;
import io.vireo.wire.TokenBucket;

/**
 * Answers where no connection is: RST to strangers, SYN-ACKs of half-open entries, ACKs of TIME-WAIT. All go back to the station that
 * asked, so they wait for nothing. What anybody can provoke has a budget, one per kind: through a shared one, a stranger could count his
 * own RSTs to learn of others' connections (CVE-2016-5696).
 */
final class Responder {
  private final SegmentWriter writer;
  private final Counters counters;
  private final TimestampOffsets timestampOffsets;
  private final TokenBucket resets;
  private final TokenBucket challenges;
  private final TokenBucket timeWaitAcks;

  Responder(SegmentWriter writer, Limits limits, Secrets secrets, Counters counters) {
    this.writer = writer;
    this.counters = counters;
    timestampOffsets = new TimestampOffsets(secrets);
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
        ? refuse(segment, segment.ack, 0, TcpHeader.RST)
        : refuse(segment, 0, segment.seq + segment.length(), TcpHeader.RST | TcpHeader.ACK);
    if (sent) {
      counters.increment(Counter.RESETS_SENT);
    }
  }

  /** Tells whoever sent a segment for a half-open entry where that stands (RFC 5961). */
  void challenge(
      Segment segment, HalfOpenTable table, int entry, int window, int marking, long nowNs) {
    if (!affordable(challenges, nowNs)) {
      return;
    }
    counters.increment(Counter.CHALLENGE_ACKS_SENT);
    boolean stamped = table.usesTimestamps(entry);
    int at = claimAck(segment, stamped, table.tsRecent(entry), nowNs);
    if (at != SegmentWriter.FULL) {
      int header = headerLength(stamped);
      int seq = table.iss(entry) + 1;
      int ack = table.irs(entry) + 1;
      send(segment, at, header, seq, ack, TcpHeader.ACK, window, marking);
    }
  }

  /** Repeats the last ACK of a connection in TIME-WAIT. */
  void acknowledge(Segment segment, TimeWaitTable table, int entry, long nowNs) {
    if (!affordable(timeWaitAcks, nowNs)) {
      return;
    }
    boolean stamped = table.usesTimestamps(entry);
    int at = claimAck(segment, stamped, table.tsRecent(entry), nowNs);
    if (at != SegmentWriter.FULL) {
      int header = headerLength(stamped);
      int seq = table.sndNxt(entry);
      int ack = table.rcvNxt(entry);
      send(segment, at, header, seq, ack, TcpHeader.ACK, 0, Ipv4Header.PLAIN);
    }
  }

  /** The SYN-ACK of a half-open entry, the first one or a repetition. False: no slot; the entry's timer tries again. */
  boolean synAck(
      HalfOpenTable table, int entry, int marking, int localMss, int window, long nowNs) {
    int at = writer.claim(TcpHeader.MIN_LENGTH + TcpOptions.MOST_SYN_BYTES, true);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    boolean scales = table.peerWindowScale(entry) != Handshake.NO_SCALE;
    int scale = scales ? table.ownWindowScale(entry) : Handshake.NO_SCALE;
    long addresses = table.addressKey(entry);
    int ports = (int) table.portKey(entry);
    int tsVal = tsVal(addresses, table.portKey(entry), nowNs);
    int header = writer.writeSynOptions(
        at, localMss, scale, table.agreed(entry), tsVal, table.tsRecent(entry));
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
  boolean cookie(
      Segment segment, int cookie, int options, ConnectionPool pool, int localMss, long nowNs) {
    int at = writer.claim(TcpHeader.MIN_LENGTH + TcpOptions.MOST_SYN_BYTES, false);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    int bufferBytes = pool.settings().receiveBufferBytes();
    boolean scales = SynCookies.scale(options) != Handshake.NO_SCALE;
    int scale = scales ? Receiver.scaleFor(bufferBytes) : Handshake.NO_SCALE;
    int stamp = SynCookies.stamp(tsVal(segment.addressKey(), segment.portKey(), nowNs), options);
    int header = writer.writeSynOptions(
        at, localMss, scale, SynCookies.agreed(options), stamp, segment.tsVal);
    int flags = TcpHeader.SYN | TcpHeader.ACK;
    int window = Receiver.synWindow(bufferBytes);
    send(segment, at, header, cookie, segment.seq + 1, flags, window, pool.marking());
    return true;
  }

  private boolean affordable(TokenBucket budget, long nowNs) {
    if (budget.take(nowNs)) {
      return true;
    }
    counters.increment(Counter.REPLIES_SUPPRESSED);
    return false;
  }

  private boolean refuse(Segment segment, int seq, int ack, int flags) {
    int at = writer.claim(TcpHeader.MIN_LENGTH, true);
    if (at == SegmentWriter.FULL) {
      return false;
    }
    send(segment, at, TcpHeader.MIN_LENGTH, seq, ack, flags, 0, Ipv4Header.PLAIN);
    return true;
  }

  /** A slot for an ACK with {@link #headerLength}, and its timestamp written if it is to have one. */
  private int claimAck(Segment segment, boolean stamped, int tsEcr, long nowNs) {
    int at = writer.claim(headerLength(stamped), true);
    if (stamped && at != SegmentWriter.FULL) {
      int tsVal = tsVal(segment.addressKey(), segment.portKey(), nowNs);
      TcpOptions.writeTimestamp(writer.memory(), at + TcpHeader.MIN_LENGTH, tsVal, tsEcr);
    }
    return at;
  }

  private static int headerLength(boolean stamped) {
    return TcpHeader.MIN_LENGTH + (stamped ? TcpOptions.TIMESTAMP_BYTES : 0);
  }

  private int tsVal(long addressKey, long portKey, long nowNs) {
    return Timestamps.tick(nowNs) + timestampOffsets.of(addressKey, portKey);
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
