// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** A full ring never silences what is urgent. */
final class TransmitReserveTest {
  private static final int FULL = EthernetLink.FULL;

  private final LinkFixture fixture = new LinkFixture(new SlotNic(8, false));
  private final EthernetLink link = fixture.link;

  private void fillRing() {
    int payload = link.claim(1_500, false);
    while (payload != FULL) {
      link.send(payload, 1_500, 0x0800, Frames.PEER_MAC, 0);
      payload = link.claim(1_500, false);
    }
  }

  private void sendUrgent() {
    int payload = link.claim(40, true);
    assertNotEquals(FULL, payload);
    link.send(payload, 40, 0x0800, Frames.PEER_MAC, 0);
  }

  @Test
  void fourSlotsAreLeftForUrgentFrames() {
    fillRing();
    assertEquals(4, fixture.nic.claimedSlots());
    for (int i = 0; i < 4; i++) {
      sendUrgent();
    }
    assertEquals(FULL, link.claim(40, true));
    assertEquals(2, fixture.count(Counter.TRANSMIT_FULL));
  }

  @Test
  void smallFramesThatAreNotUrgentLeaveTheReserveAlone() {
    fillRing();
    assertEquals(FULL, link.claim(40, false));
    assertEquals(4, fixture.nic.claimedSlots());
  }

  @Test
  void largeFramesDoNotTakeTheReserveEvenIfUrgent() {
    fillRing();
    assertEquals(FULL, link.claim(129, true));
    assertNotEquals(FULL, link.claim(128, true));
  }

  @Test
  void theReserveIsFilledAgainBeforeOthersGetASlot() {
    fillRing();
    sendUrgent();
    sendUrgent();
    sendUrgent();
    assertEquals(FULL, link.claim(1_500, false), "the ring is still full");
    fixture.sent();
    for (int i = 0; i < 4; i++) {
      assertNotEquals(FULL, link.claim(1_500, false));
    }
    assertEquals(FULL, link.claim(1_500, false));
    for (int i = 0; i < 4; i++) {
      sendUrgent();
    }
  }

  @Test
  void arpGoesOutOnAFullRing() {
    fillRing();
    fixture.acceptArp(1, Frames.PEER_MAC, LinkFixture.PEER, 0, LinkFixture.OWN);
    assertEquals(1, fixture.count(Counter.ARP_REPLIES_SENT));
  }

  @Test
  void anArpReplyThatFindsNoSlotIsLostAndNotCountedAsSent() {
    fillRing();
    for (int i = 0; i < 4; i++) {
      sendUrgent();
    }
    fixture.acceptArp(1, Frames.PEER_MAC, LinkFixture.PEER, 0, LinkFixture.OWN);
    assertEquals(0, fixture.count(Counter.ARP_REPLIES_SENT));
  }

  @Test
  void abandonedSlotsAreFreeAgain() {
    for (int i = 0; i < 100; i++) {
      link.abandon(link.claim(1_500, i % 2 == 0));
    }
    assertEquals(4, fixture.nic.claimedSlots());
  }

  @Test
  void closingGivesTheReserveBack() {
    link.close();
    assertEquals(0, fixture.nic.claimedSlots());
  }
}
