// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.tcp.ConnectionInspection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the inputs that fuzzing begins with: sound ones of each kind, and one of each family of malformed packets that has broken a stack
 * before. To be run again when a target reads its inputs differently; findings are kept beside them, and are not written here.
 */
public final class SeedWriter {
  private static final int AT = FrameWriter.ETHERNET + FrameWriter.IPV4;
  private static final int ALL = RepairedTarget.MACS
      | RepairedTarget.TOTAL_LENGTH
      | RepairedTarget.ADDRESSES
      | RepairedTarget.PORTS
      | RepairedTarget.NUMBERS;

  private final Path directory;
  private final FrameWriter writer = new FrameWriter();
  private final byte[] frame = writer.frame;
  private final Flow flow = new Flow();

  private SeedWriter(Path directory) {
    this.directory = directory;
    flow.begin(FrameWriter.PEER_ADDRESS, FramesTarget.PEER_PORT, World.SERVER_PORT);
    flow.stackEnd = 1
        + ConnectionInspection.initialSequence(
            World.smallStack().seed(),
            FrameWriter.STACK_ADDRESS,
            World.SERVER_PORT,
            FrameWriter.PEER_ADDRESS,
            FramesTarget.PEER_PORT,
            0);
  }

  /** Where to write. */
  public static void main(String[] arguments) throws IOException {
    SeedWriter seeds = new SeedWriter(Path.of(arguments[0]));
    seeds.frames();
    seeds.malformedIp();
    seeds.malformedTcp();
    seeds.arp();
    seeds.options();
    seeds.icmp();
    seeds.fragments();
    seeds.conversation();
    seeds.pair();
    seeds.cookies();
    seeds.settings();
  }

  private void write(String target, String name, byte[] bytes) throws IOException {
    Files.write(Files.createDirectories(directory.resolve(target)).resolve(name), bytes);
  }

  private void write(String target, String name, int... bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int octet : bytes) {
      out.write(octet);
    }
    write(target, name, out.toByteArray());
  }

  /** The writer's frame, as it is for one target, and as a datagram to be repaired for another. */
  private void packet(String name) throws IOException {
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    raw.write(frame, 0, writer.length);
    write("frames", name, raw.toByteArray());
    if (writer.length <= FrameWriter.ETHERNET) {
      return;
    }
    ByteArrayOutputStream repaired = new ByteArrayOutputStream();
    repaired.write(RepairedTarget.MACS);
    repaired.write(0);
    repaired.write(frame, FrameWriter.ETHERNET, writer.length - FrameWriter.ETHERNET);
    write("repaired", name, repaired.toByteArray());
  }

  /** A segment with the live numbers, from here to be spoilt. */
  private void segment(int flags, int optionBytes, int payload) {
    writer.tcp(flow, 1_001, flow.stackEnd, flags, 60_000, optionBytes, payload);
    java.util.Arrays.fill(frame, AT + 20, AT + 20 + optionBytes, (byte) 1);
    writer.patternPayload(payload);
    writer.mend();
  }

  private void packet(String name, int flags, int optionBytes, int payload) throws IOException {
    segment(flags, optionBytes, payload);
    packet(name);
  }

  private void frames() throws IOException {
    packet("data", Flow.ACK | Flow.PSH, 0, 5);
    packet("fin", Flow.ACK | Flow.FIN, 0, 0);
    packet("rst", Flow.RST, 0, 0);
    packet("ack", Flow.ACK, 0, 0);
    packet("xmas", 0xFF, 0, 1);
    packet("no-flags", 0, 0, 1);
    writer.tcp(flow, 77, 0, Flow.SYN, 60_000, 0, 0);
    Octets.put16(frame, AT, 5_001);
    writer.mend();
    packet("syn");
    for (int state = 0; state < 5; state++) {
      byte[] datagram = new byte[2 + 40];
      writer.tcp(flow, 0, 0, Flow.ACK, 60_000, 0, 0);
      System.arraycopy(frame, FrameWriter.ETHERNET, datagram, 2, 40);
      Octets.put32(datagram, 2 + 20, 0);
      datagram[0] = (byte) ALL;
      datagram[1] = (byte) state;
      write("repaired", "live-ack-" + state, datagram);
      datagram[2 + 33] = Flow.SYN | Flow.ACK;
      write("repaired", "live-syn-ack-" + state, datagram);
      datagram[2 + 33] = Flow.RST;
      write("repaired", "live-rst-" + state, datagram);
    }
    segment(Flow.ACK, 0, 1);
    writer.length = 60;
    packet("padded");
    System.arraycopy(frame, 12, frame, 16, 48);
    Octets.put32(frame, 12, 0x8100_0000);
    packet("vlan-0");
    writer.length = 15;
    packet("vlan-cut");
    segment(Flow.ACK, 0, 1);
    Octets.put16(frame, 12, 0x86DD);
    packet("ipv6");
    Octets.put16(frame, 12, 0x0100);
    packet("802.3");
    writer.length = 13;
    packet("runt");
  }

  private void spoil16(String name, int at, int value) throws IOException {
    segment(Flow.ACK, 0, 8);
    Octets.put16(frame, at, value);
    writer.mend();
    packet(name);
  }

  private void malformedIp() throws IOException {
    spoil16("ip-version-6", 14, 0x6500);
    spoil16("ip-header-short", 14, 0x4400);
    spoil16("ip-header-long", 14, 0x4F00);
    spoil16("ip-length-0", 16, 0);
    spoil16("ip-length-19", 16, 19);
    spoil16("ip-length-beyond", 16, 1_000);
    spoil16("ip-no-room-for-tcp", 16, 30);
    spoil16("ip-in-ip", 22, 64 << 8 | 4);
    spoil16("ip-unknown-protocol", 22, 64 << 8 | 99);
    spoil16("ip-fragment-first", 20, 0x2000);
    spoil16("ip-fragment-far", 20, 0x1FFF);
    spoil16("ip-fragment-flags-later", 20, 0x2001);
    spoil16("ip-source-zero", 26, 0);
    spoil16("ip-source-broadcast", 28, 0xFF);
    spoil16("ip-destination-broadcast", 32, 0xFF);
    spoil16("ip-ttl-0", 22, 6);
    segment(Flow.SYN, 0, 0);
    Octets.put32(frame, 26, FrameWriter.STACK_ADDRESS);
    Octets.put16(frame, AT, World.SERVER_PORT);
    writer.mend();
    packet("land");
    ipOptions("ip-options-nop", 0x0101_0101);
    ipOptions("ip-options-source-route", 0x8304_0400);
    ipOptions("ip-options-length-0", 0x4400_0000);
    ipOptions("ip-options-beyond", 0x4405_0000);
    ipOptions("ip-options-length-last", 0x0101_0144);
  }

  private void ipOptions(String name, int options) throws IOException {
    segment(Flow.ACK, 0, 8);
    System.arraycopy(frame, AT, frame, AT + 4, 28);
    Octets.put32(frame, AT, options);
    Octets.put16(frame, 14, 0x4600);
    Octets.put16(frame, 16, 52);
    writer.length += 4;
    writer.mend();
    packet(name);
  }

  private void malformedTcp() throws IOException {
    spoil16("tcp-offset-0", AT + 12, Flow.ACK);
    spoil16("tcp-offset-beyond", AT + 12, 0xF000 | Flow.ACK);
    spoil16("tcp-source-port-0", AT, 0);
    spoil16("tcp-destination-port-0", AT + 2, 0);
    spoil16("tcp-closed-port", AT + 2, 9);
    for (int pointer : new int[] {0, 1, 8, 9, 65_535}) {
      segment(Flow.ACK | 0x20, 0, 8);
      Octets.put16(frame, AT + 18, pointer);
      writer.mend();
      packet("tcp-urgent-" + pointer);
    }
    int[][] blocks = optionBlocks();
    for (int i = 0; i < blocks.length; i++) {
      segment(Flow.ACK, blocks[i].length, 3);
      for (int at = 0; at < blocks[i].length; at++) {
        frame[AT + 20 + at] = (byte) blocks[i][at];
      }
      writer.mend();
      packet("tcp-options-" + i);
    }
  }

  private static int[][] optionBlocks() {
    return new int[][] {
      {2, 4, 5, 0xB4},
      {2, 4, 0, 0},
      {2, 4, 0, 1},
      {2, 4, 0xFF, 0xFF},
      {2, 3, 5, 0},
      {2, 4, 5, 0xB4, 2, 4, 2, 0x18},
      {2, 0, 5, 0xB4},
      {2, 1, 5, 0xB4},
      {2, 255, 5, 0xB4},
      {1, 1, 1, 2},
      {0, 2, 4, 9},
      {1, 3, 3, 7},
      {1, 3, 3, 14},
      {1, 3, 3, 255},
      {4, 2, 1, 1},
      {5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0},
      {5, 2, 5, 3},
      {5, 40, 0, 0},
      {8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1},
      {8, 9, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1},
      {19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 1},
      {29, 3, 0, 1},
      {29, 40, 0, 1},
      {34, 6, 1, 2, 3, 4, 1, 1},
      {253, 4, 1, 2},
      {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
      {2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}
    };
  }

  private void options() throws IOException {
    int[][] blocks = optionBlocks();
    for (int i = 0; i < blocks.length; i++) {
      int[] input = new int[3 + blocks[i].length];
      System.arraycopy(blocks[i], 0, input, 3, blocks[i].length);
      for (int place :
          new int[] {OptionsTarget.ON_SYN, OptionsTarget.ON_SYN_ACK, OptionsTarget.ON_DATA}) {
        input[0] = place;
        input[1] = 0x40;
        write("options", "place-" + place + "-block-" + i, input);
      }
    }
  }

  private void arp() throws IOException {
    writer.arp(1, FrameWriter.PEER_MAC, FrameWriter.PEER_ADDRESS, 0, FrameWriter.STACK_ADDRESS);
    packet("arp-request");
    writer.arpReply(FrameWriter.PEER_MAC, FrameWriter.PEER_ADDRESS);
    packet("arp-reply");
    writer.length = 41;
    packet("arp-short");
    Octets.put16(frame, 18, 0x0706);
    writer.length = 60;
    packet("arp-lies");
    // Unsolicited replies and requests for the peer, ourselves, strangers; announcements; probes.
    int sound = ArpTarget.SOUND_PACKET;
    write("arp", "unsolicited-reply", 0, sound | 2 << 4, 9, 2, 1);
    write("arp", "request", 0, sound | 1 << 4, 9, 3, 1);
    write("arp", "probe", 0, sound | 1 << 4, 9, 0, 1);
    write("arp", "announcement", 0, sound | 8 | 1 << 4, 9, 3, 3);
    write("arp", "conflict", 0, sound | 2 << 4, 9, 1, 1);
    write("arp", "operation", 0, sound | 9 << 4, 9, 3, 1);
    write("arp", "no-answer", 1, 3, 150, 2 | 0xFC, 2 | 0xFC, 2 | 0xFC);
    write("arp", "late-answer", 1, 3, 150, 2 | 0x3C, sound | 2 << 4, 9, 150, 1, 2 | 0x3C);
    write("arp", "gateway", 0, 3 | 0x80, 7, 2 | 0x3C);
    write("arp", "cut", 0, 4 * 10, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0);
  }

  private void icmp() throws IOException {
    for (int code : new int[] {0, 1, 2, 3, 4, 13}) {
      write("icmp", "unreachable-" + code, 3, code, 0, 0, 0x02, 0x40, 56, 0);
      write("icmp", "unreachable-connect-" + code, 3, code, 0, 0, 0x02, 0x40, 57, 0);
    }
    for (int mtu : new int[] {0, 1, 68, 551, 552, 576, 1_400, 1_500, 65_535}) {
      write("icmp", "mtu-" + mtu, 3, 4, 0, 0, mtu >> 8, mtu & 0xFF, 56, 16 | 7 << 5);
    }
    write("icmp", "time-exceeded", 11, 0, 0, 0, 0, 0, 56, 0);
    write("icmp", "parameter-problem", 12, 0, 0, 0, 0, 0, 56, 0);
    write("icmp", "source-quench", 4, 0, 0, 0, 0, 0, 56, 0);
    write("icmp", "redirect", 5, 1, 10, 0, 0, 9, 56, 0);
    write("icmp", "echo", 8, 0, 0, 1, 0, 1, 56, 0);
    write("icmp", "timestamp", 13, 0, 0, 1, 0, 1, 24, 0);
    write("icmp", "address-mask", 17, 0, 0, 1, 0, 1, 8, 0);
    write("icmp", "quote-short", 3, 3, 0, 0, 0, 0, 14, 0);
    write("icmp", "quote-lies", 3, 3, 0, 0, 0, 0, 56, 1, 8, 0x0A);
    write("icmp", "quote-cut", 3, 3, 0, 0, 0, 0, 56, 8, 27);
    write("icmp", "quote-outside-flight", 3, 4, 0, 0, 2, 0x40, 56, 1, 32, 0x80);
    writer.icmp(FrameWriter.PEER_ADDRESS, 8, 0, 0x0001_0001, 5);
    writer.mend();
    packet("echo");
    writer.icmp(FrameWriter.PEER_ADDRESS, 17, 0, 0x0001_0001, 4);
    writer.mend();
    packet("address-mask");
    writer.ipv4(FrameWriter.PEER_ADDRESS, 1, 3);
    writer.mend();
    packet("icmp-short");
  }

  private void fragments() throws IOException {
    int last = 8;
    write("fragments", "two", 0, 0, 100, last, 100, 100);
    write("fragments", "two-reversed", last, 100, 100, 0, 0, 100);
    write("fragments", "interleaved", 0, 0, 90, 1, 0, 90, last, 90, 90, last | 1, 90, 90);
    write("fragments", "tiny-first", 0, 0, 1, last, 1, 180);
    write("fragments", "overlap", 0, 0, 100, last, 50, 130);
    write("fragments", "overlap-wrong", 0, 0, 100, last | 64, 50, 130, 3, 7);
    write("fragments", "teardrop", 0, 0, 100, last, 10, 1);
    write("fragments", "duplicate", 0, 0, 100, 0, 0, 100, last, 100, 100);
    write("fragments", "past-the-end", 4 | last, 0x1F, 0xFE, 180);
    write("fragments", "odd-length", 16, 0, 100, 3, last, 100, 100);
    write("fragments", "empty", 0, 0, 0, last, 0, 0);
    write("fragments", "two-lasts", last, 100, 10, last, 150, 10, 0, 0, 100);
    write("fragments", "timeout", 0, 0, 100, 0xFC, 70, last, 100, 100);
    int[] many = new int[3 * 24];
    for (int i = 0; i < 24; i++) {
      many[3 * i + 1] = 2 * i;
      many[3 * i + 2] = 1;
    }
    write("fragments", "many-holes", many);
  }

  private void conversation() throws IOException {
    int data = ConversationTarget.DATA;
    int flags = ConversationTarget.FLAGS;
    int user = ConversationTarget.USER;
    int time = ConversationTarget.TIME;
    int callback = ConversationTarget.CALLBACK;
    write("conversation", "data-fin", 0, 0, data, 10, flags, 17, flags, 16);
    write("conversation", "send", 0, 0, user, 0xF3, user, 4, flags, 16, flags, 17, flags, 16);
    write("conversation", "synack", 0, 16, flags, 18, data, 200, flags, 17, user, 4, flags, 16);
    write("conversation", "gap", 0, 0, 0, 16, 4 << 2, 0, 255, 100, 0, 16, 0, 0, 255, 100);
    write("conversation", "leave", 0, 32, callback | 0x20, 13, data, 200, user, 2, data, 9);
    write("conversation", "throw", 0, 32, callback | 0x20, 11, data, 200, data, 9);
    write("conversation", "error", 0, 32, callback | 0x20, 12, data, 200, data, 9);
    write("conversation", "abort", 0, 32, callback | 0x20, 5, data, 200, data, 9);
    write("conversation", "pause", 0, 32, user, 1, data, 255, data, 255, user, 2, flags, 17);
    write("conversation", "window", 1, 32, user, 0xF3, 0, 16, 0, 0, 0, 0, time | 0x70, time | 0x80);
    write("conversation", "reset", 0, 32, user, 0xF3, 0, 4, 0, 0, 0, 0, 0, 4, 8, 0, 0, 0);
    write("conversation", "simultaneous", 0, 16, flags, 2, flags, 16, data, 3);
    write("conversation", "no-slots", 0, 32, 0x2D, user, 0xF3, data, 3, 0x0D, flags, 16);
    write("conversation", "reopen", 0, 32, user, 4, flags, 16, flags, 17, 0x0C, flags, 16, data, 3);
    write("conversation", "urgent", 0, 32, 6, 0x38, 0, 0, 200, 20, 0, 9, data, 10);
    write("conversation", "keepalive", 0xC0, 0, time | 0x90, flags, 16, time | 0xD0);
    write(
        "conversation",
        "loss",
        0,
        32,
        user,
        0xF3,
        0,
        16,
        1,
        1,
        255,
        0,
        0,
        16,
        1,
        1,
        255,
        0,
        time | 0x50);
    write("conversation", "wrap", 2, 1 | 2 << 2, data, 200, user, 0xF3, time | 0x80, flags, 16);
    int leave = callback | 0x20;
    write(
        "conversation",
        "full",
        1,
        32,
        leave,
        13,
        data,
        255,
        data,
        255,
        data,
        255,
        user,
        2,
        data,
        1);
    write(
        "conversation",
        "beyond-the-edge",
        1,
        32,
        0,
        16,
        1 | -4 << 2,
        0,
        255,
        100,
        data,
        255,
        data,
        255,
        data,
        255);
    write("conversation", "early-fin", 0, 32, 0, 17, 4 << 2, 0, 255, 10, data, 4, data, 99);
    write(
        "conversation",
        "little-memory",
        4,
        0,
        leave,
        13,
        user,
        0xF3,
        data,
        255,
        data,
        255,
        data,
        255,
        time | 0x70);
    write(
        "conversation",
        "time-wait",
        0,
        32,
        user,
        4,
        flags,
        17,
        time | 0x60,
        flags,
        2,
        flags,
        17,
        time | 0xC0);
    write("conversation", "refused", 0, 16, flags, 20, flags, 4, 0x0E, 0x0C, 0x1E, 0x0C);
    write("conversation", "icmp", 0, 0, user, 0xF3, 15, 3, 4, 2, 64, 28, time | 0x50, flags, 16);
  }

  private void pair() throws IOException {
    write("pair", "whole", 0, 0x40, 0, 0x40, 0);
    write("pair", "nothing", 0, 0, 0, 0, 0);
    write("pair", "loses", 0, 0x40, 0, 0x40, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1);
    write(
        "pair", "all", 0, 0x10, 0, 0x10, 0, 0, 0, 0, 2, 0x2B, 4, 1, 9, 0x13, 5, 0, 50, 0, 2, 0x53);
    write(
        "pair", "changes", 1, 0x10, 0, 0x10, 0, 0, 0, 6, 25, 4, 0, 6, 30, 2, 6, 33, 1, 0, 6, 38, 1);
  }

  private void cookies() throws IOException {
    write("cookies", "overflow", 0, 0, 1, 4, 0, 2, 8, 0, 3, 1, 1, 5, 3, 9, 3);
    write("cookies", "options", 0, 0, 1, 4, 4, 1, 2, 4, 5, 0xB4, 5, 9);
    write("cookies", "guess", 0, 0, 1, 4, 0, 1, 6, 1, 2, 16, 0, 6 | 0x80, 1, 9, 9, 9, 9, 16, 0);
    write("cookies", "late", 0, 0, 1, 4, 0, 1, 3, 240, 5, 0);
  }

  private void settings() throws IOException {
    text("plain", "\n10.0.0.1/24");
    text("gateway", "10.0.0.254\n10.0.0.1/24");
    text("several", "\n10.0.0.1/24\n192.168.1.1/30");
    text("none", "");
    text("host", "\n10.0.0.1/32");
    text("beyond", "\n10.0.0.256/33");
    text("leading-zero", "\n010.0.0.1/08");
    text("signs", "\n+10.-0.0.1/+24");
    text("spaces", " \n 10.0.0.1/24 ");
    text("hexadecimal", "0x0a000001\n0xa.0.0.1/24");
    text("name", "localhost\nlocalhost/8");
    text("large", "\n99999999999.0.0.1/99999999999");
    text("digits", "\n\u00b9\u00b2.0.0.1/24");
  }

  private void text(String name, String text) throws IOException {
    write("settings", name, text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
