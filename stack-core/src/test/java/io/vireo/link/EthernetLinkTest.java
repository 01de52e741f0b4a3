// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames of all lengths, addresses, types and tags. */
final class EthernetLinkTest {
  private static final int IPV4 = 0x0800;

  private final LinkFixture fixture = new LinkFixture();

  private static byte[] frame(int payloadBytes) {
    return Frames.ethernet(SlotNic.MAC, Frames.PEER_MAC, IPV4, new byte[payloadBytes]);
  }

  private void assertDropped(byte[] frame, Counter cause) {
    long before = fixture.count(cause);
    assertEquals(LinkFrame.DROPPED, LinkFrame.kind(fixture.accept(frame)));
    assertEquals(before + 1, fixture.count(cause), cause.name());
    assertEquals(List.of(), fixture.sent());
  }

  private void assertIpv4(byte[] frame, int headerLength) {
    int offset = fixture.nic.lay(frame);
    long accepted = fixture.link.accept(offset, frame.length, 0);
    assertEquals(LinkFrame.IPV4, LinkFrame.kind(accepted));
    assertEquals(offset + headerLength, LinkFrame.offset(accepted));
    assertEquals(frame.length - headerLength, LinkFrame.length(accepted));
    assertEquals(Frames.PEER_MAC, fixture.link.sourceMac());
  }

  @Test
  void tellsWhereTheDatagramLies() {
    assertIpv4(frame(1_500), 14);
  }

  // ETH-01; what is behind the header is IP's business.
  @Test
  void everyRuntIsDropped() {
    byte[] whole = frame(40);
    for (int length = 0; length < 14; length++) {
      assertDropped(Arrays.copyOf(whole, length), Counter.ETHERNET_RUNT);
    }
    assertIpv4(Arrays.copyOf(whole, 14), 14);
  }

  // ETH-01: TAP and veth do not pad
  @Test
  void wholeFramesShorterThanEthernetWantsAreAccepted() {
    assertIpv4(frame(40), 14);
  }

  // ETH-02
  @ParameterizedTest
  @ValueSource(ints = {1_515, 1_519, 3_014, 9_018, 65_535})
  void oversizeFramesAreDropped(int bytes) {
    assertDropped(frame(bytes - 14), Counter.ETHERNET_OVERSIZE);
  }

  @Test
  void theLargestFrameGrowsWithTheMtuOfTheNic() {
    fixture.nic.setMtu(9_000);
    assertDropped(frame(1_501), Counter.ETHERNET_OVERSIZE);
    assertTrue(fixture.link.refresh());
    assertFalse(fixture.link.refresh());
    assertIpv4(frame(1_501), 14);
    assertEquals(2_048 - 14, fixture.link.mtu(), "never more than a slot holds");
  }

  @Test
  void anMtuThatNoLinkMayHaveIsNotBelieved() {
    fixture.nic.setMtu(0);
    fixture.link.refresh();
    assertEquals(68, fixture.link.mtu());
  }

  @Test
  void framesThatTheNicMergedMayBeLonger() {
    fixture.nic.setReceiveSegmentSize(1_460);
    assertIpv4(frame(60_000), 14);
  }

  // ETH-06
  @Test
  void framesForOtherStationsAreDropped() {
    assertDropped(
        Frames.ethernet(0x0200_0000_0003L, Frames.PEER_MAC, IPV4, new byte[46]),
        Counter.ETHERNET_NOT_FOR_US);
  }

  // ETH-07
  @ParameterizedTest
  @ValueSource(longs = {Frames.BROADCAST, 0x0100_5e00_0001L, 0x3333_0000_0001L})
  void datagramsForGroupsAreDropped(long destination) {
    assertDropped(
        Frames.ethernet(destination, Frames.PEER_MAC, IPV4, new byte[46]),
        Counter.ETHERNET_NOT_FOR_US);
  }

  // ETH-08, ETH-13
  @ParameterizedTest
  @ValueSource(longs = {0, Frames.BROADCAST, 0x0100_5e00_0001L, SlotNic.MAC})
  void impossibleSourcesAndOurOwnFramesAreDropped(long source) {
    assertDropped(
        Frames.ethernet(SlotNic.MAC, source, IPV4, new byte[46]), Counter.ETHERNET_BAD_SOURCE);
  }

  // ETH-13
  @Test
  void ourOwnArpRequestSeenAgainTeachesNothing() {
    byte[] request = Frames.arp(1, SlotNic.MAC, LinkFixture.OWN, 0, LinkFixture.PEER);
    assertDropped(
        Frames.ethernet(Frames.BROADCAST, SlotNic.MAC, 0x0806, request),
        Counter.ETHERNET_BAD_SOURCE);
    assertEquals(0, fixture.count(Counter.ARP_CONFLICT));
  }

  // ETH-09, ETH-10, IP4-23
  @ParameterizedTest
  @ValueSource(ints = {0, 46, 0x05DC, 0x05FF, 0x86dd, 0x88a8, 0x88cc, 0xFFFF})
  void lengthsAndUnknownTypesAreDropped(int type) {
    assertDropped(
        Frames.ethernet(SlotNic.MAC, Frames.PEER_MAC, type, new byte[46]),
        Counter.ETHERNET_UNKNOWN_TYPE);
  }

  private static byte[] tagged(int tag, int innerType, int payloadBytes) {
    byte[] inside = Frames.join(
        Frames.bytes(String.format("%04x%04x", tag, innerType)), new byte[payloadBytes]);
    return Frames.ethernet(SlotNic.MAC, Frames.PEER_MAC, 0x8100, inside);
  }

  // ETH-11
  @Test
  void priorityTagsAreSeenThrough() {
    assertIpv4(tagged(0x0000, IPV4, 46), 18);
    assertIpv4(tagged(0xF000, IPV4, 46), 18);
    assertIpv4(tagged(0x0000, IPV4, 1_500), 18);
    assertDropped(tagged(0x0000, IPV4, 1_501), Counter.ETHERNET_OVERSIZE);
  }

  // ETH-11
  @ParameterizedTest
  @CsvSource({"0x0005, 0x0800", "0x0fff, 0x0800", "0, 0x8100", "0, 0x88a8", "0, 0x05dc"})
  void otherVlansAndDoubleTagsAreDropped(int tag, int innerType) {
    assertDropped(tagged(tag, innerType, 46), Counter.ETHERNET_UNKNOWN_TYPE);
  }

  // ETH-12
  @Test
  void cutTagsAreDropped() {
    byte[] whole = tagged(0, IPV4, 0);
    for (int length = 14; length < 18; length++) {
      assertDropped(Arrays.copyOf(whole, length), Counter.ETHERNET_RUNT);
    }
    assertIpv4(whole, 18);
  }

  @Test
  void taggedArpIsAnswered() {
    byte[] request = Frames.arp(1, Frames.PEER_MAC, LinkFixture.PEER, 0, LinkFixture.OWN);
    byte[] inside = Frames.join(Frames.bytes("00000806"), request);
    byte[] frame = Frames.ethernet(Frames.BROADCAST, Frames.PEER_MAC, 0x8100, inside);
    assertEquals(LinkFrame.ARP_HANDLED, LinkFrame.kind(fixture.accept(frame)));
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void randomBytesNeverThrowAndAreAlwaysCounted() {
    long seed = 802;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(80)];
      random.nextBytes(bytes);
      byte[] start = random.nextInt(3) == 0 ? new byte[0] : frame(0);
      byte[] frame = Frames.join(start, bytes);
      if (start.length > 0 && random.nextBoolean()) {
        frame[12] = 8;
        frame[13] = 6;
      }
      fixture.accept(frame);
      assertEquals(round + 1, fixture.count(Counter.FRAMES_RECEIVED), "seed " + seed);
    }
  }

  // ETH-05: the slots of this NIC are dirty.
  @Test
  void shortFramesArePaddedWithZeros() {
    for (int payloadBytes = 0; payloadBytes <= 50; payloadBytes++) {
      int payload = fixture.link.claim(payloadBytes, false);
      for (int i = 0; i < payloadBytes; i++) {
        fixture.link.transmitMemory().put(payload + i, (byte) 0x11);
      }
      fixture.link.send(payload, payloadBytes, IPV4, Frames.PEER_MAC, 0);
      String expected = Frames.hex(Frames.ethernet(Frames.PEER_MAC, SlotNic.MAC, IPV4, new byte[0]))
          + "11".repeat(payloadBytes)
          + "00".repeat(Math.max(0, 46 - payloadBytes));
      assertEquals(List.of(expected), fixture.sent());
    }
  }

  @Test
  void ringsOnlyWhenSomethingWasSent() {
    fixture.link.ring();
    assertEquals(0, fixture.nic.rings());
    fixture.link.send(fixture.link.claim(46, false), 46, IPV4, Frames.PEER_MAC, 0);
    fixture.link.ring();
    fixture.link.ring();
    assertEquals(1, fixture.nic.rings());
    assertEquals(1, fixture.count(Counter.FRAMES_SENT));
  }

  @Test
  void announcesEveryAddressOfOurs() {
    fixture.link.announce();
    assertEquals(
        List.of(LinkFixture.OWN + "? to ffffffffffff", LinkFixture.SECOND + "? to ffffffffffff"),
        fixture.requests());
  }
}
