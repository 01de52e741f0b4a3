// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vireo.api.Counter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets from others; time is {@link NeighbourTableTest}'s. */
final class ArpTest {
  private static final String OWN = LinkFixture.OWN;
  private static final String PEER = LinkFixture.PEER;
  private static final String STRANGER = "10.77.0.9";
  private static final long PEER_MAC = Frames.PEER_MAC;
  private static final long OTHER_MAC = 0x0200_0000_0003L;

  private final LinkFixture fixture = new LinkFixture();

  private static byte[] frame(byte[] packet) {
    return Frames.ethernet(Frames.BROADCAST, PEER_MAC, 0x0806, packet);
  }

  private void assertMalformed(byte[] frame) {
    long before = fixture.count(Counter.ARP_MALFORMED);
    assertEquals(LinkFrame.DROPPED, LinkFrame.kind(fixture.accept(frame)));
    assertEquals(before + 1, fixture.count(Counter.ARP_MALFORMED));
    assertEquals(List.of(), fixture.sent());
  }

  /** What a stranger sends makes no entry: asking for it afterwards needs a request. */
  private void assertNothingLearnt(String address) {
    fixture.sent();
    int index = fixture.neighbours.hold(Frames.address(address), fixture.nowNs);
    assertFalse(fixture.neighbours.resolved(index));
    assertEquals(List.of(address + "? to ffffffffffff"), fixture.requests());
  }

  private static String reply(String local, long askerMac, String asker) {
    byte[] packet = Frames.arp(2, SlotNic.MAC, local, askerMac, asker);
    byte[] padded = Arrays.copyOf(Frames.ethernet(askerMac, SlotNic.MAC, 0x0806, packet), 60);
    return Frames.hex(padded);
  }

  @Test
  void requestsForEachOfOurAddressesAreAnswered() {
    fixture.acceptArp(1, PEER_MAC, PEER, 0, OWN);
    fixture.acceptArp(1, PEER_MAC, PEER, 0, LinkFixture.SECOND);
    assertEquals(
        List.of(reply(OWN, PEER_MAC, PEER), reply(LinkFixture.SECOND, PEER_MAC, PEER)),
        fixture.sent());
    assertEquals(2, fixture.count(Counter.ARP_REPLIES_SENT));
    assertNothingLearnt(PEER);
  }

  @Test
  void requestsForOthersAreNotAnswered() {
    fixture.acceptArp(1, PEER_MAC, PEER, 0, STRANGER);
    assertEquals(List.of(), fixture.sent());
    assertEquals(0, fixture.count(Counter.ARP_UNSOLICITED));
  }

  // ARP-01
  @Test
  void shortPacketsAreDropped() {
    byte[] packet = Frames.arp(1, PEER_MAC, PEER, 0, OWN);
    for (int length = 0; length < packet.length; length++) {
      assertMalformed(frame(Arrays.copyOf(packet, length)));
    }
  }

  // ARP-02
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0, 6",
    "1, 0",
    "1, 6", // hardware type
    "2, 0",
    "2, 0x86",
    "3, 1", // protocol type
    "4, 0",
    "4, 5",
    "4, 7",
    "4, 255",
    "5, 0",
    "5, 3",
    "5, 16" // address lengths
  })
  void headersThatLieAreDropped(int place, int value) {
    byte[] packet = Frames.arp(1, PEER_MAC, PEER, 0, OWN);
    packet[place] = place == 0 && value == 0 ? 1 : (byte) value;
    assertMalformed(frame(packet));
  }

  // ARP-03
  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 5, 6, 7, 8, 9, 99, 257, 65_535})
  void unknownOperationsAreIgnored(int operation) {
    assertMalformed(frame(Frames.arp(operation, PEER_MAC, PEER, SlotNic.MAC, OWN)));
  }

  // ARP-04
  @Test
  void unsolicitedRepliesCreateNothing() {
    fixture.acceptArp(2, PEER_MAC, STRANGER, SlotNic.MAC, OWN);
    assertEquals(1, fixture.count(Counter.ARP_UNSOLICITED));
    assertNothingLearnt(STRANGER);
  }

  // ARP-05
  @Test
  void gratuitousArpCreatesNothing() {
    fixture.acceptArp(1, PEER_MAC, STRANGER, 0, STRANGER);
    fixture.acceptArp(2, PEER_MAC, STRANGER, PEER_MAC, STRANGER);
    assertEquals(2, fixture.count(Counter.ARP_UNSOLICITED));
    assertNothingLearnt(STRANGER);
  }

  // ARP-07
  @Test
  void aFloodOfRequestsFromManySendersLeavesNoTrace() {
    byte[] packet = Frames.arp(1, PEER_MAC, PEER, 0, STRANGER);
    byte[] frame = frame(packet);
    int offset = fixture.nic.lay(frame);
    for (int sender = 0; sender < 1_000_000; sender++) {
      fixture.nic.receiveMemory().putInt(offset + 14 + 14, 0x0b00_0000 + sender);
      fixture.link.accept(offset, frame.length, fixture.nowNs);
    }
    assertFalse(fixture.neighbours.hasDeadline(), "no entry was made");
  }

  // ARP-08, RFC 5227 section 2.4
  @Test
  void aConflictIsToldOncePerInterval() {
    for (int i = 0; i < 10; i++) {
      fixture.acceptArp(1, PEER_MAC, OWN, 0, OWN);
      fixture.acceptArp(2, PEER_MAC, OWN, SlotNic.MAC, OWN);
      fixture.acceptArp(1, PEER_MAC, OWN, 0, STRANGER);
    }
    assertEquals(1, fixture.count(Counter.ARP_CONFLICT));
    assertEquals(List.of(OWN + "? to ffffffffffff"), fixture.requests());
    fixture.advance(Arp.DEFEND_INTERVAL_NS);
    fixture.acceptArp(1, PEER_MAC, OWN, 0, OWN);
    assertEquals(2, fixture.count(Counter.ARP_CONFLICT));
  }

  // ARP-09
  @Test
  void aProbeForOurAddressIsAnswered() {
    fixture.acceptArp(1, PEER_MAC, "0.0.0.0", 0, OWN);
    assertEquals(List.of(reply(OWN, PEER_MAC, "0.0.0.0")), fixture.sent());
    assertEquals(0, fixture.count(Counter.ARP_CONFLICT));
  }

  // ARP-10
  @ParameterizedTest
  @ValueSource(strings = {"224.0.0.1", "255.255.255.255", "127.0.0.1", "240.0.0.1", "0.0.0.1"})
  void impossibleSenderAddressesAreDropped(String sender) {
    assertMalformed(frame(Frames.arp(1, PEER_MAC, sender, 0, OWN)));
    assertMalformed(frame(Frames.arp(2, PEER_MAC, sender, SlotNic.MAC, OWN)));
  }

  @Test
  void aReplyFromNobodyIsDropped() {
    assertMalformed(frame(Frames.arp(2, PEER_MAC, "0.0.0.0", SlotNic.MAC, OWN)));
  }

  // ARP-10, ARP-17
  @ParameterizedTest
  @ValueSource(longs = {0, Frames.BROADCAST, 0x0100_5e00_0001L, OTHER_MAC, SlotNic.MAC})
  void aSenderWhoIsNotTheFramesSourceIsRefusedEvenAsTheAnswer(long senderMac) {
    int index = fixture.neighbours.hold(Frames.address(PEER), fixture.nowNs);
    fixture.sent();
    assertMalformed(frame(Frames.arp(2, senderMac, PEER, SlotNic.MAC, OWN)));
    assertFalse(fixture.neighbours.resolved(index));
    fixture.advance(LinkFixture.SECOND_NS);
    assertEquals(List.of(PEER + "? to ffffffffffff"), fixture.requests(), "probing goes on");
  }

  @Test
  void anAnswerToSomebodyElseIsNotForUs() {
    int index = fixture.neighbours.hold(Frames.address(PEER), fixture.nowNs);
    fixture.acceptArp(2, PEER_MAC, PEER, OTHER_MAC, OWN);
    fixture.acceptArp(2, PEER_MAC, PEER, SlotNic.MAC, STRANGER);
    assertFalse(fixture.neighbours.resolved(index));
    assertEquals(2, fixture.count(Counter.ARP_UNSOLICITED));
  }

  // ARP-18: 100,000 requests in a second
  @Test
  void repliesAreLimited() {
    byte[] frame = frame(Frames.arp(1, PEER_MAC, PEER, 0, OWN));
    int offset = fixture.nic.lay(frame);
    for (int i = 0; i < 100_000; i++) {
      fixture.link.accept(offset, frame.length, fixture.nowNs);
      fixture.nowNs += 10_000;
      fixture.link.ring();
      fixture.nic.complete();
    }
    assertEquals(1_099, fixture.count(Counter.ARP_REPLIES_SENT));
    assertEquals(
        100_000,
        fixture.count(Counter.ARP_REPLIES_SENT) + fixture.count(Counter.ARP_REPLIES_SUPPRESSED));
  }

  @Test
  void requestsComeFromTheAddressOnTheSameNetwork() {
    fixture.neighbours.hold(Frames.address("192.168.5.77"), fixture.nowNs);
    byte[] packet = Frames.arp(1, SlotNic.MAC, LinkFixture.SECOND, 0, "192.168.5.77");
    byte[] frame = Frames.ethernet(Frames.BROADCAST, SlotNic.MAC, 0x0806, packet);
    assertEquals(List.of(Frames.hex(Arrays.copyOf(frame, 60))), fixture.sent());
    assertEquals(1, fixture.count(Counter.ARP_REQUESTS_SENT));
  }
}
