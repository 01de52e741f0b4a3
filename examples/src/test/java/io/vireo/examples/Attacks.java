// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static io.vireo.examples.HostileFrames.ACK;
import static io.vireo.examples.HostileFrames.PSH;
import static io.vireo.examples.HostileFrames.RST;
import static io.vireo.examples.HostileFrames.SYN;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** The floods that a stack in the open has to live with. */
final class Attacks {
  private static final int KERNEL = 0x0A4D_0001;

  private Attacks() {}

  /** SYNs from everywhere, none of which is followed by anything: SYN-01. */
  static Attack synFlood(HostileFrames frames) {
    return (memory, at) -> {
      int source = 0x0B00_0000 | frames.random.nextInt(1 << 24);
      int port = 1_024 + frames.random.nextInt(60_000);
      return frames.segment(memory, at, source, port, SYN, frames.random.nextInt(), 0, 0);
    };
  }

  /** Guesses at connections between an honest client and the stack: RST, SYN and data in turns. BLD-07, BLD-08. */
  static final class Blind implements Attack {
    private final HostileFrames frames;
    private int port;
    private int turn;

    Blind(HostileFrames frames) {
      this.frames = frames;
    }

    @Override
    public void overhears(ByteBuffer memory, int at, int length) {
      if (length >= HostileFrames.HEADERS
          && memory.getShort(at + 12) == 0x0800
          && memory.getInt(at + 26) == KERNEL) {
        port = memory.getShort(at + 34) & 0xFFFF;
      }
    }

    @Override
    public int next(ByteBuffer memory, int at) {
      if (port == 0) {
        return 0;
      }
      turn = (turn + 1) % 3;
      int flags = turn == 0 ? RST : turn == 1 ? SYN : ACK | PSH;
      int seq = frames.random.nextInt();
      int ack = frames.random.nextInt();
      return frames.segment(memory, at, KERNEL, port, flags, seq, ack, turn == 2 ? 100 : 0);
    }
  }

  /** Connections of the hostile station's own, on which it floods; opens them one after the other first. */
  abstract static class Connected implements Attack {
    static final int CONNECTIONS = 64;
    private static final int FIRST_ADDRESS = 0x0A4D_0064;
    private static final int IRS = 1_000;

    final HostileFrames frames;
    private final int[] iss = new int[CONNECTIONS];
    private final ArrayDeque<byte[]> replies = new ArrayDeque<>();
    private int opened;
    private int turn;

    Connected(HostileFrames frames) {
      this.frames = frames;
    }

    /** The next frame on connection {@code index}, whose SYN was answered. */
    abstract int flood(ByteBuffer memory, int at, int index, int turn);

    int segment(ByteBuffer memory, int at, int index, int flags, int seq, int ack, int length) {
      int acked = (flags & ACK) == 0 ? 0 : iss[index] + 1 + ack;
      return frames.segment(
          memory, at, FIRST_ADDRESS + index, 9_999, flags, IRS + seq, acked, length);
    }

    @Override
    public int next(ByteBuffer memory, int at) {
      byte[] reply = replies.poll();
      if (reply != null) {
        memory.put(at, reply);
        return reply.length;
      }
      turn++;
      if (opened < CONNECTIONS) {
        // Again and again until it is answered: the ring may have been full.
        return turn % 8 == 1 ? segment(memory, at, opened, SYN, 0, 0, 0) : 0;
      }
      return flood(memory, at, turn % CONNECTIONS, turn / CONNECTIONS);
    }

    @Override
    public void hears(ByteBuffer memory, int at, int length) {
      if (memory.getShort(at + 12) == 0x0806) {
        int asked = memory.getInt(at + 38) - FIRST_ADDRESS;
        if (memory.getShort(at + 20) == 1 && asked >= 0 && asked < CONNECTIONS) {
          ByteBuffer reply = ByteBuffer.allocate(64);
          byte[] frame = new byte[frames.arpReply(reply, 0, memory, at)];
          reply.get(0, frame);
          replies.add(frame);
        }
        return;
      }
      int index = memory.getInt(at + 30) - FIRST_ADDRESS;
      int flags = memory.get(at + 47);
      if (index == opened && index < CONNECTIONS && flags == (SYN | ACK)) {
        iss[index] = memory.getInt(at + 38);
        opened++;
        ByteBuffer ack = ByteBuffer.allocate(64);
        byte[] frame = new byte[segment(ack, 0, index, ACK, 1, 0, 0)];
        ack.get(0, frame);
        replies.add(frame);
      }
    }

    int opened() {
      return opened;
    }
  }

  /** One byte here and there, from the far edge of the window on, and never the one that is missing: MEM-01. */
  static Connected outOfOrder(HostileFrames frames) {
    return new Connected(frames) {
      @Override
      int flood(ByteBuffer memory, int at, int index, int turn) {
        int place = (turn & 1) == 0 ? 2 + turn % 30_000 : 65_000 - turn % 30_000;
        return segment(memory, at, index, ACK | PSH, place, 0, 1);
      }
    };
  }

  /** ACKs of what was never sent, of long ago, and the same one again and again: BLD-05, ACK-02. */
  static Connected acks(HostileFrames frames) {
    return new Connected(frames) {
      @Override
      int flood(ByteBuffer memory, int at, int index, int turn) {
        int ack = turn % 3 == 0 ? 1_000_000 : turn % 3 == 1 ? -1_000_000 : 0;
        return segment(memory, at, index, ACK, 1, ack, 0);
      }
    };
  }
}
