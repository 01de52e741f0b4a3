// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.api.Limits;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.SequenceNumber;
import io.vireo.wire.TcpHeader;

/**
 * How much payload a segment may carry: what the peer takes, what the link takes, and what is known of the path between. Routers tell (RFC
 * 1191), and anybody may pretend to be one: a size that was seen to arrive is given up only when nothing arrives any more (RFC 5927 §7.2).
 * Some say nothing and drop: when nothing arrives, smaller segments are tried (RFC 4821 §7.7). Larger ones are tried again later.
 */
final class PathMtu {
  static final int HEADERS = Ipv4Header.MIN_LENGTH + TcpHeader.MIN_LENGTH;

  /** Above every MSS, and a char: there is one of this per connection. */
  private static final char NO_LIMIT = 0xFFFF;

  /** Timeouts in a row after which large segments are suspected, if their size was never seen to arrive, and if it was. */
  private static final int SUSPECT_AFTER = 3;

  private static final int SUSPECT_PROVEN_AFTER = 5;

  /** What is tried then: what passes most tunnels; and after this many timeouts more, the least. */
  private static final int TUNNEL_MSS = 1_200 - HEADERS;

  private static final int LEAST_AFTER = 2;

  /** More likely than a black hole is a path that was down: the first suspicion is soon forgotten. */
  private static final long FIRST_SUSPICION_NS = 10_000_000_000L;

  private final Limits limits;
  private char peerMss;

  /** Bytes of options in every segment: so much less payload (RFC 6691 §2). All sizes kept here are without options. */
  private char optionBytes;

  private char pathMss;

  /** How long the limit counts from when something first arrives under it; and, once {@link #answered}, when it ends. */
  private long limitNs;

  private boolean answered;

  /** Whether nobody told of the limit: it is a guess of ours. */
  private boolean guessed;

  /** Whether a limit was lifted before. */
  private boolean raisedBefore;

  /** The largest payload that was seen to arrive; then a larger one on its way, 0 if there is none. */
  private char provenMss;

  private char testedMss;
  private int testedEndSeq;

  /** What a router claims, less than was proven; 0: nothing. */
  private char claimedMss;

  PathMtu(Limits limits) {
    this.limits = limits;
  }

  /**
   * The peer takes segments of {@code peerMss} bytes, of which {@code optionBytes} are options; the path takes datagrams of {@code knownMtu}, 0 if nothing
   * is known of it.
   */
  void begin(int peerMss, int optionBytes, int knownMtu) {
    this.peerMss = (char) peerMss;
    this.optionBytes = (char) optionBytes;
    pathMss = NO_LIMIT;
    answered = true;
    limitNs = 0;
    raisedBefore = false;
    provenMss = 0;
    testedMss = 0;
    claimedMss = 0;
    if (knownMtu > 0) {
      limit(knownMtu - HEADERS, limits.pathMtuNs());
    }
  }

  /** Bytes of payload per segment at present; {@code localMss}: what the link takes. */
  @HotPath
  int mss(int localMss, long nowNs) {
    if (pathMss != NO_LIMIT && answered && nowNs - limitNs >= 0) {
      pathMss = NO_LIMIT;
      raisedBefore = true;
    }
    return Math.min(Math.min(peerMss, localMss), pathMss) - optionBytes;
  }

  /** New bytes up to {@code endSeq} left in a segment with {@code length} bytes of payload. */
  @HotPath
  void onSent(int endSeq, int length) {
    if (length + optionBytes > provenMss && testedMss == 0) {
      testedMss = (char) (length + optionBytes);
      testedEndSeq = endSeq;
    }
  }

  /** What arrives now may have come in pieces of another size. */
  void onRetransmission() {
    testedMss = 0;
  }

  /** The next hop does not answer: that explains why nothing arrives. What routers said of the path stands. */
  void onNextHopLost() {
    if (!answered && guessed) {
      pathMss = NO_LIMIT;
      answered = true;
    }
  }

  /** Everything before {@code sndUna} is acknowledged. */
  @HotPath
  void onAdvance(int sndUna, long nowNs) {
    claimedMss = 0;
    if (!answered) {
      answered = true;
      limitNs += nowNs;
    }
    if (testedMss != 0 && SequenceNumber.greaterOrEqual(sndUna, testedEndSeq)) {
      provenMss = testedMss;
      testedMss = 0;
    }
  }

  /**
   * A router claims to have dropped a datagram of ours, of {@code datagramBytes}, for being longer than {@code mtu}; segments carry {@code mss}
   * bytes of payload at present. True: they are to be smaller from now on.
   */
  boolean onTooBig(int mtu, int datagramBytes, int mss) {
    int claimed = Math.max(mtu, limits.leastPathMtu()) - HEADERS;
    if (claimed >= mss + optionBytes || claimed + HEADERS >= datagramBytes) {
      return false;
    }
    if (claimed < provenMss) {
      claimedMss = (char) claimed;
      return false;
    }
    limit(claimed, limits.pathMtuNs());
    return true;
  }

  /** The retransmission timer expired, {@code timeouts} times in a row, for a segment with {@code payload} bytes. True: they are to be smaller from now on. */
  boolean onTimeout(int timeouts, int payload) {
    int length = payload + optionBytes;
    if (claimedMss > 0) {
      limit(claimedMss, limits.pathMtuNs());
      claimedMss = 0;
      return true;
    }
    int suspectAfter = length <= provenMss ? SUSPECT_PROVEN_AFTER : SUSPECT_AFTER;
    int leastMss = limits.leastPathMtu() - HEADERS;
    int tried = timeouts < suspectAfter + LEAST_AFTER ? Math.max(TUNNEL_MSS, leastMss) : leastMss;
    if (timeouts < suspectAfter || length <= tried) {
      return false;
    }
    limit(tried, raisedBefore ? limits.pathMtuNs() : FIRST_SUSPICION_NS);
    guessed = true;
    return true;
  }

  /** What {@link #onTooBig} or {@link #onTimeout} has found: bytes of a datagram; */
  int limitMtu() {
    return pathMss + HEADERS;
  }

  /** and bytes of payload. */
  int limitMss() {
    return pathMss - optionBytes;
  }

  private void limit(int mss, long forNs) {
    pathMss = (char) mss;
    limitNs = forNs;
    answered = false;
    guessed = false;
    provenMss = (char) Math.min(provenMss, mss);
    testedMss = 0;
  }
}
