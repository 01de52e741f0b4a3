// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.link.Frames;
import io.vireo.link.LinkFrame;
import io.vireo.link.SlotNic;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which fragments make a datagram, which end it, and how long they are waited for. */
final class FragmentsTest {
  private static final int ID = 0x4242;
  private static final byte[] WHOLE = bytes(128);

  private final IpFixture fixture = new IpFixture();

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  /** The four fragments of 32 bytes of WHOLE; from 1 on. */
  private static Fragment quarter(int number) {
    return Fragment.of(ID, WHOLE, 32 * number - 32, 32 * number);
  }

  private void holds(Fragment fragment) {
    long accepted = fixture.accept(fragment.datagram());
    assertEquals(IpDatagram.DROPPED, IpDatagram.kind(accepted));
    assertEquals(List.of(), fixture.sent());
  }

  private void drops(Fragment fragment, Counter cause) {
    fixture.assertDropped(fragment.datagram(), cause, fragment.toString());
  }

  private void completes(Fragment fragment, byte[] expected) {
    long datagram = fixture.accept(fragment.datagram());
    assertEquals(IpDatagram.TCP, IpDatagram.kind(datagram));
    assertTrue(fixture.input.reassembled());
    assertArrayEquals(expected, payload(datagram));
    assertEquals(Frames.address(IpFixture.PEER), fixture.input.sourceAddress());
    assertEquals(Frames.address(IpFixture.OWN), fixture.input.destinationAddress());
  }

  private byte[] payload(long datagram) {
    byte[] payload = new byte[IpDatagram.length(datagram)];
    fixture.input.memory().get(IpDatagram.offset(datagram), payload);
    return payload;
  }

  private void nothingIsHeld() {
    assertEquals(0, fixture.reassembly.usedBytes());
    assertFalse(fixture.reassembly.hasDeadline());
  }

  private void passSeconds(int seconds) {
    fixture.nowNs += seconds * IpFixture.SECOND_NS;
    fixture.reassembly.onTimer(fixture.nowNs, Integer.MAX_VALUE);
  }

  // FRG-01, IP-01
  @ParameterizedTest
  @ValueSource(strings = {"1234", "4321", "2143", "4123", "3412"})
  void fragmentsInAnyOrderMakeTheDatagram(String order) {
    for (int i = 0; i < 3; i++) {
      holds(quarter(order.charAt(i) - '0'));
    }
    completes(quarter(order.charAt(3) - '0'), WHOLE);
    nothingIsHeld();
    assertEquals(1, fixture.count(Counter.IP_REASSEMBLED));
  }

  // FRG-01: by identification, protocol, source and destination
  @Test
  void datagramsInterleavedAreKeptApart() {
    Fragment[] first = {
      quarter(1), quarter(1).withId(7), quarter(1).withProtocol(1), quarter(1), quarter(1)
    };
    String[] sources = {IpFixture.PEER, IpFixture.PEER, IpFixture.PEER, "10.77.0.3", IpFixture.PEER
    };
    String[] destinations = {
      IpFixture.OWN, IpFixture.OWN, IpFixture.OWN, IpFixture.OWN, IpFixture.SECOND
    };
    for (int i = 0; i < first.length; i++) {
      fixture.accept(first[i].datagram(sources[i], destinations[i]));
    }
    byte[] half = Arrays.copyOf(WHOLE, 64);
    for (int i = 0; i < first.length; i++) {
      Fragment rest = Fragment.of(first[i].id(), half, 32, 64).withProtocol(first[i].protocol());
      long datagram = fixture.accept(rest.datagram(sources[i], destinations[i]));
      int kind = i == 2 ? IpDatagram.ICMP : IpDatagram.TCP;
      assertEquals(kind, IpDatagram.kind(datagram), "datagram " + i);
      assertArrayEquals(half, payload(datagram));
    }
    nothingIsHeld();
  }

  @Test
  void aDatagramBetweenFragmentsIsReadWhereItLies() {
    holds(quarter(1));
    byte[] other = bytes(20);
    long datagram = fixture.accept(Frames.ipv4(6, IpFixture.PEER, IpFixture.OWN, other));
    assertFalse(fixture.input.reassembled());
    assertArrayEquals(other, payload(datagram));
    holds(quarter(2));
    holds(quarter(3));
    completes(quarter(4), WHOLE);
    datagram = fixture.accept(Frames.ipv4(6, IpFixture.PEER, IpFixture.OWN, other));
    assertArrayEquals(other, payload(datagram));
    assertFalse(fixture.input.reassembled());
  }

  @ParameterizedTest
  @ValueSource(ints = {511, 512, 513, 1_024, 1_480, 9_000, 40_000})
  void fragmentsOfAnySizeAreKeptExactly(int tail) {
    byte[] whole = bytes(24 + tail);
    long first = acceptDirectly(fixture, Fragment.of(ID, whole, 24, 24 + tail).datagram());
    assertEquals(IpDatagram.DROPPED, first);
    completes(Fragment.of(ID, whole, 0, 24), whole);
    nothingIsHeld();
  }

  // FRG-06
  @Test
  void theLongestDatagramIsPutTogether() {
    byte[] whole = bytes(65_515);
    assertEquals(0, acceptDirectly(fixture, Fragment.of(ID, whole, 24, 65_515).datagram()));
    completes(Fragment.of(ID, whole, 0, 24), whole);
  }

  private static long acceptDirectly(IpFixture fixture, byte[] datagram) {
    ByteBuffer memory = ByteBuffer.allocateDirect(datagram.length).put(0, datagram);
    return fixture.reassembly.accept(memory, 0, 20, datagram.length - 20, fixture.nowNs);
  }

  // FRG-02, IP-04; RFC 1858 section 3, RFC 3128
  @ParameterizedTest
  @CsvSource({"0, 8", "0, 16", "8, 16", "8, 1480", "16, 32"})
  void fragmentsThatCutTheTcpHeaderApartAreDropped(int from, int to) {
    drops(Fragment.of(ID, bytes(2_000), from, to), Counter.IP_FRAGMENT_TINY);
    nothingIsHeld();
  }

  /** The thirteen relations of two intervals, but for the two that meet and the two that lie apart. */
  // FRG-03, FRG-09, IP-02; RFC 5722 section 4
  @ParameterizedTest
  @CsvSource({
    "40, 72", // overlaps its beginning
    "40, 96", // ends with it
    "40, 104", // contains it
    "64, 72", // begins with it
    "64, 104", // begins with it and goes on
    "72, 80", // lies inside it: FRG-09, teardrop
    "72, 96", // lies inside it and ends with it
    "72, 104", // overlaps its end
    "64, 96" // is equal, with other bytes
  })
  void overlapsDropTheWholeDatagramAndWhatFollows(int from, int to) {
    byte[] whole = bytes(200);
    byte[] same = whole.clone();
    same[70] ^= (byte) (from == 64 && to == 96 ? 1 : 0);
    holds(Fragment.of(ID, whole, 0, 24));
    holds(Fragment.of(ID, whole, 64, 96));
    drops(Fragment.of(ID, same, from, to), Counter.IP_FRAGMENT_OVERLAP);
    assertEquals(0, fixture.reassembly.usedBytes(), "its memory is free at once");
    drops(Fragment.of(ID, whole, 24, 64), Counter.IP_FRAGMENT_LATE);
    drops(Fragment.of(ID, whole, 96, 200), Counter.IP_FRAGMENT_LATE);
  }

  // FRG-03: the four other relations: meets, lies apart, from both sides
  @ParameterizedTest
  @CsvSource({"24, 64", "24, 40", "96, 104", "120, 200"})
  void neighboursDoNotOverlap(int from, int to) {
    byte[] whole = bytes(200);
    holds(Fragment.of(ID, whole, 64, 96));
    holds(Fragment.of(ID, whole, from, to));
    assertEquals(0, fixture.count(Counter.IP_FRAGMENT_OVERLAP));
    assertEquals(1_024, fixture.reassembly.usedBytes());
  }

  // FRG-04, IP-01
  @Test
  void exactDuplicatesAreTolerated() {
    holds(quarter(4));
    drops(quarter(4), Counter.IP_FRAGMENT_DUPLICATE);
    holds(quarter(1));
    drops(quarter(1), Counter.IP_FRAGMENT_DUPLICATE);
    holds(quarter(3));
    completes(quarter(2), WHOLE);
  }

  @Test
  void theSameBytesWithAnotherFlagAreNoDuplicate() {
    holds(quarter(4));
    drops(quarter(4).withLast(false), Counter.IP_FRAGMENT_OVERLAP);
    holds(quarter(2).withId(8));
    drops(quarter(2).withId(8).withLast(true), Counter.IP_FRAGMENT_OVERLAP);
  }

  // FRG-05
  @Test
  void lengthsThatAreNoMultipleOfEightAreDropped() {
    for (int length = 1; length < 64; length++) {
      if (length % 8 != 0) {
        Fragment fragment = new Fragment(ID, 6, 0, 24, false, bytes(length));
        drops(fragment, Counter.IP_FRAGMENT_MALFORMED);
      }
    }
    nothingIsHeld();
  }

  // FRG-06, IP-04: with its header it ends at 65,535 at most
  @Test
  void nothingReachesBeyondTheLongestDatagram() {
    drops(new Fragment(ID, 6, 0, 65_528, true, bytes(1)), Counter.IP_FRAGMENT_MALFORMED);
    drops(new Fragment(ID, 6, 0, 65_528, true, bytes(1_400)), Counter.IP_FRAGMENT_MALFORMED);
    drops(new Fragment(ID, 6, 0, 65_504, true, bytes(12)), Counter.IP_FRAGMENT_MALFORMED);
    nothingIsHeld();
    holds(new Fragment(ID, 6, 0, 65_504, true, bytes(11)));
  }

  // FRG-07
  @Test
  void emptyFragmentsAreDropped() {
    drops(new Fragment(ID, 6, 0, 0, false, bytes(0)), Counter.IP_FRAGMENT_MALFORMED);
    drops(new Fragment(ID, 6, 0, 24, false, bytes(0)), Counter.IP_FRAGMENT_MALFORMED);
    drops(new Fragment(ID, 6, 0, 24, true, bytes(0)), Counter.IP_FRAGMENT_MALFORMED);
    nothingIsHeld();
  }

  // FRG-08
  @Test
  void twoEndsDropTheDatagram() {
    holds(new Fragment(ID, 6, 0, 96, true, bytes(32)));
    drops(new Fragment(ID, 6, 0, 160, true, bytes(32)), Counter.IP_FRAGMENT_BEYOND_END);
    drops(quarter(1), Counter.IP_FRAGMENT_LATE);
    holds(new Fragment(8, 6, 0, 96, true, bytes(32)));
    drops(new Fragment(8, 6, 0, 32, true, bytes(32)), Counter.IP_FRAGMENT_BEYOND_END);
  }

  // FRG-08
  @Test
  void whatLiesBeyondTheEndDropsTheDatagram() {
    holds(new Fragment(ID, 6, 0, 96, true, bytes(32)));
    drops(new Fragment(ID, 6, 0, 128, false, bytes(8)), Counter.IP_FRAGMENT_BEYOND_END);
    holds(new Fragment(8, 6, 0, 128, false, bytes(8)));
    drops(new Fragment(8, 6, 0, 96, true, bytes(32)), Counter.IP_FRAGMENT_BEYOND_END);
  }

  // FRG-01, FRG-11
  @Test
  void sixteenFragmentsAreTheMost() {
    byte[] whole = bytes(24 + 16 * 8);
    holds(Fragment.of(ID, whole, 0, 24));
    for (int i = 0; i < 14; i++) {
      holds(Fragment.of(ID, whole, 24 + 8 * i, 32 + 8 * i));
    }
    completes(Fragment.of(ID, Arrays.copyOf(whole, 144), 136, 144), Arrays.copyOf(whole, 144));
    holds(Fragment.of(ID, whole, 0, 24));
    for (int i = 0; i < 15; i++) {
      holds(Fragment.of(ID, whole, 24 + 8 * i, 32 + 8 * i));
    }
    drops(Fragment.of(ID, whole, 144, 152), Counter.IP_FRAGMENTS_TOO_MANY);
    drops(Fragment.of(ID, whole, 144, 152), Counter.IP_FRAGMENT_LATE);
    assertEquals(0, fixture.reassembly.usedBytes());
  }

  // FRG-11: 8,189 fragments of 8 bytes
  @Test
  void thousandsOfPiecesOfOneDatagramCostNothing() {
    for (int offset = 24; offset < 65_512; offset += 8) {
      holds(new Fragment(ID, 6, 0, offset, false, bytes(8)));
      assertTrue(fixture.reassembly.usedBytes() <= 16 * 512);
    }
    assertEquals(1, fixture.count(Counter.IP_FRAGMENTS_TOO_MANY));
  }

  // FRG-13, IP-03: and nobody is told
  @Test
  void missingFragmentsAreWaitedForHalfAMinute() {
    holds(quarter(1));
    assertTrue(fixture.reassembly.hasDeadline());
    long deadlineNs = fixture.reassembly.nextDeadlineNs();
    assertEquals(30 * IpFixture.SECOND_NS, deadlineNs - fixture.nowNs);
    passSeconds(10);
    holds(quarter(2));
    assertEquals(deadlineNs, fixture.reassembly.nextDeadlineNs(), "from the first fragment on");
    passSeconds(19);
    assertEquals(1_024, fixture.reassembly.usedBytes());
    passSeconds(1);
    nothingIsHeld();
    assertEquals(1, fixture.count(Counter.IP_REASSEMBLIES_EXPIRED));
    assertEquals(List.of(), fixture.sent());
    holds(quarter(3));
    holds(quarter(4));
  }

  @Test
  void timersDoNoMoreThanTheyAreAllowed() {
    for (int id = 0; id < 10; id++) {
      holds(quarter(1).withId(id));
    }
    fixture.nowNs += 30 * IpFixture.SECOND_NS;
    assertEquals(4, fixture.reassembly.onTimer(fixture.nowNs, 4));
    assertEquals(6, fixture.reassembly.onTimer(fixture.nowNs, 100));
    assertEquals(0, fixture.reassembly.onTimer(fixture.nowNs, 100));
  }

  // FRG-14
  @Test
  void aDroppedDatagramIsForgottenInTime() {
    holds(quarter(1));
    drops(quarter(1).inverted(), Counter.IP_FRAGMENT_OVERLAP);
    drops(quarter(2), Counter.IP_FRAGMENT_LATE);
    passSeconds(30);
    nothingIsHeld();
    fragmentsInAnyOrderMakeTheDatagram("4321");
  }

  // FRG-14, RFC 6864: after the first was complete, and after its time was over though no timer
  // has run
  @Test
  void anIdentificationUsedAgainMakesAnotherDatagram() {
    fragmentsInAnyOrderMakeTheDatagram("1234");
    byte[] other = bytes(64);
    holds(Fragment.of(ID, other, 32, 64));
    completes(Fragment.of(ID, other, 0, 32), other);
    holds(quarter(4));
    fixture.nowNs += 30 * IpFixture.SECOND_NS;
    holds(Fragment.of(ID, other, 0, 32));
    assertEquals(1, fixture.count(Counter.IP_REASSEMBLIES_EXPIRED));
    completes(Fragment.of(ID, other, 32, 64), other);
    nothingIsHeld();
  }

  // FRG-15, RFC 3168 section 5.3; the DSCP does not matter
  @ParameterizedTest
  @CsvSource({"0, 3, false", "3, 0, false", "1, 3, true", "2, 3, true", "1, 2, true", "0, 1, true"})
  void congestionMarksAndDatagramsThatTakeNoneDoNotMix(int one, int other, boolean whole) {
    byte[] half = Arrays.copyOf(WHOLE, 64);
    holds(Fragment.of(ID, half, 0, 32).withTrafficClass(0xB8 | one));
    Fragment second = Fragment.of(ID, half, 32, 64).withTrafficClass(other);
    if (whole) {
      completes(second, half);
    } else {
      drops(second, Counter.IP_FRAGMENT_ECN);
      drops(second, Counter.IP_FRAGMENT_LATE);
      assertEquals(0, fixture.reassembly.usedBytes());
    }
  }

  // FRG-10
  @Test
  void theOldestOfSixtyFiveDatagramsMakesRoom() {
    for (int id = 0; id < 64; id++) {
      holds(quarter(1).withId(id));
      holds(quarter(2).withId(id));
    }
    assertEquals(0, fixture.count(Counter.IP_REASSEMBLIES_EVICTED));
    holds(quarter(1).withId(64));
    assertEquals(1, fixture.count(Counter.IP_REASSEMBLIES_EVICTED));
    for (int id = 1; id < 64; id++) {
      holds(quarter(3).withId(id));
      completes(quarter(4).withId(id), WHOLE);
    }
    holds(quarter(3).withId(0));
    holds(quarter(4).withId(0));
  }

  // FRG-10: 192 KiB in blocks of 512 bytes; a fragment of 1,480 bytes takes three
  @Test
  void theOldestMakesRoomWhenMemoryIsShort() {
    byte[] large = bytes(1_480);
    for (int id = 0; id < 12; id++) {
      for (int i = 1; i <= 11; i++) {
        holds(new Fragment(id, 6, 0, i * 1_480, false, large));
      }
    }
    assertEquals(1, fixture.count(Counter.IP_REASSEMBLIES_EVICTED));
    assertTrue(fixture.reassembly.usedBytes() <= 192 << 10);
    IpFixture small = new IpFixture(new SlotNic(), 64 << 10);
    for (int i = 1; i <= 12; i++) {
      long held =
          acceptDirectly(small, new Fragment(1, 6, 0, i * 2_400, false, bytes(2_400)).datagram());
      assertEquals(0, held);
    }
    assertEquals(0, small.count(Counter.IP_REASSEMBLIES_EVICTED));
    acceptDirectly(small, new Fragment(1, 6, 0, 24, false, bytes(2_376)).datagram());
    assertEquals(1, small.count(Counter.IP_REASSEMBLIES_EVICTED), "itself, which is the oldest");
    assertEquals(0, small.reassembly.usedBytes());
  }

  @Test
  void whatIsLongerThanHalfTheMemoryIsDropped() {
    IpFixture small = new IpFixture(new SlotNic(), 64 << 10);
    byte[] tail = new Fragment(ID, 6, 0, 32_760, true, bytes(9)).datagram();
    small.assertDropped(tail, Counter.IP_FRAGMENT_TOO_LONG, "32,769 bytes");
    assertEquals(0, acceptDirectly(small, Fragment.of(ID, bytes(32_768), 0, 24).datagram()));
    byte[] rest = Fragment.of(ID, bytes(32_768), 24, 32_768).datagram();
    acceptDirectly(small, rest);
    assertEquals(1, small.count(Counter.IP_REASSEMBLIES_EVICTED), "a block too many");
  }

  @Test
  void fragmentsFromImpossibleSourcesOrForOthersAreNotHeld() {
    for (String source : List.of("127.0.0.1", "224.0.0.1", "10.77.0.255", IpFixture.OWN)) {
      byte[] datagram = quarter(1).datagram(source, IpFixture.OWN);
      fixture.assertDropped(datagram, Counter.IP_BAD_SOURCE, source);
    }
    for (String destination : List.of("10.77.0.255", "224.0.0.1", "10.77.0.9")) {
      byte[] datagram = quarter(1).datagram(IpFixture.PEER, destination);
      fixture.assertDropped(datagram, Counter.IP_NOT_FOR_US, destination);
    }
    fixture.assertDropped(quarter(1).withProtocol(17).datagram(), Counter.IP_FRAGMENTS, "UDP");
    nothingIsHeld();
  }

  @Test
  void headersOfFragmentsAreSummedWhateverTheNicSays() {
    byte[] datagram = quarter(1).datagram();
    datagram[10] ^= 1;
    long accepted = fixture.accept(datagram, LinkFrame.CHECKSUMS_VERIFIED);
    assertEquals(IpDatagram.DROPPED, IpDatagram.kind(accepted));
    assertEquals(1, fixture.count(Counter.IP_BAD_CHECKSUM));
    nothingIsHeld();
  }

  @Test
  void noMemoryIsTakenBeforeTheFirstFragment() {
    assertEquals(null, fixture.reassembly.memory());
    holds(quarter(1));
    assertEquals(256 << 10, fixture.reassembly.memory().capacity());
  }

  @Test
  void aFragmentedEchoIsAnsweredIfTheAnswerFitsAFrame() {
    byte[] request = Frames.icmp(8, 0, 0xbeef_0001, bytes(1_000));
    fixture.accept(Fragment.of(ID, request, 504, 1_008).withProtocol(1).datagram());
    fixture.accept(Fragment.of(ID, request, 0, 504).withProtocol(1).datagram());
    byte[] reply = fixture.sent().get(0);
    byte[] expected = Frames.icmp(0, 0, 0xbeef_0001, bytes(1_000));
    assertArrayEquals(expected, Arrays.copyOfRange(reply, 34, reply.length));
    byte[] large = Frames.icmp(8, 0, 0xbeef_0001, bytes(1_473));
    fixture.accept(Fragment.of(ID, large, 0, 504).withProtocol(1).datagram());
    fixture.accept(Fragment.of(ID, large, 504, 1_481).withProtocol(1).datagram());
    assertEquals(List.of(), fixture.sent());
    assertEquals(1, fixture.count(Counter.ICMP_SUPPRESSED));
  }
}
