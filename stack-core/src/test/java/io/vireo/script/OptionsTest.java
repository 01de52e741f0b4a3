// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What SYNs agree on: RFC 9293 §3.7.1 (MSS), RFC 7323 §2 (window scale); and options that agree on nothing. */
class OptionsTest extends TcpScript {
  private void syn(String options) {
    peer.sends("SYN seq 0 win 65535 <" + options + ">");
  }

  private void largestSegmentIs(int bytes) {
    user.sends(3 * bytes + 1);
    assertEquals(bytes, stack.sent().get(0).payload().length);
  }

  // OP-01, OP-03, MUST-67, SHLD-5, MAY-3; RFC 9293 §3.7.1, MUST-14
  @ParameterizedTest
  @CsvSource({"72, 32", "576, 536", "1280, 1240", "1500, 1460", "9000, 8960", "65535, 65495"})
  void announcedMssFollowsTheMtu(int mtu, int mss) {
    world.mtu = mtu;
    syn("mss 65495,wscale 3");
    stack.answers("SYN ACK seq 0 ack 1 <mss " + mss + ",wscale 0>");
    peer.sends("RST seq 1");
    user.connects();
    stack.answers("SYN seq 0 <mss " + mss + ",wscale 0>");
    user.aborts();
    user.hears("closed ABORTED");
  }

  // HDR-17, MUST-16: limited by our own MTU
  @Test
  void hugeMssIsLimitedByOurMtu() {
    established("mss 65535", "win 65535");
    largestSegmentIs(1460);
  }

  // OP-04, MUST-15; RFC 9293 §3.7.1
  @Test
  void withoutMssSegmentsAreOf536Bytes() {
    peer.sends("SYN seq 0 win 65535");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460>");
    peer.sends("ACK seq 1 ack 1 win 65535");
    user.hears("established");
    largestSegmentIs(536);
  }

  // OP-05, HDR-16, MUST-16: 0 counts as none, and below 216 none is believed
  @ParameterizedTest
  @CsvSource({"0, 536", "1, 216", "8, 216", "64, 216", "216, 216", "217, 217"})
  void tinyMssIsNotBelieved(int mss, int used) {
    established("mss " + mss, "win 65535");
    largestSegmentIs(used);
  }

  // HDR-18; RFC 9293 MUST-15
  @ParameterizedTest
  @ValueSource(strings = {"hex 0202", "hex 020305", "hex 0205010101"})
  void mssOptionOfWrongLengthIsIgnored(String option) {
    established(option, "win 65535");
    largestSegmentIs(536);
  }

  // OP-09, HDR-19; RFC 9293 §3.2 MUST-65
  @Test
  void mssOutsideOfASynIsIgnored() {
    established();
    peer.sends("ACK seq 1 ack 1 <mss 300>");
    largestSegmentIs(1460);
  }

  // OP-10, OP-11, HDR-20, REC-1; RFC 7323 §2.3
  @ParameterizedTest
  @CsvSource({
    "0, 1",
    "1, 2",
    "2, 4",
    "3, 8",
    "4, 16",
    "5, 32",
    "6, 64",
    "7, 128",
    "8, 256",
    "9, 512",
    "10, 1024",
    "11, 2048",
    "12, 4096",
    "13, 8192",
    "14, 14600",
    "15, 14600",
    "30, 14600",
    "255, 14600"
  })
  void windowsOfThePeerAreShiftedByItsScale(int scale, int sendable) {
    syn("mss 1460,wscale " + scale);
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,wscale 0>");
    peer.sends("ACK seq 1 ack 1 win 1");
    user.hears("established");
    // By the congestion window at the most.
    assertEquals(sendable, user.connection().immediatelySendable());
    peer.sends("ACK seq 1 ack 1 win 0");
    assertEquals(0, user.connection().immediatelySendable());
  }

  // OP-11: 15 is 14, and not "no limit"
  @Test
  void scalesBeyond14AreTakenFor14() {
    settings(tcp -> tcp.withSendBufferBytes(1 << 20));
    syn("mss 1460,wscale 200");
    stack.answers("SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1 win 1");
    user.hears("established");
    user.sends(100_000);
    assertEquals(10, stack.sent().size());
    peer.sends("ACK seq 1 ack 14601 win 1");
    assertEquals(
        "seq 14601 seq 16061 seq 17521 seq 18981 seq 20441 seq 21901 seq 23361 seq 24821 seq 26281 seq 27741 seq 29201",
        String.join(" ", stack.sent("seq")));
  }

  // OP-10; RFC 7323 §2.2: the window of a SYN itself is not shifted
  @Test
  void theWindowOfASynAckIsNotScaled() {
    user.connects();
    stack.answers("SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 1000 <mss 1460,wscale 7>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
    assertEquals(1000, user.connection().immediatelySendable());
  }

  // OP-12; RFC 7323 §2.2
  @Test
  void withoutScaleInTheSynNothingIsScaled() {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20));
    syn("mss 1460");
    stack.answers("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    peer.sends("ACK seq 1 ack 1 win 5000");
    user.hears("established");
    assertEquals(5000, user.connection().immediatelySendable());
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 win 65535 len 10");
  }

  // OP-13; RFC 7323 §2.2
  @Test
  void withoutScaleInTheSynAckNothingIsScaled() {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20));
    user.connects();
    stack.answers("SYN seq 0 win 65535 <mss 1460,wscale 4>");
    peer.sends("SYN ACK seq 0 ack 1 win 5000 <mss 1460>");
    stack.answers("ACK seq 1 ack 1 win 65535");
    user.hears("established");
    peer.sends("ACK PSH seq 1 ack 1 win 6000 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101 win 65435");
    assertEquals(6000, user.connection().immediatelySendable());
  }

  // OP-14, HDR-19; RFC 7323 §2.2
  @Test
  void windowScaleOutsideOfASynIsIgnored() {
    established();
    peer.sends("ACK seq 1 ack 1 win 100 <wscale 5>");
    assertEquals(100, user.connection().immediatelySendable());
  }

  // OP-15; RFC 7323 §2.3
  @ParameterizedTest
  @CsvSource({"65536, 0, 65535", "73728, 1, 65535", "1048576, 4, 65535", "1073741824, 14, 65535"})
  void scaleLetsTheWholeBufferBeOffered(int buffer, int scale, int window) {
    settings(tcp -> tcp.withReceiveBufferBytes(buffer));
    syn("mss 1460,wscale 0");
    stack.answers("SYN ACK seq 0 ack 1 win " + window + " <mss 1460,wscale " + scale + ">");
  }

  // REC-1; RFC 7323 §2.3: the scale is that of the largest buffer, the window what is offered at
  // first
  @Test
  void scaledWindowBeginsWith64KiB() {
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20));
    established("mss 1460,wscale 7", "win 100");
    user.sends(10);
    stack.answers("ACK PSH seq 1 ack 1 win 4095 len 10");
  }

  // OP-16, MD-04, HDR-22, HDR-23, HDR-24, HDR-25; RFC 9293 §3.1 MUST-6
  @ParameterizedTest
  @ValueSource(
      strings = {
        "hex 4C04ABCD",
        "hex FD02",
        "hex FE04F989",
        "hex 0402",
        "hex 080A0000000100000000",
        "hex 0808000000000100",
        "hex 0403FF",
        "hex 050A0000000100000002",
        "hex 131200112233445566778899AABBCCDDEEFF",
        "hex 1D040000",
        "hex 2204ABCD"
      })
  void unknownOptionsAreSkipped(String option) {
    peer.sends("SYN seq 0 win 65535 <" + option + ",mss 700,wscale 3>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,wscale 0>");
    peer.sends("ACK seq 1 ack 1 win 1000 <" + option + ">");
    user.hears("established");
    largestSegmentIs(700);
  }

  // OP-17, HDR-09 to HDR-12; RFC 9293 §3.1 MUST-7: what came before the broken one counts
  @ParameterizedTest
  @ValueSource(
      strings = {
        "hex 4C00",
        "hex 4C01",
        "hex 4C09",
        "hex FDFF0000",
        "hex 0101014C",
        "hex 0200",
        "hex 0201",
        "hex 0300",
        "hex 03"
      })
  void brokenOptionListHarmsNothing(String option) {
    peer.sends("SYN seq 0 win 65535 <mss 700," + option + ">");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460>");
    peer.sends("ACK seq 1 ack 1 win 65535 <" + option + ">");
    user.hears("established");
    peer.sends("ACK PSH seq 1 ack 1 len 100 <" + option + ">");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
    largestSegmentIs(700);
  }

  // OP-18, HDR-14, HDR-15, MUST-4
  @Test
  void fillersAndTheEndOfOptionsAreUnderstood() {
    String nops = "nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,"
        + "nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop";
    peer.sends("SYN seq 0 win 65535 <mss 700,eol,hex 030502040300>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460>");
    peer.sends("ACK PSH seq 1 ack 1 len 10 <" + nops + ">");
    user.hears("established", "data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
    largestSegmentIs(700);
  }

  // OP-19, HDR-21; MUST-64: any order, any alignment, and the first of two counts
  @ParameterizedTest
  @ValueSource(
      strings = {
        "wscale 2,mss 700",
        "nop,wscale 2,nop,nop,mss 700",
        "mss 700,mss 900,wscale 2,wscale 9",
        "hex 4C05010203,wscale 2,hex FD03FF,mss 700"
      })
  void optionsComeInAnyOrderAndTheFirstCounts(String options) {
    peer.sends("SYN seq 0 win 65535 <" + options + ">");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,wscale 0>");
    peer.sends("ACK seq 1 ack 1 win 100");
    user.hears("established");
    assertEquals(400, user.connection().immediatelySendable());
    peer.sends("ACK seq 1 ack 1 win 65535");
    largestSegmentIs(700);
  }

  // OP-01, OP-02, MUST-67; RFC 2018 §2, RFC 7323 §2.2, §3.2: each of them can be left out
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true | true | mss 1460,sackok,ts 0 zero,wscale 0",
        "false | true | mss 1460,sackok,wscale 0",
        "true | false | mss 1460,ts 0 zero,wscale 0",
        "false | false | mss 1460,wscale 0"
      })
  void aSynOffersWhatIsSet(boolean timestamps, boolean selectiveAcks, String options) {
    settings(tcp -> tcp.withTimestamps(timestamps).withSelectiveAcks(selectiveAcks));
    user.connects();
    stack.answers("SYN seq 0 <" + options + ">");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460,sackok,ts 100 0,wscale 0>");
    stack.answers("ACK seq 1 ack 1 " + (timestamps ? "<ts 0 100>" : "<>"));
    user.hears("established");
    peer.sends("ACK seq 11 ack 1 len 10 " + (timestamps ? "<ts 100 0>" : ""));
    String stamp = timestamps ? "ts 0 100" : "";
    String blocks = selectiveAcks ? "sack 11-21" : "";
    String comma = timestamps && selectiveAcks ? "," : "";
    stack.answers("ACK seq 1 ack 1 <" + stamp + comma + blocks + ">");
  }

  // OP-01, OP-02: the same of SYN-ACKs
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true | true | mss 1460,sackok,ts 0 100,wscale 0",
        "false | true | mss 1460,sackok,wscale 0",
        "true | false | mss 1460,ts 0 100,wscale 0",
        "false | false | mss 1460,wscale 0"
      })
  void aSynAckTakesWhatIsSet(boolean timestamps, boolean selectiveAcks, String options) {
    settings(tcp -> tcp.withTimestamps(timestamps).withSelectiveAcks(selectiveAcks));
    syn("mss 1460,sackok,ts 100 zero,wscale 0");
    stack.answers("SYN ACK seq 0 ack 1 <" + options + ">");
  }

  // HDR-21, HDR-22, HDR-23, OP-17, OP-19: what is not as it should be agrees on nothing, and the
  // first of two counts
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ts 100 zero,ts 300 zero | ts 0 100",
        "hex 0808000000640000,ts 300 zero | ts 0 300",
        "hex 080900000064000000,nop,nop |",
        "hex 080B000000640000000000 |",
        "hex 080800000064 |",
        "hex 0403FF |",
        "hex 0402,hex 0402 | sackok",
        "sack 1-100 |",
        "hex 0502 |"
      })
  void oddTimestampsAndSackOnASyn(String option, String agreed) {
    settings(tcp -> tcp.withTimestamps(true).withSelectiveAcks(true));
    syn("mss 700," + option);
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460" + (agreed == null ? "" : "," + agreed) + ">");
  }

  // HDR-19, HDR-23, OP-17, ACK-06: nor do such things matter later
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ts 100 0,sackok",
        "ts 100 0,mss 300,wscale 9",
        "ts 100 0,ts 5 0",
        "hex 08080000000001000000",
        "hex 080900000001000000",
        "hex 080B00000001000000000000",
        "ts 100 0,hex 0502",
        "ts 100 0,hex 05090000000100000000",
        "ts 100 0,hex 0512000000010000000200000003000000",
        "hex 0805"
      })
  void oddTimestampsAndSackOnLaterSegmentsHarmNothing(String options) {
    settings(tcp -> tcp.withTimestamps(true).withSelectiveAcks(true));
    syn("mss 1460,sackok,ts 100 zero,wscale 0");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460,sackok,ts 0 100,wscale 0>");
    peer.sends("ACK PSH seq 1 ack 1 len 10 <" + options + ">");
    user.hears("established", "data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11 <ts * 100>");
    user.sends(1449);
    stack.answers(
        "ACK seq 1 ack 11 len 1448 <ts * 100>", "ACK PSH seq 1449 ack 11 len 1 <ts * 100>");
  }

  // SK-04, ACK-07; RFC 2018 §2: without agreement gaps are not reported, and reports change nothing
  @Test
  void withoutAgreementSelectiveAcksAreNeitherSentNorRead() {
    established();
    peer.sends("ACK seq 101 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1 <>");
    user.sends(5 * 1460);
    assertEquals(5, stack.sent().size());
    for (int i = 0; i < 3; i++) {
      // All but the first, as if both sides had agreed; the window moves, so that none is a
      // duplicate.
      String block = "hex " + hex(peer.stackIss() + 1461) + hex(peer.stackIss() + 1461 * (i + 2));
      peer.sends("ACK seq 1 ack 1 win " + (60_000 + i) + " <nop,nop,hex 050A," + block + ">");
    }
    stack.isSilent();
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack 1461");
    stack.answers("ACK seq 1461 ack 1 len 1460", "ACK seq 2921 ack 1 len 1460");
  }

  private static String hex(int number) {
    return String.format("%08X", number);
  }
}
