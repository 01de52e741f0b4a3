// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/**
 * One datagram whose checksums are repaired, for a flow of the stack. Input: what to repair, which flow, then the datagram from the IP header
 * on. Ports, sequence and acknowledgment number are added to the live ones where the first byte says so, so that 0 stands for "as it should
 * be".
 */
final class RepairedTarget extends SettledTarget {
  static final int MACS = 1;
  static final int TOTAL_LENGTH = 2;
  static final int ADDRESSES = 4;
  static final int PORTS = 8;
  static final int NUMBERS = 16;
  static final int VOUCHED = 32;

  private static final int TCP = FrameWriter.ETHERNET + FrameWriter.IPV4;

  @Override
  void test(byte[] bytes) {
    Input input = new Input(bytes);
    int repairs = input.u8();
    Flow flow = flow(input.u8());
    FrameWriter writer = world.writer;
    byte[] frame = writer.frame;
    writer.arp(0, 0, 0, 0, 0);
    Octets.put16(frame, 12, 0x0800);
    int length = input.copy(frame, FrameWriter.ETHERNET, input.left());
    writer.length = FrameWriter.ETHERNET + length;
    if ((repairs & MACS) == 0) {
      Octets.put48(frame, 6, FrameWriter.PEER_MAC ^ (1L << (repairs >> 6)));
    }
    if ((repairs & TOTAL_LENGTH) != 0 && length >= 4) {
      Octets.put16(frame, 16, length);
    }
    if ((repairs & ADDRESSES) != 0 && length >= 20) {
      Octets.put32(frame, 26, flow.remoteAddress);
      Octets.put32(frame, 30, FrameWriter.STACK_ADDRESS);
    }
    if ((repairs & PORTS) != 0 && length >= 24) {
      Octets.put16(frame, TCP, Octets.u16(frame, TCP) + flow.remotePort);
      Octets.put16(frame, TCP + 2, Octets.u16(frame, TCP + 2) + flow.localPort);
    }
    if ((repairs & NUMBERS) != 0 && length >= 32) {
      int next = flow.stackAcks ? flow.stackAck : flow.peerIss;
      Octets.put32(frame, TCP + 4, Octets.u32(frame, TCP + 4) + next);
      Octets.put32(frame, TCP + 8, Octets.u32(frame, TCP + 8) + flow.stackEnd);
    }
    writer.mend();
    world.nic.vouches((repairs & VOUCHED) != 0);
    world.arrive();
    world.nic.vouches(false);
  }

  /** In one of the states that a flow can be in. */
  private Flow flow(int choice) {
    FrameWriter writer = world.writer;
    switch (choice % 5) {
      case 1 -> {
        return world.connect(9_000);
      }
      case 2 -> {
        Flow flow =
            world.flows.follow(FrameWriter.PEER_ADDRESS, FramesTarget.PEER_PORT, World.SERVER_PORT);
        writer.tcp(flow, 1_000, 0, Flow.SYN, 60_000, 0, 0);
        writer.mend();
        world.arrive();
        return flow;
      }
      case 3 -> {
        Flow flow = established(FramesTarget.PEER_PORT);
        User user = world.handler.user(world.handler.userCount() - 1);
        user.send(5_000);
        user.sendFin();
        return flow;
      }
      case 4 -> {
        Flow flow = established(FramesTarget.PEER_PORT);
        world.segment(flow, 1_002, Flow.ACK, 700);
        world.segment(flow, 3_000, Flow.ACK | Flow.FIN, 100);
        return flow;
      }
      default -> {
        return established(FramesTarget.PEER_PORT);
      }
    }
  }
}
