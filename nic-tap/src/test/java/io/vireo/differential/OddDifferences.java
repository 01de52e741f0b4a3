// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives a host each of the {@link OddFrames}, one after the other, and collects its answers. */
final class OddDifferences {
  private static final int ECHO_REPLY = 0;

  private final Host host;

  OddDifferences(Host host) {
    this.host = host;
  }

  Map<String, String> run() throws IOException {
    Map<String, String> answers = new LinkedHashMap<>();
    for (OddFrames.Stimulus stimulus : OddFrames.to(host.mac())) {
      answers.put(stimulus.name(), answer(stimulus));
    }
    return answers;
  }

  private String answer(OddFrames.Stimulus stimulus) throws IOException {
    for (byte[] frame : stimulus.frames()) {
      host.inject(frame);
    }
    host.settle();
    List<String> answers = new ArrayList<>();
    List<Segment> segments = new ArrayList<>();
    for (byte[] frame = host.next(); frame != null; frame = host.next()) {
      Segment segment = Segment.of(frame);
      if (segment != null) {
        segments.add(segment);
      }
      if (belongs(frame, segment, stimulus)) {
        answers.add(text(frame));
      }
    }
    for (Segment segment : segments) {
      end(segment);
    }
    return answers.isEmpty() ? "-" : String.join(" + ", answers);
  }

  /** Not a SYN-ACK sent again, or a question for a neighbour while something else is on trial. */
  private static boolean belongs(byte[] frame, Segment segment, OddFrames.Stimulus stimulus) {
    if (segment != null) {
      return segment.destinationPort() == stimulus.port() || segment.destinationPort() == 0;
    }
    return stimulus.name().startsWith("ARP") || ByteBuffer.wrap(frame).getShort(12) != 0x0806;
  }

  /** Or else the host goes on to answer a SYN while another stimulus is on trial. */
  private void end(Segment answer) throws IOException {
    host.inject(answer.reset().frame(host.mac()));
    host.dropAll();
    while (host.next() != null) {}
  }

  private static String text(byte[] frame) {
    ByteBuffer in = ByteBuffer.wrap(frame);
    int type = in.getShort(12) & 0xFFFF;
    if (type == 0x0806) {
      return "ARP " + (in.getShort(20) == 1 ? "request" : "reply");
    }
    if (type != 0x0800) {
      return "type 0x" + Integer.toHexString(type);
    }
    int header = 14 + 4 * (in.get(14) & 0xF);
    return switch (in.get(23)) {
      case 1 -> icmp(in.get(header), in.get(header + 1));
      case 6 -> "TCP " + Segment.letters(in.get(header + 13) & 0xFF);
      default -> "protocol " + in.get(23);
    };
  }

  private static String icmp(int type, int code) {
    return type == ECHO_REPLY ? "echo reply" : "ICMP " + type + "/" + code;
  }
}
