// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.nio.ByteBuffer;

/** What a frame carries, as far as a rule of loss cares. */
enum FrameKind {
  ARP,
  SYN,
  RST,
  FIN,
  DATA,
  PURE_ACK;

  static FrameKind of(ByteBuffer memory, int offset) {
    if (memory.getShort(offset + 12) != 0x0800) {
      return ARP;
    }
    int ip = offset + 14;
    int tcp = ip + 4 * (memory.get(ip) & 0xF);
    int flags = memory.get(tcp + 13);
    if ((flags & 2) != 0) {
      return SYN;
    }
    if ((flags & 4) != 0) {
      return RST;
    }
    if ((flags & 1) != 0) {
      return FIN;
    }
    int header = 4 * ((memory.get(tcp + 12) >>> 4) & 0xF);
    return (memory.getShort(ip + 2) & 0xFFFF) > tcp - ip + header ? DATA : PURE_ACK;
  }
}
