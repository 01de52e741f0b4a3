// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/**
 * ARP packets of any content and length, while the stack knows its peer, looks for others, and time passes. Input: steps of one byte that says
 * what is done, then the first bytes of the packet. Nobody may take the peer's place unless the stack has asked.
 */
final class ArpTarget extends SettledTarget {
  static final int PACKET = 0;
  static final int SOUND_PACKET = 1;
  static final int TIME = 2;
  static final int CONNECT = 3;
  private static final int STEPS = 4;
  private static final int MOST_STEPS = 24;

  @Override
  void test(byte[] bytes) {
    Input input = new Input(bytes);
    Flow flow = established(FramesTarget.PEER_PORT);
    int questions = world.questions;
    world.answersArp = (input.u8() & 1) == 0;
    for (int i = 0; i < MOST_STEPS && !input.ended(); i++) {
      step(input);
    }
    world.segment(flow, 1_001, Flow.ACK | Flow.PSH, 1);
    world.pass(20_000_000L);
    Oracle.require(
        flow.stationMac == FrameWriter.PEER_MAC || world.questions > questions,
        "somebody has taken the peer's place");
  }

  private void step(Input input) {
    FrameWriter writer = world.writer;
    int step = input.u8();
    switch (step % STEPS) {
      case PACKET -> {
        writer.arp(1, 0, 0, 0, 0);
        int length = input.copy(writer.frame, FrameWriter.ETHERNET, step / STEPS);
        Octets.put48(writer.frame, 6, Octets.u48(writer.frame, 22) | 1L << 41);
        writer.length = FrameWriter.ETHERNET + length;
        world.arrive();
      }
      case SOUND_PACKET -> {
        long mac = 0x0200_0000_0000L | input.u8();
        int sender = 0x0A00_0000 | input.u8();
        int target = 0x0A00_0000 | input.u8();
        writer.arp(step >> 4, mac, sender, FrameWriter.STACK_MAC, target);
        Octets.put48(writer.frame, 6, mac);
        if ((step & 8) != 0) {
          Octets.put48(writer.frame, 0, -1);
        }
        world.arrive();
      }
      case TIME -> world.pass((long) (step / STEPS) * step * 10_000_000L);
      default -> {
        // Through the gateway, to stations that answer, and to those that do not.
        int host = input.u8();
        world.handler.connect((step & 0x80) != 0 ? "192.0.2." + host : "10.0.0." + host, 4_000);
        world.turn();
      }
    }
  }
}
