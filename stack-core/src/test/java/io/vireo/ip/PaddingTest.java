// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.link.Frames;
import io.vireo.link.SlotNic;
import io.vireo.wire.Ipv4Header;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** ETH-05, CERT VU#412115: whatever is shorter than Ethernet wants is filled up with zeros, though all slots of this NIC are dirty. */
final class PaddingTest {
  private final IpFixture fixture = new IpFixture();
  private final Map<String, Integer> shortFrames = new HashMap<>();

  private void check(String kind) {
    List<byte[]> frames = fixture.sent();
    assertTrue(!frames.isEmpty(), kind);
    for (byte[] frame : frames) {
      assertTrue(frame.length >= 60, kind);
      boolean arp = frame[13] == 6;
      int end = 14 + (arp ? 28 : (frame[16] & 0xFF) << 8 | (frame[17] & 0xFF));
      for (int at = end; at < frame.length; at++) {
        assertEquals(0, frame[at], kind + ": byte " + at);
      }
      shortFrames.merge(kind, end < 60 ? 1 : 0, Integer::sum);
    }
  }

  @Test
  void everyKindOfShortFrameIsFilledUpWithZeros() {
    fixture.link.announce();
    check("announcement");
    Ipv4Route route = new Ipv4Route();
    int peer = Frames.address(IpFixture.PEER);
    int own = Frames.address(IpFixture.OWN);
    fixture.output.bind(route, own, peer, Ipv4Header.PLAIN, fixture.nowNs);
    check("ARP request");
    fixture.answers(IpFixture.PEER, Frames.PEER_MAC);
    byte[] request = Frames.arp(1, Frames.PEER_MAC, IpFixture.PEER, 0, IpFixture.OWN);
    byte[] frame = Frames.ethernet(SlotNic.MAC, Frames.PEER_MAC, 0x0806, request);
    fixture.link.accept(fixture.nic.lay(frame), frame.length, fixture.nowNs);
    check("ARP reply");
    for (int payload = 0; payload < 40; payload++) {
      fixture.nowNs += IpFixture.SECOND_NS;
      byte[] echo = Frames.icmp(8, 0, 1, new byte[payload]);
      fixture.accept(Frames.ipv4(1, IpFixture.PEER, IpFixture.OWN, echo));
      check("echo reply");
      fixture.accept(Frames.ipv4(17, IpFixture.PEER, IpFixture.OWN, new byte[payload]));
      check("ICMP error");
    }
    for (int segment = 20; segment < 40; segment++) {
      int at = claimed(segment);
      fixture.output.frame(route, at, segment, 6);
      fixture.output.transmit(at, segment, 6);
      check("ACK");
      fixture.output.sendTo(
          Frames.PEER_MAC, own, peer, Ipv4Header.PLAIN, claimed(segment), segment, 6);
      check("RST");
    }
    Map<String, Integer> expected = Map.of(
        "announcement",
        2,
        "ARP request",
        1,
        "ARP reply",
        1,
        "echo reply",
        18,
        "ICMP error",
        0,
        "ACK",
        6,
        "RST",
        6);
    assertEquals(expected, shortFrames);
  }

  private int claimed(int bytes) {
    int payload = fixture.output.claim(bytes, true);
    for (int i = 0; i < bytes; i++) {
      fixture.output.memory().put(payload + i, (byte) 0x11);
    }
    return payload;
  }
}
