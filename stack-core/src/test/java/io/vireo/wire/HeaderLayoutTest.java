// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Readers and writers of all headers against bytes written out by hand, in memory that ends with the header. */
final class HeaderLayoutTest {
  /** Headers begin here, so that an offset forgotten somewhere shows. */
  private static final int AT = 3;

  private static ByteBuffer memory(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    return ByteBuffer.allocateDirect(AT + bytes.length).put(AT, bytes);
  }

  private static ByteBuffer dirty(int length) {
    ByteBuffer memory = ByteBuffer.allocateDirect(AT + length);
    for (int i = 0; i < memory.capacity(); i++) {
      memory.put(i, (byte) 0xA5);
    }
    return memory;
  }

  private static void assertHolds(String hex, ByteBuffer memory) {
    byte[] bytes = new byte[memory.capacity() - AT];
    memory.get(AT, bytes);
    assertEquals(hex.replace(" ", ""), HexFormat.of().formatHex(bytes));
    for (int i = 0; i < AT; i++) {
      assertEquals((byte) 0xA5, memory.get(i), "written before the header");
    }
  }

  @Test
  void ethernet() {
    String hex = "0203040506f7 f2e3d4c5b6a7 0800";
    ByteBuffer header = memory(hex);
    assertEquals(0x0203040506f7L, EthernetHeader.destination(header, AT));
    assertEquals(0xf2e3d4c5b6a7L, EthernetHeader.source(header, AT));
    assertEquals(EthernetHeader.TYPE_IPV4, EthernetHeader.type(header, AT));
    ByteBuffer written = dirty(EthernetHeader.LENGTH);
    EthernetHeader.write(written, AT, 0x0203040506f7L, 0xf2e3d4c5b6a7L, 0x0800);
    assertHolds(hex, written);
  }

  @Test
  void vlanTag() {
    ByteBuffer header = memory("ffffffffffff 020000000001 8100 e005 86dd");
    assertEquals(EthernetHeader.TYPE_VLAN, EthernetHeader.type(header, AT));
    assertEquals(5, EthernetHeader.vlanId(header, AT));
    assertEquals(0x86dd, EthernetHeader.vlanInnerType(header, AT));
  }

  @Test
  void arp() {
    String hex = "0001 0800 06 04 0002 f2e3d4c5b6a7 0a4d0002 8203040506f7 c0a80101";
    ByteBuffer packet = memory(hex);
    assertTrue(ArpPacket.isEthernetIpv4(packet, AT));
    assertEquals(ArpPacket.REPLY, ArpPacket.operation(packet, AT));
    assertEquals(0xf2e3d4c5b6a7L, ArpPacket.senderMac(packet, AT));
    assertEquals(0x0a4d0002, ArpPacket.senderAddress(packet, AT));
    assertEquals(0x8203040506f7L, ArpPacket.targetMac(packet, AT));
    assertEquals(0xc0a80101, ArpPacket.targetAddress(packet, AT));
    ByteBuffer written = dirty(ArpPacket.LENGTH);
    ArpPacket.write(
        written, AT, ArpPacket.REPLY, 0xf2e3d4c5b6a7L, 0x0a4d0002, 0x8203040506f7L, 0xc0a80101);
    assertHolds(hex, written);
  }

  @Test
  void arpWithHighAddressesKeepsItsMacAddresses() {
    ByteBuffer written = dirty(ArpPacket.LENGTH);
    ArpPacket.write(written, AT, 1, 0x020000000001L, 0xfffefdfc, 0x020000000002L, -1);
    assertHolds("0001080006040001 020000000001 fffefdfc 020000000002 ffffffff", written);
  }

  @Test
  void ipv4() {
    ByteBuffer header = memory("46 b8 05dc 1234 7fff 3f 06 abcd c0a80102 f0000001 01010101");
    assertEquals(4, Ipv4Header.version(header, AT));
    assertEquals(24, Ipv4Header.headerLength(header, AT));
    assertEquals(0xb8, Ipv4Header.trafficClass(header, AT));
    assertEquals(1500, Ipv4Header.totalLength(header, AT));
    assertEquals(0x1234, Ipv4Header.identification(header, AT));
    assertTrue(Ipv4Header.dontFragment(header, AT));
    assertTrue(Ipv4Header.isFragment(header, AT));
    assertEquals(0x1fff * 8, Ipv4Header.fragmentOffset(header, AT));
    assertEquals(63, Ipv4Header.timeToLive(header, AT));
    assertEquals(Ipv4Header.PROTOCOL_TCP, Ipv4Header.protocol(header, AT));
    assertEquals(0xabcd, Ipv4Header.checksum(header, AT));
    assertEquals(0xc0a80102, Ipv4Header.sourceAddress(header, AT));
    assertEquals(0xf0000001, Ipv4Header.destinationAddress(header, AT));
  }

  @Test
  void ipv4WrittenHasDontFragmentAndAChecksumThatVerifies() {
    int checksum = Ipv4Header.checksumOf(65_535, Ipv4Header.PLAIN, 6, 0xc0a80102, 0xf0000001);
    ByteBuffer written = dirty(Ipv4Header.MIN_LENGTH);
    Ipv4Header.write(written, AT, 65_535, Ipv4Header.PLAIN, 6, checksum, 0xc0a80102, 0xf0000001);
    assertHolds(
        "45 00 ffff 0000 4000 40 06 " + String.format("%04x", checksum) + " c0a80102 f0000001",
        written);
    assertTrue(InternetChecksum.verifies(new InternetChecksum(written).sum(AT, 20)));
    assertFalse(Ipv4Header.isFragment(written, AT));
  }

  @Test
  void ipv4ChecksumIsRightForEveryLengthAndMarkingAndManyAddresses() {
    ByteBuffer written = dirty(Ipv4Header.MIN_LENGTH);
    InternetChecksum model = new InternetChecksum(written);
    for (int length = 20; length <= 65_535; length++) {
      int source = length * 0x9E37_79B9;
      int marking = length * 31 & 0xFFFF;
      int checksum = Ipv4Header.checksumOf(length, marking, 6, source, ~source >> 1);
      Ipv4Header.write(written, AT, length, marking, 6, 0, source, ~source >> 1);
      assertEquals(InternetChecksum.fold(model.sum(AT, 20)), checksum, "length " + length);
    }
  }

  @Test
  void ipv4ChecksumIsRightWhereTheSumCarriesThreeTimes() {
    ByteBuffer written = dirty(Ipv4Header.MIN_LENGTH);
    int fixedFields = 0x4500 + 100 + 0x4000 + 0x4006;
    for (int near = -3; near <= 3; near++) {
      int destination = -fixedFields + near;
      Ipv4Header.write(written, AT, 100, Ipv4Header.PLAIN, 6, 0, -1, destination);
      int checksum = Ipv4Header.checksumOf(100, Ipv4Header.PLAIN, 6, -1, destination);
      assertEquals(InternetChecksum.fold(new InternetChecksum(written).sum(AT, 20)), checksum);
    }
  }

  @Test
  void icmp() {
    ByteBuffer header = memory("03 04 beef 0000 0578");
    assertEquals(IcmpMessage.DESTINATION_UNREACHABLE, IcmpMessage.type(header, AT));
    assertEquals(IcmpMessage.CODE_FRAGMENTATION_NEEDED, IcmpMessage.code(header, AT));
    assertEquals(0xbeef, IcmpMessage.checksum(header, AT));
    assertEquals(1400, IcmpMessage.nextHopMtu(header, AT));
    ByteBuffer written = dirty(IcmpMessage.HEADER_LENGTH);
    IcmpMessage.write(written, AT, 255, 254, 0xfedcba98);
    assertHolds("ff fe 0000 fedcba98", written);
    IcmpMessage.writeChecksum(written, AT, 0xfffe);
    assertHolds("ff fe fffe fedcba98", written);
  }

  @Test
  void tcp() {
    ByteBuffer header = memory("f35b ffff 89abcdef fedcba98 5f c2 8001 e1e2 d3d4");
    assertEquals(0xf35b, TcpHeader.sourcePort(header, AT));
    assertEquals(0xffff, TcpHeader.destinationPort(header, AT));
    assertEquals(0x89abcdef, TcpHeader.seq(header, AT));
    assertEquals(0xfedcba98, TcpHeader.ack(header, AT));
    assertEquals(20, TcpHeader.headerLength(header, AT), "reserved bits are ignored");
    assertEquals(TcpHeader.CWR | TcpHeader.ECE | TcpHeader.SYN, TcpHeader.flags(header, AT));
    assertEquals(0x8001, TcpHeader.window(header, AT));
    assertEquals(0xe1e2, TcpHeader.checksum(header, AT));
    assertEquals(0xd3d4, TcpHeader.urgentPointer(header, AT));
  }

  @Test
  void tcpHeaderLengthIsReadFromTheTopFourBits() {
    for (int words = 0; words < 16; words++) {
      ByteBuffer header =
          memory("00".repeat(12) + String.format("%x", words) + "f" + "00".repeat(7));
      assertEquals(words * 4, TcpHeader.headerLength(header, AT));
    }
  }

  @Test
  void tcpWritten() {
    ByteBuffer written = dirty(TcpHeader.MIN_LENGTH);
    TcpHeader.write(written, AT, 0xf35b, 0xffff, 0x89abcdef, 0xfedcba98, 60, 0xff, 0xffff);
    assertHolds("f35b ffff 89abcdef fedcba98 f0 ff ffff 0000 0000", written);
    TcpHeader.writeChecksum(written, AT, 0xe1e2);
    assertHolds("f35b ffff 89abcdef fedcba98 f0 ff ffff e1e2 0000", written);
  }

  @Test
  void aHeaderThatIsOneByteShortIsNeverReadBeyond() {
    ByteBuffer cut = ByteBuffer.allocateDirect(19);
    assertThrows(IndexOutOfBoundsException.class, () -> TcpHeader.urgentPointer(cut, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> Ipv4Header.destinationAddress(cut, 0));
  }
}
