// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.wire.ArpPacket;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Address;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CannedTcpTest {
  private static final int US = Ipv4Address.parse("10.76.0.2");
  private static final int PEER = Ipv4Address.parse("10.76.0.1");
  private static final long OUR_MAC = 0x0200_0000_0002L;
  private static final long PEER_MAC = 0x0200_0000_0001L;
  private static final int PORT = 7;
  private static final int TCP = 34;

  private final ByteBuffer in = ByteBuffer.allocateDirect(2_000);
  private final ByteBuffer out = ByteBuffer.allocateDirect(2_000);
  private final CannedTcp canned = new CannedTcp(in, out, OUR_MAC, US, PORT);

  /** A segment of the peer, whose payload counts up from 1. */
  private int send(int seq, int ack, int flags, int payloadBytes) {
    int total = 40 + payloadBytes;
    EthernetHeader.write(in, 0, OUR_MAC, PEER_MAC, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(in, 14, total, Ipv4Header.marking(0, 64), 6, 0, PEER, US);
    TcpHeader.write(in, TCP, 50_000, PORT, seq, ack, 20, flags, 1_000);
    for (int i = 0; i < payloadBytes; i++) {
      in.put(TCP + 20 + i, (byte) (i + 1));
    }
    return canned.answer(0, 14 + total, 0);
  }

  private void assertAnswer(int length, int seq, int ack, int flags) {
    int tcpLength = Ipv4Header.totalLength(out, 14) - 20;
    assertEquals(length, 34 + tcpLength);
    assertEquals(PEER_MAC, EthernetHeader.destination(out, 0));
    assertEquals(PEER, Ipv4Header.destinationAddress(out, 14));
    assertTrue(InternetChecksum.verifies(new InternetChecksum(out).sum(14, 20)));
    long sum = InternetChecksum.pseudoHeaderSum(US, PEER, 6)
        + InternetChecksum.lengthSum(tcpLength)
        + new InternetChecksum(out).sum(TCP, tcpLength);
    assertTrue(InternetChecksum.verifies(sum));
    assertEquals(50_000, TcpHeader.destinationPort(out, TCP));
    assertEquals(seq, TcpHeader.seq(out, TCP));
    assertEquals(ack, TcpHeader.ack(out, TCP));
    assertEquals(flags, TcpHeader.flags(out, TCP));
  }

  @Test
  void answersWhatAnEchoServerWould() {
    assertAnswer(send(99, 0, TcpHeader.SYN, 0), 1_000_000, 100, TcpHeader.SYN | TcpHeader.ACK);
    assertTrue(canned.connected());
    assertEquals(0, send(100, 1_000_001, TcpHeader.ACK, 0));
    int length = send(100, 1_000_001, TcpHeader.ACK | TcpHeader.PSH, 64);
    assertAnswer(length, 1_000_001, 164, TcpHeader.ACK | TcpHeader.PSH);
    assertEquals(64, out.get(TCP + 20 + 63));
    length = send(164, 1_000_065, TcpHeader.ACK | TcpHeader.FIN, 0);
    assertAnswer(length, 1_000_065, 165, TcpHeader.ACK | TcpHeader.FIN);
    assertFalse(canned.connected());
  }

  @Test
  void resetEndsTheConnection() {
    send(99, 0, TcpHeader.SYN, 0);
    assertEquals(0, send(100, 0, TcpHeader.RST, 0));
    assertFalse(canned.connected());
  }

  @Test
  void answersArp() {
    EthernetHeader.write(in, 0, 0xFFFF_FFFF_FFFFL, PEER_MAC, EthernetHeader.TYPE_ARP);
    ArpPacket.write(in, 14, ArpPacket.REQUEST, PEER_MAC, PEER, 0, US);
    assertEquals(42, canned.answer(0, 42, 0));
    assertEquals(OUR_MAC, ArpPacket.senderMac(out, 14));
    assertEquals(US, ArpPacket.senderAddress(out, 14));
    assertEquals(PEER_MAC, ArpPacket.targetMac(out, 14));
    ArpPacket.write(in, 14, ArpPacket.REQUEST, PEER_MAC, PEER, 0, PEER);
    assertEquals(0, canned.answer(0, 42, 0));
  }
}
