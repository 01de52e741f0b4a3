// SPDX-License-Identifier: Apache-2.0
package io.vireo.rehearsal;

import io.vireo.nic.NicTwin;
import io.vireo.wire.ArpPacket;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.MacAddress;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;
import java.nio.ByteBuffer;

/** Takes the stack's frames from a twin, shows them field by field, and delivers the peer's. */
final class SegmentFrames {
  /** The MAC address of everybody but the stack: locally administered. */
  private static final long PEER_MAC = 0x02_5E_00_00_00_01L;

  private static final int TYPE_IPV6 = 0x86DD;

  /** Switches that look for loops send such to everybody; nobody answers. */
  private static final int TYPE_LOOP = 0x8899;

  private static final long IPV6_NEIGHBOURS = 0x33_33_00_00_00_01L;

  /** An address set aside for tests of networks (RFC 2544). */
  private static final int STRANGER = 198 << 24 | 18 << 16 | 1;

  private static final int PROTOCOL_UDP = 17;

  private static final int IP = EthernetHeader.LENGTH;
  private static final int ROOM_BYTES = 1 << 16;

  /** Where the frame to deliver is built, behind the one taken. */
  private static final int OUT = ROOM_BYTES;

  private static final int OUT_TCP = OUT + IP + Ipv4Header.MIN_LENGTH;

  private final NicTwin twin;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(2 * ROOM_BYTES);
  private final InternetChecksum checksum = new InternetChecksum(memory);
  private final TcpOptions options = new TcpOptions();
  private int tcp;
  private int optionBytes;

  SegmentFrames(NicTwin twin) {
    this.twin = twin;
  }

  /** Takes the next frame; null: there is none. Answers ARP by itself. */
  Kind take() {
    int length = twin.take(memory, 0);
    if (length == 0) {
      return null;
    }
    int type = EthernetHeader.type(memory, 0);
    if (type == EthernetHeader.TYPE_ARP) {
      answerArp();
      return Kind.OTHER;
    }
    if (type != EthernetHeader.TYPE_IPV4
        || Ipv4Header.protocol(memory, IP) != Ipv4Header.PROTOCOL_TCP) {
      return Kind.OTHER;
    }
    tcp = IP + Ipv4Header.headerLength(memory, IP);
    int head = TcpHeader.headerLength(memory, tcp);
    options.parse(memory, tcp + TcpHeader.MIN_LENGTH, head - TcpHeader.MIN_LENGTH);
    return Kind.SEGMENT;
  }

  /** Whoever is asked for is here, but for the stack itself. */
  private void answerArp() {
    int asker = ArpPacket.senderAddress(memory, IP);
    int asked = ArpPacket.targetAddress(memory, IP);
    if (ArpPacket.operation(memory, IP) != ArpPacket.REQUEST || asker == asked || asker == 0) {
      return;
    }
    long stack = ArpPacket.senderMac(memory, IP);
    EthernetHeader.write(memory, OUT, stack, PEER_MAC, EthernetHeader.TYPE_ARP);
    ArpPacket.write(memory, OUT + IP, ArpPacket.REPLY, PEER_MAC, asked, stack, asker);
    deliver(IP + ArpPacket.LENGTH);
  }

  // ---- The segment taken

  int stackAddress() {
    return Ipv4Header.sourceAddress(memory, IP);
  }

  int peerAddress() {
    return Ipv4Header.destinationAddress(memory, IP);
  }

  int stackPort() {
    return TcpHeader.sourcePort(memory, tcp);
  }

  int peerPort() {
    return TcpHeader.destinationPort(memory, tcp);
  }

  int seq() {
    return TcpHeader.seq(memory, tcp);
  }

  int ack() {
    return TcpHeader.ack(memory, tcp);
  }

  int window() {
    return TcpHeader.window(memory, tcp);
  }

  boolean has(int flag) {
    return (TcpHeader.flags(memory, tcp) & flag) != 0;
  }

  int payloadBytes() {
    return Ipv4Header.totalLength(memory, IP) - (tcp - IP) - TcpHeader.headerLength(memory, tcp);
  }

  TcpOptions options() {
    return options;
  }

  // ---- The segment to deliver: options first, then the rest

  SegmentFrames begin() {
    optionBytes = 0;
    return this;
  }

  private int nextOption() {
    return OUT_TCP + TcpHeader.MIN_LENGTH + optionBytes;
  }

  SegmentFrames mss(int mss) {
    optionBytes += TcpOptions.writeMss(memory, nextOption(), mss);
    return this;
  }

  SegmentFrames windowScale(int shift) {
    optionBytes += TcpOptions.writeWindowScale(memory, nextOption(), shift);
    return this;
  }

  SegmentFrames sackPermitted() {
    optionBytes += TcpOptions.writeSackPermitted(memory, nextOption());
    return this;
  }

  SegmentFrames timestamp(int value, int echo) {
    optionBytes += TcpOptions.writeTimestamp(memory, nextOption(), value, echo);
    return this;
  }

  SegmentFrames sack(int start, int end) {
    optionBytes += TcpOptions.writeSackHead(memory, nextOption(), 1);
    optionBytes += TcpOptions.writeSackBlock(memory, nextOption(), start, end);
    return this;
  }

  /** Delivers the segment. False: the NIC has no room. */
  boolean deliver(
      Ends ends, int seq, int ack, int flags, int window, byte[] payload, int from, int length) {
    int head = TcpHeader.MIN_LENGTH + optionBytes;
    int peerAddress = ends.peerAddress();
    int stackAddress = ends.stackAddress();
    int bytes = Ipv4Header.MIN_LENGTH + head + length;
    int protocol = Ipv4Header.PROTOCOL_TCP;
    EthernetHeader.write(memory, OUT, twin.nic().macAddress(), PEER_MAC, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        memory,
        OUT + IP,
        bytes,
        Ipv4Header.PLAIN,
        protocol,
        Ipv4Header.checksumOf(bytes, Ipv4Header.PLAIN, protocol, peerAddress, stackAddress),
        peerAddress,
        stackAddress);
    TcpHeader.write(
        memory, OUT_TCP, ends.peerPort(), ends.stackPort(), seq, ack, head, flags, window);
    memory.put(OUT_TCP + head, payload, from, length);
    long sum = InternetChecksum.pseudoHeaderSum(peerAddress, stackAddress, protocol)
        + InternetChecksum.lengthSum(head + length)
        + checksum.sum(OUT_TCP, head + length);
    TcpHeader.writeChecksum(memory, OUT_TCP, InternetChecksum.fold(sum));
    return deliver(IP + bytes);
  }

  /** The last segment once more, with a bit turned over. */
  void deliverDamaged(int length) {
    int at = OUT_TCP + TcpHeader.MIN_LENGTH - 2;
    memory.put(at, (byte) (memory.get(at) ^ 1));
    deliver(length);
  }

  // ---- What else is heard on a network

  /** A frame that is not for the stack's TCP, of one kind after the other. */
  void deliverStray(int number, int stackAddress, int otherAddress) {
    long stack = twin.nic().macAddress();
    switch (number % 6) {
      case 0 -> askArp(stackAddress, otherAddress);
      case 1 -> askArp(otherAddress + 1, otherAddress);
      case 2 -> deliverPacket(MacAddress.BROADCAST, EthernetHeader.TYPE_IPV4, -1);
      case 3 -> deliverPacket(stack, EthernetHeader.TYPE_IPV4, stackAddress);
      case 4 -> deliverPacket(stack, EthernetHeader.TYPE_IPV4, otherAddress + 1);
      default -> deliverForOthers(number / 6);
    }
  }

  /** A frame in which there is nothing for the stack. */
  void deliverForOthers(int number) {
    switch (number % 3) {
      case 0 -> deliverPacket(PEER_MAC + 1, EthernetHeader.TYPE_IPV4, STRANGER);
      case 1 -> deliverPacket(IPV6_NEIGHBOURS, TYPE_IPV6, 0);
      default -> deliverPacket(MacAddress.BROADCAST, TYPE_LOOP, 0);
    }
  }

  private void askArp(int asked, int asker) {
    EthernetHeader.write(memory, OUT, MacAddress.BROADCAST, PEER_MAC, EthernetHeader.TYPE_ARP);
    ArpPacket.write(memory, OUT + IP, ArpPacket.REQUEST, PEER_MAC, asker, 0, asked);
    deliver(IP + ArpPacket.LENGTH);
  }

  /** A packet without content. */
  private void deliverPacket(long destinationMac, int type, int destination) {
    int bytes = Ipv4Header.MIN_LENGTH;
    int protocol = PROTOCOL_UDP;
    int source = STRANGER;
    EthernetHeader.write(memory, OUT, destinationMac, PEER_MAC, type);
    int sum = Ipv4Header.checksumOf(bytes, Ipv4Header.PLAIN, protocol, source, destination);
    Ipv4Header.write(memory, OUT + IP, bytes, Ipv4Header.PLAIN, protocol, sum, source, destination);
    deliver(IP + bytes);
  }

  private boolean deliver(int length) {
    int padded = Math.max(length, EthernetHeader.SHORTEST_FRAME);
    for (int i = length; i < padded; i++) {
      memory.put(OUT + i, (byte) 0);
    }
    return twin.deliver(memory, OUT, padded);
  }

  /** Bytes of the frame whose segment has the options begun and no payload. */
  int emptyBytes() {
    return IP + Ipv4Header.MIN_LENGTH + TcpHeader.MIN_LENGTH + optionBytes;
  }

  /** Whose segments they are. */
  record Ends(int stackAddress, int stackPort, int peerAddress, int peerPort) {}

  /** What was taken. */
  enum Kind {
    SEGMENT,
    OTHER
  }
}
