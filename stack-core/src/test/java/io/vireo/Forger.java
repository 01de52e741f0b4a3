// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.nic.Nic;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;

/** Writes segments of anybody's straight into a NIC whose wire vouches for checksums, to one address. */
final class Forger {
  private static final int SEGMENT_OFFSET = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
  private static final int DATAGRAM_BYTES = Ipv4Header.MIN_LENGTH + TcpHeader.MIN_LENGTH;
  private static final int FRAME_BYTES = 60;
  private static final byte FOREIGN = 'X';

  private final Nic nic;
  private final long targetMac;
  private final int target;

  Forger(Nic nic, long targetMac, int target) {
    this.nic = nic;
    this.targetMac = targetMac;
    this.target = target;
  }

  /** The same without payload. */
  boolean sends(int source, int sourcePort, int port, int seq, int ack, int flags) {
    return sends(source, sourcePort, port, seq, ack, flags, 0);
  }

  /** Queues a segment for {@link Nic#ring}, with up to six foreign bytes; false if there is no slot for it. */
  boolean sends(
      int source, int sourcePort, int port, int seq, int ack, int flags, int payloadBytes) {
    int frame = nic.claim(FRAME_BYTES);
    if (frame == Nic.FULL) {
      return false;
    }
    ByteBuffer memory = nic.transmitMemory();
    EthernetHeader.write(memory, frame, targetMac, nic.macAddress(), EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        memory,
        frame + EthernetHeader.LENGTH,
        DATAGRAM_BYTES + payloadBytes,
        Ipv4Header.PLAIN,
        Ipv4Header.PROTOCOL_TCP,
        0,
        source,
        target);
    TcpHeader.write(
        memory,
        frame + SEGMENT_OFFSET,
        sourcePort,
        port,
        seq,
        ack,
        TcpHeader.MIN_LENGTH,
        flags,
        65_535);
    for (int i = 0; i < payloadBytes; i++) {
      memory.put(frame + SEGMENT_OFFSET + TcpHeader.MIN_LENGTH + i, FOREIGN);
    }
    nic.transmit(frame, FRAME_BYTES, 0, Nic.FILL_CHECKSUMS);
    return true;
  }
}
