// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/**
 * Fragments of four segments that a connection expects, in any order, size and overlap, some past 65,535. Their bytes are right, or wrong in
 * one place: nothing else may ever be delivered than what the peer's stream says.
 */
final class FragmentsTarget extends SettledTarget {
  private static final int MOST_FRAGMENTS = 48;
  private static final int DATAGRAMS = 4;
  private static final int PAYLOAD = 1_400;
  private static final int AT = FrameWriter.ETHERNET + FrameWriter.IPV4;

  /** Behind the IP header: TCP header and payload. */
  private final byte[][] wholes = new byte[DATAGRAMS][20 + PAYLOAD];

  private boolean spoilt;

  @Override
  void test(byte[] bytes) {
    Input input = new Input(bytes);
    Flow flow = established(FramesTarget.PEER_PORT);
    world.handler.patterned = true;
    FrameWriter writer = world.writer;
    for (int i = 0; i < DATAGRAMS; i++) {
      writer.tcp(flow, 1_001 + i * PAYLOAD, flow.stackEnd, Flow.ACK, 60_000, 0, PAYLOAD);
      writer.patternPayload(PAYLOAD);
      writer.mend();
      System.arraycopy(writer.frame, AT, wholes[i], 0, 20 + PAYLOAD);
    }
    spoilt = false;
    for (int i = 0; i < MOST_FRAGMENTS && !input.ended(); i++) {
      fragment(input);
    }
    world.pass(20_000_000L);
  }

  /** Which datagram and what kind, offset and length in units of eight bytes. */
  private void fragment(Input input) {
    int choice = input.u8();
    int datagram = choice % DATAGRAMS;
    if ((choice & 0xFC) == 0xFC) {
      world.pass(input.u8() * 500_000_000L);
      return;
    }
    int offset = (choice & 4) != 0 ? input.u16() & 0x1FFF : input.u8();
    int units = input.u8();
    boolean last = (choice & 8) != 0;
    int length = units * 8 + ((choice & 16) != 0 ? input.u8() & 7 : 0);
    byte[] whole = wholes[datagram];
    if (offset * 8 < whole.length && (choice & 32) == 0) {
      length = Math.min(length, whole.length - offset * 8);
    }
    length = Math.min(length, FuzzNic.MTU - FrameWriter.IPV4);
    FrameWriter writer = world.writer;
    writer.ipv4(FrameWriter.PEER_ADDRESS, 6, length);
    for (int i = 0; i < length; i++) {
      int from = offset * 8 + i;
      writer.frame[AT + i] = from < whole.length ? whole[from] : (byte) from;
    }
    if ((choice & 64) != 0 && !spoilt && length > 0) {
      spoilt = true;
      writer.frame[AT + input.u8() % length] ^= (byte) (1 + input.u8() % 255);
    }
    Octets.put16(writer.frame, 18, datagram);
    Octets.put16(writer.frame, 20, (last ? 0 : 0x2000) | offset | (choice & 128) << 7);
    writer.mend();
    world.arrive();
  }
}
