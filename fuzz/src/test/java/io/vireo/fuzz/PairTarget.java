// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.StackInspection;
import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.time.ManualClock;

/**
 * Two stacks with something between them that loses, repeats, delays, cuts and changes frames, as long as the input lasts; then all is well. If
 * no checksum was repaired, both streams must arrive, whole, and both connections end in order. Input: whether checksums are repaired, how much
 * is sent each way, then one decision for each frame.
 */
final class PairTarget implements Target {
  static final int PASS = 0;
  static final int LOSE = 1;
  static final int REPEAT = 2;
  static final int DELAY = 3;
  static final int FLIP = 4;
  static final int CUT = 5;
  static final int CHANGE = 6;
  private static final int FATES = 8;

  /** So many cannot make anybody give up who has reached the other end. */
  private static final int MOST_HARMS = 6;

  private static final long LIMIT_NS = 3_000_000_000_000L;
  private static final int MOST_ROUNDS = 20_000;
  private static final int HELD = 32;
  private static final long PEER_MAC = FrameWriter.PEER_MAC;

  private final World[] worlds = {
    new World(FrameWriter.STACK_MAC, FrameWriter.STACK_ADDRESS, (f, n) -> carry(1, f, n)),
    new World(PEER_MAC, FrameWriter.PEER_ADDRESS, (f, n) -> carry(0, f, n))
  };
  private final byte[][] held = new byte[HELD][FuzzNic.LARGEST_ARRIVAL];
  private final int[] heldLengths = new int[HELD];
  private final int[] heldFor = new int[HELD];
  private final long[] releaseNs = new long[HELD];
  private ManualClock clock;
  private Input input;
  private boolean repairs;
  private int harms;

  @Override
  public void run(byte[] bytes) {
    input = new Input(bytes);
    int choice = input.u8();
    harms = 0;
    repairs = (choice & 1) != 0;
    int there = input.u16();
    int back = input.u16();
    java.util.Arrays.fill(heldLengths, 0);
    clock = new ManualClock(0);
    StackSettings small = World.smallStack();
    worlds[0].start(small, World.smallTcp(), clock);
    worlds[1].start(
        new StackSettings(
            java.util.List.of("10.0.0.2/24"),
            null,
            small.framesPerPoll(),
            small.firstLocalPort(),
            small.lastLocalPort(),
            small.timeWaitConnections(),
            small.timeWaitNs(),
            small.bufferMemoryBytes(),
            small.limits(),
            clock,
            small.seed() + 1),
        World.smallTcp(),
        clock);
    UserHandler server = worlds[0].handler;
    UserHandler client = worlds[1].handler;
    server.patterned = !repairs;
    client.patterned = !repairs;
    server.serverBytes = back;
    client.connect("10.0.0.1", World.SERVER_PORT);
    User user = client.user(0);
    user.offers(there, true);
    converse(user);
    if (!repairs) {
      checkStreams(user, there, back);
    }
    for (World world : worlds) {
      world.settle();
      world.end();
    }
  }

  private void checkStreams(User user, int there, int back) {
    UserHandler server = worlds[0].handler;
    User other = server.userCount() == 1 ? server.user(0) : null;
    boolean inOrder = user.reason == CloseReason.CLOSED;
    // After long losses an end may have given up: a client who gets no ARP reply, a server whose
    // handshake is not completed, anybody in time.
    boolean excused = user.reason == CloseReason.UNREACHABLE
        || worlds[0].stack.counter(Counter.HALF_OPEN_EXPIRED) > 0
        || harms > MOST_HARMS;
    Oracle.require(inOrder || excused, "a connection that fails");
    Oracle.require(other == null || other.received <= there, "more arrives there than was sent");
    Oracle.require(user.received <= back, "more arrives back than was sent");
    if (inOrder) {
      Oracle.require(other != null && other.received == there, "not all arrived there");
      Oracle.require(user.received == back, "not all arrived back");
      Oracle.require(other.over || excused, "an end that does not come");
    }
  }

  /** Until nothing happens any more. */
  private void converse(User user) {
    long limit = clock.nanoTime() + LIMIT_NS;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      release();
      boolean busy = false;
      for (World world : worlds) {
        world.turn();
        busy |= worlds[0].nic.hasArrived() || worlds[1].nic.hasArrived();
      }
      if (busy) {
        continue;
      }
      if (user.over && worlds[0].server.connectionCount() == 0) {
        return;
      }
      long next = nextNs(limit);
      if (next - limit >= 0) {
        return;
      }
      clock.advance(Math.max(0, next - clock.nanoTime()));
    }
    Oracle.require(repairs, "no rest");
  }

  private long nextNs(long limit) {
    long next = limit;
    for (World world : worlds) {
      next = StackInspection.nextDeadlineNs(world.stack, next);
    }
    for (int i = 0; i < HELD; i++) {
      if (heldLengths[i] > 0 && releaseNs[i] - next < 0) {
        next = releaseNs[i];
      }
    }
    return next;
  }

  private void release() {
    for (int i = 0; i < HELD; i++) {
      if (heldLengths[i] > 0 && releaseNs[i] - clock.nanoTime() <= 0) {
        worlds[heldFor[i]].nic.arrive(held[i], 0, heldLengths[i]);
        heldLengths[i] = 0;
      }
    }
  }

  private void carry(int to, byte[] frame, int length) {
    FuzzNic nic = worlds[to].nic;
    int fate = input.u8();
    harms += fate % FATES == PASS ? 0 : 1;
    switch (fate % FATES) {
      case LOSE -> {}
      case REPEAT -> {
        nic.arrive(frame, 0, length);
        nic.arrive(frame, 0, length);
      }
      case DELAY -> delay(to, frame, length, 1_000_000L * (fate >> 3) * (fate >> 3));
      case FLIP -> {
        int bit = input.u16() % (8 * length);
        frame[bit >> 3] ^= (byte) (1 << (bit & 7));
        nic.arrive(frame, 0, length);
      }
      case CUT -> nic.arrive(frame, 0, input.u16() % length);
      case CHANGE -> {
        if (repairs) {
          frame[14 + input.u8() % (length - 14)] ^= (byte) input.u8();
          FrameWriter.mend(frame, length);
        }
        nic.arrive(frame, 0, length);
      }
      default -> nic.arrive(frame, 0, length);
    }
  }

  private void delay(int to, byte[] frame, int length, long ns) {
    for (int i = 0; i < HELD; i++) {
      if (heldLengths[i] == 0) {
        System.arraycopy(frame, 0, held[i], 0, length);
        heldLengths[i] = length;
        heldFor[i] = to;
        releaseNs[i] = clock.nanoTime() + ns;
        return;
      }
    }
  }
}
