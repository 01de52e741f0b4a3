// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.ip.Ipv4Output;
import io.vireo.ip.Ipv4Route;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;
import java.nio.ByteBuffer;

/** The only place where TCP segments are put together: claim a slot, write the header, then what follows it, then send. */
final class SegmentWriter {
  static final int FULL = Ipv4Output.FULL;
  private final Ipv4Output output;
  private final Counters counters;

  SegmentWriter(Ipv4Output output, Counters counters) {
    this.output = output;
    this.counters = counters;
  }

  /** Claims a slot for a segment of {@code bytes} bytes with its header; the offset of the header in {@link #memory()}, or FULL. */
  @HotPath
  int claim(int bytes, boolean urgent) {
    return output.claim(bytes, urgent);
  }

  ByteBuffer memory() {
    return output.memory();
  }

  /**
   * Writes the options of a SYN behind the header, at most MOST_SYN_BYTES; {@code scale} NO_SCALE leaves that option out, and {@code offers} are bits of
   * {@link Handshake}. Returns the length of the header with them.
   */
  int writeSynOptions(int at, int mss, int scale, int offers, int tsVal, int tsEcr) {
    boolean sackPermitted = (offers & Handshake.SELECTIVE_ACKS) != 0;
    int header = TcpHeader.MIN_LENGTH;
    header += TcpOptions.writeMss(memory(), at + header, mss);
    if ((offers & Handshake.TIMESTAMPS) == 0) {
      header += sackPermitted ? TcpOptions.writeSackPermitted(memory(), at + header) : 0;
    } else {
      header += sackPermitted
          ? TcpOptions.writeSackPermittedAndTimestamp(memory(), at + header, tsVal, tsEcr)
          : TcpOptions.writeTimestamp(memory(), at + header, tsVal, tsEcr);
    }
    if (scale != Handshake.NO_SCALE) {
      header += TcpOptions.writeWindowScale(memory(), at + header, scale);
    }
    return header;
  }

  /** Writes what stands in front of a segment of {@code bytes} bytes on a connection's route. Its payload may follow, and then {@link #send}. */
  @HotPath
  void frame(Ipv4Route route, int at, int bytes) {
    output.frame(route, at, bytes, Ipv4Header.PROTOCOL_TCP);
  }

  /** Sends what was framed. */
  @HotPath
  void send(Ipv4Route route, int at, int bytes) {
    finish(route.pseudoHeaderSum(), at, bytes);
    output.transmit(at, bytes, Ipv4Header.PROTOCOL_TCP);
  }

  /** Sends {@code bytes} bytes of segment without a connection, to the station that its cause came from. */
  void sendTo(long mac, int local, int remote, int marking, int at, int bytes) {
    finish(InternetChecksum.pseudoHeaderSum(local, remote, Ipv4Header.PROTOCOL_TCP), at, bytes);
    output.sendTo(mac, local, remote, marking, at, bytes, Ipv4Header.PROTOCOL_TCP);
  }

  @HotPath
  private void finish(long pseudoHeaderSum, int at, int bytes) {
    counters.increment(Counter.SEGMENTS_SENT);
    if (!output.path().fillsChecksums()) {
      long sum = pseudoHeaderSum
          + InternetChecksum.lengthSum(bytes)
          + output.checksum().sum(at, bytes);
      TcpHeader.writeChecksum(memory(), at, InternetChecksum.fold(sum));
    }
  }
}
