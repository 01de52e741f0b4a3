// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** ICMP errors and paths that carry less than the link: RFC 1191, RFC 5927, RFC 4821 §7.7. */
class PathMtuTest extends TcpScript {
  private static final String[] TWO_AND_A_BIT = {
    "ACK seq 1 ack 1 len 1460", "ACK seq 1461 ack 1 len 1460", "ACK PSH seq 2921 ack 1 len 80"
  };

  /** Sends 3,000 bytes; returns the first segment. */
  private SeenSegment sendsTwoAndABit() {
    user.sends(3000);
    SeenSegment first = world.sent.getFirst();
    stack.answers(TWO_AND_A_BIT);
    return first;
  }

  // IC-07, ICM-17; RFC 1191 §6.4: cut anew and sent again at once, no sign of congestion
  @Test
  void tooLargeSegmentsAreSentAgainSmallerAtOnce() {
    established();
    SeenSegment first = sendsTwoAndABit();
    int free = user.connection().immediatelySendable();
    peer.findsTooBig(first, 1_200);
    stack.answers(
        "ACK seq 1 ack 1 len 1160",
        "ACK seq 1161 ack 1 len 1160",
        "ACK PSH seq 2321 ack 1 len 680");
    assertEquals(free, user.connection().immediatelySendable());
    peer.sends("ACK seq 1 ack 3001");
    user.sends(2000);
    stack.answers("ACK seq 3001 ack 1 len 1160", "ACK PSH seq 4161 ack 1 len 840");
    peer.sends("ACK seq 1 ack 5001");
    stack.isSilentFor("60 s");
    stack.counts(Counter.PATH_MTU_REDUCED, 1);
    stack.counts(Counter.RETRANSMIT_TIMEOUTS, 0);
  }

  // IC-07: PSH and FIN stay at the end; a FIN under way is sent again, too
  @Test
  void finStaysBehindTheSmallerSegments() {
    established();
    user.sends(1460);
    SeenSegment first = world.sent.getFirst();
    stack.sent();
    user.finishes();
    stack.answers("FIN ACK seq 1461 ack 1");
    peer.findsTooBig(first, 1_040);
    stack.answers("ACK seq 1 ack 1 len 1000", "FIN ACK PSH seq 1001 ack 1 len 460");
    peer.sends("ACK seq 1 ack 1462");
    stack.isSilentFor("30 s");
  }

  // ICM-15, IC-08; RFC 5927 §7.2: a floor
  @Test
  void nothingMakesSegmentsSmallerThanTheFloor() {
    established();
    SeenSegment first = sendsTwoAndABit();
    for (int mtu : new int[] {1, 68, 296, 551}) {
      peer.findsTooBig(first, mtu);
      if (mtu == 1) {
        assertEquals("len 512", stack.sent("len").get(0));
      }
      stack.isSilent();
    }
    stack.counts(Counter.PATH_MTU_REDUCED, 1);
  }

  // IC-08; RFC 1191 §5: a router that does not say its MTU
  @Test
  void oldRoutersMeanTheNextPlateau() {
    established();
    SeenSegment first = sendsTwoAndABit();
    peer.findsTooBig(first, 0);
    List<SeenSegment> again = stack.sent();
    assertEquals(1_452, again.get(0).payload().length);
    peer.findsTooBig(again.get(0), 0);
    again = stack.sent();
    assertEquals(1_006 - 40, again.get(0).payload().length);
    peer.findsTooBig(again.get(0), 0);
    again = stack.sent();
    assertEquals(512, again.get(0).payload().length);
    peer.findsTooBig(again.get(0), 0);
    stack.isSilent();
  }

  // ICM-16, IC-08
  @Test
  void largerOrEqualClaimsAreIgnored() {
    established();
    SeenSegment first = sendsTwoAndABit();
    for (int mtu : new int[] {1_500, 1_501, 9_000, 65_535}) {
      peer.findsTooBig(first, mtu);
      stack.isSilent();
    }
    stack.counts(Counter.PATH_MTU_REDUCED, 0);
  }

  // ICM-14, IC-04; RFC 5927 §4.1
  @Test
  void quoteOfWhatIsNotUnderWayIsIgnored() {
    established();
    user.sends(1000);
    SeenSegment old = world.sent.getFirst();
    stack.sent();
    peer.sends("ACK seq 1 ack 1001");
    SeenSegment ack = sendsLater();
    peer.findsTooBig(old, 600);
    stack.isSilent();
    peer.complains(3, 1, java.util.Arrays.copyOf(old.datagram(), 28));
    user.hearsOfTrouble();
    stack.counts(Counter.ICMP_ERRORS_STALE, 2);
    peer.findsTooBig(ack, 1_100);
    assertEquals("len 1060", stack.sent("len").get(0));
  }

  private SeenSegment sendsLater() {
    user.sends(1460);
    SeenSegment segment = world.sent.getFirst();
    stack.sent();
    return segment;
  }

  // ICM-18; RFC 5927 §7.2: this size arrives, whatever somebody claims
  @Test
  void claimAgainstASizeThatArrivesIsNotBelieved() {
    established();
    sendsTwoAndABit();
    peer.sends("ACK seq 1 ack 3001");
    SeenSegment next = sendsLater();
    peer.findsTooBig(next, 600);
    stack.isSilent();
    peer.sends("ACK seq 1 ack 4461");
    user.sends(1460);
    stack.answers("ACK PSH seq 4461 ack 1 len 1460");
    // The claim is forgotten with progress: a later timeout is nothing but a timeout.
    stack.answersAfter("200 ms", "ACK PSH seq 4461 ack 1 len 1460");
    stack.counts(Counter.PATH_MTU_REDUCED, 0);
  }

  // ICM-18: nothing arrives any more: then it may be true
  @Test
  void claimIsBelievedWhenNothingArrivesAnyMore() {
    established();
    sendsTwoAndABit();
    peer.sends("ACK seq 1 ack 3001");
    SeenSegment next = sendsLater();
    peer.findsTooBig(next, 600);
    stack.isSilent();
    stack.answersAfter("200 ms", "ACK seq 3001 ack 1 len 560");
    stack.counts(Counter.PATH_MTU_REDUCED, 1);
    peer.sends("ACK seq 1 ack 3561");
    stack.answers("ACK seq 3561 ack 1 len 560", "ACK PSH seq 4121 ack 1 len 340");
  }

  // ICM-19, IC-10; RFC 1191 §6.3: ten minutes later
  @Test
  void largerSizeIsTriedAgainLater() {
    established();
    peer.findsTooBig(sendsTwoAndABit(), 1_200);
    stack.sent();
    peer.sends("ACK seq 1 ack 3001");
    time.passes("599 s");
    user.sends(1460);
    stack.answers("ACK seq 3001 ack 1 len 1160", "ACK PSH seq 4161 ack 1 len 300");
    peer.sends("ACK seq 1 ack 4461");
    time.passes("1 s");
    SeenSegment next = sendsLater();
    assertEquals(1_460, next.payload().length);
    // The path is as it was: that costs one message.
    peer.findsTooBig(next, 1_200);
    stack.answers("ACK seq 4461 ack 1 len 1160", "ACK PSH seq 5621 ack 1 len 300");
  }

  // ICM-20, IC-11; RFC 4821 §7.7: large segments vanish, and nobody says a word
  @Test
  void segmentsThatNeverArriveBecomeSmaller() {
    established();
    sendsTwoAndABit();
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    stack.answersAfter("2 s", "ACK seq 1 ack 1 len 1460");
    stack.answersAfter("4 s", "ACK seq 1 ack 1 len 1160");
    stack.answersAfter("8 s", "ACK seq 1 ack 1 len 1160");
    stack.answersAfter("16 s", "ACK seq 1 ack 1 len 512");
    stack.answersAfter("32 s", "ACK seq 1 ack 1 len 512");
    peer.sends("ACK seq 1 ack 513");
    stack.answers("ACK seq 513 ack 1 len 512", "ACK seq 1025 ack 1 len 512");
  }

  // ICM-20: a path that was down for a while is not one that is narrow
  @Test
  void sizeThatArrivedBeforeIsSuspectedLater() {
    established();
    sendsTwoAndABit();
    peer.sends("ACK seq 1 ack 3001");
    sendsLater();
    for (int ms : new int[] {200, 400, 800, 1_600}) {
      stack.answersAfter(ms + " ms", "ACK PSH seq 3001 ack 1 len 1460");
    }
    stack.answersAfter("3200 ms", "ACK seq 3001 ack 1 len 1160");
    peer.sends("ACK seq 1 ack 4161");
    stack.answers("ACK PSH seq 4161 ack 1 len 300");
    peer.sends("ACK seq 1 ack 4461");
    // It was only down, most likely: the first suspicion is soon forgotten.
    time.passes("10 s");
    assertEquals(1_460, sendsLater().payload().length);
  }

  // ICM-20: small segments are not to blame
  @Test
  void smallSegmentsAreNotSuspected() {
    established();
    user.sends(500);
    stack.sent();
    time.passes("5 min");
    stack.sent();
    stack.counts(Counter.PATH_MTU_REDUCED, 0);
  }

  // IC-09; RFC 1191 §3.1, RFC 9293 §3.7.1: known to the next connection, which still announces the
  // link's MSS
  @Test
  void nextConnectionKnowsThePath() {
    established();
    peer.findsTooBig(sendsTwoAndABit(), 1_200);
    stack.sent();
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    Peer next = anotherPeer(World.PEER_ADDRESS, World.PEER_PORT + 1);
    next.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers(next, "SYN ACK seq 0 ack 1 <mss 1460>");
    next.sends("ACK seq 1 ack 1");
    next.user.hears("established");
    next.user.sends(1460);
    stack.answers(next, "ACK seq 1 ack 1 len 1160", "ACK PSH seq 1161 ack 1 len 300");
  }

  // GND-14: the link takes more again
  @Test
  void segmentsGrowWithTheLink() {
    established();
    stack.mtuIs(1_040);
    user.sends(1460);
    stack.answers("ACK seq 1 ack 1 len 1000", "ACK PSH seq 1001 ack 1 len 460");
    peer.sends("ACK seq 1 ack 1461");
    stack.mtuIs(1_500);
    user.sends(1460);
    stack.answers("ACK PSH seq 1461 ack 1 len 1460");
  }

  // ICM-08, ICM-09, IC-03, MUST-47, MUST-56; RFC 5927 §5.2: told at most once a second, and no end
  // of a
  // connection that lives
  @Test
  void errorsAreToldAndEndNothing() {
    for (int[] error :
        new int[][] {{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 5}, {3, 13}, {11, 0}, {11, 1}, {12, 0}}) {
      if (user.connection() == null) {
        established();
        user.sends(100);
        stack.sent();
      }
      peer.complains(error[0], error[1], 28);
      user.hearsOfTrouble("UNREACHABLE");
      peer.complains(error[0], error[1], 28);
      user.hearsOfTrouble();
      time.passes("1 s");
      stack.sent();
      user.hears();
    }
    peer.sends("ACK seq 1 ack 101");
    user.sends(10);
    stack.answers("ACK PSH seq 101 ack 1 len 10");
  }

  // IC-02, SHLD-25: while connecting
  @Test
  void softErrorWhileConnectingIsToldAndTheSynGoesOn() {
    user.connects();
    stack.answers("SYN seq 0");
    peer.complains(3, 1, 28);
    user.hearsOfTrouble("UNREACHABLE");
    stack.answersAfter("1 s", "SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
  }

  // ICM-11, ICM-12, IC-06, MUST-55
  @Test
  void sourceQuenchAndRedirectsAreIgnored() {
    established();
    user.sends(100);
    stack.sent();
    peer.complains(4, 0, 28);
    peer.complains(5, 1, 28);
    user.hearsOfTrouble();
    stack.counts(Counter.ICMP_ERRORS_MATCHED, 0);
  }

  // ICM-21: a flood of believable errors
  @Test
  void floodOfErrorsChangesNothing() {
    established();
    sendsTwoAndABit();
    peer.sends("ACK seq 1 ack 3001");
    SeenSegment next = sendsLater();
    for (int i = 0; i < 2_000; i++) {
      peer.findsTooBig(next, 500 + i % 900);
    }
    stack.isSilent();
    peer.sends("ACK seq 1 ack 4461");
    assertEquals(1_460, sendsLater().payload().length);
  }

  // IC-07: what fast recovery added to the window goes with it
  @Test
  void recoveryEndsWhenThePathIsFoundTooNarrow() {
    established();
    user.sends(14_600);
    SeenSegment first = world.sent.getFirst();
    stack.sent();
    for (int i = 0; i < 6; i++) {
      peer.sends("ACK seq 1 ack 1");
      stack.sent();
    }
    peer.findsTooBig(first, 1_200);
    stack.sent();
    peer.sends("ACK seq 1 ack 14601");
    stack.isSilent();
    // Half of what was under way, and a segment for the window that was acknowledged.
    assertEquals(7_300 + 1_160, user.connection().immediatelySendable());
  }

  // ICM-20: a small window makes small segments, and those are not to blame
  @Test
  void smallWindowIsNoNarrowPath() {
    established("mss 1460", "win 400");
    user.sends(3000);
    time.passes("60 s");
    stack.sent();
    stack.counts(Counter.PATH_MTU_REDUCED, 0);
  }
}
