// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.link.EthernetLink;
import io.vireo.link.Frames;
import io.vireo.link.SlotNic;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Ipv4OutputTest {
  private static final int OWN = Frames.address(IpFixture.OWN);
  private static final int PEER = Frames.address(IpFixture.PEER);

  private final IpFixture fixture = new IpFixture();
  private final Ipv4Output output = fixture.output;
  private final Ipv4Route route = new Ipv4Route();

  private void bindAndResolve() {
    assertTrue(output.bind(route, OWN, PEER, Ipv4Header.PLAIN, fixture.nowNs));
    fixture.answers(IpFixture.PEER, Frames.PEER_MAC);
    fixture.sent();
  }

  private byte[] send(int protocol, int payloadBytes) {
    int payload = output.claim(payloadBytes, false);
    for (int i = 0; i < payloadBytes; i++) {
      output.memory().put(payload + i, (byte) i);
    }
    output.frame(route, payload, payloadBytes, protocol);
    output.transmit(payload, payloadBytes, protocol);
    return fixture.sent().get(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20, 26, 27, 1_480})
  void aDatagramIsWhole(int payloadBytes) {
    bindAndResolve();
    byte[] frame = send(6, payloadBytes);
    assertEquals(Math.max(60, 34 + payloadBytes), frame.length);
    byte[] header = Arrays.copyOfRange(frame, 14, 34);
    String sum = Frames.hex(header).substring(20, 24);
    assertEquals(
        String.format("4500%04x000040004006%s0a4d00020a4d0001", 20 + payloadBytes, sum),
        Frames.hex(header));
    assertTrue(Frames.verifies(header, 0, 20));
    assertEquals("020000000001020000000002" + "0800", Frames.hex(frame).substring(0, 28));
    for (int i = 0; i < payloadBytes; i++) {
      assertEquals((byte) i, frame[34 + i]);
    }
  }

  @Test
  void aNicThatFillsChecksumsGetsZeroForTcpOnly() {
    IpFixture offload = new IpFixture(new SlotNic(64, true));
    assertTrue(offload.output.path().fillsChecksums());
    int payload = offload.output.claim(20, false);
    offload.output.sendTo(Frames.PEER_MAC, OWN, PEER, Ipv4Header.PLAIN, payload, 20, 6);
    assertEquals("0000", Frames.hex(offload.sent().get(0)).substring(48, 52));
    assertEquals(EthernetLink.FILL_CHECKSUMS, offload.nic.lastFlags());
    payload = offload.output.claim(20, false);
    offload.output.sendTo(Frames.PEER_MAC, OWN, PEER, Ipv4Header.PLAIN, payload, 20, 1);
    assertTrue(Frames.verifies(offload.sent().get(0), 14, 20));
    assertEquals(0, offload.nic.lastFlags());
  }

  @Test
  void aRouteIsReadyWhenItsNeighbourAnswered() {
    assertTrue(output.bind(route, OWN, PEER, Ipv4Header.PLAIN, fixture.nowNs));
    assertFalse(output.ready(route));
    assertFalse(output.unreachable(route));
    fixture.answers(IpFixture.PEER, Frames.PEER_MAC);
    assertTrue(output.ready(route));
    assertEquals(route.neighbour(), fixture.link.neighbours().pollChanged());
  }

  @Test
  void aRouteIsUnreachableWhenItsNeighbourIsSilent() {
    assertTrue(output.bind(route, OWN, PEER, Ipv4Header.PLAIN, fixture.nowNs));
    for (int i = 0; i < 3; i++) {
      fixture.nowNs += IpFixture.SECOND_NS;
      fixture.link.neighbours().onTimer(fixture.nowNs, 8);
    }
    assertFalse(output.ready(route));
    assertTrue(output.unreachable(route));
  }

  @Test
  void remoteHostsAreReachedByTheGateway() {
    assertTrue(output.bind(route, OWN, Frames.address("8.8.8.8"), Ipv4Header.PLAIN, fixture.nowNs));
    fixture.answers(IpFixture.GATEWAY, 0x0200_0000_00feL);
    fixture.sent();
    assertEquals("0200000000fe", Frames.hex(send(6, 20)).substring(0, 12));
  }

  @Test
  void thereIsNoRouteToABroadcast() {
    assertFalse(
        output.bind(route, OWN, Frames.address("10.77.0.255"), Ipv4Header.PLAIN, fixture.nowNs));
    assertEquals(1, fixture.count(Counter.IP_NO_ROUTE));
    assertFalse(route.bound());
    output.unbind(route);
  }

  @Test
  void thereIsNoRouteWhenAllNeighboursAreHeld() {
    for (int i = 0; i < 1_024; i++) {
      fixture.link.neighbours().hold(0x0a4e_0000 + i, fixture.nowNs);
    }
    assertFalse(output.bind(route, OWN, PEER, Ipv4Header.PLAIN, fixture.nowNs));
    assertFalse(route.bound());
  }

  @Test
  void aRouteIsUsedAgain() {
    bindAndResolve();
    output.unbind(route);
    assertFalse(route.bound());
    assertEquals(PEER, route.remote(), "still readable");
    output.unbind(route);
    assertTrue(
        output.bind(route, OWN, Frames.address("10.77.0.3"), Ipv4Header.PLAIN, fixture.nowNs));
    assertFalse(output.ready(route));
    assertEquals(Frames.address("10.77.0.3"), route.remote());
  }

  @Test
  void theFirstFrameAfterALongPauseLeavesAtOnceAndCausesAProbe() {
    bindAndResolve();
    fixture.nowNs += 60 * IpFixture.SECOND_NS;
    fixture.link.neighbours().onTimer(fixture.nowNs, 8);
    assertEquals(List.of(), fixture.sent());
    fixture.nowNs += 600 * IpFixture.SECOND_NS;
    assertTrue(output.ready(route));
    assertEquals(60, send(6, 20).length);
    fixture.link.neighbours().onTimer(fixture.nowNs, 8);
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void suspicionReachesTheNeighbour() {
    bindAndResolve();
    output.suspect(route, fixture.nowNs + 2 * IpFixture.SECOND_NS);
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void aRouteKnowsItsKeyAndItsPseudoHeader() {
    int high = Frames.address("200.0.0.1");
    Ipv4Route other = new Ipv4Route();
    assertTrue(output.bind(other, OWN, high, Ipv4Header.PLAIN, fixture.nowNs));
    assertEquals(0x0a4d0002_c8000001L, other.addressKey());
    long sum = other.pseudoHeaderSum() + InternetChecksum.lengthSum(20);
    byte[] pseudoHeader = Frames.bytes("0a4d0002c800000100060014");
    byte[] withSum =
        Frames.join(pseudoHeader, Frames.bytes(String.format("%04x", InternetChecksum.fold(sum))));
    assertTrue(Frames.verifies(withSum, 0, 14));
    assertEquals(IpFixture.OWN, other.localInetAddress().getHostAddress());
    assertEquals("200.0.0.1", other.remoteInetAddress().getHostAddress());
  }

  @Test
  void thePathFollowsTheNicsMtu() {
    assertEquals(new PathFeatures(1_500, false), output.path());
    assertEquals(1_480, output.payloadLimit());
    fixture.nic.setMtu(1_280);
    assertEquals(1_480, output.payloadLimit(), "until it is read again");
    output.refresh();
    assertEquals(1_260, output.payloadLimit());
  }

  @Test
  void aClaimMayFindNothingOrBeAbandoned() {
    int first = output.claim(1_480, false);
    assertNotEquals(Ipv4Output.FULL, first);
    output.abandon(first);
    int claims = 0;
    while (output.claim(1_480, false) != Ipv4Output.FULL) {
      claims++;
    }
    assertEquals(60, claims);
    assertNotEquals(Ipv4Output.FULL, output.claim(108, true));
  }
}
