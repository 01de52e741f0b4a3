// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.api.Limits;
import io.vireo.time.ManualClock;

/**
 * SYNs beyond the backlog, and ACKs that may or may not answer what the stack has sent to them. Only an ACK of a number that the stack has
 * offered may open a connection.
 */
final class CookiesTarget extends SettledTarget {
  private static final int MOST_STEPS = 48;
  private static final int FLOWS = 8;
  private static final int AT = FrameWriter.ETHERNET + FrameWriter.IPV4;

  private int rightAcks;

  @Override
  void start() {
    world.start(
        World.smallStack()
            .withLimits(Limits.defaults().withHalfOpenConnections(2).withNeighbours(16)),
        World.smallTcp().withBacklog(1).withConnections(8),
        new ManualClock(0));
  }

  @Override
  void test(byte[] bytes) {
    Input input = new Input(bytes);
    rightAcks = 0;
    for (int i = 0; i < MOST_STEPS && !input.ended(); i++) {
      step(input);
      Oracle.require(world.handler.established <= rightAcks, "accepts a number it has not offered");
    }
  }

  private void step(Input input) {
    int step = input.u8();
    Flow flow = world.flows.follow(
        FrameWriter.PEER_ADDRESS, FramesTarget.PEER_PORT + (step >> 2) % FLOWS, World.SERVER_PORT);
    FrameWriter writer = world.writer;
    switch (step & 3) {
      case 0 -> {
        int optionBytes = Math.min(input.u8() & 0x3C, 40);
        flow.peerIss = input.u8() << 24;
        writer.tcp(flow, flow.peerIss, 0, Flow.SYN, 60_000, optionBytes, 0);
        java.util.Arrays.fill(writer.frame, AT + 20, AT + 20 + optionBytes, (byte) 1);
        input.copy(writer.frame, AT + 20, optionBytes);
        writer.mend();
        world.arrive();
      }
      case 1 -> ack(flow, 1, 1, Flow.ACK, input.u8());
      case 2 -> {
        int flags = input.u8();
        ack(flow, input.s8(), (step & 0x80) != 0 ? input.u32() : input.s8(), flags, input.u8());
      }
      default -> world.pass(input.u8() * 500_000_000L);
    }
  }

  private void ack(Flow flow, int seq, int ack, int flags, int payload) {
    FrameWriter writer = world.writer;
    int number = flow.stackIss + ack;
    if (flow.hasOffered(number - 1) && (flags & Flow.ACK) != 0) {
      rightAcks++;
    }
    int optionBytes = flow.offersTimestamps && payload % 8 != 7 ? 12 : 0;
    writer.tcp(flow, flow.peerIss + seq, number, flags, 60_000, optionBytes, payload);
    if (optionBytes > 0) {
      Octets.put32(writer.frame, AT + 20, 0x0101_080A);
      Octets.put32(writer.frame, AT + 24, 0);
      // Some say that they were promised something else.
      Octets.put32(writer.frame, AT + 28, flow.stackTsVal ^ (payload % 8 == 6 ? payload >> 3 : 0));
    }
    writer.patternPayload(payload);
    writer.mend();
    world.arrive();
  }
}
