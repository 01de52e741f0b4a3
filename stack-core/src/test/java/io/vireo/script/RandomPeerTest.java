// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer and a user that do anything, sensible or not, with every number near a place that matters. What {@link FrameCheck}, {@link Peer}
 * and {@link User} demand of every script must hold, no assertion of the stack may fail, and nothing may be left at the end.
 */
class RandomPeerTest {
  private static final int RUNS_PER_SEED = 20;
  private static final int STEPS = 80;

  private SplittableRandom random;
  private World world;
  private Peer peer;
  private User user;

  /** What the peer has sent in order, and where its stream ends if it has sent its FIN. */
  private int sndNxt;

  private int finAt;

  /** Behind all that it has sent. */
  private int end;

  // SY-09
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void nothingBreaks(long seed) {
    for (int run = 0; run < RUNS_PER_SEED; run++) {
      long runSeed = seed * 1_000_003 + run;
      try {
        run(runSeed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("with run seed " + runSeed, e);
      }
    }
  }

  private void run(long runSeed) {
    random = new SplittableRandom(runSeed);
    world = new World(Numbers.values()[random.nextInt(Numbers.values().length)]);
    world.tcp = world
        .tcp
        .withReceiveBufferBytes(pick(4096, 20_000, 65_536, 1 << 20))
        .withSendBufferBytes(pick(4096, 65_536, 1 << 20))
        .withUserTimeoutNs(pick(0, 20) * 1_000_000_000L)
        .withFinWaitNs(pick(0, 5) * 1_000_000_000L);
    world.stackSettings =
        world.stackSettings.withBufferMemoryBytes(pick(64 << 10, 1 << 20, 64 << 20));
    peer = new Peer(world, World.PEER_ADDRESS, World.PEER_PORT, world.numbers.peerIss);
    user = peer.user;
    sndNxt = 1;
    end = 1;
    finAt = Integer.MAX_VALUE;
    String options = pick(0, 1) == 0
        ? "<mss 1460>"
        : "<mss " + pick(300, 536, 1460) + ",wscale " + pick(0, 2, 7) + ">";
    boolean active = random.nextInt(3) == 0;
    if (active) {
      user.connects();
      send("SYN ACK seq 0 ack 1 win 30000 " + options);
    } else {
      send("SYN seq 0 win 30000 " + options);
      send("ACK seq 1 ack 1");
    }
    for (int step = 0; step < STEPS && !user.isOver(); step++) {
      step();
    }
    comesToItsEnd();
    world.sent.clear();
    user.forgets();
    world.end();
  }

  /** From now on peer and user behave: whatever had happened, both streams are completed. */
  private void comesToItsEnd() {
    world.nic.full(false);
    if (user.connection() != null && !user.isOver()) {
      user.readsOn();
    }
    for (int round = 0; !user.isOver() && !isComplete(); round++) {
      world.require(round < 300, "no end: the user queued " + user.queued() + ", fin at " + finAt);
      int seq = expected();
      int last = finAt < Integer.MAX_VALUE ? finAt : Math.max(sndNxt, seq);
      int length = Math.max(Math.min(1460, last - seq), 0);
      boolean fin = seq + length == finAt;
      send((fin ? "FIN " : "") + "ACK seq " + seq + " ack " + peer.stackSentEnd()
          + " win 65535 len " + length);
      world.sent.clear();
      world.passes(2_000_000_000L);
    }
  }

  private boolean isComplete() {
    boolean received = finAt == Integer.MAX_VALUE ? expected() >= sndNxt : expected() > finAt;
    int streamEnd = (int) user.queued() + 1 + (user.hasFinished() ? 1 : 0);
    return received && peer.stackAcked() == streamEnd;
  }

  private int pick(int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private void send(String... lines) {
    world.sent.clear();
    peer.sends(lines);
    world.sent.clear();
    user.forgets();
  }

  private void step() {
    switch (random.nextInt(17)) {
      case 0, 1, 2, 3 -> inOrder();
      case 4, 5, 6, 7 -> send("ACK" + seq(this::expected) + ack() + win());
      case 8, 9 -> {
        String[] batch = new String[1 + random.nextInt(4)];
        for (int i = 0; i < batch.length; i++) {
          batch[i] = anySegment();
        }
        send(batch);
      }
      case 10, 11 ->
        world.passes(pick(0, 1_000, 10_000_000, 200_000_000, 1_000_000_000, 2_000_000_000));
      // No transmit slot is free for a while.
      case 12 -> world.nic.full(random.nextBoolean());
      default -> userActs();
    }
    world.sent.clear();
    user.forgets();
  }

  private void inOrder() {
    int length = Math.min(pick(1, 10, 300, 1000, 1460), Math.max(finAt - sndNxt, 0));
    send("ACK PSH seq " + sndNxt + " ack " + peer.stackSentEnd() + win() + " len " + length);
    sndNxt += length;
    end = Math.max(end, sndNxt);
  }

  private String anySegment() {
    int at = pick(
        expected(), sndNxt, sndNxt + 1000, expected() - 1, expected() + 60_000, sndNxt + 1460 * 3);
    int length = Math.min(pick(0, 1, 100, 1460), Math.max(finAt - at, 0));
    boolean fin = random.nextInt(12) == 0
        && at + length >= end
        && (finAt == Integer.MAX_VALUE || finAt == at + length);
    if (fin && at + length < expected() + 3000) {
      finAt = at + length;
    }
    end = Math.max(end, at + length);
    String flags = random.nextInt(30) == 0
        ? pick(0, 1) == 0 ? "SYN ACK" : "RST"
        : fin && finAt == at + length ? "FIN ACK" : "ACK";
    return flags + " seq " + at + ack() + win() + " len " + length;
  }

  /** What the stack expects next, as far as the peer knows. */
  private int expected() {
    return Math.max(peer.highestAck(), 1);
  }

  private String seq(IntSupplier place) {
    return " seq " + (place.getAsInt() + pick(0, 0, 0, 0, -1, 1));
  }

  private String ack() {
    int sent = peer.stackSentEnd();
    int acked = peer.stackAcked();
    return " ack "
        + pick(
            sent,
            sent,
            sent,
            sent - random.nextInt(3000),
            acked + 1,
            acked,
            acked,
            sent + 1,
            sent - 100_000);
  }

  private String win() {
    return " win " + pick(0, 1, 100, 700, 5000, 30_000, 65_535);
  }

  private void userActs() {
    if (user.connection() == null || user.isOver()) {
      return;
    }
    switch (random.nextInt(14)) {
      case 0 -> user.pauses();
      case 1, 2 -> user.readsOn();
      case 3 -> user.stopsReading();
      case 4 -> user.reads(random.nextInt(5000));
      case 5 -> user.setsTimer(random.nextInt(2), pick(0, 1) == 0 ? "off" : "300 ms");
      case 6 -> {
        if (random.nextInt(6) == 0) {
          user.finishes();
        }
      }
      case 7 -> {
        if (random.nextInt(20) == 0) {
          user.aborts();
        }
      }
      default -> {
        if (!user.hasFinished()) {
          user.offers(pick(1, 10, 100, 1460, 5000, 60_000));
        }
      }
    }
  }
}
