// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One segment as a line of a script.
 *
 * <pre>
 *   SYN ACK seq 0 ack 1 win 65535 &lt;mss 1460,wscale 0&gt;
 *   ACK PSH seq 1 ack 1 win 512 len 1000
 * </pre>
 *
 * First the flags in any order, or NONE; then words with their values:
 *
 * <ul>
 *   <li>{@code seq}, {@code ack}: relative to the initial sequence numbers of the two sides, so that SYNs stand at 0 and streams begin
 *       at 1; may be negative. {@code seq zero} is the number 0 itself.
 *   <li>{@code win}: the window field as it stands in the header, not scaled. {@code len}: bytes of payload, 0 if not said; their values
 *       are those of the sender's {@link Pattern} at this place of its stream. {@code urg}: the urgent pointer.
 *   <li>in angle brackets, with commas: {@code mss N}, {@code wscale N}, {@code sackok}, {@code nop}, {@code eol}, {@code hex 4C0412AB} for
 *       anything else; {@code ts VAL ECR}: the stack's clock is counted from its first timestamp, the peer's from one that depends on
 *       {@link Numbers}, and {@code zero} is the number 0 itself; {@code sack 100-200 300-400}: blocks, relative as {@code ack}.
 *       {@code *} for a word is whatever the stack says.
 * </ul>
 *
 * What a line expects of the stack and does not say is not compared, except flags and {@code len}. What a peer sends and its line does
 * not say is 0, except {@code win}: the one it sent last. Only for peers that err: {@code data 41} fills the payload with that byte;
 * {@code doff N} is the data offset field, {@code reserved N} the four bits beside it, {@code cut N} leaves the last bytes of the segment
 * out, {@code truncated N} cuts the frame short of what its lengths say, {@code trailer N} adds bytes behind it; {@code to 0A0000FF} is an IP address other than the stack's;
 * {@code checksum wrong} and {@code checksum zero} spoil it.
 */
final class SegmentLine {
  private static final List<String> FLAGS =
      List.of("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR");
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;

  final String text;
  int flags;
  Integer seq;
  boolean seqIsZero;
  Integer ack;
  Integer window;
  int length;
  int urgent;
  Integer fill;
  int dataOffset = -1;
  int reserved;
  int cut;
  int trailer;
  int truncated;
  int target = ScriptNic.STACK_ADDRESS;

  /** Whether the ACK field holds a number though the flag is missing. */
  boolean strayAck;

  String checksum = "right";

  /** Instead of {@code options}, whole words; null if there are none. */
  byte[] rawOptions;

  /** Without the brackets; null if the line has none. */
  String options;

  private SegmentLine(String text) {
    this.text = text;
  }

  static SegmentLine parse(String text) {
    SegmentLine line = new SegmentLine(text);
    String words = text;
    int bracket = text.indexOf('<');
    if (bracket >= 0) {
      line.options = text.substring(bracket + 1, text.indexOf('>')).trim();
      words = text.substring(0, bracket) + text.substring(text.indexOf('>') + 1);
    }
    List<String> rest = new ArrayList<>(List.of(words.trim().split("\\s+", -1)));
    while (!rest.isEmpty()) {
      String word = rest.remove(0);
      if (FLAGS.contains(word)) {
        line.flags |= 1 << FLAGS.indexOf(word);
      } else if (!word.equals("NONE")) {
        line.set(word, rest.remove(0));
      }
    }
    return line;
  }

  /** The same, made from numbers. */
  static SegmentLine of(int flags, int seq, int ack, int length) {
    String numbers = " seq " + seq + " ack " + ack + (length > 0 ? " len " + length : "");
    SegmentLine line = new SegmentLine(flagsText(flags) + numbers);
    line.flags = flags;
    line.seq = seq;
    line.ack = ack;
    line.length = length;
    return line;
  }

  private void set(String word, String value) {
    switch (word) {
      case "seq" -> {
        seqIsZero = value.equals("zero");
        seq = seqIsZero ? Integer.valueOf(0) : number(value);
      }
      case "ack" -> ack = number(value);
      case "win" -> window = number(value);
      case "len" -> length = number(value);
      case "urg" -> urgent = number(value);
      case "data" -> fill = Integer.parseInt(value, 16);
      case "doff" -> dataOffset = number(value);
      case "reserved" -> reserved = number(value);
      case "cut" -> cut = number(value);
      case "to" -> target = Integer.parseUnsignedInt(value, 16);
      case "truncated" -> truncated = number(value);
      case "trailer" -> trailer = number(value);
      case "checksum" -> checksum = value;
      default -> throw new IllegalArgumentException("'" + word + "' in \"" + text + "\"");
    }
  }

  private static Integer number(String value) {
    return (int) Long.parseLong(value);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Payload, plus one each for SYN and FIN. */
  int sequenceLength() {
    return length + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
  }

  /** The shift that the options announce, at most 14; -1 if none. */
  int windowScale() {
    for (String option : options == null ? new String[0] : options.split(",", -1)) {
      if (option.startsWith("wscale ")) {
        return Math.min(14, Integer.parseInt(option.substring("wscale ".length())));
      }
    }
    return -1;
  }

  static String flagsText(int flags) {
    StringBuilder text = new StringBuilder();
    // In the order in which people write them.
    for (String flag : List.of("SYN", "FIN", "RST", "ACK", "PSH", "URG", "ECE", "CWR")) {
      if ((flags & 1 << FLAGS.indexOf(flag)) != 0) {
        text.append(text.isEmpty() ? "" : " ").append(flag);
      }
    }
    return text.isEmpty() ? "NONE" : text.toString();
  }

  /** Whether its options have one of this kind and length. */
  boolean hasOption(int kind, int bytes) {
    return OptionEncodings.find(optionBytes(0, 0, 0), kind, bytes) >= 0;
  }

  /**
   * The bytes of the options that {@code options} describes, padded with zeros to whole words. Timestamps of the two sides count from
   * {@code ownTs} and {@code otherTs}, blocks from {@code otherIss}.
   */
  byte[] optionBytes(int ownTs, int otherTs, int otherIss) {
    if (rawOptions != null) {
      return rawOptions;
    }
    List<Integer> bytes = new ArrayList<>();
    String list = options == null ? "" : options;
    for (String option : list.split(",", -1)) {
      String[] words = option.trim().split("\\s+", -1);
      switch (words[0].toLowerCase(Locale.ROOT)) {
        case "" -> {}
        case "mss" -> {
          int mss = Integer.parseInt(words[1]);
          bytes.addAll(List.of(2, 4, mss >> 8, mss & 0xFF));
        }
        case "wscale" -> bytes.addAll(List.of(3, 3, Integer.parseInt(words[1])));
        case "sackok" -> bytes.addAll(List.of(4, 2));
        case "ts" -> {
          bytes.addAll(List.of(8, 10));
          add32(bytes, words[1].equals("zero") ? 0 : ownTs + number(words[1]));
          add32(bytes, words[2].equals("zero") ? 0 : otherTs + number(words[2]));
        }
        case "sack" -> {
          bytes.addAll(List.of(5, 2 + 8 * (words.length - 1)));
          for (int i = 1; i < words.length; i++) {
            String[] edges = words[i].split("-", -1);
            add32(bytes, otherIss + number(edges[0]));
            add32(bytes, otherIss + number(edges[1]));
          }
        }
        case "nop" -> bytes.add(1);
        case "eol" -> bytes.add(0);
        case "hex" -> {
          for (int i = 0; i < words[1].length(); i += 2) {
            bytes.add(Integer.parseInt(words[1].substring(i, i + 2), 16));
          }
        }
        default -> throw new IllegalArgumentException("option " + option);
      }
    }
    byte[] padded = new byte[(bytes.size() + 3) / 4 * 4];
    for (int i = 0; i < bytes.size(); i++) {
      padded[i] = bytes.get(i).byteValue();
    }
    return padded;
  }

  private static void add32(List<Integer> bytes, int value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.add(value >>> shift & 0xFF);
    }
  }
}
