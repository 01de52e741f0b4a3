// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vireo.api.Counter;
import io.vireo.link.Frames;
import io.vireo.link.LinkFrame;
import io.vireo.link.SlotNic;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers that are right, wrong and odd. Every datagram ends where the memory ends. */
final class Ipv4InputTest {
  private static final String OWN = IpFixture.OWN;
  private static final String PEER = IpFixture.PEER;
  private static final byte[] SEGMENT =
      Frames.bytes("1234 0050 00000001 00000002 5010 ffff 0000 0000 616263");

  private final IpFixture fixture = new IpFixture(new SlotNic(), 0);

  private static byte[] datagram() {
    return Frames.ipv4(6, PEER, OWN, SEGMENT);
  }

  private static byte[] with(int place, int value) {
    byte[] datagram = datagram();
    datagram[place] = (byte) value;
    return Frames.withIpv4Checksum(datagram);
  }

  private void assertTcp(byte[] datagram, int headerLength, int payloadLength, String what) {
    long accepted = fixture.accept(datagram);
    assertEquals(IpDatagram.TCP, IpDatagram.kind(accepted), what);
    assertEquals(payloadLength, IpDatagram.length(accepted), what);
    assertEquals(fixture.input.headerOffset() + headerLength, IpDatagram.offset(accepted), what);
  }

  @Test
  void tellsWhatASegmentIsAndWhereItLies() {
    assertTcp(datagram(), 20, SEGMENT.length, "plain");
    assertEquals(Frames.address(PEER), fixture.input.sourceAddress());
    assertEquals(Frames.address(OWN), fixture.input.destinationAddress());
    assertEquals(Frames.PEER_MAC, fixture.input.frameSourceMac());
  }

  @Test
  void everyAddressOfOursIsServed() {
    assertTcp(Frames.ipv4(6, PEER, IpFixture.SECOND, SEGMENT), 20, SEGMENT.length, "second");
  }

  @Test
  void everyPrefixOfADatagramIsDropped() {
    byte[] whole = datagram();
    for (int length = 0; length < whole.length; length++) {
      fixture.assertDropped(Arrays.copyOf(whole, length), Counter.IP_MALFORMED, "cut to " + length);
    }
  }

  // ETH-04
  @Test
  void paddingIsNotPayload() {
    byte[] padding = new byte[6];
    Arrays.fill(padding, (byte) 0xAA);
    assertTcp(Frames.join(datagram(), padding), 20, SEGMENT.length, "padded");
  }

  // IP4-01
  @Test
  void otherVersionsAreDropped() {
    for (int version = 0; version < 16; version++) {
      if (version != 4) {
        fixture.assertDropped(
            with(0, version << 4 | 5), Counter.IP_MALFORMED, "version " + version);
      }
    }
  }

  // IP4-02
  @Test
  void headersTooShortAreDropped() {
    for (int words = 0; words < 5; words++) {
      fixture.assertDropped(with(0, 0x40 | words), Counter.IP_MALFORMED, "words " + words);
    }
  }

  // IP4-03
  @Test
  void headersBeyondTheDatagramAreDropped() {
    for (int words = 6; words < 16; words++) {
      byte[] datagram = Frames.ipv4(6, PEER, OWN, new byte[words * 4 - 21]);
      datagram[0] = (byte) (0x40 | words);
      byte[] cut = Frames.withIpv4Checksum(datagram);
      fixture.assertDropped(cut, Counter.IP_MALFORMED, "words " + words);
    }
  }

  // IP4-04
  @Test
  void totalLengthsBelowTheHeaderAreDropped() {
    for (int total = 0; total < 20; total++) {
      fixture.assertDropped(with(3, total), Counter.IP_MALFORMED, "total " + total);
    }
    byte[] datagram = Frames.ipv4(6, PEER, OWN, new byte[40], SEGMENT);
    for (int total = 20; total < 60; total++) {
      datagram[3] = (byte) total;
      byte[] lying = Frames.withIpv4Checksum(datagram);
      fixture.assertDropped(lying, Counter.IP_MALFORMED, "total " + total);
    }
  }

  // IP4-05
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1_000, 65_535 - 43})
  void totalLengthsBeyondTheFrameAreDropped(int excess) {
    byte[] datagram = datagram();
    int total = datagram.length + excess;
    datagram[2] = (byte) (total >> 8);
    datagram[3] = (byte) total;
    fixture.assertDropped(Frames.withIpv4Checksum(datagram), Counter.IP_MALFORMED, "lies");
  }

  // IP4-06: TCP drops what is shorter than its header.
  @Test
  void roomTooSmallForTcpIsToldAsItIs() {
    for (int length = 0; length < 20; length++) {
      assertTcp(Frames.ipv4(6, PEER, OWN, new byte[length]), 20, length, "length " + length);
    }
  }

  // IP4-07
  @Test
  void everySingleBitFlipOfTheHeaderIsDropped() {
    for (int bit = 0; bit < 160; bit++) {
      byte[] datagram = datagram();
      datagram[bit / 8] ^= (byte) (1 << bit % 8);
      assertEquals(IpDatagram.DROPPED, IpDatagram.kind(fixture.accept(datagram)), "bit " + bit);
    }
    assertEquals(160, fixture.count(Counter.IP_BAD_CHECKSUM) + fixture.count(Counter.IP_MALFORMED));
    assertEquals(List.of(), fixture.sent());
  }

  // IP4-07: the identification is chosen so that the checksum is 0.
  @Test
  void bothZerosOfTheChecksumAreAccepted() {
    byte[] datagram = datagram();
    int open = (datagram[10] & 0xFF) << 8 | (datagram[11] & 0xFF);
    int identification = 0x1234 + open;
    identification = (identification & 0xFFFF) + (identification >> 16);
    datagram[4] = (byte) (identification >> 8);
    datagram[5] = (byte) identification;
    datagram = Frames.withIpv4Checksum(datagram);
    assertEquals(0, datagram[10] | datagram[11]);
    assertTcp(datagram, 20, SEGMENT.length, "0x0000");
    datagram[10] = -1;
    datagram[11] = -1;
    assertTcp(datagram, 20, SEGMENT.length, "0xffff");
  }

  @Test
  void checksumsThatTheNicVerifiedAreNotSummedAgain() {
    byte[] datagram = datagram();
    datagram[10] ^= 1;
    long accepted = fixture.accept(datagram, LinkFrame.CHECKSUMS_VERIFIED);
    assertEquals(IpDatagram.TCP, IpDatagram.kind(accepted));
  }

  private static byte[] withOptions(String hex) {
    return Frames.ipv4(6, PEER, OWN, Frames.bytes(hex), SEGMENT);
  }

  // IP4-08
  @Test
  void paddingOptionsAreSkipped() {
    for (int bytes = 4; bytes <= 40; bytes += 4) {
      assertTcp(withOptions("00".repeat(bytes)), 20 + bytes, SEGMENT.length, "EOL " + bytes);
      assertTcp(withOptions("01".repeat(bytes)), 20 + bytes, SEGMENT.length, "NOP " + bytes);
    }
  }

  // IP4-09
  @Test
  void optionsOfLengthZeroOrOneAreDropped() {
    for (int kind = 2; kind < 256; kind++) {
      for (int length = 0; length < 2; length++) {
        byte[] datagram = withOptions(String.format("%02x%02x0000", kind, length));
        fixture.assertDropped(datagram, Counter.IP_MALFORMED, "kind " + kind + " length " + length);
      }
    }
  }

  // IP4-10
  @ParameterizedTest
  @ValueSource(strings = {"4405 0000", "44ff 0000", "01010144", "010144 03"})
  void optionsBeyondTheHeaderAreDropped(String options) {
    fixture.assertDropped(withOptions(options), Counter.IP_MALFORMED, options);
  }

  // IP4-11
  @ParameterizedTest
  @ValueSource(
      strings = {
        "83 07 04 0a4d0009 00",
        "89 07 04 0a4d0009 00",
        "83 07 ff 0a4d0009 00",
        "01 89 03 04"
      })
  void sourceRoutesAreRefused(String options) {
    fixture.assertDropped(withOptions(options), Counter.IP_OPTIONS_REFUSED, options);
  }

  // IP4-12, MUST-50
  @Test
  void unknownOptionsAreSkipped() {
    for (int kind = 2; kind < 256; kind++) {
      if (kind != 131 && kind != 137) {
        byte[] datagram = withOptions(String.format("%02x03ff %02x05ffffff", kind, kind));
        assertTcp(datagram, 28, SEGMENT.length, "kind " + kind);
      }
    }
  }

  // IP4-13
  @Test
  void theLargestHeadersAreReadRight() {
    byte[] payload = new byte[60 + 100];
    assertTcp(
        Frames.ipv4(6, PEER, OWN, new byte[40], payload), 60, payload.length, "60 + 60 + 100");
  }

  // IP4-14
  @Test
  void everyTimeToLiveIsAccepted() {
    for (int ttl = 0; ttl < 256; ttl++) {
      assertTcp(with(8, ttl), 20, SEGMENT.length, "ttl " + ttl);
    }
  }

  // IP4-15
  @Test
  void theReservedFlagIsIgnored() {
    assertTcp(with(6, 0x80), 20, SEGMENT.length, "reserved");
    assertTcp(with(6, 0xC0), 20, SEGMENT.length, "reserved and DF");
  }

  // IP4-15, FRG-01: Limits.reassemblyBytes is 0
  @ParameterizedTest
  @CsvSource({"0x20, 0", "0x60, 0", "0, 3", "0x1f, 0xff", "0x20, 3"})
  void fragmentsAreDroppedWhereNoneArePutTogether(int high, int low) {
    byte[] datagram = datagram();
    datagram[6] = (byte) high;
    datagram[7] = (byte) low;
    byte[] fragment = Frames.withIpv4Checksum(datagram);
    new IpFixture(new SlotNic(), 0).assertDropped(fragment, Counter.IP_FRAGMENTS, "fragment");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.255.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255", // IP4-16
        "10.77.0.255",
        "192.168.5.3", // IP4-17
        "10.77.0.2",
        "192.168.5.2" // IP4-18
      })
  void sourcesThatNoOtherHostMayHaveAreDropped(String source) {
    for (int protocol : new int[] {1, 6, 17}) {
      byte[] datagram = Frames.ipv4(protocol, source, OWN, SEGMENT);
      fixture.assertDropped(datagram, Counter.IP_BAD_SOURCE, "protocol " + protocol);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.77.0.255",
        "255.255.255.255",
        "224.0.0.1", // IP4-19
        "10.77.0.9",
        "127.0.0.1",
        "0.0.0.0",
        "192.168.5.1" // IP4-20
      })
  void destinationsThatAreNotOursAreDropped(String destination) {
    for (int protocol : new int[] {1, 6, 17}) {
      byte[] datagram = Frames.ipv4(protocol, PEER, destination, SEGMENT);
      fixture.assertDropped(datagram, Counter.IP_NOT_FOR_US, "protocol " + protocol);
    }
  }

  // IP4-21, IP4-22: tunnels are not looked into.
  @Test
  void everyOtherProtocolIsToldAndCounted() {
    for (int protocol = 0; protocol < 256; protocol++) {
      if (protocol != 1 && protocol != 6) {
        long accepted = fixture.accept(Frames.ipv4(protocol, PEER, OWN, datagram()));
        assertEquals(IpDatagram.UNKNOWN_PROTOCOL, IpDatagram.kind(accepted));
      }
    }
    assertEquals(254, fixture.count(Counter.IP_UNKNOWN_PROTOCOL));
  }

  // IP4-24
  @Test
  void trafficClassesMakeNoDifference() {
    for (int trafficClass = 0; trafficClass < 256; trafficClass++) {
      assertTcp(with(1, trafficClass), 20, SEGMENT.length, "class " + trafficClass);
    }
  }

  @Test
  void corruptedDatagramsNeverThrowAndAreNeverLost() {
    long seed = 791;
    SplittableRandom random = new SplittableRandom(seed);
    long passed = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] options = new byte[4 * random.nextInt(11)];
      random.nextBytes(options);
      byte[] payload = new byte[random.nextInt(40)];
      random.nextBytes(payload);
      byte[] datagram = Frames.ipv4(random.nextInt(3) * 3, PEER, OWN, options, payload);
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        datagram[random.nextInt(datagram.length)] = (byte) random.nextInt(256);
      }
      byte[] cut = Arrays.copyOf(datagram, random.nextInt(20, datagram.length + 1));
      passed += IpDatagram.kind(fixture.accept(Frames.withIpv4Checksum(cut))) == IpDatagram.DROPPED
          ? 0
          : 1;
      fixture.sent();
      assertEquals(round + 1 - passed, drops(), "seed " + seed + " round " + round);
    }
    assertNotEquals(0, passed);
  }

  private long drops() {
    return fixture.count(Counter.IP_MALFORMED)
        + fixture.count(Counter.IP_BAD_CHECKSUM)
        + fixture.count(Counter.IP_BAD_SOURCE)
        + fixture.count(Counter.IP_NOT_FOR_US)
        + fixture.count(Counter.IP_OPTIONS_REFUSED)
        + fixture.count(Counter.IP_FRAGMENTS);
  }
}
