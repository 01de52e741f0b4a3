// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.link.Frames;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that are answered, told, ignored and dropped. */
final class IcmpTest {
  private static final String OWN = IpFixture.OWN;
  private static final String PEER = IpFixture.PEER;
  private static final String REMOTE = "203.0.113.9";

  private final IpFixture fixture = new IpFixture();

  private void accept(byte[] message) {
    fixture.accept(Frames.ipv4(1, PEER, OWN, message));
  }

  private void assertDropped(byte[] message, Counter cause, String what) {
    long before = fixture.count(cause);
    accept(message);
    assertEquals(Icmp.NONE, fixture.lastIcmp, what);
    assertEquals(before + 1, fixture.count(cause), what);
    assertEquals(List.of(), fixture.sent(), what);
  }

  private static byte[] echo(int payloadBytes) {
    byte[] payload = new byte[payloadBytes];
    new SplittableRandom(payloadBytes).nextBytes(payload);
    return Frames.icmp(8, 0, 0xbeef_0001, payload);
  }

  // ICM-01
  @Test
  void shortMessagesAreDropped() {
    for (int type = 0; type < 256; type++) {
      byte[] header = Frames.icmp(type, 0, 0, new byte[0]);
      for (int length = 0; length < 8; length++) {
        byte[] cut = Arrays.copyOf(header, length);
        byte[] sound = length < 4 ? cut : Frames.withChecksum(cut, 0, length, 2);
        assertDropped(sound, Counter.ICMP_MALFORMED, "type " + type + " length " + length);
      }
    }
  }

  // ICM-02, IC-05
  @Test
  void everySingleBitFlipIsDropped() {
    byte[] message = echo(33);
    for (int bit = 0; bit < message.length * 8; bit++) {
      byte[] flipped = message.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertDropped(flipped, Counter.ICMP_MALFORMED, "bit " + bit);
    }
  }

  // ICM-03
  @ParameterizedTest
  @ValueSource(strings = {"10.77.0.255", "255.255.255.255", "224.0.0.1"})
  void echoToManyIsNotAnswered(String destination) {
    byte[] datagram = Frames.ipv4(1, PEER, destination, echo(8));
    fixture.assertDropped(datagram, Counter.IP_NOT_FOR_US, destination);
  }

  // ICM-04
  @Test
  void echoRepliesCarryTheSameBytes() {
    for (int size = 0; size <= 1_472; size++) {
      fixture.nowNs += IpFixture.SECOND_NS / 1_000;
      byte[] request = echo(size);
      accept(request);
      byte[] frame = fixture.sent().get(0);
      byte[] expected = Frames.icmp(0, 0, 0xbeef_0001, Arrays.copyOfRange(request, 8, 8 + size));
      assertEquals(Math.max(60, 34 + expected.length), frame.length);
      assertArrayEquals(expected, Arrays.copyOfRange(frame, 34, 34 + expected.length));
      assertTrue(Frames.verifies(frame, 14, 20));
      for (int i = 34 + expected.length; i < frame.length; i++) {
        assertEquals(0, frame[i], "padding");
      }
      String ends = Frames.hex(frame);
      assertEquals("020000000001020000000002", ends.substring(0, 24));
      assertEquals("0a4d00020a4d0001", ends.substring(52, 68));
    }
    assertEquals(1_473, fixture.count(Counter.ICMP_ECHO_REPLIES_SENT));
  }

  // ICM-06: neither to the sender nor along the route
  @ParameterizedTest
  @ValueSource(strings = {"830704cb00710900", "890704cb00710900"})
  void echoWithASourceRouteIsNotAnswered(String options) {
    byte[] route = Frames.bytes(options);
    byte[] datagram = Frames.ipv4(1, PEER, OWN, route, echo(8));
    fixture.assertDropped(datagram, Counter.IP_OPTIONS_REFUSED, options);
  }

  @Test
  void echoIsAnsweredFromTheAddressThatWasAsked() {
    fixture.accept(Frames.ipv4(1, PEER, IpFixture.SECOND, echo(8)));
    assertEquals("c0a805020a4d0001", Frames.hex(fixture.sent().get(0)).substring(52, 68));
  }

  // ICM-05
  @Test
  void echoRepliesAreLimited() {
    byte[] message = echo(0);
    for (int i = 0; i < 100; i++) {
      accept(message);
      fixture.sent();
    }
    // A twentieth of a second's, more or less: what a burst has left is nobody's business (ICM-22).
    double burst = fixture.count(Counter.ICMP_ECHO_REPLIES_SENT);
    assertEquals(50.0, burst, 30.0);
    assertEquals(100.0, burst + fixture.count(Counter.ICMP_SUPPRESSED));
    for (int i = 0; i < 10_000; i++) {
      fixture.nowNs += IpFixture.SECOND_NS / 2_000;
      accept(message);
      fixture.sent();
    }
    double sent = fixture.count(Counter.ICMP_ECHO_REPLIES_SENT);
    assertEquals(5_000.0, sent - burst, 200.0);
  }

  @Test
  void echoThatFindsNoSlotIsLost() {
    while (fixture.output.claim(1_480, false) != Ipv4Output.FULL) {
      // until nothing is left
    }
    accept(echo(8));
    assertEquals(0, fixture.count(Counter.ICMP_ECHO_REPLIES_SENT));
  }

  @Test
  void echoLargerThanTheMtuOfTodayIsNotAnswered() {
    fixture.nic.setMtu(1_000);
    byte[] message = echo(1_400);
    fixture.output.refresh();
    assertEquals(Icmp.NONE, fixture.icmp.accept(fixture.nic.lay(message), message.length, 0));
    assertEquals(1, fixture.count(Counter.ICMP_SUPPRESSED));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "8, 1", // echo reply, echo with a code
    "13, 0",
    "14, 0",
    "15, 0",
    "16, 0",
    "17, 0",
    "18, 0", // ICM-07
    "4, 0", // ICM-11
    "5, 0",
    "5, 1",
    "5, 2",
    "5, 3", // ICM-12
    "9, 0",
    "10, 0",
    "40, 0",
    "255, 255", // others
    "3, 16",
    "11, 2",
    "12, 3" // errors with codes that do not exist
  })
  void whatIsOfNoUseIsIgnored(int type, int code) {
    byte[] message = Frames.icmp(type, code, 0, quote(20, 40, 6, OWN, REMOTE));
    assertDropped(message, Counter.ICMP_IGNORED, type + "/" + code);
  }

  /** The first bytes of a datagram of ours, as a router sends them back. */
  private static byte[] quote(
      int headerLength, int totalLength, int protocol, String source, String destination) {
    byte[] payload = Frames.bytes("d431 01bb 12345678");
    byte[] options = new byte[Math.max(0, headerLength - 20)];
    byte[] quote = Frames.ipv4(protocol, source, destination, options, payload);
    quote[0] = (byte) (0x40 | headerLength / 4);
    quote[2] = (byte) (totalLength >> 8);
    quote[3] = (byte) totalLength;
    quote[4] = 0;
    quote[5] = 0;
    return quote;
  }

  private void assertError(byte[] message) {
    accept(message);
    assertEquals(Icmp.ERROR, fixture.lastIcmp);
    assertEquals(List.of(), fixture.sent());
  }

  // MUST-54
  @ParameterizedTest
  @CsvSource({"3, 0", "3, 1", "3, 2", "3, 3", "3, 13", "3, 15", "11, 0", "11, 1", "12, 0", "12, 2"})
  void errorsAreToldWithWhatTheyQuote(int type, int code) {
    byte[] message = Frames.icmp(type, code, 1_400, quote(20, 1_500, 6, OWN, REMOTE));
    assertError(message);
    assertEquals(type, fixture.icmp.errorType());
    assertEquals(code, fixture.icmp.errorCode());
    assertEquals(0, fixture.icmp.nextHopMtu());
    assertEquals(Frames.address(OWN), fixture.icmp.quotedLocal());
    assertEquals(Frames.address(REMOTE), fixture.icmp.quotedRemote());
    assertEquals(6, fixture.icmp.quotedProtocol());
    long eight = fixture.input.memory().getLong(fixture.icmp.quotedPayloadOffset());
    assertEquals(0xd431_01bb_1234_5678L, eight);
  }

  @Test
  void theMtuIsToldWhereTheErrorHasOne() {
    assertError(Frames.icmp(3, 4, 1_400, quote(20, 1_500, 6, OWN, REMOTE)));
    assertEquals(1_400, fixture.icmp.nextHopMtu());
    assertError(Frames.icmp(3, 1, 1_400, quote(20, 1_500, 6, OWN, REMOTE)));
    assertEquals(0, fixture.icmp.nextHopMtu(), "nothing is left of the error before");
  }

  @Test
  void optionsInTheQuoteAreSkipped() {
    assertError(Frames.icmp(3, 1, 0, quote(60, 1_500, 6, OWN, REMOTE)));
    long eight = fixture.input.memory().getLong(fixture.icmp.quotedPayloadOffset());
    assertEquals(0xd431_01bb_1234_5678L, eight);
  }

  private void assertLies(byte[] quote, String what) {
    assertDropped(Frames.icmp(3, 1, 0, quote), Counter.ICMP_MALFORMED, what);
  }

  // ICM-01, ICM-13
  @Test
  void cutQuotesAreDropped() {
    byte[] whole = quote(20, 1_500, 6, OWN, REMOTE);
    for (int length = 0; length < whole.length; length++) {
      assertLies(Arrays.copyOf(whole, length), "cut to " + length);
    }
  }

  // ICM-13
  @Test
  void quotesThatLieAboutTheirLengthsAreDropped() {
    for (int words = 0; words < 16; words++) {
      if (words != 5) {
        byte[] quote = quote(20, 1_500, 6, OWN, REMOTE);
        quote[0] = (byte) (0x40 | words);
        assertLies(quote, "header of " + words + " words");
      }
    }
    for (int total = 0; total < 40; total++) {
      assertLies(quote(20, total, 6, OWN, REMOTE), "total " + total);
    }
  }

  // ICM-13
  @Test
  void quotesOfWhatWeNeverSentAreDropped() {
    assertLies(quote(20, 1_500, 6, PEER, REMOTE), "source not ours");
    assertLies(quote(20, 1_500, 6, IpFixture.SECOND, REMOTE), "sent to another of our addresses");
    assertLies(quote(20, 1_500, 17, OWN, REMOTE), "UDP");
    assertLies(quote(20, 1_500, 1, OWN, REMOTE), "ICMP");
    assertLies(quote(20, 1_500, 6, OWN, "255.255.255.255"), "to all");
    assertLies(quote(20, 1_500, 6, OWN, OWN), "to ourselves");
    byte[] version = quote(20, 1_500, 6, OWN, REMOTE);
    version[0] = 0x65;
    assertLies(version, "IPv6");
    byte[] fragment = quote(20, 1_500, 6, OWN, REMOTE);
    fragment[7] = 1;
    assertLies(fragment, "a fragment");
  }

  // RFC 1122 section 3.2.2.1, IP4-21
  @ParameterizedTest
  @ValueSource(ints = {0, 7, 8, 9, 1_400})
  void unknownProtocolsAreRefusedWithAQuote(int payloadBytes) {
    byte[] payload = new byte[payloadBytes];
    Arrays.fill(payload, (byte) 0x77);
    byte[] datagram = Frames.ipv4(17, PEER, OWN, payload);
    fixture.accept(datagram);
    byte[] frame = fixture.sent().get(0);
    int quoted = 20 + Math.min(8, payloadBytes);
    byte[] expected = Frames.icmp(3, 2, 0, Arrays.copyOf(datagram, quoted));
    assertEquals(Math.max(60, 34 + expected.length), frame.length);
    assertArrayEquals(expected, Arrays.copyOfRange(frame, 34, 34 + expected.length));
    assertEquals("0a4d00020a4d0001", Frames.hex(frame).substring(52, 68));
    assertEquals(1, fixture.count(Counter.ICMP_ERRORS_SENT));
  }

  @Test
  void theLongestHeaderIsQuotedWhole() {
    byte[] datagram = Frames.ipv4(47, PEER, OWN, new byte[40], new byte[100]);
    fixture.accept(datagram);
    byte[] expected = Frames.icmp(3, 2, 0, Arrays.copyOf(datagram, 68));
    assertArrayEquals(expected, Arrays.copyOfRange(fixture.sent().get(0), 34, 34 + 76));
  }

  @Test
  void refusalsShareTheBudgetOfEcho() {
    for (int i = 0; i < 200; i++) {
      fixture.accept(Frames.ipv4(17, PEER, OWN, new byte[8]));
      fixture.sent();
    }
    accept(echo(8));
    assertEquals(List.of(), fixture.sent());
    double refused = fixture.count(Counter.ICMP_ERRORS_SENT);
    assertEquals(50.0, refused, 30.0);
    assertEquals(201.0, refused + fixture.count(Counter.ICMP_SUPPRESSED));
  }

  @Test
  void fragmentsOfUnknownProtocolsAreNotRefused() {
    byte[] datagram = Frames.ipv4(17, PEER, OWN, new byte[8]);
    datagram[6] = 0x20;
    fixture.assertDropped(Frames.withIpv4Checksum(datagram), Counter.IP_FRAGMENTS, "fragment");
  }

  @Test
  void randomMessagesNeverThrow() {
    long seed = 792;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] quote = quote(20, 1_500, 6, OWN, REMOTE);
      byte[] more = new byte[random.nextInt(40)];
      random.nextBytes(more);
      byte[] payload = Frames.join(quote, more);
      payload[random.nextInt(payload.length)] = (byte) random.nextInt(256);
      byte[] cut = Arrays.copyOf(payload, random.nextInt(payload.length + 1));
      accept(Frames.icmp(random.nextInt(20), random.nextInt(20), random.nextInt(), cut));
      fixture.sent();
    }
    assertTrue(fixture.count(Counter.ICMP_MALFORMED) > 0, "seed " + seed);
  }
}
