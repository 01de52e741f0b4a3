// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/**
 * SYN cookies (RFC 4987 §3.6): a SYN-ACK's sequence number that says all that must be remembered of a handshake, so that nothing is. Where the
 * SYN has a timestamp, ours says the other options in its last bits, and comes back with the cookie.
 *
 * <pre>
 *    31                                                                      3 2       0
 *   | 29 bits of SipHash(key, addresses, ports, IRS, slot, options, MSS index) | MSS index |      sequence number
 *
 *    31                                          5        4          3                0
 *   | the time less up to 33 ms, and the offset | SACK-permitted | window scale, 15: none |      TSval
 * </pre>
 *
 * Whoever does not know the key finds one of the eight good values of each of two slots with a random ACK once in 2^28. IRS is part of it
 * because RCV.NXT is taken from the segment that brings the cookie back: a later one of the same stream would otherwise begin the connection
 * behind bytes that were lost.
 */
final class SynCookies {
  /** {@link #check}: not one of ours, or one that is too old. */
  static final int NONE = 0;

  /** A slot is 69 s long; a power of two goes on without a jump where nowNs wraps. */
  private static final int SLOT_SHIFT = 36;

  /** Rounded down from what the SYN said; the first is the floor. */
  private static final int[] SIZES = {0, 536, 1200, 1300, 1400, 1440, 1460, 8960};

  /** Options of a SYN without a timestamp: none but MSS. Otherwise, the bits of TSval. */
  static final int PLAIN = 1 << 5;

  private static final int OPTION_BITS = 6;
  private static final int SACK_BIT = 1 << 4;
  private static final int SCALE_MASK = SACK_BIT - 1;
  private static final int STAMP_MASK = PLAIN - 1;

  private static final int INDEX_BITS = 3;
  private static final int INDEX_MASK = SIZES.length - 1;

  private final SipHash hash;
  private final int leastMss;
  private final UsedCookies used = new UsedCookies();

  /** What {@link #used} is to remember of the cookie that was checked last. */
  private long checkedMark;

  private long checkedSlot;

  /** All 64 bits of the hash that made the last cookie; never 0. */
  private long mark;

  SynCookies(Secrets secrets, int leastMss) {
    hash = new SipHash(secrets, Secrets.Use.SYN_COOKIES);
    this.leastMss = leastMss;
  }

  /** What is said of options: {@code agreed} are bits of {@link Handshake}, {@code scale} the peer's, or NO_SCALE. */
  static int options(int agreed, int scale) {
    if ((agreed & Handshake.TIMESTAMPS) == 0) {
      return PLAIN;
    }
    int sack = (agreed & Handshake.SELECTIVE_ACKS) != 0 ? SACK_BIT : 0;
    return sack | (scale & SCALE_MASK);
  }

  /** The last TSval up to {@code tsVal} that says so: it goes on from here whatever comes of the cookie. */
  static int stamp(int tsVal, int options) {
    int stamp = (tsVal & ~STAMP_MASK) | options;
    return stamp - tsVal > 0 ? stamp - PLAIN : stamp;
  }

  /** What the echo of such a TSval says. */
  static int optionsOf(int tsEcr) {
    return tsEcr & STAMP_MASK;
  }

  /** The bits of {@link Handshake} among options. */
  static int agreed(int options) {
    if (options == PLAIN) {
      return 0;
    }
    return Handshake.TIMESTAMPS | ((options & SACK_BIT) != 0 ? Handshake.SELECTIVE_ACKS : 0);
  }

  /** The peer's window scale among options, or NO_SCALE. */
  static int scale(int options) {
    int scale = options & SCALE_MASK;
    return options == PLAIN || scale > Handshake.MAX_SCALE ? Handshake.NO_SCALE : scale;
  }

  /** The cookie that answers a SYN with such {@link #options}. {@code mss} is at least leastMss. */
  int issue(long addressKey, long portKey, int irs, int mss, int options, long nowNs) {
    int index = INDEX_MASK;
    while (SIZES[index] > mss) {
      index--;
    }
    return cookie(addressKey, portKey, irs, (options << INDEX_BITS) | index, slot(nowNs));
  }

  /** The MSS that a cookie stands for, or NONE. A cookie is good once, in its slot or in the next one. */
  int check(long addressKey, long portKey, int irs, int cookie, int options, long nowNs) {
    int index = cookie & INDEX_MASK;
    int promise = (options << INDEX_BITS) | index;
    checkedSlot = slot(nowNs);
    long lastSlot = slot(nowNs - (1L << SLOT_SHIFT));
    boolean good = cookie == cookie(addressKey, portKey, irs, promise, checkedSlot)
        || cookie == cookie(addressKey, portKey, irs, promise, lastSlot);
    // The mark is that of the comparison that was made last: the one that held.
    checkedMark = mark;
    return good && !used.contains(checkedMark, checkedSlot)
        ? Math.max(SIZES[index], leastMss)
        : NONE;
  }

  /** The cookie that was checked last has made a connection, or the user did not want it to. */
  void onUsed() {
    used.add(checkedMark, checkedSlot);
  }

  /** Whether a cookie issued at {@code issuedNs} or before may be good at {@code nowNs}. */
  static boolean mayLive(long issuedNs, long nowNs) {
    return slot(nowNs - (slot(issuedNs) << SLOT_SHIFT)) <= 1;
  }

  /**
   * The slot is hashed, which makes of one key another for each slot: what was collected in one slot tells nothing of the next, and nothing
   * that was sent before the last one is good for anything. Fresh random keys would do no more, while SipHash keeps its key.
   */
  private int cookie(long addressKey, long portKey, int irs, int promise, long slot) {
    long numbers = (portKey << 32) | (irs & 0xFFFF_FFFFL);
    long bits = hash.hash(addressKey, numbers, (slot << (OPTION_BITS + INDEX_BITS)) | promise);
    mark = bits == 0 ? 1 : bits;
    return ((int) bits & ~INDEX_MASK) | (promise & INDEX_MASK);
  }

  private static long slot(long nowNs) {
    return nowNs >>> SLOT_SHIFT;
  }

  /** The last slot, which ends where nowNs passes from -1 to 0, is followed by the first. */
  static long slotAfter(long slot) {
    return slot((slot + 1) << SLOT_SHIFT);
  }
}
