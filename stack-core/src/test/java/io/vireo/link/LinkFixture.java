// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import java.util.List;
import java.util.stream.Stream;

/** A link on a SlotNic, with one peer, counters and a time that the test moves. */
final class LinkFixture {
  static final String OWN = "10.77.0.2";
  static final String SECOND = "192.168.5.2";
  static final String PEER = "10.77.0.1";
  static final long MS = 1_000_000;
  static final long SECOND_NS = 1_000 * MS;

  final SlotNic nic;
  final Counters counters = new Counters();
  final EthernetLink link;
  final NeighbourTable neighbours;

  /** Near the wrap, so that a comparison by size fails. */
  long nowNs = Long.MAX_VALUE - 1_500 * MS;

  LinkFixture() {
    this(new SlotNic());
  }

  LinkFixture(SlotNic nic) {
    this(nic, 1_024);
  }

  LinkFixture(SlotNic nic, int neighbours) {
    this.nic = nic;
    int[] own = {Frames.address(OWN), Frames.address(SECOND)};
    this.link = new EthernetLink(nic, null, own, neighbours, counters, 0x5eed);
    this.neighbours = link.neighbours();
  }

  long accept(byte[] frame) {
    return link.accept(nic.lay(frame), frame.length, nowNs);
  }

  /** Accepts an ARP packet in a frame from the station that it names as its sender. */
  long acceptArp(int operation, long senderMac, String sender, long targetMac, String target) {
    byte[] packet = Frames.arp(operation, senderMac, sender, targetMac, target);
    return accept(Frames.ethernet(SlotNic.MAC, senderMac, 0x0806, packet));
  }

  /** The answer to a request of ours. */
  void answers(String address, long mac) {
    acceptArp(2, mac, address, SlotNic.MAC, OWN);
  }

  /** What has left since the last call, after a ring, in hexadecimal. */
  List<String> sent() {
    link.ring();
    List<String> frames = nic.takeSent().stream().map(Frames::hex).toList();
    nic.complete();
    return frames;
  }

  /** What has left, in words such as "10.77.0.1? to ff:ff:ff:ff:ff:ff". */
  List<String> requests() {
    return sent().stream()
        .filter(frame -> frame.startsWith("08060001080006040001", 24))
        .map(LinkFixture::describe)
        .toList();
  }

  private static String describe(String frame) {
    long target = Long.parseLong(frame.substring(76, 84), 16);
    String address = Stream.of(24, 16, 8, 0)
        .map(shift -> String.valueOf(target >> shift & 0xFF))
        .reduce((left, right) -> left + "." + right)
        .orElseThrow();
    return address + "? to " + frame.substring(0, 12);
  }

  void advance(long ns) {
    nowNs += ns;
    neighbours.onTimer(nowNs, Integer.MAX_VALUE);
  }

  long count(Counter counter) {
    return counters.get(counter);
  }
}
