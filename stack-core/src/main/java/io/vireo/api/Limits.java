// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/**
 * What strangers may cost a stack: caps, budgets and floors, each with the default of a stack that is open to the world. Immutable; ranges
 * are checked here.
 *
 * @param halfOpenConnections most handshakes that listeners wait for, of all ports, 1 to 1,048,576, at most 128 bytes each. 16,384: two
 *     milliseconds of SYNs at 10 Gbit/s, a thousand honest clients with 16 handshakes each
 * @param synCookies whether SYNs beyond the backlog are answered by SYN cookies rather than dropped (RFC 4987 §3.6); without them a flood of a
 *     thousand SYNs a second shuts everybody out
 * @param synAckRetries how often a SYN-ACK is repeated, 0 to 6; 3: who spoofs one SYN gets four segments out of us at most
 * @param challengeAckNs least time between challenge ACKs of one connection, 0 to 10 s (RFC 5961 §7); 500 ms, as Linux
 * @param repliesPerSecond most answers per second of each kind that keeps no state, such as RST to strangers, 1 to 1,000,000; a fifth of them
 *     at once
 * @param icmpPerSecond most ICMP messages per second, 1 to 1,000,000, a twentieth of them at once; 1,000, as Linux
 * @param neighbours most stations on the link that are known at a time, 16 to 65,536; 1,024, as Linux
 * @param reassemblyBytes most bytes of fragments held, 0 (fragments are dropped) or 65,536 to 16 MiB; 256 KiB is the advice of CERT VU#641765
 * @param reassemblyNs how long the fragments of a datagram are waited for, 1 ms to 120 s; 30 s, as Linux
 * @param outOfOrderRanges most gaps in the received bytes of one connection, 4 to 65,536 (CVE-2018-5390); 2,048: as many as a window of the
 *     default's size has when every other segment is lost, as where slow start overruns a queue
 * @param leastMss what a peer's smaller MSS is taken for, 48 to 536 (CVE-2019-11479); 216, as FreeBSD
 * @param leastPathMtu below which no ICMP message makes a path, 68 to 1,280 (RFC 5927 §7.2); 552, as Linux
 * @param pathMtuNs after which a larger size is tried again, 1 s to one day; ten minutes (RFC 1191 §6.3)
 */
public record Limits(
    int halfOpenConnections,
    boolean synCookies,
    int synAckRetries,
    long challengeAckNs,
    int repliesPerSecond,
    int icmpPerSecond,
    int neighbours,
    int reassemblyBytes,
    long reassemblyNs,
    int outOfOrderRanges,
    int leastMss,
    int leastPathMtu,
    long pathMtuNs) {

  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;
  private static final Limits DEFAULTS = new Limits(
      16_384,
      true,
      3,
      500 * MS,
      1_000,
      1_000,
      1_024,
      256 << 10,
      30 * SECOND,
      2_048,
      216,
      552,
      600 * SECOND);

  /** Checks every range; IllegalArgumentException names value and limits. */
  public Limits {
    Range.check("halfOpenConnections", halfOpenConnections, 1, 1 << 20);
    Range.check("synAckRetries", synAckRetries, 0, 6);
    Range.check("challengeAckNs", challengeAckNs, 0, 10 * SECOND);
    Range.check("repliesPerSecond", repliesPerSecond, 1, 1_000_000);
    Range.check("icmpPerSecond", icmpPerSecond, 1, 1_000_000);
    Range.check("neighbours", neighbours, 16, 1 << 16);
    Range.checkZeroOr("reassemblyBytes", reassemblyBytes, 64 << 10, 16 << 20);
    Range.check("reassemblyNs", reassemblyNs, MS, 120 * SECOND);
    Range.check("outOfOrderRanges", outOfOrderRanges, 4, 1 << 16);
    Range.check("leastMss", leastMss, 48, 536);
    Range.check("leastPathMtu", leastPathMtu, 68, 1_280);
    Range.check("pathMtuNs", pathMtuNs, SECOND, 86_400 * SECOND);
  }

  /** The defaults. */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /** These settings with another halfOpenConnections. */
  public Limits withHalfOpenConnections(int halfOpenConnections) {
    Draft draft = new Draft(this);
    draft.halfOpenConnections = halfOpenConnections;
    return draft.done();
  }

  /** These settings with another synCookies. */
  public Limits withSynCookies(boolean synCookies) {
    Draft draft = new Draft(this);
    draft.synCookies = synCookies;
    return draft.done();
  }

  /** These settings with another synAckRetries. */
  public Limits withSynAckRetries(int synAckRetries) {
    Draft draft = new Draft(this);
    draft.synAckRetries = synAckRetries;
    return draft.done();
  }

  /** These settings with another challengeAckNs. */
  public Limits withChallengeAckNs(long challengeAckNs) {
    Draft draft = new Draft(this);
    draft.challengeAckNs = challengeAckNs;
    return draft.done();
  }

  /** These settings with another repliesPerSecond. */
  public Limits withRepliesPerSecond(int repliesPerSecond) {
    Draft draft = new Draft(this);
    draft.repliesPerSecond = repliesPerSecond;
    return draft.done();
  }

  /** These settings with another icmpPerSecond. */
  public Limits withIcmpPerSecond(int icmpPerSecond) {
    Draft draft = new Draft(this);
    draft.icmpPerSecond = icmpPerSecond;
    return draft.done();
  }

  /** These settings with another neighbours. */
  public Limits withNeighbours(int neighbours) {
    Draft draft = new Draft(this);
    draft.neighbours = neighbours;
    return draft.done();
  }

  /** These settings with another reassemblyBytes. */
  public Limits withReassemblyBytes(int reassemblyBytes) {
    Draft draft = new Draft(this);
    draft.reassemblyBytes = reassemblyBytes;
    return draft.done();
  }

  /** These settings with another reassemblyNs. */
  public Limits withReassemblyNs(long reassemblyNs) {
    Draft draft = new Draft(this);
    draft.reassemblyNs = reassemblyNs;
    return draft.done();
  }

  /** These settings with another outOfOrderRanges. */
  public Limits withOutOfOrderRanges(int outOfOrderRanges) {
    Draft draft = new Draft(this);
    draft.outOfOrderRanges = outOfOrderRanges;
    return draft.done();
  }

  /** These settings with another leastMss. */
  public Limits withLeastMss(int leastMss) {
    Draft draft = new Draft(this);
    draft.leastMss = leastMss;
    return draft.done();
  }

  /** These settings with another leastPathMtu. */
  public Limits withLeastPathMtu(int leastPathMtu) {
    Draft draft = new Draft(this);
    draft.leastPathMtu = leastPathMtu;
    return draft.done();
  }

  /** These settings with another pathMtuNs. */
  public Limits withPathMtuNs(long pathMtuNs) {
    Draft draft = new Draft(this);
    draft.pathMtuNs = pathMtuNs;
    return draft.done();
  }

  /** Components on their way into changed settings. */
  private static final class Draft {
    private int halfOpenConnections;
    private boolean synCookies;
    private int synAckRetries;
    private long challengeAckNs;
    private int repliesPerSecond;
    private int icmpPerSecond;
    private int neighbours;
    private int reassemblyBytes;
    private long reassemblyNs;
    private int outOfOrderRanges;
    private int leastMss;
    private int leastPathMtu;
    private long pathMtuNs;

    Draft(Limits from) {
      halfOpenConnections = from.halfOpenConnections;
      synCookies = from.synCookies;
      synAckRetries = from.synAckRetries;
      challengeAckNs = from.challengeAckNs;
      repliesPerSecond = from.repliesPerSecond;
      icmpPerSecond = from.icmpPerSecond;
      neighbours = from.neighbours;
      reassemblyBytes = from.reassemblyBytes;
      reassemblyNs = from.reassemblyNs;
      outOfOrderRanges = from.outOfOrderRanges;
      leastMss = from.leastMss;
      leastPathMtu = from.leastPathMtu;
      pathMtuNs = from.pathMtuNs;
    }

    Limits done() {
      return new Limits(
          halfOpenConnections,
          synCookies,
          synAckRetries,
          challengeAckNs,
          repliesPerSecond,
          icmpPerSecond,
          neighbours,
          reassemblyBytes,
          reassemblyNs,
          outOfOrderRanges,
          leastMss,
          leastPathMtu,
          pathMtuNs);
    }
  }
}
