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

  /** Of the first datagram: its fragments so far, and the units of eight bytes that they cover. */
  private final int[] offsets = new int[MOST_FRAGMENTS];

  private final int[] lengths = new int[MOST_FRAGMENTS];
  private final boolean[] covered = new boolean[(20 + PAYLOAD + 7) / 8];
  private int fragments;
  private int coveredUnits;

  /** Pieces of the first datagram overlapped before it can have been whole (RFC 5722): it must never arrive. */
  private boolean overlapped;

  /** It was sent in one piece, too, or so much later that it counts as another one. */
  private boolean excused;

  /** A fragment said of another place that the datagram ends there. */
  private boolean falseEnd;

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
    java.util.Arrays.fill(covered, false);
    fragments = 0;
    coveredUnits = 0;
    overlapped = false;
    excused = false;
    falseEnd = false;
    for (int i = 0; i < MOST_FRAGMENTS && !input.ended(); i++) {
      fragment(input);
    }
    world.pass(20_000_000L);
    if (overlapped && !excused) {
      Oracle.require(flow.stackAck == 1_001, "a datagram whose fragments overlap has arrived");
    }
  }

  private void remember(int offset, int length) {
    for (int i = 0; i < fragments && coveredUnits < covered.length; i++) {
      boolean same = offsets[i] == offset && lengths[i] == length;
      boolean apart = offset >= offsets[i] + lengths[i] || offset + length <= offsets[i];
      overlapped |= !same && !apart;
    }
    offsets[fragments] = offset;
    lengths[fragments++] = length;
    for (int unit = offset / 8; unit < covered.length && unit * 8 < offset + length; unit++) {
      coveredUnits += covered[unit] ? 0 : 1;
      covered[unit] = true;
    }
  }

  /** Whether nothing about a fragment by itself is a reason to drop it. */
  private static boolean isTaken(int offset, int length, boolean last) {
    return length > 0
        && (last || length % 8 == 0)
        && (offset > 0 ? offset * 8 >= 20 : length >= 20)
        && offset * 8 + length <= 20 + PAYLOAD;
  }

  /** Which datagram and what kind, offset and length in units of eight bytes. */
  private void fragment(Input input) {
    int choice = input.u8();
    int datagram = choice % DATAGRAMS;
    if ((choice & 0xFC) == 0xFC) {
      // Later the same identification stands for another datagram.
      excused = true;
      world.pass(input.u8() * 500_000_000L);
      return;
    }
    int offset = (choice & 4) != 0 ? input.u16() & 0x1FFF : input.u8();
    int units = input.u8();
    boolean last = (choice & 8) != 0;
    int length = units * 8 + ((choice & 16) != 0 ? input.u8() & 7 : 0);
    byte[] source = wholes[datagram];
    if (offset * 8 < source.length && (choice & 32) == 0) {
      length = Math.min(length, source.length - offset * 8);
    }
    length = Math.min(length, FuzzNic.MTU - FrameWriter.IPV4);
    FrameWriter writer = world.writer;
    writer.ipv4(FrameWriter.PEER_ADDRESS, 6, length);
    for (int i = 0; i < length; i++) {
      int from = offset * 8 + i;
      writer.frame[AT + i] = from < source.length ? source[from] : (byte) from;
    }
    if ((choice & 64) != 0 && !spoilt && length > 0) {
      spoilt = true;
      writer.frame[AT + input.u8() % length] ^= (byte) (1 + input.u8() % 255);
    }
    falseEnd |= last && offset * 8 + length != source.length;
    // What is spoilt and cut short may have the right sum again: then nothing protects the stream.
    world.handler.patterned &= !(spoilt && falseEnd);
    // A false end may complete another datagram, which fails by its checksum.
    excused |= datagram == 0 && last && (offset == 0 || offset * 8 + length != 20 + PAYLOAD);
    if (datagram == 0 && !overlapped && isTaken(offset, length, last)) {
      remember(offset * 8, length);
    }
    Octets.put16(writer.frame, 18, datagram);
    Octets.put16(writer.frame, 20, (last ? 0 : 0x2000) | offset | (choice & 128) << 7);
    // Only that of the IP header: TCP's is what protects the stream.
    writer.mendIpv4();
    world.arrive();
  }
}
