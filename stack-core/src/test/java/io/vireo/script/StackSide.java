// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.api.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a script expects the stack to send. Every segment must be expected by some line, in the order of sending. */
final class StackSide {
  private final World world;
  private final Peer mainPeer;

  StackSide(World world, Peer mainPeer) {
    this.world = world;
    this.mainPeer = mainPeer;
  }

  /** Since the script asked last, the stack sent exactly these segments. */
  void answers(String... lines) {
    answers(mainPeer, lines);
  }

  void answers(Peer peer, String... lines) {
    world.start();
    for (String text : lines) {
      SeenSegment segment = world.sent.poll();
      world.require(segment != null, "the stack is silent instead of: " + text);
      boolean matches = world.peer(segment.remoteAddress(), segment.remotePort()) == peer
          && peer.expects(segment, SegmentLine.parse(text));
      if (!matches) {
        throw world.failure("expected: " + text + "\n but was: " + peer.text(segment));
      }
    }
    isSilent();
  }

  /** It has sent nothing more. */
  void isSilent() {
    SeenSegment segment = world.sent.peek();
    if (segment != null) {
      Peer peer = world.peer(segment.remoteAddress(), segment.remotePort());
      throw world.failure("expected silence, but was: " + peer.text(segment));
    }
  }

  /** Nothing for {@code duration}, less a nanosecond; then, at that time, exactly these. */
  void answersAfter(String duration, String... lines) {
    isSilent();
    long ns = Time.ns(duration);
    world.passes(ns - 1);
    isSilent();
    world.passes(1);
    answers(lines);
  }

  /** Silence for this long, and at the end of it. */
  void isSilentFor(String duration) {
    isSilent();
    world.passes(Time.ns(duration));
    isSilent();
  }

  /** Takes what was sent as it is. */
  List<SeenSegment> sent() {
    List<SeenSegment> segments = new ArrayList<>(world.sent);
    world.sent.clear();
    return segments;
  }

  /** What was sent, as lines of which only the words named are kept: {@code "seq"}, {@code "len"} and the like. */
  List<String> sent(String... words) {
    return sent().stream().map(segment -> words(mainPeer.text(segment), words)).toList();
  }

  private static String words(String line, String... words) {
    List<String> all = List.of(line.split(" ", -1));
    List<String> kept = new ArrayList<>();
    for (int i = 0; i + 1 < all.size(); i++) {
      if (Arrays.asList(words).contains(all.get(i))) {
        kept.add(all.get(i) + " " + all.get(i + 1));
      }
    }
    return String.join(" ", kept);
  }

  /** Its counter stands at this value. */
  void counts(Counter counter, long value) {
    long counted = world.counter(counter);
    world.require(counted == value, counter + " is " + counted + ", not " + value);
  }

  /** Its NIC has no free transmit slot, or has them again. */
  void cannotSend(boolean full) {
    world.start();
    world.nic.full(full);
  }

  /** The MTU of its NIC is another one from now on; not larger than at first. The stack reads it twice a second. */
  void mtuIs(int mtu) {
    world.nic.mtu(mtu);
    world.passes(500_000_000);
    world.mtu = mtu;
  }

  void listens(int port) {
    world.server().listen(port);
  }

  void unlistens() {
    world.server().unlisten(World.STACK_PORT);
    world.settle();
  }
}
