// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.StringJoiner;

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

  /** Its timestamp option, as the last two numbers of {@code ts VAL ECR}; absolute. */
  int tsVal() {
    return Integer.parseUnsignedInt(option("ts ").split(" ", -1)[1]);
  }

  boolean hasTimestamp() {
    return !option("ts ").isEmpty();
  }

  /** The option whose text begins so, or nothing. */
  private String option(String start) {
    for (String option : options.split(",", -1)) {
      if (option.startsWith(start)) {
        return option;
      }
    }
    return "";
  }

  /** The options with relative numbers. */
  String options(int peerIss, int stackTs, int peerTs) {
    StringJoiner text = new StringJoiner(",");
    for (String option : options.split(",", -1)) {
      String[] words = option.split(" ", -1);
      if (words[0].equals("ts")) {
        words[1] = String.valueOf(Integer.parseUnsignedInt(words[1]) - stackTs);
        int echo = Integer.parseUnsignedInt(words[2]);
        words[2] = echo == 0 && !has(SegmentLine.ACK) ? "zero" : String.valueOf(echo - peerTs);
      } else if (words[0].equals("sack")) {
        for (int i = 1; i < words.length; i++) {
          String[] edges = words[i].split("-", -1);
          words[i] = (Integer.parseUnsignedInt(edges[0]) - peerIss)
              + "-"
              + (Integer.parseUnsignedInt(edges[1]) - peerIss);
        }
      }
      text.add(String.join(" ", words));
    }
    return text.toString();
  }

  /** As a line of a script. */
  String text(int stackIss, int peerIss, int stackTs, int peerTs) {
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
      text.append(" <").append(options(peerIss, stackTs, peerTs)).append('>');
    }
    return text.toString();
  }

  /** Whether this is what a line expects. */
  boolean matches(SegmentLine line, int stackIss, int peerIss, int stackTs, int peerTs) {
    boolean seqMatches =
        line.seq == null || (line.seqIsZero ? seq == 0 : seq - stackIss == line.seq);
    return flags == line.flags
        && seqMatches
        && (line.ack == null || ack - peerIss == line.ack)
        && (line.window == null || window == line.window)
        && payload.length == line.length
        && (line.options == null || optionsMatch(line.options, options(peerIss, stackTs, peerTs)));
  }

  private static boolean optionsMatch(String expected, String seen) {
    String[] wanted = expected.split("[ ,]+", -1);
    String[] words = seen.split("[ ,]+", -1);
    boolean matches = wanted.length == words.length;
    for (int i = 0; matches && i < words.length; i++) {
      matches = wanted[i].equals("*") || wanted[i].equals(words[i]);
    }
    return matches;
  }
}
