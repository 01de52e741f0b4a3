// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.nio.ByteBuffer;

/** Changes one byte of TCP payload, once, and repairs the checksum, so that TCP cannot notice. */
final class ByteFlip implements SpoiltNic.Spoiler {
  private static final int ETHERNET_BYTES = 14;
  private static final int TCP_OFFSET = ETHERNET_BYTES + 20;
  private static final int PROTOCOL_TCP = 6;
  private static final int CHECKSUM_OFFSET = TCP_OFFSET + 16;

  private final int leastPayload;
  private final int mostPayload;
  private int framesBefore;
  private volatile boolean done;

  /** In the frame with a payload of this size behind {@code framesBefore} of them. */
  ByteFlip(int leastPayload, int mostPayload, int framesBefore) {
    this.leastPayload = leastPayload;
    this.mostPayload = mostPayload;
    this.framesBefore = framesBefore;
  }

  boolean done() {
    return done;
  }

  @Override
  public boolean pass(ByteBuffer memory, int offset, int length) {
    if (done || length < TCP_OFFSET + 20 || memory.get(offset + 23) != PROTOCOL_TCP) {
      return true;
    }
    int ipLength = memory.getShort(offset + ETHERNET_BYTES + 2) & 0xFFFF;
    int headerLength = (memory.get(offset + TCP_OFFSET + 12) >> 2) & 0x3C;
    int payload = ipLength - 20 - headerLength;
    if (payload < leastPayload || payload > mostPayload || framesBefore-- > 0) {
      return true;
    }
    // The last two bytes that lie in one 16-bit word of the checksum.
    int word = offset + TCP_OFFSET + headerLength + ((payload - 2) & ~1);
    int before = memory.getShort(word) & 0xFFFF;
    memory.put(word, (byte) (memory.get(word) ^ 0x01));
    int after = memory.getShort(word) & 0xFFFF;
    // RFC 1624: HC' = ~(~HC + ~m + m')
    int sum = (~memory.getShort(offset + CHECKSUM_OFFSET) & 0xFFFF) + (~before & 0xFFFF) + after;
    sum = (sum & 0xFFFF) + (sum >>> 16);
    sum = (sum & 0xFFFF) + (sum >>> 16);
    memory.putShort(offset + CHECKSUM_OFFSET, (short) ~sum);
    done = true;
    return true;
  }
}
