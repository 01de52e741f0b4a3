// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.api.TcpSettings;
import io.vireo.wire.TcpOptions;

/** ISS, IRS, and what the two SYNs agreed on. */
final class Handshake {
  /** RFC 9293 MUST-15: what the peer takes if its SYN does not say. */
  static final int DEFAULT_MSS = 536;

  static final int NO_SCALE = -1;
  static final int MAX_SCALE = 14;

  /** Bits of what both SYNs must offer: timestamps (RFC 7323 §3.2), */
  static final int TIMESTAMPS = 1;

  /** and selective acknowledgments (RFC 2018 §2). */
  static final int SELECTIVE_ACKS = 2;

  private int iss;
  private int irs;
  private int peerMss;
  private int peerScale;
  private int agreed;
  private int retransmissions;
  private boolean synSent;
  private boolean repeatedEarly;
  private boolean complete;

  /** When the connection was opened; from then on, when the handshake ended. */
  private long sinceNs;

  /** Where the peer's handshake came from; 0 if we opened. */
  private long peerMac;

  /** A connection begins. */
  void begin(int iss, long nowNs) {
    this.iss = iss;
    complete = false;
    sinceNs = nowNs;
    peerMss = DEFAULT_MSS;
    peerScale = NO_SCALE;
    agreed = 0;
    retransmissions = 0;
    synSent = false;
    repeatedEarly = false;
    peerMac = 0;
  }

  /** The station that the peer's part of a passive open came from. */
  void onAccepted(long peerMac) {
    this.peerMac = peerMac;
  }

  /**
   * The peer's SYN: its sequence number and options; {@code mss} as {@link #believedMss} has it, {@code scale} NO_SCALE if there is none, and
   * {@code agreed} those bits that both sides offer.
   */
  void onSyn(int irs, int mss, int scale, int agreed) {
    this.irs = irs;
    peerMss = mss;
    peerScale = scale;
    this.agreed = agreed;
  }

  /** Both SYNs are acknowledged. */
  void onComplete(long nowNs) {
    complete = true;
    sinceNs = nowNs;
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
    repeatedEarly = false;
  }

  /**
   * Whether our SYN may be repeated before its time: once for each time that it was due. A peer that our RST does not impress, as one in TIME-WAIT
   * (RFC 1337), would answer each, and so would we its answer, round trip after round trip.
   */
  boolean mayRepeatEarly() {
    return synSent && !repeatedEarly;
  }

  void onRepeatedEarly() {
    repeatedEarly = true;
  }

  /**
   * What is made of the MSS in a peer's SYN, 0 if it has none. One below {@code leastMss} is not believed: every segment costs the sender the
   * same, whatever it carries, and tiny ones are an attack (CVE-2019-11479).
   */
  static int believedMss(int mss, int leastMss) {
    return mss == 0 ? DEFAULT_MSS : Math.max(mss, leastMss);
  }

  /** What our SYN offers. */
  static int offers(TcpSettings settings) {
    return bits(settings.timestamps(), settings.selectiveAcks());
  }

  /** What a SYN with these options offers. */
  static int offers(TcpOptions options) {
    return bits(options.hasTimestamp(), options.sackPermitted());
  }

  private static int bits(boolean timestamps, boolean selectiveAcks) {
    return (timestamps ? TIMESTAMPS : 0) | (selectiveAcks ? SELECTIVE_ACKS : 0);
  }

  /** The smallest shift with which a window of {@code bytes} can be offered (RFC 7323 §2.3). */
  static int scaleFor(int bytes) {
    int shift = 0;
    while (shift < MAX_SCALE && bytes >>> shift > 0xFFFF) {
      shift++;
    }
    return shift;
  }

  /** Whether the connection was ever established, whatever became of it. */
  boolean isComplete() {
    return complete;
  }

  /** When the handshake ended; before that, when the connection was opened. */
  long sinceNs() {
    return sinceNs;
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

  int peerScale() {
    return peerScale;
  }

  /** The bits that both SYNs offered. */
  @HotPath
  int agreed() {
    return agreed;
  }

  /** Every segment carries a timestamp from now on. */
  @HotPath
  boolean usesTimestamps() {
    return (agreed & TIMESTAMPS) != 0;
  }

  /** ACKs may say what came beyond a gap. */
  @HotPath
  boolean usesSelectiveAcks() {
    return (agreed & SELECTIVE_ACKS) != 0;
  }

  /** Bytes of options that every segment carries. */
  @HotPath
  int optionBytes() {
    return usesTimestamps() ? TcpOptions.TIMESTAMP_BYTES : 0;
  }

  /** RFC 6928 (1) for {@code segments} in place of ten; one segment after a lost SYN (RFC 5681 §3.1). */
  int initialWindowBytes(int mss, int segments) {
    int most = Math.max(Math.min(segments, 2) * mss, segments * 1_460);
    return wasRetransmitted() ? mss : Math.min(segments * mss, most);
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
