// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

/** The options of one direction of one tuple: what its SYN offered, and whether what follows keeps to it (RFC 7323 §3.2, RFC 2018). */
final class FlowOptions {
  /** What a SYN cookie says by its clock are five bits of it. */
  private static final int COOKIE_TICKS = 31;

  /** Whether its last SYN is known to be the one that counts. */
  private boolean known;

  private boolean offersTimestamps;
  private boolean offersSack;
  private boolean stamped;
  private int lastTsVal;

  /** Something new begins; its clock may look back to say something (a SYN cookie). */
  void begin() {
    stamped = false;
  }

  /** A SYN cookie that was there before: so far its clock may look back behind what has left since. */
  void onCookieAgain() {
    lastTsVal -= COOKIE_TICKS;
  }

  /** Another SYN than the last one counts. */
  void forget() {
    known = false;
    stamped = false;
  }

  void onSyn(TcpFrame f) {
    known = true;
    offersTimestamps = f.hasTimestamp;
    offersSack = f.sackPermitted;
  }

  /** {@code paired}: both directions are of one connection. */
  void onSegment(TcpFrame f, FlowOptions back, boolean paired) {
    if (f.hasTimestamp) {
      Violation.unless(!stamped || f.tsVal - lastTsVal >= 0, "a clock that goes back");
      stamped = true;
      lastTsVal = f.tsVal;
    }
    if (f.has(TcpFrame.SYN) || !known) {
      return;
    }
    Violation.unless(offersTimestamps || !f.hasTimestamp, "a timestamp that was not offered");
    Violation.unless(offersSack || f.sackBlocks == 0, "blocks that were not offered");
    if (paired && back.known) {
      boolean both = offersTimestamps && back.offersTimestamps;
      Violation.unless(f.hasTimestamp == both, "a timestamp that is missing, or not agreed on");
      Violation.unless(back.offersSack || f.sackBlocks == 0, "blocks that were not agreed on");
    }
  }
}
