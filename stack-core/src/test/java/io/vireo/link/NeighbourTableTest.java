// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts of requests, answers and time. */
final class NeighbourTableTest {
  private static final int NONE = NeighbourTable.NONE;
  private static final long MS = LinkFixture.MS;
  private static final long SECOND = LinkFixture.SECOND_NS;
  private static final String PEER = LinkFixture.PEER;
  private static final long MAC = Frames.PEER_MAC;
  private static final long NEW_MAC = 0x0200_0000_0003L;
  private static final List<String> NOTHING = List.of();
  private static final List<String> BROADCAST = List.of(PEER + "? to ffffffffffff");
  private static final List<String> UNICAST = List.of(PEER + "? to 020000000001");

  private final LinkFixture fixture = new LinkFixture();
  private final NeighbourTable table = fixture.neighbours;

  private int hold(String address) {
    return table.hold(Frames.address(address), fixture.nowNs);
  }

  /** A held entry, resolved, with nothing left to tell. */
  private int known() {
    int index = hold(PEER);
    fixture.answers(PEER, MAC);
    fixture.requests();
    assertEquals(index, table.pollChanged());
    return index;
  }

  /** Moves the clock to the next deadline and returns how far that was. */
  private long toDeadline() {
    assertTrue(table.hasDeadline());
    long ns = table.nextDeadlineNs() - fixture.nowNs;
    fixture.advance(Math.max(0, ns));
    return ns;
  }

  private void assertFailed(int index) {
    assertTrue(table.failed(index));
    assertFalse(table.resolved(index));
    assertEquals(index, table.pollChanged());
    assertEquals(NONE, table.pollChanged());
  }

  @Test
  void anAnswerResolvesAndIsToldOnce() {
    int index = hold(PEER);
    assertEquals(BROADCAST, fixture.requests());
    assertFalse(table.resolved(index));
    assertFalse(table.failed(index));
    assertEquals(NONE, table.pollChanged());
    fixture.answers(PEER, MAC);
    assertTrue(table.resolved(index));
    assertEquals(MAC, table.mac(index));
    assertEquals(Frames.address(PEER), table.address(index));
    assertEquals(index, table.pollChanged());
    assertEquals(NONE, table.pollChanged());
  }

  @Test
  void anAddressHasOneEntryHoweverOftenItIsHeld() {
    int index = hold(PEER);
    assertEquals(index, hold(PEER));
    assertEquals(BROADCAST, fixture.requests(), "asked once");
    table.letGo(index);
    fixture.answers(PEER, MAC);
    assertTrue(table.resolved(index), "still held once");
  }

  // ARP-12
  @Test
  void threeRequestsASecondApartThenFailed() {
    int index = hold(PEER);
    assertEquals(BROADCAST, fixture.requests());
    assertEquals(SECOND, toDeadline());
    assertEquals(BROADCAST, fixture.requests());
    assertEquals(SECOND, toDeadline());
    assertEquals(BROADCAST, fixture.requests());
    assertEquals(SECOND, toDeadline());
    assertEquals(NOTHING, fixture.requests());
    assertFailed(index);
    assertEquals(1, fixture.count(Counter.NEIGHBOURS_FAILED));
    assertEquals(3, fixture.count(Counter.ARP_REQUESTS_SENT));
  }

  private int failed() {
    int index = hold(PEER);
    toDeadline();
    toDeadline();
    toDeadline();
    fixture.requests();
    assertFailed(index);
    return index;
  }

  @Test
  void aFailedNeighbourIsAskedAgainBySomebodyNewAfterASecond() {
    int index = failed();
    fixture.advance(SECOND - 1);
    assertEquals(index, hold(PEER));
    assertTrue(table.failed(index), "within the hold-off");
    assertEquals(NOTHING, fixture.requests());
    fixture.advance(1);
    assertEquals(index, hold(PEER));
    assertFalse(table.failed(index));
    assertEquals(BROADCAST, fixture.requests());
    fixture.answers(PEER, MAC);
    assertTrue(table.resolved(index));
  }

  // ARP-12: established flows keep trying until their user timeout.
  @Test
  void aFailedNeighbourThatIsHeldIsAskedAgainByItself() {
    int index = failed();
    assertEquals(NeighbourTable.RETRY_NS, toDeadline());
    assertEquals(BROADCAST, fixture.requests());
    fixture.answers(PEER, MAC);
    assertTrue(table.resolved(index));
    assertEquals(index, table.pollChanged());
  }

  @Test
  void aFailedNeighbourIsAskedAgainWhenItsUsersSuspectIt() {
    int index = failed();
    table.suspect(index, fixture.nowNs + SECOND - 1);
    assertEquals(NOTHING, fixture.requests());
    table.suspect(index, fixture.nowNs + SECOND);
    assertEquals(BROADCAST, fixture.requests());
  }

  @Test
  void aFailedNeighbourThatNobodyHoldsIsForgottenAfterTheHoldOff() {
    int index = failed();
    table.letGo(index);
    assertEquals(SECOND, toDeadline());
    assertFalse(table.hasDeadline());
  }

  // ARP-13
  @Test
  void aLateAnswerResolvesAndASecondOneChangesNothing() {
    int index = hold(PEER);
    fixture.advance(SECOND);
    fixture.advance(SECOND);
    fixture.advance(900 * MS);
    fixture.answers(PEER, MAC);
    fixture.answers(PEER, MAC);
    assertTrue(table.resolved(index));
    assertEquals(index, table.pollChanged());
    assertEquals(NONE, table.pollChanged());
    fixture.requests();
    fixture.advance(10 * SECOND);
    assertEquals(NOTHING, fixture.requests());
  }

  @Test
  void anAnswerAfterTheFailureIsNotBelieved() {
    int index = failed();
    fixture.answers(PEER, MAC);
    assertTrue(table.failed(index));
    assertEquals(1, fixture.count(Counter.ARP_UNSOLICITED));
  }

  // ARP-06
  @Test
  void aSpoofedReplyDoesNotReplaceALiveEntry() {
    int index = known();
    fixture.advance(2 * SECOND);
    fixture.answers(PEER, NEW_MAC);
    assertEquals(MAC, table.mac(index));
    assertEquals(UNICAST, fixture.requests(), "the known MAC is asked");
    fixture.answers(PEER, NEW_MAC);
    assertEquals(MAC, table.mac(index), "nor while it is asked");
    fixture.answers(PEER, MAC);
    fixture.advance(10 * SECOND);
    assertEquals(NOTHING, fixture.requests());
    assertEquals(MAC, table.mac(index));
    assertEquals(NONE, table.pollChanged());
    assertEquals(2, fixture.count(Counter.ARP_UNSOLICITED));
  }

  @Test
  void aFloodOfSpoofedRepliesCausesAtMostOneProbePerSecond() {
    int index = known();
    int probes = 0;
    for (int i = 0; i < 10_000; i++) {
      fixture.advance(MS);
      fixture.answers(PEER, NEW_MAC);
      int sent = fixture.requests().size();
      probes += sent;
      if (sent > 0) {
        fixture.answers(PEER, MAC);
      }
    }
    assertEquals(10, probes, 1);
    assertEquals(MAC, table.mac(index));
  }

  // ARP-14
  @Test
  void anAnnouncedFailoverIsFollowedWhenTheOldMacIsSilent() {
    int index = known();
    fixture.advance(2 * SECOND);
    fixture.acceptArp(1, NEW_MAC, PEER, 0, PEER);
    assertEquals(UNICAST, fixture.requests());
    assertEquals(500 * MS, toDeadline());
    assertEquals(UNICAST, fixture.requests());
    assertEquals(500 * MS, toDeadline());
    assertEquals(BROADCAST, fixture.requests());
    assertTrue(table.resolved(index), "frames leave all the time");
    fixture.answers(PEER, NEW_MAC);
    assertEquals(NEW_MAC, table.mac(index));
    assertEquals(index, table.pollChanged());
  }

  @Test
  void anAnnouncementWithinASecondOfAnAnswerIsLookedIntoLater() {
    int index = known();
    fixture.advance(300 * MS);
    fixture.acceptArp(1, NEW_MAC, PEER, 0, PEER);
    assertEquals(NOTHING, fixture.requests());
    assertEquals(700 * MS, toDeadline());
    assertEquals(UNICAST, fixture.requests());
    assertEquals(MAC, table.mac(index));
  }

  @Test
  void anAnnouncementOfTheKnownMacIsNoNews() {
    known();
    fixture.advance(2 * SECOND);
    fixture.acceptArp(1, MAC, PEER, 0, PEER);
    assertEquals(NOTHING, fixture.requests());
  }

  // ARP-15: recovery within 5 s
  @Test
  void aSilentFailoverIsFoundWhenTcpSuspectsIt() {
    int index = known();
    fixture.advance(20 * SECOND);
    table.suspect(index, fixture.nowNs);
    long suspectedNs = fixture.nowNs;
    assertEquals(UNICAST, fixture.requests());
    table.suspect(index, fixture.nowNs);
    assertEquals(NOTHING, fixture.requests(), "already being asked");
    toDeadline();
    assertEquals(UNICAST, fixture.requests());
    toDeadline();
    assertEquals(BROADCAST, fixture.requests());
    fixture.answers(PEER, NEW_MAC);
    assertEquals(NEW_MAC, table.mac(index));
    assertEquals(index, table.pollChanged());
    assertTrue(fixture.nowNs - suspectedNs <= 5 * SECOND);
  }

  @Test
  void aSuspectThatAnswersNobodyFails() {
    int index = known();
    fixture.advance(20 * SECOND);
    table.suspect(index, fixture.nowNs);
    for (int i = 0; i < 4; i++) {
      toDeadline();
      assertTrue(table.resolved(index));
    }
    toDeadline();
    assertEquals(
        List.of(UNICAST, UNICAST, BROADCAST, BROADCAST, BROADCAST).stream()
            .flatMap(List::stream)
            .toList(),
        fixture.requests());
    assertFailed(index);
  }

  // ARP-16
  @Test
  void anEntryInUseIsRefreshedBehindTheTraffic() {
    int index = known();
    for (int minute = 0; minute < 5; minute++) {
      table.used(index);
      assertEquals(NeighbourTable.LIFETIME_NS, toDeadline());
      assertEquals(UNICAST, fixture.requests());
      assertTrue(table.resolved(index));
      fixture.answers(PEER, MAC);
      assertEquals(NONE, table.pollChanged());
    }
  }

  @Test
  void whatWasUsedOrSuspectedBeforeTheLastAnswerIsForgotten() {
    int index = known();
    fixture.advance(2 * SECOND);
    table.used(index);
    table.suspect(index, fixture.nowNs);
    assertEquals(UNICAST, fixture.requests());
    fixture.answers(PEER, MAC);
    assertEquals(NeighbourTable.LIFETIME_NS, toDeadline());
    assertEquals(NOTHING, fixture.requests(), "unused since");
    assertFalse(table.hasDeadline());

    table.used(index);
    fixture.advance(0);
    fixture.answers(PEER, MAC);
    fixture.requests();
    toDeadline();
    assertEquals(NOTHING, fixture.requests(), "the use before the answer does not count");
  }

  @Test
  void anIdleHeldEntryIsLeftAloneUntilItsFirstUse() {
    int index = known();
    toDeadline();
    assertEquals(NOTHING, fixture.requests());
    assertFalse(table.hasDeadline(), "a million idle connections need no timer");
    fixture.advance(86_400 * SECOND);
    assertTrue(table.resolved(index), "frames do not wait");
    table.used(index);
    assertEquals(MAC, table.mac(index));
    assertTrue(table.nextDeadlineNs() - fixture.nowNs <= 0, "due at once");
    fixture.advance(0);
    assertEquals(UNICAST, fixture.requests());
    fixture.answers(PEER, MAC);
    assertEquals(NeighbourTable.LIFETIME_NS, table.nextDeadlineNs() - fixture.nowNs);
  }

  @Test
  void anEntryThatNobodyHoldsServesUntilItsLifetimeIsOver() {
    int index = known();
    table.letGo(index);
    fixture.advance(30 * SECOND);
    assertEquals(index, hold(PEER));
    assertTrue(table.resolved(index));
    assertEquals(NOTHING, fixture.requests());
    table.letGo(index);
    fixture.advance(30 * SECOND);
    assertFalse(table.hasDeadline(), "forgotten");
    hold(PEER);
    assertEquals(BROADCAST, fixture.requests());
  }

  @Test
  void aStaleEntryIsForgottenWhenItsLastHolderLetsGo() {
    int index = known();
    toDeadline();
    table.letGo(index);
    hold(PEER);
    assertEquals(BROADCAST, fixture.requests());
  }

  // ARP-07; Limits.neighbours
  @ParameterizedTest
  @ValueSource(ints = {16, 1_000, 1_024, 65_536})
  void whatIsHeldIsNeverPushedOut(int capacity) {
    LinkFixture small = new LinkFixture(new SlotNic(), capacity);
    NeighbourTable neighbours = small.neighbours;
    for (int i = 0; i < capacity; i++) {
      int index = neighbours.hold(0x0a4e_0000 + i, small.nowNs);
      assertEquals(i, neighbours.address(index) - 0x0a4e_0000);
    }
    assertEquals(NONE, neighbours.hold(Frames.address(PEER), small.nowNs));
    neighbours.solicit(Frames.address(PEER), small.nowNs);
    assertEquals(2, small.count(Counter.NEIGHBOURS_FULL));
  }

  @Test
  void whatNobodyHoldsMakesRoom() {
    int first = table.hold(0x0a4e_0000, fixture.nowNs);
    int second = table.hold(0x0a4e_0001, fixture.nowNs);
    for (int i = 2; i < 1_024; i++) {
      table.hold(0x0a4e_0000 + i, fixture.nowNs);
    }
    table.letGo(second);
    table.letGo(first);
    assertEquals(second, hold(PEER), "the one let go longest ago");
    assertEquals(first, hold("10.77.0.3"));
    assertEquals(NONE, hold("10.77.0.4"));
  }

  @Test
  void strangersCanMakeUsAskForSixtyFourAtOnce() {
    for (int i = 0; i < 1_000; i++) {
      table.solicit(0x0a4e_0000 + i, fixture.nowNs);
      fixture.sent();
    }
    assertEquals(64, fixture.count(Counter.ARP_REQUESTS_SENT));
    int held = hold(PEER);
    assertEquals(BROADCAST, fixture.requests(), "who holds an entry is served");
    assertFalse(table.failed(held));
    for (int i = 0; i < 4; i++) {
      fixture.advance(SECOND);
      fixture.sent();
    }
    long before = fixture.count(Counter.ARP_REQUESTS_SENT);
    table.solicit(0x0a4e_0000 + 500, fixture.nowNs);
    assertEquals(before + 1, fixture.count(Counter.ARP_REQUESTS_SENT), "room again");
  }

  @Test
  void abandonedQuestionsCountAsStrangers() {
    int[] held = new int[200];
    for (int i = 0; i < held.length; i++) {
      held[i] = table.hold(0x0a4e_0000 + i, fixture.nowNs);
    }
    for (int index : held) {
      table.letGo(index);
    }
    fixture.sent();
    table.solicit(Frames.address(PEER), fixture.nowNs);
    assertEquals(NOTHING, fixture.requests());
    long before = fixture.count(Counter.ARP_REQUESTS_SENT);
    fixture.nowNs += SECOND;
    while (table.onTimer(fixture.nowNs, 16) > 0) {
      fixture.sent();
    }
    assertEquals(64, fixture.count(Counter.ARP_REQUESTS_SENT) - before, "the rest is dropped");
  }

  @Test
  void aSolicitedNeighbourIsReadyForWhoeverHoldsItLater() {
    table.solicit(Frames.address(PEER), fixture.nowNs);
    fixture.answers(PEER, MAC);
    assertTrue(table.resolved(hold(PEER)));
  }

  @Test
  void timersDoNoMoreThanTheyAreAllowed() {
    for (int i = 0; i < 50; i++) {
      table.hold(0x0a4e_0000 + i, fixture.nowNs);
    }
    fixture.nowNs += SECOND;
    assertEquals(20, table.onTimer(fixture.nowNs, 20));
    assertEquals(20, table.onTimer(fixture.nowNs, 20));
    assertEquals(10, table.onTimer(fixture.nowNs, 20));
    assertEquals(0, table.onTimer(fixture.nowNs, 20));
  }

  @Test
  void aRequestThatFindsNoSlotIsLostAndTheNextOneGoesOut() {
    LinkFixture narrow = new LinkFixture(new SlotNic(8, false));
    while (narrow.link.claim(40, true) != EthernetLink.FULL) {
      // until nothing is left
    }
    int index = narrow.neighbours.hold(Frames.address(PEER), narrow.nowNs);
    assertEquals(0, narrow.count(Counter.ARP_REQUESTS_SENT));
    assertFalse(narrow.neighbours.failed(index));
    assertTrue(narrow.neighbours.hasDeadline());
  }
}
