// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Frames and datagrams that are not what they should be, through the whole stack: no answer, and nothing of them reaches a connection. What
 * is odd but allowed does.
 */
class BelowTcpTest extends TcpScript {
  private static final int CLOSED_PORT = 7001;

  /** A SYN for a port that listens, one for another, data for a connection, and what would end it. */
  private List<byte[]> effective() {
    Peer stranger = anotherPeer(World.PEER_ADDRESS, 5001);
    byte[] syn = stranger.fragments("SYN seq 0 win 1000 <mss 1460>", 7).get(0);
    byte[] toClosedPort = syn.clone();
    Octets.put16(toClosedPort, 36, CLOSED_PORT);
    byte[] data = peer.fragments("ACK PSH seq 1 ack 1 len 10", 7).get(0);
    byte[] reset = peer.fragments("RST ACK seq 1 ack 1", 7).get(0);
    return List.of(syn, repaired(toClosedPort), data, reset);
  }

  /** The frame with both checksums right again, if its header is of the usual length. */
  private static byte[] repaired(byte[] frame) {
    int total = Math.min(Octets.u16(frame, 16), frame.length - 14);
    if ((frame[14] & 0xF) == 5 && total >= 40) {
      byte[] datagram = Arrays.copyOfRange(frame, 14, 14 + total);
      Octets.put16(datagram, 36, 0);
      Octets.put16(frame, 50, Octets.tcpChecksum(datagram, total));
    }
    int header = Math.min(Math.max((frame[14] & 0xF) * 4, 20), frame.length - 14);
    Octets.put16(frame, 24, 0);
    Octets.put16(frame, 24, Octets.checksum(0, frame, 14, 14 + header));
    return frame;
  }

  private void metWithSilence(UnaryOperator<byte[]> change) {
    for (byte[] frame : effective()) {
      peer.sendsFrames(List.of(change.apply(frame.clone())));
      user.hearsNothing();
      stack.isSilent();
    }
  }

  private static UnaryOperator<byte[]> mac(int place, long mac) {
    return frame -> {
      Octets.put48(frame, place, mac);
      return frame;
    };
  }

  private static UnaryOperator<byte[]> octet(int place, int value) {
    return frame -> {
      frame[place] = (byte) value;
      return repaired(frame);
    };
  }

  private static UnaryOperator<byte[]> address(int place, int address) {
    return frame -> {
      Octets.put32(frame, place, address);
      return repaired(frame);
    };
  }

  private static UnaryOperator<byte[]> totalLength(int length) {
    return frame -> {
      Octets.put16(frame, 16, length);
      return repaired(frame);
    };
  }

  private static byte[] tagged(byte[] frame, int tag) {
    byte[] longer = new byte[frame.length + 4];
    System.arraycopy(frame, 0, longer, 0, 12);
    Octets.put16(longer, 12, 0x8100);
    Octets.put16(longer, 14, tag);
    System.arraycopy(frame, 12, longer, 16, frame.length - 12);
    return longer;
  }

  /** The frame with IP options. */
  private static byte[] withOptions(byte[] frame, byte[] options) {
    int total = Octets.u16(frame, 16);
    byte[] longer = new byte[14 + total + options.length];
    System.arraycopy(frame, 0, longer, 0, 34);
    System.arraycopy(options, 0, longer, 34, options.length);
    System.arraycopy(frame, 34, longer, 34 + options.length, total - 20);
    longer[14] = (byte) (0x45 + options.length / 4);
    Octets.put16(longer, 16, total + options.length);
    return repaired(longer);
  }

  // without it nothing else here would mean anything
  @Test
  void framesAsTheyShouldBeHaveTheirEffect() {
    established();
    List<byte[]> frames = effective();
    peer.sendsFrames(frames.subList(0, 1));
    assertEquals(SegmentLine.SYN | SegmentLine.ACK, stack.sent().get(0).flags());
    peer.sendsFrames(frames.subList(1, 2));
    assertTrue(stack.sent().get(0).has(SegmentLine.RST));
    peer.sendsFrames(frames.subList(2, 3));
    user.hears("data 10");
    peer.sendsFrames(List.of(peer.fragments("RST ACK seq 11 ack 1", 7).get(0)));
    user.hears("closed RESET");
    stack.sent();
  }

  // ETH-01
  @Test
  void everyPrefixOfAFrameIsDropped() {
    established();
    for (byte[] frame : effective()) {
      int end = 14 + Octets.u16(frame, 16);
      for (int length = 0; length < end; length++) {
        peer.sendsFrames(List.of(Arrays.copyOf(frame, length)));
      }
    }
    user.hearsNothing();
    stack.isSilent();
    byte[] whole = effective().get(2);
    peer.sendsFrames(List.of(Arrays.copyOf(whole, 14 + Octets.u16(whole, 16))));
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
  }

  // ETH-02, ETH-06, ETH-07, ETH-08, ETH-09, ETH-11, ETH-13
  @Test
  void framesThatAreNotForUsAreMetWithSilence() {
    established();
    metWithSilence(frame -> Arrays.copyOf(frame, 1519));
    for (long destination : new long[] {0x0200_0000_0009L, -1L >>> 16, 0x0100_5E00_0001L}) {
      metWithSilence(mac(0, destination));
    }
    for (long source : new long[] {0, -1L >>> 16, 0x0100_5E00_0001L, ScriptNic.STACK_MAC}) {
      metWithSilence(mac(6, source));
    }
    for (int type : new int[] {0x0000, 0x05DC, 0x86DD, 0x88A8, 0xFFFF}) {
      metWithSilence(frame -> {
        Octets.put16(frame, 12, type);
        return frame;
      });
    }
    metWithSilence(frame -> tagged(frame, 5));
    metWithSilence(frame -> tagged(tagged(frame, 0), 0));
  }

  // IP-07, IP4-01 to IP4-06, IP4-09 to IP4-11
  @Test
  void datagramsThatLieAreMetWithSilence() {
    established();
    for (int version = 0; version < 16; version++) {
      if (version != 4) {
        metWithSilence(octet(14, version << 4 | 5));
      }
    }
    for (int words = 0; words < 5; words++) {
      metWithSilence(octet(14, 0x40 | words));
    }
    for (int total = 0; total < 40; total++) {
      metWithSilence(totalLength(total));
    }
    metWithSilence(totalLength(65_535));
    metWithSilence(totalLength(1_500));
    metWithSilence(frame -> {
      Octets.put16(frame, 24, Octets.u16(frame, 24) ^ 0x0100);
      return frame;
    });
    for (String options : List.of("07000000", "0701FFFF", "07050000", "83070400", "89070400")) {
      byte[] bytes = HexFormat.of().parseHex(options);
      metWithSilence(frame -> withOptions(frame, bytes));
    }
    byte[] sourceRoute = HexFormat.of().parseHex("8307040A00000900");
    metWithSilence(frame -> withOptions(frame, sourceRoute));
  }

  // IP4-16 to IP4-20, MUST-57, MUST-63
  @Test
  void impossibleAddressesAreMetWithSilence() {
    established();
    int[] sources = {
      0, 0x7F00_0001, 0xE000_0001, 0xF000_0001, -1, 0x0A00_00FF, ScriptNic.STACK_ADDRESS
    };
    for (int source : sources) {
      metWithSilence(address(26, source));
    }
    int[] destinations = {0, 0x7F00_0001, 0xE000_0001, -1, 0x0A00_00FF, 0x0A00_0009};
    for (int destination : destinations) {
      metWithSilence(address(30, destination));
    }
  }

  // IP4-18: both ends the same
  @Test
  void landIsMetWithSilence() {
    byte[] frame = peer.fragments("SYN seq 0 win 1000", 7).get(0);
    Octets.put32(frame, 26, ScriptNic.STACK_ADDRESS);
    Octets.put16(frame, 34, World.STACK_PORT);
    peer.sendsFrames(List.of(repaired(frame)));
    stack.isSilent();
    stack.counts(Counter.IP_BAD_SOURCE, 1);
  }

  // ETH-04, ETH-11, IP-05, IP4-08, IP4-12, IP4-13, IP4-14, IP4-15, IP4-24, MUST-50, EC-09
  @Test
  void whatIsOddButAllowedIsTaken() {
    established();
    taken(frame -> tagged(frame, 0xE000));
    taken(frame -> Arrays.copyOf(frame, frame.length + 100));
    for (String options : List.of(
        "00000000", "01".repeat(40), "0707040000000000", "44080500" + "00000000", "FE04AAAA")) {
      byte[] bytes = HexFormat.of().parseHex(options);
      taken(frame -> withOptions(frame, bytes));
    }
    taken(octet(22, 0));
    taken(octet(22, 1));
    taken(octet(20, 0x80));
    taken(octet(20, 0xC0));
    for (int trafficClass = 0; trafficClass < 256; trafficClass++) {
      taken(octet(15, trafficClass));
    }
  }

  private void taken(UnaryOperator<byte[]> change) {
    long before = user.consumed();
    byte[] frame =
        peer.fragments("ACK PSH seq " + (1 + before) + " ack 1 len 10", 7).get(0);
    peer.sendsFrames(List.of(change.apply(frame)));
    user.hears("data 10");
    time.passes("10 ms");
    stack.sent();
  }

  // IP4-14, IP4-24: SYN, FIN and RST as well as data
  @Test
  void everyKindOfSegmentIsTakenWhateverItsMarking() {
    for (int marking : new int[] {0x0001, 0xFF00, 0x03FF, 0xB801}) {
      Peer other = anotherPeer(World.PEER_ADDRESS, 5100 + marking % 97);
      for (String line : List.of("SYN seq 0 win 9000", "ACK seq 1 ack 1", "RST seq 1")) {
        byte[] frame = other.fragments(line, 7).get(0);
        frame[15] = (byte) (marking >> 8);
        frame[22] = (byte) marking;
        other.sendsFrames(List.of(repaired(frame)));
        stack.sent();
      }
      other.user.hears("established", "closed RESET");
    }
  }

  // FRG-16, PathTest too: DF on everything, and everything fits
  @Test
  void whatWeSendIsNeverCutUp() {
    established();
    user.sends(4000);
    stack.mtuIs(576);
    user.sends(4000);
    time.passes("2 s");
    boolean cutAnew = false;
    for (SeenSegment segment : stack.sent()) {
      assertEquals(0x4000, Octets.u16(segment.datagram(), 6));
      cutAnew |= segment.datagram().length == 576;
    }
    assertTrue(cutAnew);
  }

  // BLD-14, CVE-2020-36516: whoever counts our datagrams finds nothing to count
  @Test
  void identificationsTellNothing() {
    established();
    Peer spoofed = anotherPeer(0x0A00_0003, 5001);
    List<SeenSegment> sent = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      user.sends(100);
      sent.addAll(stack.sent());
      spoofed.sends("ACK seq 1 ack " + i);
      sent.addAll(stack.sent());
      peer.sends("ACK seq 1 ack " + (101 + 100 * i));
      sent.addAll(stack.sent());
    }
    assertTrue(sent.size() > 150, sent.size() + " segments");
    for (SeenSegment segment : sent) {
      assertEquals(0x0000_4000, Octets.u32(segment.datagram(), 4), "identification, DF");
    }
  }
}
