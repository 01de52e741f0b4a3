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
  PURE_ACK,
  OTHER;

  static FrameKind of(byte[] bytes) {
    ByteBuffer memory = ByteBuffer.wrap(bytes);
    int type = memory.getShort(12) & 0xFFFF;
    int ip = 14;
    if (type != 0x0800) {
      return type == 0x0806 ? ARP : OTHER;
    }
    boolean fragment = (memory.getShort(ip + 6) & 0x3FFF) != 0;
    if (memory.get(ip + 9) != 6 || memory.get(ip) != 0x45 || fragment) {
      return OTHER;
    }
    int tcp = ip + 20;
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
