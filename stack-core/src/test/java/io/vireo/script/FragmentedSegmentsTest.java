// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Segments whose datagrams come in fragments: they count as if they had come whole (RFC 791 §3.2, RFC 1122 §3.3.2). */
class FragmentedSegmentsTest extends TcpScript {
  private int nextId = 1;

  private List<byte[]> fragments(String text, int... cuts) {
    return peer.fragments(text, nextId++, cuts);
  }

  // IP-01, FRG-01: in order, and the payload is kept, since its memory is not the NIC's
  @Test
  void segmentInFragmentsIsTaken() {
    established();
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 1460", 488, 976));
    user.hears("data 1460");
    peer.sendsFrames(fragments("ACK PSH seq 1461 ack 1 len 7", 24));
    user.hears("data 7");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1468");
    stack.counts(Counter.IP_REASSEMBLED, 2);
  }

  // IP-01, FRG-01, FRG-04: reversed, duplicated, late, between other segments
  @Test
  void fragmentsInAnyOrderMakeTheSegment() {
    established();
    List<byte[]> reversed = fragments("ACK PSH seq 1 ack 1 len 1000", 200, 400, 600, 800);
    Collections.reverse(reversed);
    peer.sendsFrames(reversed);
    user.hears("data 1000");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1001");
    List<byte[]> twice = new ArrayList<>();
    fragments("ACK PSH seq 1001 ack 1 len 500", 104, 208).forEach(fragment -> {
      twice.add(fragment);
      twice.add(fragment);
    });
    peer.sendsFrames(twice);
    user.hears("data 500");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1501");
    stack.counts(Counter.IP_FRAGMENT_DUPLICATE, 2);
    List<byte[]> late = fragments("ACK PSH seq 1501 ack 1 len 500", 104);
    peer.sendsFrames(late.subList(0, 1));
    peer.sends("ACK PSH seq 2001 ack 1 len 100");
    stack.answers("ACK seq 1 ack 1501");
    time.passes("29 s");
    peer.sendsFrames(late.subList(1, 2));
    user.hears("data 600");
    stack.answers("ACK seq 1 ack 2101");
  }

  // IP-01: larger than what fits a frame, and ahead of its turn
  @Test
  void longSegmentInFragmentsIsTaken() {
    established();
    peer.sendsFrames(fragments("ACK seq 1001 ack 1 len 9000", 1480, 2960, 4440, 5920, 7400, 8880));
    stack.answers("ACK seq 1 ack 1");
    peer.sends("ACK PSH seq 1 ack 1 len 1000");
    user.hears("data 1000", "data 9000");
    stack.answers("ACK seq 1 ack 10001");
  }

  // IP-01: paused, left over, and ended
  @Test
  void whatIsNotReadAtOnceIsKept() {
    established();
    user.stopsReading();
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 1000", 504));
    user.forgets();
    stack.answersAfter("10 ms", "ACK seq 1 ack 1001");
    peer.sendsFrames(fragments("ACK PSH seq 1001 ack 1 len 1000", 504));
    user.forgets();
    stack.answersAfter("10 ms", "ACK seq 1 ack 2001");
    user.readsOn();
    user.hears("data 2000");
    assertEquals(2000, user.consumed());
  }

  // IP-01: a whole connection in fragments, from SYN to FIN; options in the second one
  @Test
  void handshakeAndEndInFragments() {
    peer.sendsFrames(fragments("SYN seq 0 win 65535 <nop,nop,nop,nop,mss 1000>", 24));
    stack.answers("SYN ACK seq 0 ack 1");
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 win 65535 len 9", 24));
    user.hears("established", "data 9");
    stack.answersAfter("10 ms", "ACK seq 1 ack 10");
    user.sends(1001);
    stack.answers("ACK seq 1 ack 10 len 1000", "ACK PSH seq 1001 ack 10 len 1");
    peer.sendsFrames(fragments("FIN ACK PSH seq 10 ack 1002 len 8", 24));
    user.hears("data 8", "fin");
    stack.answers("ACK seq 1002 ack 19");
  }

  // a segment of a stranger, in fragments: its RST, too, goes back to whoever sent it
  @Test
  void strangerInFragmentsIsRefused() {
    world.listens = false;
    peer.sendsFrames(fragments("SYN seq 0 win 65535 <nop,nop,nop,nop,mss 1000>", 24));
    stack.answers("RST ACK seq zero ack 1");
  }

  // HDR, IP-01: nobody but us has summed it up
  @Test
  void checksumIsComputedWhateverTheNicSays() {
    established();
    world.nic.vouches(true);
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 1000 checksum wrong", 504));
    user.hearsNothing();
    stack.counts(Counter.TCP_BAD_CHECKSUM, 1);
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 1000", 504));
    user.hears("data 1000");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1001");
  }

  // IP-02, FRG-03: the segment counts when it comes again
  @Test
  void overlappingFragmentsAreNotTaken() {
    established();
    byte[] whole = peer.fragments("ACK PSH seq 1 ack 1 len 1000", 0).get(0);
    peer.sendsFrames(List.of(
        FrameWriter.fragment(whole, 7, 0, 504, true),
        FrameWriter.fragment(whole, 7, 496, 1020, false),
        FrameWriter.fragment(whole, 7, 504, 1020, false)));
    user.hearsNothing();
    stack.isSilent();
    stack.counts(Counter.IP_FRAGMENT_OVERLAP, 1);
    stack.counts(Counter.IP_FRAGMENT_LATE, 1);
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 1000", 504));
    user.hears("data 1000");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1001");
  }

  // IP-03, FRG-13, FRG-14
  @Test
  void missingFragmentIsWaitedForHalfAMinute() {
    established();
    List<byte[]> lost = peer.fragments("ACK PSH seq 1 ack 1 len 1000", 7, 504);
    peer.sendsFrames(lost.subList(0, 1));
    stack.isSilentFor("30 s");
    stack.counts(Counter.IP_REASSEMBLIES_EXPIRED, 1);
    peer.sendsFrames(lost.subList(1, 2));
    user.hearsNothing();
    stack.isSilentFor("31 s");
    peer.sendsFrames(peer.fragments("ACK PSH seq 1 ack 1 len 1000", 7, 488));
    user.hears("data 1000");
    stack.answersAfter("10 ms", "ACK seq 1 ack 1001");
  }

  // IP-04, FRG-02, FRG-06
  @Test
  void tinyFirstFragmentAndFragmentBeyondTheEndAreNotTaken() {
    established();
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 100", 8));
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 100", 16));
    byte[] whole = peer.fragments("ACK PSH seq 1 ack 1 len 1000", 0).get(0);
    byte[] far = FrameWriter.fragment(whole, 9, 0, 1000, true);
    Octets.put16(far, 20, 0x1FFF);
    Octets.put16(far, 24, 0);
    Octets.put16(far, 24, Octets.checksum(0, far, 14, 34));
    peer.sendsFrames(List.of(far));
    user.hearsNothing();
    stack.isSilent();
    stack.counts(Counter.IP_FRAGMENT_TINY, 4);
    stack.counts(Counter.IP_FRAGMENT_MALFORMED, 1);
  }

  // FRG-01: reassembly off, a clean drop
  @Test
  void fragmentsAreDroppedWhereTheSettingsSaySo() {
    stackSettings(stack -> stack.withLimits(stack.limits().withReassemblyBytes(0)));
    established();
    peer.sendsFrames(fragments("ACK PSH seq 1 ack 1 len 1000", 504));
    user.hearsNothing();
    stack.isSilent();
    stack.counts(Counter.IP_FRAGMENTS, 2);
  }

  // ICM-10, IC-01: an error in fragments
  @Test
  void errorInFragmentsIsUnderstood() {
    user.connects();
    stack.answers("SYN seq 0");
    byte[] quoted = Arrays.copyOf(world.lastSent.datagram(), 28);
    byte[] error = FrameWriter.icmpError(World.PEER_ADDRESS, 3, 3, 0, quoted);
    List<byte[]> fragments = FrameWriter.fragments(error, 1, 16);
    peer.sendsFrames(fragments.subList(1, 2));
    user.hearsNothing();
    peer.sendsFrames(fragments.subList(0, 1));
    assertEquals(1, user.heard().size());
    stack.counts(Counter.ICMP_ERRORS_MATCHED, 1);
  }
}
