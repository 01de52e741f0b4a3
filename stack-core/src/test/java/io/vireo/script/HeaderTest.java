// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers that lie, on an established connection: dropped, counted, and the next good segment works. RFC 9293 §3.1. */
class HeaderTest extends TcpScript {
  @BeforeEach
  void begin() {
    established();
  }

  private void theNextGoodSegmentWorks() {
    stack.isSilent();
    user.hearsNothing();
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
  }

  // OP-18, HDR-01, HDR-02
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 8, 9, 15})
  void impossibleDataOffsetIsDropped(int words) {
    peer.sends("ACK PSH seq 1 ack 1 len 11 doff " + words);
    stack.counts(Counter.TCP_MALFORMED, 1);
    theNextGoodSegmentWorks();
  }

  // OP-18, HDR-03
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16, 19, 20})
  void cutHeaderIsDropped(int bytes) {
    peer.sends("ACK seq 1 ack 1 cut " + bytes);
    stack.counts(Counter.TCP_MALFORMED, 1);
    theNextGoodSegmentWorks();
  }

  // RX-19, HDR-04, HDR-05, MUST-3
  @Test
  void wrongChecksumIsDropped() {
    peer.sends("ACK PSH seq 1 ack 1 len 100 checksum wrong");
    peer.sends("ACK PSH seq 1 ack 1 len 100 checksum zero");
    peer.sends("RST seq 1 checksum wrong");
    stack.counts(Counter.TCP_BAD_CHECKSUM, 3);
    theNextGoodSegmentWorks();
  }

  // HDR-04, MUST-3: no single bit of a segment, nor of the addresses that are summed up with it,
  // may be another one
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20, 1460})
  void everySingleBitFlipIsDropped(int length) {
    SegmentLine line = SegmentLine.of(SegmentLine.ACK, 1, 1, length);
    byte[] frame = FrameWriter.segment(
        line,
        peer.address,
        peer.port,
        World.STACK_PORT,
        peer.iss() + 1,
        peer.stackIss() + 1,
        1000,
        new byte[0],
        Pattern.OF_PEER.bytes(0, length));
    int tcp = 14 + 20;
    // Behind the segment there may be padding.
    for (int bit = 8 * tcp; bit < 8 * (tcp + 20 + length); bit++) {
      byte[] flipped = frame.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      world.nic.arrive(flipped);
      if (bit % 100 == 0) {
        world.settle();
      }
    }
    world.settle();
    stack.isSilent();
    user.hearsNothing();
    long dropped = world.counter(Counter.TCP_BAD_CHECKSUM) + world.counter(Counter.TCP_MALFORMED);
    assertEquals(8L * (20 + length), dropped);
    theNextGoodSegmentWorks();
  }

  // HDR-27: nothing of a connection's urgent data is left for the next one
  @Test
  void urgentPointersEndWithTheirConnection() {
    peer.sends("ACK URG PSH seq 1 ack 1 len 10 urg 60000");
    user.hears("data 10");
    user.hearsOfTrouble("URGENT");
    peer.sends("RST seq 11");
    user.hears("closed RESET");
    peer = peer.again(numbers.peerIss);
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers(peer, "SYN ACK ack 1");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    peer.user.hears("established", "data 10");
    peer.user.hearsOfTrouble();
    time.passes("10 ms");
    stack.answers(peer, "ACK seq 1 ack 11");
    peer.sends("ACK URG PSH seq 11 ack 1 len 10 urg 60000");
    peer.user.hearsOfTrouble("URGENT");
    peer.user.hears("data 10");
    stack.sent();
  }

  // HDR-06: only what the NIC vouches for is not summed up again
  @Test
  void checksumIsNotCheckedWhereTheNicVouchesForIt() {
    world.nic.vouches(true);
    peer.sends("ACK PSH seq 1 ack 1 len 100 checksum zero");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
    world.nic.vouches(false);
    peer.sends("ACK PSH seq 101 ack 1 len 100 checksum zero");
    stack.isSilentFor("1 s");
  }

  // OP-20, HDR-07: ignored (FrameCheck sees to it that they are zero when sent)
  @Test
  void reservedBitsAreIgnored() {
    for (int bits = 1; bits < 16; bits++) {
      peer.sends("ACK PSH seq " + (100 * bits - 99) + " ack 1 len 100 reserved " + bits);
      stack.sent();
    }
    time.passes("10 ms");
    stack.sent();
    user.forgets();
    peer.sends("ACK PSH seq 1501 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1601");
  }

  // RX-20; RFC 791 §3.1: padding is no data, and what is missing does not come from anywhere
  @Test
  void paddingIsNotDataAndATruncatedDatagramIsDropped() {
    peer.sends(
        "ACK seq 1 ack 1", "ACK seq 1 ack 1 trailer 30", "ACK PSH seq 1 ack 1 len 100 truncated 1");
    peer.sends("ACK PSH seq 1 ack 1 len 100 truncated 50");
    stack.counts(Counter.IP_MALFORMED, 2);
    theNextGoodSegmentWorks();
  }

  // RX-20: Ethernet may pad a frame with data, too
  @Test
  void trailerBehindDataIsNotData() {
    peer.sends("ACK PSH seq 1 ack 1 len 100 trailer 17");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
  }

  // HDR-26: the pointer changes nothing in the stream
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 99, 100, 101, 65_535})
  void urgentDataIsDeliveredInLine(int pointer) {
    peer.sends("ACK PSH URG seq 1 ack 1 len 100 urg " + pointer);
    user.hears("data 100");
    peer.sends("ACK URG seq 101 ack 1 urg " + pointer);
    peer.sends("ACK URG PSH seq 101 ack 1 len 50 urg " + pointer);
    user.hears("data 50");
    peer.sends("FIN ACK URG seq 151 ack 1 urg " + pointer);
    user.hears("fin");
    stack.answers("ACK seq 1 ack 152");
  }

  // RX-10, STM-09; RFC 9293 §3.10.7.4, fifth
  @Test
  void segmentsWithoutAckAreDropped() {
    peer.sends("PSH seq 1 len 10", "FIN seq 1", "NONE seq 1", "URG seq 1 len 5");
    stack.counts(Counter.TCP_BAD_FLAGS, 4);
    theNextGoodSegmentWorks();
  }

  // RX-21; RFC 9293 §3.9.1.3
  @Test
  void dataIsOfferedWithoutWaitingForPush() {
    peer.sends("ACK seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
  }

  // IC-03, MUST-55; RFC 5927 §5.2, RFC 9293 MUST-56: no ICMP error ends an established connection
  @Test
  void icmpErrorsDoNotEndTheConnection() {
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 len 10");
    for (int code = 0; code < 16; code++) {
      peer.complains(3, code, 28);
    }
    peer.complains(11, 0, 28);
    peer.complains(12, 0, 28);
    peer.complains(4, 0, 28);
    user.hearsNothing();
    peer.sends("ACK seq 1 ack 11");
    theNextGoodSegmentSaysTheSame();
  }

  private void theNextGoodSegmentSaysTheSame() {
    peer.sends("ACK PSH seq 1 ack 11 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 11 ack 101");
  }

  // EC-09; RFC 3168 §6.1: nobody has agreed that ECE is news of congestion, or CWR an answer
  @Test
  void echoesOfCongestionThatNobodyAgreedOnAreIgnored() {
    user.sends(20 * 1460);
    assertEquals(10, stack.sent().size());
    peer.sends("ACK ECE seq 1 ack 2921");
    assertEquals(4, stack.sent().size(), "slow start goes on");
    peer.sends("ACK PSH ECE CWR seq 1 ack 5841 len 10");
    assertEquals(4, stack.sent().size(), "and on");
    user.hears("data 10");
  }
}
