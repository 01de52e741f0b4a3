// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import static io.vireo.differential.Segment.SYN;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Frames with one thing wrong or rare about each, by name: Ethernet, IPv4 and its fragments, ICMP, ARP, TCP headers. */
final class OddFrames {
  private static final int ETHERNET = 14;
  private static final int IP = 20;
  private static final int TCP = ETHERNET + IP;
  private static final int TYPE_IPV4 = 0x0800;
  private static final int TYPE_ARP = 0x0806;
  private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;
  private static final int FIRST_PORT = 20_000;

  private final long host;
  private final List<Stimulus> all = new ArrayList<>();
  private int port = FIRST_PORT;

  private OddFrames(long host) {
    this.host = host;
  }

  /** Frames that belong together; segments among them come from ports up to this one, and no stimulus before has used the last of them. */
  record Stimulus(String name, int port, List<byte[]> frames) {}

  /** All of them, for a host with this MAC address. */
  static List<Stimulus> to(long host) {
    OddFrames odd = new OddFrames(host);
    odd.ethernet();
    odd.ipv4();
    odd.fragments();
    odd.icmp();
    odd.arp();
    odd.tcp();
    odd.tcpOptions();
    return odd.all;
  }

  private void add(String name, byte[]... frames) {
    all.add(new Stimulus(name, port, List.of(frames)));
  }

  /** A sound SYN to the listener, from a port that no other stimulus uses. */
  private byte[] syn() {
    return new Segment(++port, Host.LISTENING, 1_000, 0, SYN, Segment.LARGEST_WINDOW, 0)
        .frame(host);
  }

  private byte[] synWithData() {
    return new Segment(++port, Host.LISTENING, 1_000, 0, SYN, Segment.LARGEST_WINDOW, 24)
        .frame(host);
  }

  private static byte[] change(byte[] frame, Consumer<ByteBuffer> change) {
    change.accept(ByteBuffer.wrap(frame));
    return frame;
  }

  // ---- Ethernet

  private void ethernet() {
    add("ETH sound SYN", syn());
    for (int length : new int[] {14, 15, 33, 34, 35, 53, 57}) {
      add("ETH SYN cut to " + length, Arrays.copyOf(syn(), length));
    }
    byte[] padded = Arrays.copyOf(syn(), 80);
    Arrays.fill(padded, 58, 80, (byte) 0xAA);
    add("ETH SYN padded with 0xAA", padded);
    destination("another station", 0x02_00_00_00_00_77L);
    destination("broadcast", BROADCAST);
    destination("multicast", 0x01_00_5E_00_00_01L);
    source("multicast", 0x03_00_00_00_00_02L);
    source("zero", 0);
    source("the host's own", host);
    for (int type : new int[] {0, 46, 0x05DC, 0x0600, 0x86DD, 0x88B5, 0x9000}) {
      add(
          "ETH type 0x" + Integer.toHexString(type),
          change(syn(), frame -> frame.putShort(12, (short) type)));
    }
    tagged("VLAN 0", 0x8100, 0);
    tagged("VLAN 0 priority 7", 0x8100, 0xE000);
    tagged("VLAN 5", 0x8100, 5);
    tagged("service VLAN 5", 0x88A8, 5);
  }

  private void destination(String name, long mac) {
    add("ETH to " + name, change(syn(), frame -> Packets.putMac(frame, mac)));
  }

  private void source(String name, long mac) {
    add("ETH from " + name, change(syn(), frame -> Packets.putMac(frame.position(6), mac)));
  }

  private void tagged(String name, int type, int tag) {
    byte[] frame = syn();
    ByteBuffer out = ByteBuffer.allocate(frame.length + 4);
    out.put(frame, 0, 12).putShort((short) type).putShort((short) tag);
    add("ETH " + name, out.put(frame, 12, frame.length - 12).array());
  }

  // ---- IPv4

  private void header(String name, Consumer<ByteBuffer> change) {
    byte[] frame = syn();
    byte[] packet = Arrays.copyOfRange(frame, ETHERNET, frame.length);
    change.accept(ByteBuffer.wrap(packet));
    add("IP4 " + name, Packets.ethernet(host, TYPE_IPV4, Packets.withHeaderChecksum(packet)));
  }

  private void from(String name, int address) {
    pseudo("from " + name, 12, address);
  }

  /** Another address, and the TCP checksum that belongs to it. */
  private void pseudo(String name, int place, int address) {
    byte[] frame = syn();
    ByteBuffer packet =
        ByteBuffer.wrap(frame, ETHERNET, frame.length - ETHERNET).slice();
    int before = packet.getInt(place);
    packet.putInt(place, address);
    int sum = ~packet.getShort(IP + 16) & 0xFFFF;
    sum += ((~before >>> 16) & 0xFFFF)
        + (~before & 0xFFFF)
        + ((address >>> 16) & 0xFFFF)
        + (address & 0xFFFF);
    sum = (sum & 0xFFFF) + (sum >>> 16);
    packet.putShort(IP + 16, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
    byte[] bytes = Arrays.copyOfRange(frame, ETHERNET, frame.length);
    add("IP4 " + name, Packets.ethernet(host, TYPE_IPV4, Packets.withHeaderChecksum(bytes)));
  }

  private void ipv4() {
    header("version 5", packet -> packet.put(0, (byte) 0x55));
    header("header of 16 bytes", packet -> packet.put(0, (byte) 0x44));
    header("header longer than the packet", packet -> packet.put(0, (byte) 0x4F));
    for (int length : new int[] {0, 19, 20, 39, 43, 45, 1_500}) {
      header("length " + length, packet -> packet.putShort(2, (short) length));
    }
    add("IP4 wrong checksum", change(syn(), frame -> frame.putShort(24, (short) 0x1234)));
    header("TTL 0", packet -> packet.put(8, (byte) 0));
    header("TTL 1", packet -> packet.put(8, (byte) 1));
    header("ECN both bits", packet -> packet.put(1, (byte) 3));
    header("DSCP 63", packet -> packet.put(1, (byte) 0xFC));
    header("reserved flag", packet -> packet.putShort(6, (short) 0x8000));
    header("without DF", packet -> packet.putShort(6, (short) 0));
    from("ourselves", Segment.HOST);
    from("0.0.0.0", 0);
    from("0.1.2.3", 0x0001_0203);
    from("127.0.0.1", 0x7F00_0001);
    from("255.255.255.255", -1);
    from("224.0.0.1", 0xE000_0001);
    from("240.0.0.1", 0xF000_0001);
    from("our broadcast address", 0x0A4D_00FF);
    from("our network's address", 0x0A4D_0000);
    pseudo("to 10.77.0.3", 16, 0x0A4D_0003);
    pseudo("to our broadcast address", 16, 0x0A4D_00FF);
    pseudo("to 255.255.255.255", 16, -1);
    pseudo("to 224.0.0.1", 16, 0xE000_0001);
    pseudo("to 127.0.0.1", 16, 0x7F00_0001);
    for (int protocol : new int[] {0, 2, 4, 41, 50, 253, 255}) {
      add(
          "IP4 protocol " + protocol,
          Packets.ethernet(host, TYPE_IPV4, Packets.ipv4(protocol, new byte[20])));
    }
    options("NOPs", 1, 1, 1, 1);
    options("end, then rubbish", 0, 99, 99, 99);
    options("length 0", 7, 0, 4, 0);
    options("length 1", 7, 1, 4, 0);
    options("length over the end", 7, 39, 4, 0);
    options("loose source route", 131, 7, 4, 10, 77, 0, 1, 0);
    options("strict source route", 137, 7, 4, 10, 77, 0, 1, 0);
    options("record route", 7, 7, 4, 0, 0, 0, 0, 0);
    options("timestamp", 68, 8, 5, 0, 0, 0, 0, 0);
    options("router alert", 148, 4, 0, 0);
    options("unknown 222", 222, 4, 0, 0);
  }

  private void options(String name, int... octets) {
    byte[] frame = syn();
    ByteBuffer packet = ByteBuffer.allocate(frame.length - ETHERNET + octets.length);
    packet.put(frame, ETHERNET, IP);
    for (int octet : octets) {
      packet.put((byte) octet);
    }
    packet.put(frame, TCP, frame.length - TCP);
    packet.put(0, (byte) (0x45 + octets.length / 4)).putShort(2, (short) packet.capacity());
    add(
        "IP4 option " + name,
        Packets.ethernet(host, TYPE_IPV4, Packets.withHeaderChecksum(packet.array())));
  }

  // ---- Fragments

  /** The bytes [from, to) of a datagram's payload, said to stand at an offset. */
  private byte[] fragment(byte[] frame, int from, int to, int offset, boolean more) {
    byte[] packet = new byte[IP + to - from];
    System.arraycopy(frame, ETHERNET, packet, 0, IP);
    System.arraycopy(frame, TCP + from, packet, IP, to - from);
    ByteBuffer.wrap(packet)
        .putShort(2, (short) packet.length)
        .putShort(4, (short) port)
        .putShort(6, (short) ((more ? 0x2000 : 0) | offset / 8));
    return Packets.ethernet(host, TYPE_IPV4, Packets.withHeaderChecksum(packet));
  }

  private void fragments() {
    byte[] syn = syn();
    add("FRG SYN in two", fragment(syn, 0, 8, 0, true), fragment(syn, 8, 24, 8, false));
    syn = syn();
    add("FRG SYN in two, reversed", fragment(syn, 8, 24, 8, false), fragment(syn, 0, 8, 0, true));
    syn = syn();
    add(
        "FRG one of them twice",
        fragment(syn, 0, 8, 0, true),
        fragment(syn, 0, 8, 0, true),
        fragment(syn, 8, 24, 8, false));
    syn = syn();
    add("FRG overlapping", fragment(syn, 0, 16, 0, true), fragment(syn, 8, 24, 8, false));
    syn = syn();
    add("FRG first of 12 bytes", fragment(syn, 0, 12, 0, true), fragment(syn, 8, 24, 8, false));
    syn = syn();
    add("FRG a part is missing", fragment(syn, 0, 8, 0, true), fragment(syn, 16, 24, 16, false));
    syn = syn();
    add("FRG beyond 65,535", fragment(syn, 0, 8, 0, true), fragment(syn, 8, 24, 65_528, false));
    syn = syn();
    add("FRG empty", fragment(syn, 0, 0, 0, true), fragment(syn, 0, 24, 0, false));
    byte[] data = synWithData();
    add(
        "FRG SYN, then its data",
        fragment(data, 0, 24, 0, true),
        fragment(data, 24, 48, 24, false));
    data = synWithData();
    add(
        "FRG data, then its SYN",
        fragment(data, 24, 48, 24, false),
        fragment(data, 0, 24, 0, true));
    data = synWithData();
    add(
        "FRG SYN twice, then its data",
        fragment(data, 0, 24, 0, true),
        fragment(data, 0, 24, 0, true),
        fragment(data, 24, 48, 24, false));
    data = synWithData();
    add("FRG data over the SYN", fragment(data, 0, 32, 0, true), fragment(data, 24, 48, 24, false));
    byte[] echo = echo(8, 0, 64);
    add("FRG echo in two", fragment(echo, 0, 32, 0, true), fragment(echo, 32, 72, 32, false));
  }

  // ---- ICMP

  private byte[] echo(int type, int code, int bytes) {
    port++;
    ByteBuffer message = ByteBuffer.allocate(8 + bytes);
    message.put((byte) type).put((byte) code).putShort(4, (short) port);
    return Packets.ethernet(
        host, TYPE_IPV4, Packets.ipv4(1, Packets.withIcmpChecksum(message.array())));
  }

  private void icmp() {
    add("ICM echo", echo(8, 0, 56));
    add("ICM echo of 1,400 bytes", echo(8, 0, 1_400));
    add("ICM echo without data", echo(8, 0, 0));
    add("ICM echo with code 1", echo(8, 1, 56));
    add("ICM echo, wrong checksum", change(echo(8, 0, 56), f -> f.putShort(TCP + 2, (short) 1)));
    add("ICM echo cut to 4 bytes", cutIcmp());
    byte[] echo = echo(8, 0, 56);
    byte[] packet = Arrays.copyOfRange(echo, ETHERNET, echo.length);
    ByteBuffer.wrap(packet).putInt(16, 0x0A4D_00FF);
    add(
        "ICM echo to broadcast",
        Packets.ethernet(host, TYPE_IPV4, Packets.withHeaderChecksum(packet)));
    for (int type : new int[] {0, 5, 9, 10, 13, 15, 17, 30, 42, 255}) {
      add("ICM type " + type, echo(type, 0, 28));
    }
    ByteBuffer udp = ByteBuffer.allocate(12);
    udp.putShort((short) 4_000).putShort((short) 4_001).putShort((short) 12).putShort((short) 0);
    add("ICM UDP to nobody", Packets.ethernet(host, TYPE_IPV4, Packets.ipv4(17, udp.array())));
    udp.putShort(4, (short) 7);
    add("ICM UDP with length 7", Packets.ethernet(host, TYPE_IPV4, Packets.ipv4(17, udp.array())));
  }

  private byte[] cutIcmp() {
    return Packets.ethernet(
        host, TYPE_IPV4, Packets.ipv4(1, Packets.withIcmpChecksum(new byte[] {8, 0, 0, 0})));
  }

  // ---- ARP

  private byte[] arp(int operation, long senderMac, int sender, int target) {
    ByteBuffer packet = ByteBuffer.allocate(28);
    packet.putInt(0x0001_0800).putShort((short) 0x0604).putShort((short) operation);
    Packets.putMac(packet, senderMac);
    packet.putInt(sender);
    Packets.putMac(packet, 0);
    packet.putInt(target);
    return Packets.ethernet(BROADCAST, TYPE_ARP, packet.array());
  }

  private byte[] ask() {
    return arp(1, Segment.PEER_MAC, Segment.PEER, Segment.HOST);
  }

  private void arp() {
    add("ARP request", ask());
    add("ARP request to our MAC", change(ask(), frame -> Packets.putMac(frame, host)));
    add("ARP request for another", arp(1, Segment.PEER_MAC, Segment.PEER, 0x0A4D_0003));
    add("ARP probe", arp(1, Segment.PEER_MAC, 0, Segment.HOST));
    add("ARP announcement", arp(1, Segment.PEER_MAC, Segment.PEER, Segment.PEER));
    add("ARP reply that nobody asked for", arp(2, Segment.PEER_MAC, Segment.PEER, Segment.HOST));
    add("ARP request from our address", arp(1, Segment.PEER_MAC, Segment.HOST, 0x0A4D_0003));
    add("ARP announcement of our address", arp(1, Segment.PEER_MAC, Segment.HOST, Segment.HOST));
    add("ARP request from off the link", arp(1, Segment.PEER_MAC, 0x0A99_0009, Segment.HOST));
    add("ARP request from 127.0.0.1", arp(1, Segment.PEER_MAC, 0x7F00_0001, Segment.HOST));
    add("ARP request from 224.0.0.1", arp(1, Segment.PEER_MAC, 0xE000_0001, Segment.HOST));
    add(
        "ARP request with a multicast MAC",
        arp(1, 0x03_00_00_00_00_02L, Segment.PEER, Segment.HOST));
    add("ARP operation 0", arp(0, Segment.PEER_MAC, Segment.PEER, Segment.HOST));
    add("ARP operation 3", arp(3, Segment.PEER_MAC, Segment.PEER, Segment.HOST));
    add("ARP hardware type 6", change(ask(), frame -> frame.putShort(14, (short) 6)));
    add("ARP hardware type 7", change(ask(), frame -> frame.putShort(14, (short) 7)));
    add("ARP protocol 0x0801", change(ask(), frame -> frame.putShort(16, (short) 0x0801)));
    add("ARP hardware length 5", change(ask(), frame -> frame.put(18, (byte) 5)));
    add("ARP protocol length 5", change(ask(), frame -> frame.put(19, (byte) 5)));
    add("ARP cut by a byte", Arrays.copyOf(ask(), 41));
    add("ARP padded", Arrays.copyOf(ask(), 60));
  }

  // ---- TCP

  private void segment(String name, Consumer<ByteBuffer> change) {
    byte[] frame = syn();
    byte[] tcp = Arrays.copyOfRange(frame, TCP, frame.length);
    change.accept(ByteBuffer.wrap(tcp));
    add(
        "HDR " + name,
        Packets.ethernet(host, TYPE_IPV4, Packets.ipv4(6, Packets.withTcpChecksum(tcp))));
  }

  private void tcp() {
    segment("data offset 16", tcp -> tcp.put(12, (byte) 0x40));
    segment("data offset 0", tcp -> tcp.put(12, (byte) 0));
    segment("data offset beyond the end", tcp -> tcp.put(12, (byte) 0x70));
    segment("reserved bits", tcp -> tcp.put(12, (byte) 0x6F));
    segment("urgent pointer without URG", tcp -> tcp.putShort(18, (short) 77));
    segment("window 0", tcp -> tcp.putShort(14, (short) 0));
    segment("port 0 to the listener", tcp -> tcp.putShort(0, (short) 0));
    segment("to port 0", tcp -> tcp.putShort(2, (short) 0));
    add("HDR wrong checksum", change(syn(), frame -> frame.putShort(TCP + 16, (short) 0x1234)));
    add("HDR checksum 0", change(syn(), frame -> frame.putShort(TCP + 16, (short) 0)));
    add("HDR of 19 bytes", Packets.ethernet(host, TYPE_IPV4, Packets.ipv4(6, new byte[19])));
    add("HDR of nothing", Packets.ethernet(host, TYPE_IPV4, Packets.ipv4(6, new byte[0])));
  }

  private void option(String name, int... octets) {
    byte[] frame = syn();
    ByteBuffer tcp = ByteBuffer.allocate(20 + octets.length);
    tcp.put(frame, TCP, 20);
    for (int octet : octets) {
      tcp.put((byte) octet);
    }
    tcp.put(12, (byte) (((20 + octets.length) / 4) << 4));
    add(
        "HDR option " + name,
        Packets.ethernet(host, TYPE_IPV4, Packets.ipv4(6, Packets.withTcpChecksum(tcp.array()))));
  }

  private void tcpOptions() {
    option("none");
    option("MSS 0", 2, 4, 0, 0);
    option("MSS 1", 2, 4, 0, 1);
    option("MSS 65,535", 2, 4, 255, 255);
    option("MSS with length 3", 2, 3, 5, 0);
    option("MSS twice", 2, 4, 5, 0xB4, 2, 4, 2, 0x18);
    option("length 0", 77, 0, 0, 0);
    option("length 1", 77, 1, 0, 0);
    option("length over the end", 77, 40, 0, 0);
    option("at the last byte", 1, 1, 1, 2);
    option("unknown 253", 253, 4, 1, 2);
    option("window scale 15", 3, 3, 15, 0);
    option("window scale with length 2", 3, 2, 0, 0);
    option("SACK blocks on a SYN", 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1);
    option("timestamp with length 9", 8, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
    option("MD5 signature", 19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 1);
    option("fast open", 34, 2, 1, 1);
    int[] nops = new int[40];
    Arrays.fill(nops, 1);
    option("40 times NOP", nops);
    option("end, then rubbish", 0, 99, 99, 99);
  }
}
