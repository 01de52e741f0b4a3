// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.StackGauge;

/**
 * HDR-13: 40 bytes of options in which one option of some kind and length lies at some place, with fillers before it and good options behind
 * it; on a SYN, and on a segment of an established connection with timestamps and SACK. What the SYN agreed on is compared with a plain reading of RFC
 * 9293 §3.2. A timestamp says 0x01010101 wherever it lies, which is no step back.
 */
final class OptionEncodings {
  private static final int BYTES = 40;
  private static final int OWN_MSS = 1460;
  private static final int DEFAULT_MSS = 536;
  private static final int LEAST_MSS = 216;
  private static final String FILLERS = "16843009";

  private final World world = new World(Numbers.WRAPPING);
  private final Peer established = new Peer(world, World.PEER_ADDRESS, World.PEER_PORT, 1);
  private int taken;
  int cells;

  OptionEncodings() {
    world.tcp = world.tcp.withTimestamps(true).withSelectiveAcks(true);
    established.user.takesAnyBytes();
    int clock = 0x0101_0101 - world.numbers.peerTs();
    established.sends(
        SegmentLine.parse("SYN seq 0 <mss 700,sackok,ts " + clock + " zero,wscale 1>"),
        SegmentLine.parse("ACK seq 1 ack 1"));
    settleReplies();
    established.user.hears("established");
  }

  void plays(int kind, int length, int place) {
    byte[] options = options(kind, length, place);
    String what = "kind " + kind + " length " + length + " at " + place;
    onSyn(options, what);
    onData(options, what);
    cells++;
  }

  void end() {
    assertEquals(700, StackGauge.peerMss(established.user.connection()));
    assertTrue(StackGauge.usesTimestamps(established.user.connection()));
    assertTrue(StackGauge.usesSelectiveAcks(established.user.connection()));
    world.end();
  }

  private static byte[] options(int kind, int length, int place) {
    byte[] options = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      // Fillers, and at last an MSS of 900 and a scale of 3 if there is room.
      options[i] = 1;
    }
    options[place] = (byte) kind;
    if (place + 1 < BYTES) {
      options[place + 1] = (byte) length;
    }
    int behind = place + Math.max(2, length);
    if (behind + 7 <= BYTES) {
      System.arraycopy(new byte[] {2, 4, 3, (byte) 0x84, 3, 3, 3}, 0, options, behind, 7);
    }
    return options;
  }

  private void onSyn(byte[] options, String what) {
    Peer peer = new Peer(world, World.PEER_ADDRESS, 6000 + cells % 50_000, 77 * cells);
    SegmentLine syn = SegmentLine.of(SegmentLine.SYN, 0, 0, 0);
    syn.rawOptions = options;
    peer.sends(syn);
    int scale = scale(options);
    SeenSegment seen = world.sent.poll();
    StringBuilder expected = new StringBuilder("mss " + OWN_MSS);
    if (find(options, 4, 2) >= 0) {
      expected.append(",sackok");
    }
    if (find(options, 8, 10) >= 0) {
      expected.append(",ts ").append(Integer.toUnsignedString(seen.tsVal())).append(" " + FILLERS);
    }
    expected.append(scale < 0 ? "" : ",wscale 0");
    assertEquals(expected.toString(), seen.options(), what);
    peer.sends(SegmentLine.of(SegmentLine.ACK, 1, 1, 0));
    assertEquals(mss(options), StackGauge.peerMss(peer.user.connection()), what);
    assertEquals(scale, StackGauge.peerScale(peer.user.connection()), what);
    peer.user.forgets();
    peer.user.aborts();
    peer.user.forgets();
    world.sent.clear();
    world.forget(peer);
  }

  private void onData(byte[] options, String what) {
    SegmentLine data = SegmentLine.of(SegmentLine.ACK, 1 + taken, 1, 1);
    data.rawOptions = options;
    data.window = 2 + taken % 2;
    established.sends(data);
    taken++;
    assertEquals("[data 1]", established.user.heard().toString(), what);
    assertEquals(2 * data.window, established.user.connection().immediatelySendable(), what);
    settleReplies();
  }

  private void settleReplies() {
    world.passes(10_000_000);
    world.sent.clear();
  }

  // ---- A plain reading

  /** Where the first option of a kind lies that has this length; -1 if none does before the list ends or breaks. */
  static int find(byte[] options, int kind, int length) {
    int at = 0;
    while (at < options.length && options[at] != 0) {
      if (options[at] == 1) {
        at++;
      } else {
        int own = at + 1 < options.length ? options[at + 1] & 0xFF : 0;
        if (own < 2 || at + own > options.length) {
          return -1;
        }
        if ((options[at] & 0xFF) == kind && own == length) {
          return at;
        }
        at += own;
      }
    }
    return -1;
  }

  private static int mss(byte[] options) {
    int at = find(options, 2, 4);
    return at < 0 ? DEFAULT_MSS : Math.max(LEAST_MSS, Octets.u16(options, at + 2));
  }

  private static int scale(byte[] options) {
    int at = find(options, 3, 3);
    return at < 0 ? -1 : Math.min(14, options[at + 2] & 0xFF);
  }
}
