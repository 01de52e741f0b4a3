// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/**
 * ICMP messages that quote what the stack has sent, more or less: of a connection with data under way and of one that is being opened. Whatever
 * they say, the established connection lives and its bytes arrive (RFC 5927).
 */
final class IcmpTarget extends SettledTarget {
  private static final int MOST_MESSAGES = 12;
  private static final int ICMP = FrameWriter.ETHERNET + FrameWriter.IPV4;
  private static final int SENT = 6_000;

  private Flow live;
  private Flow opening;
  private User user;

  @Override
  void test(byte[] bytes) {
    Input input = new Input(bytes);
    live = established(FramesTarget.PEER_PORT);
    user = world.handler.user(world.handler.userCount() - 1);
    user.send(SENT);
    opening = world.connect(9_000);
    for (int i = 0; i < MOST_MESSAGES && !input.ended(); i++) {
      message(input);
    }
    Oracle.require(!user.over, "an established connection has ended");
    complete();
  }

  /** Type, code, rest of the header, which flow and how much of it, changes to the quote, time that passes. */
  private void message(Input input) {
    FrameWriter writer = world.writer;
    int type = input.u8();
    int code = input.u8();
    int rest = input.u32();
    int choice = input.u8();
    Flow flow = (choice & 1) == 0 ? live : opening;
    int quoted = Math.min(choice >> 1, flow.quoteLength);
    writer.icmp(FrameWriter.PEER_ADDRESS + (choice & 2), type, code, rest, quoted);
    System.arraycopy(flow.quote, 0, writer.frame, ICMP + 8, quoted);
    int changes = input.u8();
    for (int i = 0; i < (changes & 7); i++) {
      int at = input.u8();
      int change = input.u8();
      if (at < 8 + quoted) {
        writer.frame[ICMP + at] ^= (byte) change;
      }
    }
    writer.mend();
    if ((changes & 8) != 0) {
      int cut = input.u8() % (9 + quoted);
      Octets.put16(writer.frame, 16, FrameWriter.IPV4 + cut);
      writer.length = ICMP + cut;
      writer.mend();
    }
    world.arrive();
    if ((changes & 16) != 0) {
      world.pass((changes >> 5) * 150_000_000L);
    }
  }

  /** The peer acknowledges whatever comes, until all is there. */
  private void complete() {
    int end = live.stackIss + 1 + SENT;
    for (int round = 0; live.stackEnd != end; round++) {
      Oracle.require(round < 100, "the bytes do not arrive");
      world.segment(live, 1_001, Flow.ACK, 0);
      world.pass(100_000_000L);
    }
    Oracle.require(!user.over, "an established connection has ended");
  }
}
