// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.StackInspection;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionInspection;
import java.nio.ByteBuffer;

/** Somebody off the path, who guesses a tuple and a number in the window, but not the one that is expected (RFC 5961 §1.2). */
final class Stranger {
  private Stranger() {}

  /** Sends a segment to each connection of a host that has room for one; {@code which}: its kind and its place. */
  static void send(Host host, int which) {
    for (int i = 0; i < host.sides.size(); i++) {
      Side side = host.sides.get(i);
      if (side.commandable() && side.established) {
        send(side, which + i);
      }
    }
  }

  private static void send(Side side, int which) {
    Connection c = StackInspection.tcp(side.connection);
    Flow peers = side.world.observer.find(side).back;
    // Not up to the end of what is under way: what has arrived by then might make it the right
    // number.
    int first = peers.endSent() + 1;
    int room = ConnectionInspection.rcvNxt(c) + ConnectionInspection.receiveWindow(c) - first;
    if (!peers.isOf(side.irs) || room <= 0) {
      return;
    }
    int seq = first + (which >>> 2) % room;
    int flags = (which & 3) == 3 ? TcpFrame.SYN : TcpFrame.RST;
    side.world.network.forge(side.host.number(), segment(side, seq, flags));
  }

  private static byte[] segment(Side side, int seq, int flags) {
    ByteBuffer memory = ByteBuffer.allocate(60);
    long mac = side.host.nic.macAddress();
    memory.putShort((short) (mac >>> 32)).putInt((int) mac);
    memory.putShort((short) 0x02FE).putInt(0xFEFE_FEFE).putShort((short) 0x0800);
    memory.putInt(0x4500_0028).putInt(0).putInt(0x4006_0000);
    memory.putInt(side.peer.address()).putInt(side.host.address());
    memory.putShort((short) side.remotePort).putShort((short) side.localPort);
    memory.putInt(seq).putInt(0).putInt(0x5000_0000 | flags << 16 | 1_000).putInt(0);
    byte[] bytes = memory.array();
    Frame.putSum(bytes, 14 + 10, 14, 20, 0);
    // The pseudo-header: the addresses are those of the datagram.
    Frame.putSum(bytes, 14 + 20 + 16, 14 + 12, 8 + 20, 6 + 20);
    return bytes;
  }
}
