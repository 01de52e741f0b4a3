// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.Limits;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * INV-16 for datagrams that come in fragments: which of them a host has read in full, so that TCP must have met them. Where it is not plain what a stack
 * may do, for want of memory or time, or with fragments that come twice, it says nothing.
 */
final class Pieces {
  static final int UNKNOWN = -1;
  private static final int MOST_DATAGRAMS = 32;
  private static final int MOST_PIECES = 16;
  private static final int BLOCK = 512;
  private static final int IP = 14;
  private static final int HEADER = 20;

  private static final class Datagram {
    final Set<Integer> offsets = new HashSet<>();
    long sinceNs;
    int bytes;
    int total;
    int blocks;
  }

  /** In the order of their first fragments, those of which nothing is known included. */
  private final Map<Long, Datagram> datagrams = new LinkedHashMap<>();

  private final Set<Long> unknown = new HashSet<>();
  private final Limits limits;
  private int blocks;

  Pieces(Limits limits) {
    this.limits = limits;
  }

  /**
   * A fragment was read: how many segments reach TCP with it, 1 or 0, or UNKNOWN. {@code plain}: nothing but what comes here decides about that. {@code nowNs}: when
   * the stack took it, by the same clock.
   */
  int onPiece(Frame frame, boolean plain, long nowNs) {
    byte[] bytes = frame.bytes();
    int spoilt = frame.spoiltBit() / 8;
    if (frame.spoiltBit() >= 0 && spoilt >= IP && spoilt < IP + HEADER) {
      return plain ? 0 : UNKNOWN;
    }
    expire(nowNs);
    long sender = (long) frame.u16(IP + 12) << 16 | frame.u16(IP + 14);
    long key = sender << 24 | frame.u16(IP + 4) << 8 | bytes[IP + 9];
    if (frame.spoiltBit() >= 0 && spoilt < IP) {
      // No sum covers the Ethernet header: it may have been read all the same.
      unknown.add(key);
      return UNKNOWN;
    }
    Datagram datagram = datagrams.computeIfAbsent(key, k -> new Datagram());
    if (datagram.offsets.isEmpty()) {
      datagram.sinceNs = nowNs;
    }
    int offset = (frame.u16(IP + 6) & 0x1FFF) * 8;
    int length = frame.u16(IP + 2) - HEADER;
    if (!datagram.offsets.add(offset)
        || !plain
        || frame.spoiltBit() >= 0
        || bytes[IP + 9] != 6
        || nowNs - datagram.sinceNs >= limits.reassemblyNs()
        || datagram.offsets.size() > MOST_PIECES
        || (offset == 0 ? length < HEADER : offset < HEADER)) {
      unknown.add(key);
    }
    int held = (length + BLOCK - 1) / BLOCK;
    blocks += held;
    datagram.blocks += held;
    datagram.bytes += length;
    if ((frame.u16(IP + 6) & 0x2000) == 0) {
      datagram.total = offset + length;
    }
    // Half of the memory is for one whole datagram; of the rest half, to be sure.
    if (datagrams.size() >= MOST_DATAGRAMS || blocks >= limits.reassemblyBytes() / 4 / BLOCK) {
      unknown.addAll(datagrams.keySet());
    }
    if (unknown.contains(key)) {
      return UNKNOWN;
    }
    if (datagram.total != datagram.bytes) {
      return 0;
    }
    blocks -= datagrams.remove(key).blocks;
    return 1;
  }

  /** What took too long is given up; of what comes of it later nothing is known. */
  private void expire(long nowNs) {
    Iterator<Map.Entry<Long, Datagram>> oldest = datagrams.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<Long, Datagram> entry = oldest.next();
      if (nowNs - entry.getValue().sinceNs < limits.reassemblyNs()) {
        return;
      }
      unknown.add(entry.getKey());
      blocks -= entry.getValue().blocks;
      oldest.remove();
    }
  }
}
