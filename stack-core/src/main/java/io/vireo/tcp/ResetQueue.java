// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;
import java.util.Arrays;

/**
 * The RSTs of connections that are over, until each has found a transmit slot: a thousand connections that end at once want more slots than
 * a ring has. All that a RST says is copied here, for its connection goes back to its pool and may begin another life before. Memory grows
 * with use up to the cap; what goes beyond is lost, and the peer's next segment, which meets no connection, is answered with a RST then.
 */
final class ResetQueue {
  static final int CAPACITY = 1 << 16;

  private static final int FIRST_ENTRIES = 16;

  private final SegmentWriter writer;
  private final Counters counters;

  // A ring; the number of entries is a power of two.
  private long[] mac = new long[FIRST_ENTRIES];
  private long[] addressKey = new long[FIRST_ENTRIES];
  private int[] ports = new int[FIRST_ENTRIES];
  private int[] seq = new int[FIRST_ENTRIES];
  private int[] ack = new int[FIRST_ENTRIES];
  private int[] marking = new int[FIRST_ENTRIES];
  private int[] optionBytes = new int[FIRST_ENTRIES];
  private int[] tsVal = new int[FIRST_ENTRIES];
  private int[] tsEcr = new int[FIRST_ENTRIES];
  private int first;
  private int size;

  ResetQueue(SegmentWriter writer, Counters counters) {
    this.writer = writer;
    this.counters = counters;
  }

  /** The RST of {@code c}, to a station, at this {@link Timestamps#tick}. */
  void add(Connection c, long mac, int tick) {
    c.onResetSent();
    if (size == CAPACITY) {
      return;
    }
    if (size == this.mac.length) {
      grow();
    }
    int entry = (first + size) & (this.mac.length - 1);
    this.mac[entry] = mac;
    addressKey[entry] = c.route.addressKey();
    ports[entry] = (int) c.portKey();
    seq[entry] = c.sender.ackSeq();
    ack[entry] = c.receiver.rcvNxt();
    marking[entry] = c.route.marking();
    optionBytes[entry] = c.handshake.optionBytes();
    tsVal[entry] = c.timestamps.tsVal(tick);
    tsEcr[entry] = c.timestamps.recent();
    size++;
  }

  @HotPath
  boolean isEmpty() {
    return size == 0;
  }

  /** Sends at most {@code limit} of them. False: there is no slot for the next one. */
  boolean flush(int limit) {
    for (int i = 0; i < limit && size > 0; i++) {
      // A single one is urgent; a crowd would leave nothing of the reserve to others.
      int at = writer.claim(TcpHeader.MIN_LENGTH + optionBytes[first], size == 1);
      if (at == SegmentWriter.FULL) {
        return false;
      }
      send(at);
      first = (first + 1) & (mac.length - 1);
      size--;
    }
    return true;
  }

  private void send(int at) {
    int flags = TcpHeader.RST | TcpHeader.ACK;
    int header = TcpHeader.MIN_LENGTH + optionBytes[first];
    if (optionBytes[first] > 0) {
      TcpOptions.writeTimestamp(
          writer.memory(), at + TcpHeader.MIN_LENGTH, tsVal[first], tsEcr[first]);
    }
    TcpHeader.write(
        writer.memory(),
        at,
        ports[first] >>> 16,
        ports[first] & 0xFFFF,
        seq[first],
        ack[first],
        header,
        flags,
        0);
    writer.sendTo(
        mac[first],
        (int) (addressKey[first] >>> 32),
        (int) addressKey[first],
        marking[first],
        at,
        header);
    counters.increment(Counter.RESETS_SENT);
  }

  private void grow() {
    int entries = 2 * mac.length;
    mac = unrolled(mac, entries);
    addressKey = unrolled(addressKey, entries);
    ports = unrolled(ports, entries);
    seq = unrolled(seq, entries);
    ack = unrolled(ack, entries);
    marking = unrolled(marking, entries);
    optionBytes = unrolled(optionBytes, entries);
    tsVal = unrolled(tsVal, entries);
    tsEcr = unrolled(tsEcr, entries);
    first = 0;
  }

  private long[] unrolled(long[] ring, int entries) {
    long[] copy = Arrays.copyOfRange(ring, first, first + entries);
    System.arraycopy(ring, 0, copy, ring.length - first, first);
    return copy;
  }

  private int[] unrolled(int[] ring, int entries) {
    int[] copy = Arrays.copyOfRange(ring, first, first + entries);
    System.arraycopy(ring, 0, copy, ring.length - first, first);
    return copy;
  }
}
