// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

/** A segment that the stack sent, as {@link FrameCheck} read it: absolute numbers, and the time it left. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SeenSegment(
    long atNs,
    int remoteAddress,
    int remotePort,
    int localPort,
    int seq,
    int ack,
    int flags,
    int window,
    String options,
    byte[] payload,
    byte[] datagram) {

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** DSCP and ECN. */
  int trafficClass() {
    return Octets.u8(datagram, 1);
  }

  int timeToLive() {
    return Octets.u8(datagram, 8);
  }

  /** As a line of a script. */
  String text(int stackIss, int peerIss) {
    StringBuilder text = new StringBuilder(SegmentLine.flagsText(flags));
    text.append(" seq ")
        .append(seq == 0 && has(SegmentLine.RST) ? "zero" : String.valueOf(seq - stackIss));
    if (has(SegmentLine.ACK)) {
      text.append(" ack ").append(ack - peerIss);
    }
    text.append(" win ").append(window);
    if (payload.length > 0) {
      text.append(" len ").append(payload.length);
    }
    if (!options.isEmpty()) {
      text.append(" <").append(options).append('>');
    }
    return text.toString();
  }

  /** Whether this is what a line expects. */
  boolean matches(SegmentLine line, int stackIss, int peerIss) {
    boolean seqMatches =
        line.seq == null || (line.seqIsZero ? seq == 0 : seq - stackIss == line.seq);
    return flags == line.flags
        && seqMatches
        && (line.ack == null || ack - peerIss == line.ack)
        && (line.window == null || window == line.window)
        && payload.length == line.length
        && (line.options == null || line.options.equals(options));
  }
}
