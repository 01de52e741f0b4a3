// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.nic.Nic;
import io.vireo.wire.EthernetHeader;
import io.vireo.wire.InternetChecksum;
import java.nio.ByteBuffer;

/**
 * The way out: slots of the NIC, filled with Ethernet frames. A few slots are claimed ahead and kept for urgent frames
 * (ACK, RST, ARP), so that a ring full of data never silences them.
 */
final class FrameOutput {
  static final int FULL = Nic.FULL;

  /** Slots kept for urgent frames. */
  static final int RESERVE_SLOTS = 4;

  /** Network-layer bytes that fit a slot of the reserve: IP header, TCP header and options, or an ICMP error. */
  static final int RESERVE_PAYLOAD_BYTES = 128;

  private final Nic nic;
  private final Counters counters;
  private final ByteBuffer memory;
  private final InternetChecksum checksum;
  private final long ownMac;
  private final int largestPayload;
  private final int[] reserve = new int[RESERVE_SLOTS];
  private int reserved;
  private boolean unrung;

  FrameOutput(Nic nic, Counters counters) {
    this.nic = nic;
    this.counters = counters;
    this.memory = nic.transmitMemory();
    this.checksum = new InternetChecksum(memory);
    this.ownMac = nic.macAddress();
    this.largestPayload = nic.features().largestFrame() - EthernetHeader.LENGTH;
    fillReserve();
  }

  ByteBuffer memory() {
    return memory;
  }

  InternetChecksum checksum() {
    return checksum;
  }

  long ownMac() {
    return ownMac;
  }

  int largestPayload() {
    return largestPayload;
  }

  /** Claims a slot for a payload of up to so many bytes; returns where the payload goes, or FULL. */
  @HotPath
  int claim(int payloadBytes, boolean urgent) {
    assert payloadBytes >= 0;
    assert payloadBytes <= largestPayload;
    if (reserved < RESERVE_SLOTS) {
      fillReserve();
    }
    // While the reserve is not whole the ring is full, and what is not urgent waits.
    if (reserved == RESERVE_SLOTS) {
      int frame = nic.claim(frameBytes(payloadBytes));
      if (frame != FULL) {
        return frame + EthernetHeader.LENGTH;
      }
    }
    if (urgent && reserved > 0 && payloadBytes <= RESERVE_PAYLOAD_BYTES) {
      return reserve[--reserved] + EthernetHeader.LENGTH;
    }
    counters.increment(Counter.TRANSMIT_FULL);
    return FULL;
  }

  @HotPath
  private void fillReserve() {
    while (reserved < RESERVE_SLOTS) {
      int frame = nic.claim(frameBytes(RESERVE_PAYLOAD_BYTES));
      if (frame == FULL) {
        return;
      }
      reserve[reserved++] = frame;
    }
  }

  private static int frameBytes(int payloadBytes) {
    return Math.max(EthernetHeader.LENGTH + payloadBytes, EthernetHeader.SHORTEST_FRAME);
  }

  void abandon(int payloadOffset) {
    nic.abandon(payloadOffset - EthernetHeader.LENGTH);
  }

  /** Writes the Ethernet header. */
  @HotPath
  void frame(int payloadOffset, int etherType, long destinationMac) {
    EthernetHeader.write(
        memory, payloadOffset - EthernetHeader.LENGTH, destinationMac, ownMac, etherType);
  }

  /** Queues the frame; it leaves at the latest with {@link #ring}. */
  @HotPath
  void transmit(int payloadOffset, int payloadBytes, int flags) {
    int frame = payloadOffset - EthernetHeader.LENGTH;
    int length = EthernetHeader.LENGTH + payloadBytes;
    if (length < EthernetHeader.SHORTEST_FRAME) {
      pad(frame + length, frame + EthernetHeader.SHORTEST_FRAME);
      length = EthernetHeader.SHORTEST_FRAME;
    }
    nic.transmit(frame, length, 0, flags);
    unrung = true;
    counters.increment(Counter.FRAMES_SENT);
  }

  /** With zeros: what the slot held before is nobody's business (CERT VU#412115). */
  @HotPath
  private void pad(int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      memory.putLong(at, 0);
    }
    for (; at < to; at++) {
      memory.put(at, (byte) 0);
    }
  }

  @HotPath
  void ring() {
    if (unrung) {
      unrung = false;
      nic.ring();
    }
  }

  /** Gives the reserve back. Nothing can be claimed as urgent until a later claim has filled it again. */
  void close() {
    while (reserved > 0) {
      nic.abandon(reserve[--reserved]);
    }
  }
}
