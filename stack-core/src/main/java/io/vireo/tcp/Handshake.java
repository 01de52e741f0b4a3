// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/** ISS, IRS, and what the two SYNs agreed on. */
final class Handshake {
  /** RFC 9293 MUST-15: what the peer takes if its SYN does not say. */
  static final int DEFAULT_MSS = 536;

  static final int NO_SCALE = -1;
  static final int MAX_SCALE = 14;

  private int iss;
  private int irs;
  private int peerMss;
  private int peerScale;
  private int retransmissions;
  private boolean synSent;

  /** Where the peer's handshake came from; 0 if we opened. */
  private long peerMac;

  /** Begins an active open. */
  void begin(int iss) {
    this.iss = iss;
    peerMss = DEFAULT_MSS;
    peerScale = NO_SCALE;
    retransmissions = 0;
    synSent = false;
    peerMac = 0;
  }

  /** The station that the peer's part of a passive open came from. */
  void onAccepted(long peerMac) {
    this.peerMac = peerMac;
  }

  /** The peer's SYN: its sequence number and options; {@code mss} as {@link #believedMss} has it, {@code scale} NO_SCALE if there is none. */
  void onSyn(int irs, int mss, int scale) {
    this.irs = irs;
    peerMss = mss;
    peerScale = scale;
  }

  void onSynSent() {
    synSent = true;
  }

  /** Whether a SYN of ours has left, for whatever reason another one does. */
  boolean synSent() {
    return synSent;
  }

  void onRetransmission() {
    retransmissions++;
  }

  /**
   * What is made of the MSS in a peer's SYN, 0 if it has none. One below {@code leastMss} is not believed: every segment costs the sender the
   * same, whatever it carries, and tiny ones are an attack (CVE-2019-11479).
   */
  static int believedMss(int mss, int leastMss) {
    return mss == 0 ? DEFAULT_MSS : Math.max(mss, leastMss);
  }

  /** The smallest shift with which a window of {@code bytes} can be offered (RFC 7323 §2.3). */
  static int scaleFor(int bytes) {
    int shift = 0;
    while (shift < MAX_SCALE && bytes >>> shift > 0xFFFF) {
      shift++;
    }
    return shift;
  }

  int iss() {
    return iss;
  }

  int irs() {
    return irs;
  }

  int peerMss() {
    return peerMss;
  }

  /** Both SYNs carried the option. We always send it, so the peer decides. */
  boolean scalesWindows() {
    return peerScale != NO_SCALE;
  }

  /** Both SYNs carried SACK-permitted. */
  boolean usesSelectiveAcks() {
    return false;
  }

  int peerScale() {
    return peerScale;
  }

  long peerMac() {
    return peerMac;
  }

  boolean wasRetransmitted() {
    return retransmissions > 0;
  }

  int retransmissions() {
    return retransmissions;
  }
}
