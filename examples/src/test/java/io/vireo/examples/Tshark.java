// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What tshark finds in a recording made at our NIC, where frames stand in the order in which we saw and sent them. On top of its own
 * analysis, each byte that we sent is held against the right edges that its peer had offered until then.
 */
final class Tshark {
  private static final String[] FIELDS = {
    "frame.number",
    "ip.src",
    "tcp.stream",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.len",
    "tcp.window_size",
    "tcp.flags",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
    "tcp.checksum.status",
    "ip.checksum.status",
    "tcp.analysis.ack_lost_segment",
    "tcp.analysis.lost_segment",
  };
  private static final int ERROR = 0x80_0000;
  private static final String OTHER_ZERO = "Checksum 0xffff instead of 0x0000";
  private static final int ACK = 0x10;
  private static final int RST = 0x04;

  /** A probe of a closed window has one byte that nobody offered to take. */
  private static final int PROBE_BYTES = 1;

  private static final int MOST_FAULTS = 20;

  private final String us;
  private final List<String> malformations = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final Map<String, Long> rightEdges = new HashMap<>();
  private long ours;

  private Tshark(String us) {
    this.us = us;
  }

  /** Reads a recording; {@code us} is the address on whose side it was made. */
  static Tshark read(Path recording, String us) throws Exception {
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", recording.toString()));
    command.addAll(List.of("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"));
    // No layer above TCP: its bytes are verified by those who know them.
    command.addAll(List.of("-d", "tcp.port==1-65535,data"));
    command.addAll(List.of("-T", "fields"));
    for (String field : FIELDS) {
      command.addAll(List.of("-e", field));
    }
    Process process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    Tshark tshark = new Tshark(us);
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      lines.lines().forEach(tshark::onFrame);
    }
    if (process.waitFor() != 0) {
      throw new IOException("tshark exited with " + process.exitValue());
    }
    return tshark;
  }

  /** Frames of ours that are no proper frames, and bytes of ours beyond the peer's window. */
  List<String> malformations() {
    return malformations;
  }

  /** These, those of the peer, and what does not happen where nothing is lost. */
  List<String> faults() {
    List<String> all = new ArrayList<>(malformations);
    all.addAll(faults);
    return all;
  }

  /** Null, unless the recording holds nothing of ours. */
  String silence() {
    return ours > 0 ? null : "not one segment of ours was recorded";
  }

  private void onFrame(String line) {
    String[] values = line.split("\t", -1);
    boolean mine = values[1].equals(us);
    if (!values[8].isEmpty()) {
      add(mine ? malformations : faults, "malformed", line);
    }
    // The kernel writes a sum of zero as 0xffff now and then: the same number (RFC 1624).
    boolean otherZero = !mine && values[10].contains(OTHER_ZERO);
    if (!otherZero
        && List.of(values[9].split(",")).stream()
            .anyMatch(severity -> !severity.isEmpty() && Integer.parseInt(severity) >= ERROR)) {
      add(mine ? malformations : faults, "expert error", line);
    }
    if (values[12].startsWith("0") || (values[11].startsWith("0") && !otherZero)) {
      add(mine ? malformations : faults, "bad checksum", line);
    }
    if (!values[13].isEmpty()) {
      add(faults, "ACK of a segment that nobody sent", line);
    }
    if (!values[14].isEmpty() && mine) {
      add(faults, "segment left out", line);
    }
    if (!values[2].isEmpty()) {
      onSegment(values, mine, line);
    }
  }

  private void onSegment(String[] values, boolean mine, String line) {
    int flags = Integer.decode(values[7]);
    if (mine) {
      ours++;
      Long edge = rightEdges.get(values[2]);
      int bytes = Integer.parseInt(values[5]);
      int end = (int) Long.parseLong(values[3]) + bytes;
      if (bytes > 0 && (edge == null || end - edge.intValue() > PROBE_BYTES)) {
        add(malformations, "bytes beyond the window", line);
      }
    } else if ((flags & (ACK | RST)) == ACK) {
      int edge = (int) (Long.parseLong(values[4]) + Long.parseLong(values[6]));
      rightEdges.merge(
          values[2], (long) edge, (old, now) -> now.intValue() - old.intValue() > 0 ? now : old);
    }
  }

  private static void add(List<String> list, String what, String line) {
    if (list.size() < MOST_FAULTS) {
      list.add(what + ": " + line);
    }
  }
}
