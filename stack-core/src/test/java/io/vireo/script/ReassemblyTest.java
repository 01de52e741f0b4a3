// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Data that arrives out of order: RFC 9293 §3.10.7.4, seventh; RFC 5681 §4.2 for the ACKs. */
class ReassemblyTest extends TcpScript {
  private int nextPort = World.PEER_PORT;

  /** A fresh connection; the old one is reset. */
  private void nextConnection() {
    if (nextPort > World.PEER_PORT) {
      peer.sends("RST seq " + (1 + user.consumed()));
      user.hears("closed RESET");
    }
    peer = anotherPeer(World.PEER_ADDRESS, nextPort++);
    user = peer.user;
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers(peer, "SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
  }

  /** The stream ends at {@code end}, every byte of it delivered (each is checked on the way), and an ACK says so. */
  private void everythingUpTo(int end) {
    time.passes("10 ms");
    List<SeenSegment> answers = stack.sent();
    assertEquals(1 + end, world.lastSent.ack() - peer.iss());
    assertTrue(answers.stream().allMatch(answer -> answer.payload().length == 0));
    assertEquals(end, user.consumed());
    user.forgets();
  }

  // RX-02, SHLD-31; RFC 5681 §4.2
  @Test
  void fiveSegmentsInAnyOrderMakeTheStream() {
    int[] starts = {1, 2, 4, 8, 16, 32};
    for (List<Integer> order : permutations(List.of(0, 1, 2, 3, 4))) {
      nextConnection();
      boolean[] came = new boolean[6];
      int next = 0;
      for (int segment : order) {
        came[segment] = true;
        boolean inOrder = segment == next;
        peer.sends(
            "ACK seq " + starts[segment] + " ack 1 len " + (starts[segment + 1] - starts[segment]));
        while (came[next]) {
          next++;
        }
        boolean late = inOrder && next > segment + 1;
        List<SeenSegment> answers = stack.sent();
        assertTrue(
            !answers.isEmpty() || (inOrder && !late), "no ACK for " + segment + " in " + order);
        assertEquals(starts[next] - 1, user.consumed());
        answers.forEach(answer ->
            assertEquals(starts[came[0] ? lastOf(answer, starts) : 0], answer.ack() - peer.iss()));
      }
      everythingUpTo(31);
    }
  }

  private int lastOf(SeenSegment answer, int[] starts) {
    int at = 0;
    while (starts[at] < answer.ack() - peer.iss()) {
      at++;
    }
    return at;
  }

  private static List<List<Integer>> permutations(List<Integer> items) {
    if (items.isEmpty()) {
      return List.of(List.of());
    }
    List<List<Integer>> all = new ArrayList<>();
    for (Integer first : items) {
      List<Integer> rest = new ArrayList<>(items);
      rest.remove(first);
      for (List<Integer> tail : permutations(rest)) {
        List<Integer> whole = new ArrayList<>(List.of(first));
        whole.addAll(tail);
        all.add(whole);
      }
    }
    return all;
  }

  // RX-03; RFC 9293 §3.10.7.4: islands at 11-19, 31-39 and 51-59, and one segment over each place
  @Test
  void anySegmentOverThreeIslandsLeavesTheStreamExact() {
    int[] places = {1, 6, 10, 11, 15, 20, 25, 31, 35, 40, 45, 51, 55, 60, 65};
    for (int from : places) {
      for (int to : places) {
        if (from < to) {
          nextConnection();
          peer.sends("ACK seq 31 ack 1 len 9", "ACK seq 11 ack 1 len 9", "ACK seq 51 ack 1 len 9");
          assertEquals(3, stack.sent().size());
          peer.sends("ACK seq " + from + " ack 1 len " + (to - from));
          stack.sent();
          peer.sends(
              "ACK seq 41 ack 1 len 30", "ACK seq 1 ack 1 len 24", "ACK seq 20 ack 1 len 25");
          everythingUpTo(70);
        }
      }
    }
  }

  // RX-03, MEM-01: from right to left and from both ends
  @Test
  void segmentsFromRightToLeftMakeTheStream() {
    nextConnection();
    for (int at = 99; at > 0; at--) {
      peer.sends("ACK seq " + (1 + 100 * at) + " ack 1 len 100");
      stack.answers(peer, "ACK seq 1 ack 1");
    }
    peer.sends("ACK seq 1 ack 1 len 100");
    user.hears("data 100", "data 9900");
    stack.answers(peer, "ACK seq 1 ack 10001");
  }

  // RX-04, MEM-02: bytes accepted first stay, whatever comes later and however it overlaps
  @Test
  void bytesAcceptedFirstWin() {
    established();
    user.takesAnyBytes();
    peer.sends(
        "ACK seq 4 ack 1 len 3 data AA",
        "ACK seq 2 ack 1 len 7 data BB",
        "ACK seq 3 ack 1 len 5 data CC");
    assertEquals(3, stack.sent().size());
    peer.sends("ACK seq 1 ack 1 len 10 data DD");
    stack.answers("ACK seq 1 ack 11");
    assertEquals("ddbbbbaaaaaabbbbdddd", user.takenBytes());
    user.forgets();
  }

  // RX-17, RX-18, MEM-05, APP-18: more islands than are kept; the gap filler is always taken
  @Test
  void tooManyIslandsAreForgottenAndTheStreamCompletes() {
    limits(limits -> limits.withOutOfOrderRanges(64));
    established();
    for (int at = 2; at <= 20_000; at += 2) {
      peer.sends("ACK seq " + at + " ack 1 len 1");
      stack.answers("ACK seq 1 ack 1");
    }
    stack.counts(Counter.TCP_OUT_OF_ORDER, 64);
    stack.counts(Counter.TCP_DATA_DROPPED, 9_936);
    peer.sends("ACK seq 1 ack 1 len 1");
    user.hears("data 1", "data 1");
    stack.answers("ACK seq 1 ack 3");
    for (int at = 3; at <= 19_999; at += 2) {
      peer.sends("ACK seq " + at + " ack 1 len 2");
      stack.sent();
    }
    everythingUpTo(20_000);
  }

  // RX-17; no arena memory for early data: it is dropped, the segment in order is taken
  @Test
  void earlyDataIsDroppedWhenMemoryIsShort() {
    stackSettings(stack -> stack.withBufferMemoryBytes(64 << 10));
    settings(tcp -> tcp.withReceiveBufferBytes(1 << 20));
    established("mss 1460,wscale 7", "win 512");
    user.stopsReading();
    List<Integer> starts = new ArrayList<>();
    for (int at = 1; at < 60_000; at += 1000) {
      starts.add(at);
    }
    Collections.reverse(starts);
    for (int start : starts) {
      peer.sends("ACK seq " + start + " ack 1 len 1000");
      stack.sent();
    }
    assertTrue(world.counter(Counter.TCP_DATA_DROPPED) > 0);
    user.forgets();
    user.readsOn();
    stack.sent();
    for (int round = 0; user.consumed() < 60_000; round++) {
      assertTrue(round < 60, "no progress beyond " + user.consumed());
      peer.sends("ACK seq " + (1 + user.consumed()) + " ack 1 len 1000");
      stack.sent();
    }
    everythingUpTo(60_000);
  }
}
